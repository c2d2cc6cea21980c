"""Asking vendors: choose them, word the request and see the mail, confirm where it is many, send."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from models import Clinic
from services import asking, candidates, due_dates, fiscal_years
from services.asking import Delivery, Outcome, Unit, Wishes
from services.bounces import list_flags
from services.candidates import Candidate
from services.formats import format_date
from services.imported_editions import edition_for_year, list_editions_of
from services.languages import _, language, ngettext
from services.mail.rendering import Letter
from services.refusals import CapReached
from services.submission_refusals import DueDatePassed, TooManyLetters
from services.years import explain_year
from web.access import EditableClinicDep, MemberDep, SessionDep
from web.clinic.asking_form import Round, list_years_to_ask, propose_values, read_round, read_year
from web.forms import Submitted
from web.lists import ListView, read_list
from web.rendering import page, see

router = APIRouter()


def open_round(sent: Annotated[Round, Depends(read_round)], clinic: EditableClinicDep, session: SessionDep) -> Round:
    """The round as it was sent, with the editions that this clinic can ask with."""
    sent.editions = list_editions_of(session, clinic_id=clinic.id)
    return sent


RoundDep = Annotated[Round, Depends(open_round)]


def read_view(request: Request) -> ListView:
    """Year, search and a vendor ticked beforehand, as the address says."""
    return read_list(request, filters=("year", "q", "vendor"), sorts=(), first_sort="")


@router.get("/asking")
def start_asking(
    request: Request,
    session: SessionDep,
    clinic: EditableClinicDep,
    view: Annotated[ListView, Depends(read_view)],
) -> Response:
    return show_choice(request, session, clinic, view.filters)


@router.post("/asking/message")
def compose_request(request: Request, session: SessionDep, clinic: EditableClinicDep, sent: RoundDep) -> Response:
    offered = find_candidates(session, clinic, sent)
    if not offered:
        filters = {"year": str(sent.year), "q": "", "vendor": ""}
        return show_choice(request, session, clinic, filters, wrong=_("Please tick at least one vendor."))
    if sent.is_first_visit:
        sent.propose(propose_values(sent.year, sent.edition, offered))
    else:
        sent.check(offered)
    return show_message(request, session, clinic, sent, offered, status_code=422 if sent.errors else 200)


@router.post("/asking")
def send_requests(
    request: Request, session: SessionDep, clinic: EditableClinicDep, viewer: MemberDep, sent: RoundDep
) -> Response:
    offered = find_candidates(session, clinic, sent)
    checked = sent.check(offered)
    if not offered or checked is None:
        return compose_request(request, session, clinic, sent)
    wishes, asks = checked
    units = asking.plan_requests(session, clinic_id=clinic.id, wishes=wishes, asks=asks)
    warnings = warn_about(wishes) + warn_about_addresses(session, clinic, units)
    if not sent.is_confirmed and (sum(unit.is_mailed for unit in units) > 1 or warnings):
        return show_confirmation(request, sent, wishes, units, warnings)
    try:
        outcome = asking.send_requests(session, clinic=clinic, member_id=viewer.member_id, wishes=wishes, asks=asks)
    except (CapReached, DueDatePassed, TooManyLetters) as refusal:
        sent.errors["form"] = f"{refusal} {refusal.say(refusal.advice)}"
        return show_message(request, session, clinic, sent, offered, status_code=422)
    return show_outcome(request, sent.year, outcome)


def find_candidates(session: SessionDep, clinic: Clinic, sent: Round) -> list[Candidate]:
    """The vendors that were ticked, as far as they may be asked."""
    return candidates.list_candidates(session, clinic_id=clinic.id, fiscal_year=sent.year, vendor_ids=sent.vendor_ids)


def show_choice(
    request: Request, session: SessionDep, clinic: Clinic, filters: dict[str, str], *, wrong: str = ""
) -> Response:
    """The table of vendors to tick."""
    year, wanted = read_year(filters["year"]), filters["vendor"]
    offered = candidates.list_candidates(session, clinic_id=clinic.id, fiscal_year=year, search=filters["q"])
    values = {
        "current": "start_asking",
        "year": year,
        "year_names": [(one, fiscal_years.name_of(one)) for one in list_years_to_ask(year)],
        "filters": filters,
        "candidates": offered,
        "flags": list_flags(session, clinic_id=clinic.id),
        "ticked": {one.id for one in offered if (str(one.id) == wanted if wanted else is_due_to_be_asked(one))},
        "year_sentence": explain_year(
            fiscal_year=year, edition=edition_for_year(session, clinic_id=clinic.id, fiscal_year=year)
        ),
        "submitted": Submitted(errors={"form": wrong} if wrong else {}),
    }
    return page(request, "clinic/asking/choose.html", values, status_code=422 if wrong else 200)


def is_due_to_be_asked(candidate: Candidate) -> bool:
    """Whether the vendor is ticked beforehand: it has a say in our systems and was not asked this year."""
    return bool(candidate.systems) and not candidate.is_asked and not candidate.closed


def name_deliveries() -> list[tuple[Delivery, str]]:
    """The ways a request can go."""
    return [
        (Delivery.MAIL, _("By e-mail")),
        (Delivery.LETTER, _("By letter or fax")),
        (Delivery.LINK, _("A link to hand over")),
        (Delivery.LATER, _("Prepare only, send later")),
    ]


def show_message(
    request: Request,
    session: SessionDep,
    clinic: Clinic,
    sent: Round,
    offered: list[Candidate],
    *,
    status_code: int = 200,
) -> Response:
    """The words of the request, to whom it goes, and the mail as it will be read."""
    wishes = sent.read_wishes()
    values = {
        "current": "start_asking",
        "submitted": sent,
        "candidates": offered,
        "editions": [(one.id, one.name.in_language(language.get())) for one in sent.editions],
        "year_sentence": explain_year(fiscal_year=sent.year, edition=sent.edition),
        "deliveries": name_deliveries(),
        "has_many_systems": any(len(candidate.systems) > 1 for candidate in offered),
        "languages": sorted({candidate.language for candidate in offered}, reverse=True),
        "last_day": fiscal_years.last_day(sent.year),
        "letters": preview_letters(session, clinic, sent, wishes, offered) if wishes else [],
    }
    return page(request, "clinic/asking/message.html", values, status_code=status_code)


def preview_letters(
    session: SessionDep, clinic: Clinic, sent: Round, wishes: Wishes, offered: list[Candidate]
) -> list[tuple[Candidate, Letter]]:
    """The mail as the first vendor of each language will read it."""
    first = {candidate.language: candidate for candidate in reversed(offered)}
    return [
        (
            candidate,
            asking.preview_letter(
                session,
                clinic,
                wishes=wishes,
                candidate=candidate,
                name=str(sent.values.get(f"name-{candidate.id}", "")),
                systems=[name for system_id, name in candidate.systems if sent.covers(candidate, system_id)],
            ),
        )
        for candidate in first.values()
    ]


def show_confirmation(
    request: Request, sent: Round, wishes: Wishes, units: list[Unit], warnings: list[str]
) -> Response:
    """Everybody who would be written to, before anything leaves."""
    values = {
        "current": "start_asking",
        "sent": sent,
        "units": units,
        "mails": sum(unit.is_mailed for unit in units),
        "due_on": wishes.due_on,
        "warnings": warnings,
        "year_sentence": explain_year(fiscal_year=wishes.fiscal_year, edition=sent.edition),
    }
    return page(request, "clinic/asking/confirm.html", values)


def show_outcome(request: Request, year: int, outcome: Outcome) -> Response:
    """Links to hand over where there are any, else the letters, else the dashboard with what was done."""
    said = describe_outcome(outcome)
    if outcome.links:
        values = {
            "current": "start_asking",
            "year": year,
            "links": outcome.links,
            "batch": outcome.batch,
            "notices": [said] if said else [],
        }
        return page(request, "clinic/asking/links.html", values)
    if outcome.batch:
        return see(request, "show_letters", batch_id=outcome.batch.id, said=said)
    return see(request, "show_dashboard", year=year, said=said)


def describe_outcome(outcome: Outcome) -> str:
    """What one press did, in sentences."""
    sentences = []
    if outcome.mailed:
        sentences.append(
            ngettext("%(count)s request is on its way.", "%(count)s requests are on their way.", outcome.mailed)
        )
    if outcome.prepared:
        sentences.append(
            ngettext(
                "%(count)s request is prepared and not sent yet.",
                "%(count)s requests are prepared and not sent yet.",
                outcome.prepared,
            )
        )
    if outcome.skipped:
        names = "、".join(dict.fromkeys(outcome.skipped))
        sentences.append(_("Asked before this year and therefore skipped: %(names)s", names=names))
    return " ".join(sentences)


def warn_about(wishes: Wishes) -> list[str]:
    """What is unusual about a due date; it may be meant."""
    warnings = []
    if not due_dates.is_in_fiscal_year(wishes.due_on, wishes.fiscal_year):
        warnings.append(
            _(
                "%(day)s does not lie in the fiscal year %(year)s.",
                day=format_date(wishes.due_on),
                year=fiscal_years.name_of(wishes.fiscal_year),
            )
        )
    if not due_dates.is_working_day(wishes.due_on):
        warnings.append(_("%(day)s is not a working day.", day=format_date(wishes.due_on)))
    return warnings


def warn_about_addresses(session: SessionDep, clinic: Clinic, units: list[Unit]) -> list[str]:
    """To which of the addresses mails did not arrive the last time; sending there once more is a decision."""
    emails = {unit.ask.email for unit in units if unit.is_mailed}
    flags = list_flags(session, clinic_id=clinic.id, emails=emails) if emails else {}
    return [
        _(
            "The last mail to %(email)s came back (%(words)s). "
            "If the address is right now, send; otherwise go back and correct it.",
            email=flag.email,
            words=flag.words,
        )
        for flag in flags.values()
    ]
