"""`python -m web.locale`: find every sentence in the source, keep one `.po` file per room, name what is missing.

`--fill FILE` takes a JSON object of English sentence → Japanese sentence and writes it into the files.
`--check` changes nothing and exits 1 where a sentence has no translation or a file is out of date.
"""

from __future__ import annotations

import argparse
import fcntl
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "web" / "locale" / "ja"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None}
JINJA_OPTIONS = {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.do"}


def room_of(path: Path) -> str:
    """The name of the `.po` file for a source file: `web/clinic/asking.py` and its templates are `clinic-asking`."""
    parts = list(path.with_suffix("").parts)
    if parts[0] == "web":
        parts = parts[1:]
        if parts[0] == "templates":
            parts = parts[1:]
    elif parts[0] == "services":
        parts = parts[:2]
    return "-".join(parts[:2]).replace("_", "-")


def find_sentences() -> Iterator[tuple[Path, int, str | tuple[str, str]]]:
    """Every sentence of the product with the place where it stands."""
    sources = [
        ("python", path) for room in ("api", "web", "services", "models") for path in ROOT.glob(f"{room}/**/*.py")
    ]
    sources += [
        ("jinja2.ext:babel_extract", path)
        for pattern in ("web/templates/**/*.html", "services/mail/**/*.txt", "services/mail/**/*.html")
        for path in ROOT.glob(pattern)
    ]
    for method, path in sorted(sources, key=lambda source: source[1]):
        options = JINJA_OPTIONS if method.startswith("jinja2") else {}
        with path.open("rb") as file:
            for line, identity, _comments, _context in extract(method, file, keywords=KEYWORDS, options=options):
                if isinstance(identity, tuple):
                    yield path.relative_to(ROOT), line, (str(identity[0]), str(identity[1]))
                elif identity:
                    yield path.relative_to(ROOT), line, str(identity)


def build_catalogs(known: dict[str, str]) -> dict[str, Catalog]:
    """One catalog per room; a sentence that stands in several rooms belongs to the first."""
    catalogs: dict[str, Catalog] = {}
    homes: dict[str, Message] = {}
    for path, _line, identity in find_sentences():
        key = identity if isinstance(identity, str) else identity[0]
        place = (path.as_posix(), 0)
        if key in homes:
            if place not in homes[key].locations:
                homes[key].locations.append(place)
            continue
        catalog = catalogs.setdefault(room_of(path), Catalog(locale="ja", fuzzy=False))
        text: str | tuple[str, ...] = known.get(key, "")
        if isinstance(identity, tuple):
            text = (known.get(key, ""),)
        catalog.add(identity, string=text, locations=[place])
        homes[key] = catalog[identity]
    return catalogs


def read_known() -> dict[str, str]:
    """Every translation that exists, by English sentence."""
    known: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="ja"):
                if not message.id:
                    continue
                key = message.id[0] if isinstance(message.id, tuple) else message.id
                if text := text_of(message):
                    known[str(key)] = text
    return known


def text_of(message: Message) -> str:
    """The Japanese sentence of a message, which has one form for every count; empty where there is none."""
    text = message.string
    return str(text if isinstance(text, str) or text is None else text[0]) if text else ""


def render(catalog: Catalog) -> bytes:
    """The catalog as a file that does not change unless a sentence does."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=120, omit_header=True, sort_by_file=True, include_lineno=False)
    header = b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: ja\\n"\n'
    return header + b'"Plural-Forms: nplurals=1; plural=0;\\n"\n\n' + buffer.getvalue()


def main() -> int:
    """Update the files; return 1 where something is missing."""
    parser = argparse.ArgumentParser(prog="python -m web.locale", description=__doc__)
    parser.add_argument("--fill", type=Path, help="JSON file of English sentence → Japanese sentence")
    parser.add_argument("--check", action="store_true", help="change nothing, only tell")
    arguments = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Path(__file__).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = read_known()
        if arguments.fill:
            known.update(json.loads(arguments.fill.read_text(encoding="utf-8")))
        catalogs = build_catalogs(known)
        files = {FOLDER / f"{room}.po": render(catalog) for room, catalog in catalogs.items()}
        stale = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]
        stale += [path for path in FOLDER.glob("*.po") if path not in files]
        if not arguments.check:
            for path in stale:
                if path in files:
                    path.write_bytes(files[path])
                else:
                    path.unlink()
    missing = [message for catalog in catalogs.values() for message in catalog if message.id and not text_of(message)]
    for message in missing:
        print(f"{message.locations[0][0]}: {message.id!r}")
    if missing:
        print(f"{len(missing)} sentences have no Japanese translation.", file=sys.stderr)
    if arguments.check and stale:
        print("Out of date: " + ", ".join(path.name for path in stale), file=sys.stderr)
    return 1 if missing or (arguments.check and stale) else 0


if __name__ == "__main__":
    sys.exit(main())
