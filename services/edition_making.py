"""An edition made of official workbooks: their words and numbers, and help from the edition before where it fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from models import ClinicKind, ImportedEdition, OfficialForm
from services import editions
from services.edition_files import BrokenEdition, build_edition
from services.edition_forms import GATE, NO_ITEM, Edition, Form, Item
from services.edition_subjects import (
    Match,
    Subject,
    list_subjects,
    propose_link,
    propose_match,
    scope_keys,
    scope_name,
)
from services.fiscal_years import name_of
from services.formats import format_era_year
from services.languages import LANGUAGES, _, marked, speaking
from services.reading.checklists import Checklist
from services.reading.normal import squeezed

__all__ = ["BrokenEdition", "Material", "Plan", "make_content", "make_plan"]

_INSTITUTIONS: Final = (ClinicKind.CLINIC, ClinicKind.DENTAL_CLINIC, ClinicKind.HOSPITAL, ClinicKind.MATERNITY_HOME)
_LONGEST_ID: Final = 16
_HELP: Final = marked(
    "This is the sentence of the official form; the portal has no explanation of its own for it yet. "
    "If it is not clear, ask the vendor of the system, or the association that you belong to."
)
_HELP_OF_VENDOR: Final = marked(
    "This is the sentence of the official form; the portal has no explanation of its own for it yet. "
    "If it is not clear, write what you can say into the remark, or ask the institution."
)
_EVIDENCE: Final = marked("A record, a setting or a contract that shows it.")
_ORIGIN: Final = marked(
    "Numbers and sentences were taken from the workbooks that were imported: %(files)s. The sentences are those of "
    "the official form and exist in Japanese only. Explanations are the portal's own, from the edition before."
)
_MEANING: Final = marked("As the official form has it.")

Words = dict[str, str]


@dataclass(frozen=True, slots=True)
class Material:
    """One workbook as it is understood now, with its file's name and digest."""

    form: OfficialForm
    checklist: Checklist
    file_name: str
    sha256: str
    is_official: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about the edition that a person may decide: what links where, and what takes over from what."""

    subjects: Mapping[OfficialForm, Sequence[Subject]]
    scopes: Mapping[str, str]
    older: Edition | None
    links: Mapping[str, str]
    """Per vendor item, the institution's item on the same subject, or NO_ITEM."""
    matches: Mapping[str, Match]
    """Per item that is looked at, what was proposed."""
    carried: Mapping[str, tuple[str, ...]]
    """Per item that takes over, from which items; what was decided, else what was proposed."""
    carriers: Sequence[Subject] = field(default_factory=tuple)
    """The items that may take over: the institution's, and of the others those whose key is theirs alone."""

    def form_before(self, form: OfficialForm) -> Form | None:
        """The form of the edition before that an item of this form takes over from."""
        return older_form(self.older, form)


def make_plan(materials: Sequence[Material], *, older: Edition | None, choices: Mapping[str, Any]) -> Plan:
    """The proposals for links and carry-over, with what a person has decided in their place."""
    scopes = scope_keys(line for one in _in_order(materials) for line in one.checklist.items)
    subjects = {one.form: list_subjects(one.checklist, one.form, scopes) for one in materials}
    institution = subjects.get(OfficialForm.INSTITUTION, [])
    known = {subject.key for subject in institution} | {NO_ITEM}
    decided = choices.get("links", {})
    links: dict[str, str] = {}
    for subject in subjects.get(OfficialForm.VENDOR, []):
        chosen = decided.get(subject.key)
        links[subject.key] = chosen if chosen in known else propose_link(subject, institution)
    carriers: dict[str, Subject] = {}
    for form in (OfficialForm.INSTITUTION, OfficialForm.PHARMACY, OfficialForm.VENDOR):
        for subject in subjects.get(form, []):
            carriers.setdefault(subject.key, subject)
    matches, carried = {}, {}
    for key, subject in carriers.items():
        before = older_form(older, subject.form)
        if match := propose_match(subject, before):
            matches[key] = match
        proposed = matches[key].sources if key in matches else ()
        wanted = tuple(choices["carried"][key]) if key in choices.get("carried", {}) else proposed
        if before and wanted and all(before.find_item(source) for source in wanted):
            carried[key] = wanted
    return Plan(subjects, scopes, older, links, matches, carried, tuple(carriers.values()))


def older_form(older: Edition | None, form: OfficialForm) -> Form | None:
    """The form of another edition that is for the same people."""
    if older is None:
        return None
    if form is OfficialForm.VENDOR:
        return older.vendor_form
    kind = ClinicKind.PHARMACY if form is OfficialForm.PHARMACY else ClinicKind.CLINIC
    return editions.form_for_kind(older, kind)


def make_content(imported: ImportedEdition, materials: Sequence[Material], plan: Plan) -> dict[str, Any]:
    """The edition as an edition file would say it. Raises BrokenEdition where it would not hold together."""
    year = imported.fiscal_year
    content: dict[str, Any] = {
        "id": "imported",
        "fiscal_year": year,
        "guideline_version": "",
        "is_imported": True,
        "name": _both(marked("%(year)s edition"), year=lambda spoken: _year(year, spoken)),
        "title": _same(next((one.checklist.title for one in materials if one.checklist.title), "")) or _title(),
        "issued": _both(marked("Imported into the portal")),
        "provenance": {"status": _both(marked("Made of the official workbooks")), "note": _note(materials)},
        "scopes": _scopes(materials, plan),
        "forms": {one.form.value: _form(one, materials, plan) for one in _in_order(materials)},
    }
    if plan.older and plan.carried:
        carried = {key: list(sources) for key, sources in plan.carried.items()}
        content["carry_over"] = {"edition": plan.older.id, "items": carried}
    digest = editions.digest(build_edition(content, file="workbooks"))
    content["id"] = f"r{year - 2018}-{digest[:_LONGEST_ID]}"
    return content


