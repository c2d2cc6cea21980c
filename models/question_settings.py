"""What a clinic says about single questions of a form: area, welcome answer, appendix, and what closes them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class QuestionSetting(SQLModel, table=True):
    """A clinic's own word on one question of a form, built in or learned; empty fields leave the form's own."""

    __tablename__ = "question_settings"
    __table_args__ = (sa.UniqueConstraint("clinic_id", "template_id", "number"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    clinic_id: UUID = Field(foreign_key="clinics.id")
    template_id: str = Field(max_length=80)
    number: str = Field(max_length=60)
    area: str = Field(default="", max_length=40)
    welcome: str = Field(default="", max_length=10)
    is_appendix: bool = False
    gate_question: str = Field(default="", max_length=60)
    gate_answer: str = Field(default="", max_length=10)
    set_by: str = Field(default="", max_length=254)
    set_at: datetime
