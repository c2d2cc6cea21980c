"""The application, put together: everything that is mounted, in one list."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from api import health
from api.addresses import Addresses
from api.errors import install_errors
from api.files import StaticFolder
from api.presence import keep_presence, stop_presence
from api.protection import FORM_LIMIT, Protection
from api.v1 import make_api
from models.database import Database, connect_database
from services import jobs
from settings import Settings, get_settings
from web.account import (
    address,
    confirm,
    first_run,
    forgotten,
    groups,
    join,
    profile,
    second_factor,
    sign_in,
    sign_in_code,
)
from web.clinic import (
    api_tokens,
    asking,
    assessment,
    assessment_item,
    calendar,
    contact_log,
    contacts,
    correspondences,
    dashboard,
    disclosure_comparison,
    disclosure_evidence,
    disclosure_templates,
    disclosure_writing,
    document_entry,
    edition_workbooks,
    editions,
    everything,
    exports,
    follow_ups,
    form_pointing,
    imports,
    invitations,
    ledger,
    letters,
    log,
    member_factors,
    members,
    official,
    outbox,
    outcomes,
    question_settings,
    records,
    review,
    routines,
    submission,
    transcript_offline,
    transcripts,
    vendors,
    webhooks,
    year_tables,
)
from web.clinic import disclosures as clinic_disclosures
from web.clinic import documents as clinic_documents
from web.clinic import groups as clinic_groups
from web.clinic import offline as clinic_offline
from web.clinic import settings as clinic_settings
from web.clinic import threads as clinic_threads
from web.rendering import STATIC_FOLDER
from web.vendor import (
    answer_file,
    checklist,
    desk,
    desk_door,
    desk_news,
    desk_together,
    differences,
    earlier,
    entrance,
    finish,
    letter_entry,
    offline,
    reply_address,
    statement,
    welcome,
)
from web.vendor import disclosures as vendor_disclosures
from web.vendor import documents as vendor_documents
from web.vendor import forwarding as vendor_forwarding
from web.vendor import threads as vendor_threads

PAGES: tuple[APIRouter, ...] = (
    health.router,
    first_run.router,
    sign_in.router,
    sign_in_code.router,
    forgotten.router,
    join.router,
    profile.router,
    confirm.router,
    second_factor.router,
    address.router,
    dashboard.router,
    asking.router,
    submission.router,
    invitations.router,
    letters.router,
    outcomes.router,
    transcripts.router,
    contact_log.router,
    records.router,
    review.router,
    vendors.router,
    contacts.router,
    ledger.router,
    imports.router,
    editions.router,
    edition_workbooks.router,
    official.router,
    clinic_offline.router,
    disclosure_writing.router,
    transcript_offline.router,
    exports.router,
    year_tables.router,
    everything.router,
    calendar.router,
    clinic_documents.router,
    document_entry.router,
    clinic_disclosures.router,
    disclosure_comparison.router,
    disclosure_evidence.router,
    form_pointing.router,
    disclosure_templates.router,
    question_settings.router,
    correspondences.router,
    follow_ups.router,
    assessment.router,
    assessment_item.router,
    clinic_threads.router,
    outbox.router,
    groups.router,
    clinic_groups.router,
    members.router,
    member_factors.router,
    clinic_settings.router,
    routines.router,
    api_tokens.router,
    webhooks.router,
    log.router,
    letter_entry.router,
    entrance.router,
    welcome.router,
    earlier.router,
    answer_file.router,
    differences.router,
    desk_door.router,
    desk.router,
    desk_news.router,
    desk_together.router,
    checklist.router,
    vendor_documents.router,
    vendor_disclosures.router,
    offline.router,
    finish.router,
    vendor_forwarding.router,
    vendor_threads.router,
    reply_address.router,
    statement.router,
)


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    """The portal as an ASGI application; nothing is opened before it starts."""
    settings = settings or get_settings()
    database = database or connect_database(settings.database)

    @asynccontextmanager
    async def live(this: FastAPI) -> AsyncIterator[None]:
        if settings.run_jobs:
            # What the job queue loads later lives as long as the process, too.
            jobs.start_jobs(database, settings, when_started=gc.freeze)
        gc.collect()
        gc.freeze()
        rounds = asyncio.create_task(keep_presence(this.state.database))
        try:
            yield
        finally:
            await stop_presence(rounds, this.state.database)
            if settings.run_jobs:
                jobs.stop_jobs()
            database.dispose()

    app = FastAPI(lifespan=live, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.database = database
    app.mount("/static", StaticFolder(directory=STATIC_FOLDER), name="static")
    # Mounted, so that neither a page nor a call is looked for among the routes of the others.
    app.mount("/api/v1", make_api(), name="api")
    for router in PAGES:
        # The routes themselves: a router included as a whole would be asked anew for each request, twice.
        app.router.routes.extend(router.routes)
    install_errors(app)
    app.state.addresses = Addresses(app)
    # Inside the protection, so that its refusal, too, is a page of ours; routes of uploads set another limit.
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=FORM_LIMIT)
    app.add_middleware(Protection, settings=settings)
    return app
