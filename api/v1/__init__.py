"""The JSON API, version 1: one module per noun, calling the same services as the pages."""

from __future__ import annotations

from fastapi import APIRouter

from api.v1 import (
    answers,
    assessments,
    contact_log,
    contacts,
    documents,
    events,
    links,
    openapi,
    outcomes,
    submissions,
    systems,
    threads,
    vendor_documents,
    vendor_form,
    vendor_sessions,
    vendors,
    webhooks,
)

ENDPOINTS: tuple[APIRouter, ...] = (
    vendors.router,
    contacts.router,
    systems.router,
    submissions.router,
    links.router,
    outcomes.router,
    contact_log.router,
    threads.router,
    answers.router,
    documents.router,
    assessments.router,
    events.router,
    webhooks.router,
    vendor_sessions.router,
    vendor_form.router,
    vendor_documents.router,
)


def make_api() -> APIRouter:
    """Every endpoint, and the description of them all."""
    api = APIRouter(redirect_slashes=False)
    for router in (openapi.make_router(ENDPOINTS), *ENDPOINTS):
        # The routes themselves, as in api/main.py.
        api.routes.extend(router.routes)
    return api
