"""What is remembered: tables, options and what follows from them; one module per noun."""

from models.answers import Answer, AnswerOrigin, AnswerValue, Responsibility
from models.api_tokens import ApiToken, KeptReply, Scope
from models.assessments import Assessment, AssessmentAnswer, Evidence, EvidenceKind
from models.calendar_feeds import CalendarFeed
from models.clinics import Clinic, ClinicKind
from models.correspondences import Correspondence
from models.desks import DeskCode, DeskPerson, DeskSession
from models.disclosure_templates import DisclosureTemplate, FormSample, SampleSheet
from models.disclosures import Disclosure, DisclosureAnswer, ReadState, Treatment, Way
from models.documents import DISCLOSURES, Document, DocumentKind, ScanState
from models.events import PORTAL, Event, EventHead
from models.exports import Export
from models.groups import Group, GroupConsent, GroupPerson
from models.imported_editions import ImportedEdition, OfficialForm, OfficialWorkbook
from models.imports import Import, ImportKind
from models.invitations import MAILED, AccessCode, Channel, Invitation, VendorSession
from models.letters import LetterBatch, LetterOrder
from models.mails import Bounce, Mail
from models.members import (
    AddressChange,
    FormerPassword,
    Member,
    MemberInvitation,
    MemberSession,
    Membership,
    PasswordReset,
    Role,
    Throttle,
)
from models.offers import OfferedAnswers
from models.outcomes import OF_VENDORS, ContactEntry, ContactWay, Outcome, OutcomeKind
from models.question_settings import QuestionSetting
from models.reviews import Review, ReviewRemark, Verdict
from models.routines import ReminderPause, Routine
from models.second_factors import PendingSignIn, RecoveryCode, SecondFactor
from models.submissions import (
    ANSWERABLE,
    AWAITING_VENDOR,
    MOMENTS,
    Revision,
    Stage,
    Submission,
    SubmissionSystem,
    stage_of,
)
from models.systems import Provision, System, SystemKind, UpdateDuty
from models.threads import Message, Note, Side, Thread, ThreadReader
from models.transcripts import Source, Transcript, TranscriptDocument
from models.vendors import Contact, Vendor
from models.webhooks import Pause, Webhook, WebhookDelivery

__all__ = [
    "ANSWERABLE",
    "AWAITING_VENDOR",
    "DISCLOSURES",
    "MAILED",
    "MOMENTS",
    "OF_VENDORS",
    "PORTAL",
    "AccessCode",
    "AddressChange",
    "Answer",
    "AnswerOrigin",
    "AnswerValue",
    "ApiToken",
    "Assessment",
    "AssessmentAnswer",
    "Bounce",
    "CalendarFeed",
    "Channel",
    "Clinic",
    "ClinicKind",
    "Contact",
    "ContactEntry",
    "ContactWay",
    "Correspondence",
    "DeskCode",
    "DeskPerson",
    "DeskSession",
    "Disclosure",
    "DisclosureAnswer",
    "DisclosureTemplate",
    "Document",
    "DocumentKind",
    "Event",
    "EventHead",
    "Evidence",
    "EvidenceKind",
    "Export",
    "FormSample",
    "FormerPassword",
    "Group",
    "GroupConsent",
    "GroupPerson",
    "Import",
    "ImportKind",
    "ImportedEdition",
    "Invitation",
    "KeptReply",
    "LetterBatch",
    "LetterOrder",
    "Mail",
    "Member",
    "MemberInvitation",
    "MemberSession",
    "Membership",
    "Message",
    "Note",
    "OfferedAnswers",
    "OfficialForm",
    "OfficialWorkbook",
    "Outcome",
    "OutcomeKind",
    "PasswordReset",
    "Pause",
    "PendingSignIn",
    "Provision",
    "QuestionSetting",
    "ReadState",
    "RecoveryCode",
    "ReminderPause",
    "Responsibility",
    "Review",
    "ReviewRemark",
    "Revision",
    "Role",
    "Routine",
    "SampleSheet",
    "ScanState",
    "Scope",
    "SecondFactor",
    "Side",
    "Source",
    "Stage",
    "Submission",
    "SubmissionSystem",
    "System",
    "SystemKind",
    "Thread",
    "ThreadReader",
    "Throttle",
    "Transcript",
    "TranscriptDocument",
    "Treatment",
    "UpdateDuty",
    "Vendor",
    "VendorSession",
    "Verdict",
    "Way",
    "Webhook",
    "WebhookDelivery",
    "stage_of",
]
