"""Every "no" that only programs hear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.languages import marked
from services.refusals import NotAllowed, NotSubmittable, Refusal, SignInNeeded


class TokenNeeded(SignInNeeded):
    """No bearer token came along, or it does not work (any more)."""

    code = "token_needed"
    heading = marked("A valid token is needed")
    text = marked("The call carried no token, or one that is unknown, expired, revoked or without its maker.")
    advice = marked("Send “Authorization: Bearer …” with a token that an owner made on the settings pages.")


class ScopeMissing(NotAllowed):
    """The token, or the role of its maker, does not reach this far."""

    code = "scope_missing"
    heading = marked("This token may not do this")
    text = marked(
        "The call needs the scope “%(scope)s”, which the token does not have or its maker's role no longer allows."
    )
    advice = marked("Make a token with this scope, or ask an owner to.")

    def __init__(self, scope: str) -> None:
        super().__init__(scope=scope)
        self.scope = scope


class ContentInvalid(Refusal):
    """What was sent does not fit; `faults` says what, by pointer or parameter."""

    status = 422
    code = "content_invalid"
    heading = marked("What was sent does not fit")
    text = marked("Some values are missing or cannot be right. Nothing was changed.")
    advice = marked("The list of errors names each value.")

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__()
        self.faults = dict(faults)


class ContentUnreadable(Refusal):
    """The body is not what its type says."""

    status = 400
    code = "content_unreadable"
    heading = marked("What was sent cannot be read")
    text = marked("The body is not valid JSON in UTF-8.")
    advice = marked("Correct the body and send it again.")


class WrongContentType(Refusal):
    """The body has a type that this address does not take."""

    status = 415
    code = "wrong_content_type"
    heading = marked("This type of content is not taken here")
    text = marked("The body must be sent as %(wanted)s.")
    advice = marked("Set the header Content-Type accordingly.")

    def __init__(self, wanted: str = "application/json") -> None:
        super().__init__(wanted=wanted)


class TooManyCalls(Refusal):
    """More calls than a token may make in a minute."""

    status = 429
    code = "too_many_calls"
    heading = marked("Too many calls")
    text = marked("A token may make %(limit)s calls in a minute.")
    advice = marked("Wait as long as the header Retry-After says, then go on.")

    def __init__(self, *, limit: int, retry_after: int) -> None:
        super().__init__(limit=limit)
        self.retry_after = retry_after


class KeyUnusable(Refusal):
    """An Idempotency-Key that is empty, too long or not plain text."""

    status = 400
    code = "idempotency_key_unusable"
    heading = marked("The Idempotency-Key cannot be used")
    text = marked("A key has 1 to 255 visible ASCII characters.")
    advice = marked("Use a fresh random UUID for each deed.")


class KeyUsedBefore(Refusal):
    """The key came with another call before."""

    status = 422
    code = "idempotency_key_reused"
    heading = marked("This Idempotency-Key belongs to another call")
    text = marked("Within the last 24 hours the same key came with a different address or body. Nothing was changed.")
    advice = marked("Use a fresh key for each deed, and the same one only to repeat exactly that call.")


class StillRunning(Refusal):
    """The first call with this key has not ended yet."""

    status = 409
    code = "idempotency_key_in_use"
    heading = marked("The first call with this Idempotency-Key is still running")
    text = marked("Nothing was done a second time.")
    advice = marked("Wait a moment and repeat the call with the same key to receive its answer.")


class VersionOutdated(Refusal):
    """Somebody else saved the same thing first; `current` is what stands there now."""

    code = "edited_meanwhile"
    heading = marked("Somebody else has changed this in the meantime")
    text = marked("The version you read is outdated. Nothing was saved.")
    advice = marked("Look at “current” in this answer, decide, and send again with its version.")

    def __init__(self, current: Mapping[str, object]) -> None:
        super().__init__()
        self.current = dict(current)


class ItemsMissing(NotSubmittable):
    """The form cannot be submitted yet; `gaps` says what each item lacks."""

    advice = marked("The list of errors names each item that lacks something.")

    def __init__(self, gaps: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.gaps = list(gaps)


class LifeTooLong(Refusal):
    """A token that would live longer than tokens may."""

    status = 422
    code = "life_too_long"
    heading = marked("A token cannot last this long")
    text = marked("A token lasts from one day to one year.")
    advice = marked("Choose a shorter time; a new token is made in a minute.")
