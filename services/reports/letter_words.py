"""The words that all letters share, in each language."""

from __future__ import annotations

from typing import Any

from services.languages import _, speaking


def words_of_letters(language: str) -> dict[str, Any]:
    """What stands around the particulars of a letter and on its form."""
    with speaking(language):
        return {**_words_of_request(), **_words_of_form()}


def _words_of_request() -> dict[str, Any]:
    return {
        "qr": _("QR code with the link to the form"),
        "ways": _("How to answer (choose one)"),
        "way_online": _("On a screen: no account, no password, can be stopped and continued"),
        "open_address": _("Scan the QR code, or open this address:"),
        "type_both": _("Then type what is asked for:"),
        "number": _("Invitation number"),
        "code": _("Confirmation code"),
        "way_paper": _("On paper: by fax or post"),
        "way_no": _("If you cannot answer"),
        "way_no_text": _(
            "Tick the reason in the box on the last page and send it back, or call us. "
            "Then we will not ask again in vain."
        ),
    }


def _words_of_form() -> dict[str, Any]:
    return {
        "form_title": _("Answer sheet"),
        "asked_by": _("Asked by"),
        "reference": _("Reference"),
        "about": _("About"),
        "send_back": _("Send back to"),
        "how_to_fill": _(
            "Please tick yes or no for each item in black. For a no, write the date by which it will be done; "
            "what you are not sure of goes into the remark."
        ),
        "yes": _("Yes"),
        "no": _("No"),
        "checked_on": _("Checked on"),
        "target_on": _("If no: done by"),
        "remark": _("Remark"),
        "year": _("(year)"),
        "month": _("(month)"),
        "day": _("(day)"),
        "cannot": _("Only if you cannot answer"),
        "cannot_choices": [
            _("It is not part of our contract."),
            _("We publish our own statement (please write its address)."),
            _("We have no contract with you (any more)."),
            _("Other reason:"),
        ],
        "sign": _("Who answers"),
        "signed_on": _("Date"),
        "company": _("Company"),
        "title": _("Title"),
        "name": _("Name"),
        "stamp": _("Seal"),
        "colon": _(": "),
    }
