"""The JSON API, version 1: one module per noun, calling the same services as the pages."""

from __future__ import annotations

from fastapi import APIRouter

from api.v1 import (
    answers,
    assessments,
    contacts,
    documents,
    events,
    submissions,
    systems,
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
    answers.router,
    documents.router,
    assessments.router,
    events.router,
    webhooks.router,
    vendor_sessions.router,
    vendor_form.router,
    vendor_documents.router,
)
