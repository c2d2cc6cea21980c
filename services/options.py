"""What the options of the tables are called, on pages and in files that are taken away."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

from models import (
    ClinicKind,
    ContactWay,
    DocumentKind,
    OutcomeKind,
    Pause,
    Provision,
    Responsibility,
    Role,
    ScanState,
    Scope,
    Source,
    SystemKind,
    UpdateDuty,
    Verdict,
)
from services.languages import _, marked

Options = TypeVar("Options", bound=StrEnum)

# One table per kind, because options of two kinds with the same value are equal as texts.
_NAMES: Final[Mapping[type[StrEnum], Mapping[Any, str]]] = {
    ClinicKind: {
        ClinicKind.CLINIC: marked("Clinic"),
        ClinicKind.DENTAL_CLINIC: marked("Dental clinic"),
        ClinicKind.HOSPITAL: marked("Hospital"),
        ClinicKind.MATERNITY_HOME: marked("Maternity home"),
        ClinicKind.PHARMACY: marked("Pharmacy"),
    },
    Role: {
        Role.OWNER: marked("Owner"),
        Role.EDITOR: marked("Editor"),
        Role.VIEWER: marked("Viewer"),
    },
    Pause: {
        Pause.BY_HAND: marked("Paused by hand"),
        Pause.FAILING: marked("Paused, because nothing got through for more than a day"),
        Pause.GONE: marked("Paused, because the receiver said that it is gone"),
    },
    Scope: {
        Scope.VENDORS_READ: marked("Read vendors and contacts"),
        Scope.VENDORS_WRITE: marked("Add and change vendors and contacts"),
        Scope.SYSTEMS_READ: marked("Read the ledger"),
        Scope.SYSTEMS_WRITE: marked("Add and change systems of the ledger"),
        Scope.SUBMISSIONS_READ: marked("See where requests stand"),
        Scope.SUBMISSIONS_WRITE: marked("Ask, remind, withdraw, accept and return"),
        Scope.ANSWERS_READ: marked("Read what vendors answered"),
        Scope.DOCUMENTS_READ: marked("List and download documents"),
        Scope.DOCUMENTS_WRITE: marked("Enter documents that arrived another way"),
        Scope.ASSESSMENT_READ: marked("Read the own check"),
        Scope.ASSESSMENT_WRITE: marked("Answer items of the own check"),
        Scope.EVENTS_READ: marked("Read the history"),
        Scope.WEBHOOKS_WRITE: marked("Manage notices to other systems (webhooks)"),
    },
    SystemKind: {
        SystemKind.ELECTRONIC_CHART: marked("Electronic chart"),
        SystemKind.RECEIPT_COMPUTER: marked("Billing computer"),
        SystemKind.RESERVATION: marked("Reservation and reception"),
        SystemKind.IMAGING: marked("Images (X-ray, ultrasound)"),
        SystemKind.LABORATORY: marked("Laboratory tests"),
        SystemKind.ELIGIBILITY: marked("Online eligibility check"),
        SystemKind.PRESCRIPTION: marked("Electronic prescriptions"),
        SystemKind.DISPENSING: marked("Dispensing and medication records"),
        SystemKind.NETWORK: marked("Network (routers, Wi-Fi, VPN)"),
        SystemKind.BACKUP: marked("Backup"),
        SystemKind.TELEMEDICINE: marked("Online consultation"),
        SystemKind.OTHER: marked("Another kind"),
    },
    Provision: {
        Provision.ON_SITE: marked("On our premises"),
        Provision.CLOUD: marked("Cloud"),
        Provision.BOTH: marked("Both premises and cloud"),
    },
    UpdateDuty: {
        UpdateDuty.VENDOR: marked("The vendor"),
        UpdateDuty.CLINIC: marked("We ourselves"),
        UpdateDuty.SHARED: marked("Both, each a part"),
        UpdateDuty.UNKNOWN: marked("Not known yet"),
    },
    DocumentKind: {
        DocumentKind.MDS: marked("MDS"),
        DocumentKind.SDS: marked("SDS"),
        DocumentKind.MDS2: marked("MDS2"),
        DocumentKind.CERTIFICATE: marked("Certificate"),
        DocumentKind.CONTRACT_CLAUSE: marked("Contract or terms"),
        DocumentKind.OTHER: marked("Other document"),
    },
    OutcomeKind: {
        OutcomeKind.DECLINED: marked("Declined"),
        OutcomeKind.OUTSIDE_CONTRACT: marked("Outside the contract"),
        OutcomeKind.OWN_STATEMENT: marked("Publishes its own statement"),
        OutcomeKind.NO_CONTRACT: marked("No contract (any more)"),
        OutcomeKind.UNREACHABLE: marked("Cannot be reached"),
    },
    Source: {
        Source.FAX: marked("Fax"),
        Source.LETTER: marked("Letter"),
        Source.TELEPHONE: marked("Telephone call"),
        Source.MEETING: marked("Meeting"),
        Source.STATEMENT: marked("Published statement"),
    },
    ContactWay: {
        ContactWay.CALL: marked("Call"),
        ContactWay.MAIL: marked("Mail"),
        ContactWay.FAX: marked("Fax"),
        ContactWay.LETTER: marked("Letter"),
        ContactWay.VISIT: marked("Visit"),
        ContactWay.OTHER: marked("Another way"),
    },
    Responsibility: {
        Responsibility.VENDOR: marked("Done by the vendor"),
        Responsibility.CLINIC: marked("Done by the clinic"),
        Responsibility.SHARED: marked("Done by both"),
    },
    Verdict: {
        Verdict.ACCEPTED: marked("Accepted"),
        Verdict.RETURNED: marked("Returned"),
    },
    ScanState: {
        ScanState.UNSCANNED: marked("Not checked for viruses"),
        ScanState.CLEAN: marked("No virus found"),
        ScanState.INFECTED: marked("A virus was found"),
        ScanState.ERROR: marked("Could not be checked for viruses"),
    },
}


def name_of(option: StrEnum) -> str:
    """What an option is called in the language now spoken."""
    return _(_NAMES[type(option)][option])


def names_of(options: type[Options]) -> dict[Options, str]:
    """Every option of a kind with what it is called, in the order in which they are offered."""
    return {option: name_of(option) for option in options}
