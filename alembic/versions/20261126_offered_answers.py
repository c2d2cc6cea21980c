"""offered_answers: what a vendor brought along as an answer file, until it is confirmed."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision: str = "e2b95c81d604"
down_revision: str | None = "da93a82e6c95"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "offered_answers",
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("brought_by", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("brought_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "submission_id"],
            ["submissions.clinic_id", "submissions.id"],
            name=op.f("fk_offered_answers_clinic_id_submission_id_submissions"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_offered_answers_clinic_id_clinics")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offered_answers")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_offered_answers_clinic_id_id")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_offered_answers_submission_id")),
    )


def downgrade() -> None:
    op.drop_table("offered_answers")
