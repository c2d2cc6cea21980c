"""What the command `read` tells about one file: lines for people, or everything as JSON, and the code it ends with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from api.reading_checklists import find_official, report_checklist
from api.reports import NEEDS_PERSON, READ, REFUSED, Report, as_json_text, one_line
from services.languages import speaking
from services.reading.readings import Answer, Outcome, Reading, pack_reading
from services.reading.reasons import NotRead
from services.reading.sandbox import propose_columns, read_disclosure
from services.reading.template_files import list_templates
from services.reading.words import sentence_for


def report_file(path: Path, *, as_json: bool) -> Report:
    """Read a file with the templates of the catalog and tell what came of it; never raises for what is in the file."""
    try:
        reading = read_disclosure(path, templates=list_templates())
        if not reading.template_id and (checklist := find_official(path)):
            return report_checklist(path, checklist, as_json=as_json)
        proposals = []
        if reading.outcome is Outcome.NEEDS_TEMPLATE:
            proposals = propose_columns(path, templates=list_templates())
    except NotRead as refused:
        return _report_refusal(path, refused, as_json=as_json)
    code = READ if reading.outcome is Outcome.READ else NEEDS_PERSON
    if as_json:
        told = {"file": path.name, **pack_reading(reading), "counts": reading.counts}
        for answer, packed in zip(reading.answers, told["answers"], strict=True):
            packed["remark"] = answer.remark
        if proposals:
            told["proposed"] = {"sheet": proposals[0].sheet, "questions": proposals[0].count}
        return Report(as_json_text(told), code)
    return Report("\n".join(_lines(path, reading)), code)


def _report_refusal(path: Path, refused: NotRead, *, as_json: bool) -> Report:
    with speaking("en"):
        sentence = sentence_for(refused)
    outcome = "kept_unread" if refused.is_kept else "refused"
    if as_json:
        told = {"file": path.name, "outcome": outcome, "reason": refused.reason, "detail": refused.detail}
        return Report(as_json_text({**told, "sentence": sentence}), REFUSED)
    return Report(f"{path.name}: {outcome}: {refused.reason}\n{sentence}", REFUSED)


def _lines(path: Path, reading: Reading) -> Iterator[str]:
    yield f"{path.name}: {reading.outcome}"
    if not reading.template_id:
        kind = f"looks like {reading.kind}" if reading.kind != "other" else "of no known kind"
        yield f"template: none fits; the file is {kind}"
    else:
        yield f"template: {reading.template_id}, edition {reading.edition}, sheet {reading.sheet}"
        yield f"questions found: {reading.likeness:.0%}"
        yield "answers: " + ", ".join(f"{value} {count}" for value, count in reading.counts.items() if count)
    for name, named in reading.fields.items():
        yield f"{name}: {one_line(named.value)} ({named.place})"
    for finding in reading.findings:
        yield f"! {finding.reason} {finding.place} {one_line(finding.text)}".rstrip()
    for answer in reading.answers:
        yield _line(answer)


def _line(answer: Answer) -> str:
    """Number, raw text, value, remark, place and reason, in columns that a program can split at tabs."""
    parts = (answer.number, answer.raw, answer.value, answer.remark, answer.place, answer.reason or "")
    return "\t".join(one_line(part) for part in parts)
