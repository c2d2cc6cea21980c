"""The JSON API, version 1: one module per noun, calling the same services as the pages."""

from __future__ import annotations

from fastapi import APIRouter

from api.v1 import contacts, events, systems, vendors

ENDPOINTS: tuple[APIRouter, ...] = (
    vendors.router,
    contacts.router,
    systems.router,
    events.router,
)
