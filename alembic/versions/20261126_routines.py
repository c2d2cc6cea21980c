"""routines: reminders by schedule, pauses, and links that the portal sent by itself."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "c4d1a7e05b32"
down_revision: str | None = "a1c4e7b20d35"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "routines",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("reminds", sa.Boolean(), nullable=False),
        sa.Column("days_before", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("weeks_after", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("digested_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_routines_clinic_id_clinics")),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_routines")),
    )
    op.execute(
        "INSERT INTO routines (clinic_id, reminds, days_before, weeks_after, hour) "
        "SELECT id, true, '14,7,1', 4, 9 FROM clinics"
    )
    op.create_table(
        "reminder_pauses",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("paused_by", sa.Uuid(), nullable=False),
        sa.Column("paused_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "submission_id"],
            ["submissions.clinic_id", "submissions.id"],
            name=op.f("fk_reminder_pauses_clinic_id_submission_id_submissions"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_reminder_pauses_clinic_id_clinics")),
        sa.ForeignKeyConstraint(["paused_by"], ["members.id"], name=op.f("fk_reminder_pauses_paused_by_members")),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_reminder_pauses")),
    )
    op.add_column("invitations", sa.Column("is_automatic", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("invitations", "is_automatic")
    op.drop_table("reminder_pauses")
    op.drop_table("routines")
