"""The portal says whether it is ready."""

from tests.browser import Browser


def test_health_answers_when_ready(stranger: Browser) -> None:
    answer = stranger.client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
