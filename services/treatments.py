"""Treatments: what a clinic does about each answer it is not glad of, and the measure we propose for its area."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from sqlmodel import Session, select

from models import Disclosure, Document, Treatment, Way
from services import clock
from services.disclosures import count_anew, get_answer
from services.history import record
from services.languages import _, marked
from services.reading.templates import Area

# What a clinic can do itself where the vendor's product does not, by the chapter of the guideline's operation volume
# (6.0): rules 2 and 11, responsibility 3, risk 4, formats 5, taking out 7, maintenance 10, emergency 11, physical 12,
# network 13, authentication 14, signature 15, audit 17, attacks 18.
_MEASURES: Final[Mapping[Area, str]] = {
    Area.RULES: marked("Write our own procedure on paper, keep a contact list, and record one drill a year."),
    Area.RESPONSIBILITY: marked("Agree in writing who does what, for example in a memorandum with the vendor."),
    Area.RISK: marked("Make our own risk sheet that names this system, and look at it once a year."),
    Area.FORMATS: marked("Have the contract say how data is handed out and who helps when we change systems."),
    Area.TAKING_OUT: marked("Forbid taking data out or keep a list of it, and get a certificate when devices go away."),
    Area.MAINTENANCE: marked("Open the line only when asked, be there while work is done, and file the work report."),
    Area.EMERGENCY: marked("Keep one backup of our own that is not connected, and try once a year to restore it."),
    Area.PHYSICAL: marked("Lock the place, turn screens away from visitors, and keep a list of who comes in."),
    Area.NETWORK: marked("Use a managed VPN or a closed line, and let the router accept known senders only."),
    Area.AUTHENTICATION: marked(
        "Ask for a second factor at the terminal, share no accounts, review them yearly, and plan the change by FY2027."
    ),
    Area.SIGNATURE: marked("Keep signed paper, or use another way to sign."),
    Area.AUDIT: marked("Ask the vendor for the access logs at fixed times and file them."),
    Area.ATTACKS: marked("Write down how to disconnect and whom to call, and run anti-malware on the terminals."),
}
AREA_NAMES: Final[Mapping[Area, str]] = {
    Area.RULES: marked("Rules and procedures"),
    Area.RESPONSIBILITY: marked("Who is responsible"),
    Area.RISK: marked("Risk assessment"),
    Area.FORMATS: marked("Standard formats"),
    Area.TAKING_OUT: marked("Taking out and disposal"),
    Area.MAINTENANCE: marked("Maintenance, also remote"),
    Area.EMERGENCY: marked("Emergency and backup"),
    Area.PHYSICAL: marked("Places and devices"),
    Area.NETWORK: marked("Network"),
    Area.AUTHENTICATION: marked("Signing in"),
    Area.SIGNATURE: marked("Electronic signature"),
    Area.AUDIT: marked("Access logs"),
    Area.ATTACKS: marked("Attacks from outside"),
}
WAY_NAMES: Final[Mapping[Way, str]] = {
    Way.REDUCE: marked("Reduce: take a measure of our own"),
    Way.ACCEPT: marked("Accept: live with it knowingly"),
    Way.AVOID: marked("Avoid: do not use this function"),
    Way.TRANSFER: marked("Transfer: agree that the vendor or another takes it on"),
}


def propose_measure(area: str) -> str:
    """What a clinic usually does in this area, in the language now spoken; empty where the area is not known."""
    return _(_MEASURES[Area(area)]) if area in set(Area) else ""


def area_names() -> dict[str, str]:
    """The areas in the language now spoken."""
    return {area.value: _(name) for area, name in AREA_NAMES.items()}


def way_names() -> dict[str, str]:
    """The ways in the language now spoken."""
    return {way.value: _(name) for way, name in WAY_NAMES.items()}


def find_treatment(session: Session, *, disclosure: Disclosure, number: str) -> Treatment | None:
    """What was decided about a question, if anything."""
    statement = select(Treatment).where(
        Treatment.disclosure_id == disclosure.id,
        Treatment.clinic_id == disclosure.clinic_id,
        Treatment.number == number,
    )
    return session.exec(statement).first()


def decide_treatment(
    session: Session,
    *,
    disclosure: Disclosure,
    document: Document,
    number: str,
    way: Way,
    risk: str,
    measure: str,
    owner_name: str,
    until_on: date | None,
    done_on: date | None,
    person: str,
) -> Treatment:
    """Write down what is done about a question's answer, anew or in place of what was decided; raises NotFound."""
    get_answer(session, disclosure=disclosure, number=number)
    treatment = find_treatment(session, disclosure=disclosure, number=number) or Treatment(
        clinic_id=disclosure.clinic_id,
        disclosure_id=disclosure.id,
        number=number,
        risk=risk,
        way=way,
        decided_by=person,
        decided_at=clock.now(),
    )
    treatment.way, treatment.risk, treatment.measure, treatment.owner_name = way, risk, measure, owner_name
    treatment.until_on, treatment.done_on = until_on, done_on
    treatment.decided_by, treatment.decided_at = person, clock.now()
    session.add(treatment)
    session.flush()
    count_anew(session, disclosure=disclosure)
    record(
        session,
        "document.treatment_decided",
        clinic_id=document.clinic_id,
        subject=("document", document.id),
        submission_id=document.submission_id,
        item=number,
        way=way.value,
    )
    return treatment