def _in_order(materials: Sequence[Material]) -> list[Material]:
    order = list(OfficialForm)
    return sorted(materials, key=lambda one: order.index(one.form))


def _form(material: Material, materials: Sequence[Material], plan: Plan) -> dict[str, Any]:
    is_vendor = material.form is OfficialForm.VENDOR
    model = older_form(editions.latest_edition(), material.form)
    assert model is not None
    has_pharmacy = any(one.form is OfficialForm.PHARMACY for one in materials)
    kinds: tuple[ClinicKind, ...] = () if is_vendor else (ClinicKind.PHARMACY,)
    if material.form is OfficialForm.INSTITUTION:
        kinds = _INSTITUTIONS if has_pharmacy else (*_INSTITUTIONS, ClinicKind.PHARMACY)
    form: dict[str, Any] = {
        "answered_by": "vendor" if is_vendor else "institution",
        "kinds": [kind.value for kind in kinds],
        "provenance": "F",
        "name": model.name.model_dump(),
        "title": _same(material.checklist.title) or model.title.model_dump(),
        "about": model.about.model_dump(),
        "sections": _sections(material, plan),
    }
    gate = material.checklist.gate
    if gate and not is_vendor:
        help_of = model.gate
        texts = {"help": _both(_HELP), "evidence": _both(_EVIDENCE)} if help_of is None else _help_of(help_of)
        form["gate"] = {"key": GATE, "label": _same(gate.label), **texts}
    return form


def _sections(material: Material, plan: Plan) -> list[dict[str, Any]]:
    sections: list[dict[str, Any]] = []
    titles: list[str] = []
    for subject in plan.subjects[material.form]:
        title = subject.line.section
        if not titles or titles[-1] != title:
            titles.append(title)
            words = _same(title) or _both(marked("Items"))
            sections.append({"key": f"section-{len(titles)}", "title": words, "items": []})
        sections[-1]["items"].append(_item(subject, plan))
    return sections


def _item(subject: Subject, plan: Plan) -> dict[str, Any]:
    is_vendor = subject.form is OfficialForm.VENDOR
    sources, source = plan.carried.get(subject.key, ()), _source(subject, plan)
    texts = _help_of(source) if source else {"help": _both(_HELP_OF_VENDOR if is_vendor else _HELP)}
    made: dict[str, Any] = {
        "key": subject.key,
        "number": subject.number or str(subject.line.row),
        "scope": subject.scope_key,
        "label": _same(subject.label),
        "evidence": _both(_EVIDENCE),
        "new": plan.older is not None and not sources,
        **texts,
    }
    if is_vendor:
        link = plan.links[subject.key]
        made |= {} if link == subject.key else {"institution_item": link}
        return made | ({"rule": "documents"} if _rule_of(link, plan) == "documents" else {})
    rule = _rule_of(subject.key, plan)
    made |= {"rule": rule} if rule else {}
    if source:
        made["empty_without_vendors"] = source.empty_without_vendors
        made |= {"plan_counts_until": source.plan_counts_until} if source.plan_counts_until else {}
    return made


def _source(subject: Subject, plan: Plan) -> Item | None:
    """The first item of the edition before that this one takes over from."""
    before = plan.form_before(subject.form)
    keys = plan.carried.get(subject.key, ()) if before else ()
    return next((item for key in keys if before and (item := before.find_item(key))), None)


def _rule_of(key: str, plan: Plan) -> str | None:
    """How answers to an institution's item are proposed: as before; for new items from what vendors say, if linked."""
    before = plan.form_before(OfficialForm.INSTITUTION)
    sources = [item for source in plan.carried.get(key, ()) if before and (item := before.find_item(source))]
    if sources:
        return sources[0].rule
    return "vendors" if key in plan.links.values() else None


def _help_of(source: Item) -> dict[str, Words]:
    return {"help": source.help.model_dump(), "evidence": source.evidence.model_dump()}


def _scopes(materials: Iterable[Material], plan: Plan) -> dict[str, dict[str, Words]]:
    known = {key: scope for edition in editions.list_editions() for key, scope in edition.scopes.items()}
    names = {squeezed(line.scope): line.scope for one in materials for line in one.checklist.items}
    scopes: dict[str, dict[str, Words]] = {}
    for words, key in plan.scopes.items():
        if key in known:
            scopes[key] = known[key].model_dump()
        else:
            name = _same(scope_name(names[words])) or _both(marked("All items"))
            scopes[key] = {"name": name, "meaning": _both(_MEANING)}
    return scopes


def _note(materials: Iterable[Material]) -> Words:
    def files(spoken: str) -> str:
        with speaking(spoken):
            known = _("known as the official file")
            return ", ".join(f"{one.file_name}{f' ({known})' if one.is_official else ''}" for one in materials)

    return _both(_ORIGIN, files=files)


def _title() -> Words:
    return editions.latest_edition().title.model_dump()


def _year(year: int, spoken: str) -> str:
    return name_of(year, "en") if spoken == "en" else f"{format_era_year(year, 'ja')}度"


def _same(text: str) -> Words:
    """The official words, which exist in Japanese only; {} where there are none."""
    return dict.fromkeys(LANGUAGES, text) if text.strip() else {}


def _both(sentence: str, **values: Any) -> Words:
    """A sentence of ours in both languages; a value that is a function is asked for its words in each."""
    made: Words = {}
    for spoken in LANGUAGES:
        with speaking(spoken):
            filled = {name: value(spoken) if callable(value) else value for name, value in values.items()}
            made[spoken] = _(sentence, **filled)
    return made
