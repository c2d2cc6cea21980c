"""Whether the portal is ready."""

from __future__ import annotations

from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError

from models.database import Database
from web.access import get_database

router = APIRouter()


@router.get("/health", name="show_health")
def show_health(database: Annotated[Database, Depends(get_database)]) -> Response:
    """200 when the database answers; 503 otherwise."""
    try:
        with database.reader.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
    except SQLAlchemyError:
        return JSONResponse({"status": "unavailable"}, status_code=503)
    return JSONResponse({"status": "ok"})
