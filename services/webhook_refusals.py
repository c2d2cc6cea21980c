"""Every "no" around webhooks."""

from __future__ import annotations

from services.languages import marked
from services.refusals import Refusal


class WebhookAddressRefused(Refusal):
    """An address that messages are not sent to."""

    status = 422
    code = "webhook_address_refused"
    heading = marked("Messages are not sent to this address")
    text = marked("The address must begin with https:// and lead to a computer on the public internet.")
    advice = marked(
        "Enter the address that the other system gives you; inside the house, ask the operator of the portal."
    )


class TooManyWebhooks(Refusal):
    """The clinic has as many as it may have."""

    code = "too_many_webhooks"
    heading = marked("There are enough webhooks")
    text = marked("An institution may have %(most)s webhooks.")
    advice = marked("Remove one that is no longer needed.")


class WebhookPaused(Refusal):
    """Nothing is sent while it is paused."""

    code = "webhook_paused"
    heading = marked("This webhook is paused")
    text = marked("Nothing is sent while it is paused.")
    advice = marked("Let it go on first.")
