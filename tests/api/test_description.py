"""The description of the API: complete, and true."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from tests.api.programs import Program
from tests.test_doors import doors_of


@pytest.fixture
def told(app: FastAPI) -> dict[str, Any]:
    """As anybody receives it, without a token."""
    description: dict[str, Any] = Program(app).get("/openapi.json")
    return description


def operations(told: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, one) for path, methods in told["paths"].items() for method, one in methods.items()]


def test_every_endpoint_is_described_under_the_name_of_its_function(app: FastAPI, told: dict[str, Any]) -> None:
    doors = {
        (door.path.removeprefix("/api/v1"), door.method.lower(), door.name)
        for door in doors_of(app, of_api=True)
        if door.name != "api_describe"
    }
    assert doors == {(path, method, f"api_{one['operationId']}") for path, method, one in operations(told)}
    for _path, _method, one in operations(told):
        assert one["description"], one["operationId"]
        assert one["tags"], one["operationId"]


def test_every_refusal_is_a_problem_document(told: dict[str, Any]) -> None:
    for _path, method, one in operations(told):
        problems = {status for status in one["responses"] if status >= "400"}
        assert "429" in problems, one["operationId"]
        assert not one.get("security") or {"401", "403"} <= problems
        assert method == "get" or "409" in problems
        for status in problems:
            assert one["responses"][status] == {"$ref": f"#/components/responses/Problem{status}"}
    assert "HTTPValidationError" not in str(told)


def test_every_reference_leads_somewhere(told: dict[str, Any]) -> None:
    for reference in references(told):
        found: Any = told
        for part in reference.removeprefix("#/").split("/"):
            assert part in found, reference
            found = found[part]


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for value in part.values() for found in references(value)]
    return [found for value in part for found in references(value)] if isinstance(part, list) else []


def test_it_is_kept_by_its_readers(app: FastAPI) -> None:
    program = Program(app)
    first = program.call("GET", "/openapi.json")
    again = program.call("GET", "/openapi.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_pages_are_no_part_of_it(told: dict[str, Any]) -> None:
    assert told["servers"] == [{"url": "/api/v1"}]
    assert not {"/dashboard", "/settings", "/health"} & set(told["paths"])
