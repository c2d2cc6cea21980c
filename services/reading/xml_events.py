"""XML as a stream of events; a document that declares a type or an entity is refused before anything is expanded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Never
from xml.parsers import expat

from services.reading.reasons import NotRead, NotReadReason

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


def walk(content: bytes, *, start: Start, end: End, text: Text, part: str = "") -> None:
    """Call back for each element and text; names come without prefix. Raises NotRead."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_type
    parser.EntityDeclHandler = _refuse_type
    prefixed = b":" in content

    def start_element(name: str, attributes: dict[str, str]) -> None:
        start(name[name.find(":") + 1 :] if prefixed else name, attributes)

    def end_element(name: str) -> None:
        end(name[name.find(":") + 1 :] if prefixed else name)

    parser.StartElementHandler = start_element
    parser.EndElementHandler = end_element
    parser.CharacterDataHandler = text
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, UnicodeError, LookupError) as error:
        raise NotRead(NotReadReason.XML_BROKEN, part) from error


def _refuse_type(*_declared: object) -> Never:
    raise NotRead(NotReadReason.XML_TYPE_DECLARATION)


class Elements:
    """Handlers that tell `found` of each element: its name, its attributes and all text directly in it."""

    def __init__(self, found: Callable[[str, dict[str, str], str], None]) -> None:
        self._found = found
        self._open: list[tuple[dict[str, str], list[str]]] = []

    def start(self, _name: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        self._open.append((attributes, []))

    def end(self, name: str) -> None:
        """An element closes, and is told."""
        attributes, texts = self._open.pop()
        self._found(name, attributes, "".join(texts))

    def text(self, text: str) -> None:
        """Text inside the innermost open element."""
        if self._open:
            self._open[-1][1].append(text)


def find_elements(content: bytes, found: Callable[[str, dict[str, str], str], None], *, part: str = "") -> None:
    """Tell every element when it closes: its name, attributes and own text. Raises NotRead."""
    elements = Elements(found)
    walk(content, start=elements.start, end=elements.end, text=elements.text, part=part)


def local(attributes: dict[str, str], name: str) -> str:
    """An attribute whatever its prefix; "" where there is none."""
    if name in attributes:
        return attributes[name]
    return next((value for key, value in attributes.items() if key.endswith(":" + name)), "")


def relation(attributes: dict[str, str]) -> str:
    """The attribute r:id, whatever the prefix is called."""
    return next((value for key, value in attributes.items() if key.endswith(":id")), "")


def is_true(value: str) -> bool:
    """How the format writes booleans."""
    return value in {"1", "true", "on"}
