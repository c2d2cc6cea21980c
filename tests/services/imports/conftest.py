"""A clinic and somebody who gives it tables."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from models import Clinic
from tests import factories
from tests.services.imports.importing import Desk


@pytest.fixture
def clinic(session: Session) -> Clinic:
    return factories.make_clinic(session)


@pytest.fixture
def desk(session: Session, clinic: Clinic) -> Desk:
    return Desk(session, clinic, factories.make_member(session, clinic))
