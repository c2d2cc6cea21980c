"""bounces: reports of mails that did not arrive, and the moment of a clinic's last weekly digest."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "d7f20c916a44"
down_revision: str | None = "e40d2fbfccfb"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "bounces",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False),
        sa.Column("is_hard", sa.Boolean(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
        sa.Column("words", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("reported_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("cleared_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("cleared_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["cleared_by"], ["members.id"], name=op.f("fk_bounces_cleared_by_members")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_bounces_clinic_id_clinics")),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name=op.f("fk_bounces_mail_id_mails")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bounces")),
        sa.UniqueConstraint("mail_id", name=op.f("uq_bounces_mail_id")),
    )
    op.create_index("ix_bounces_address", "bounces", ["clinic_id", "email"])
    op.create_index("ix_mails_message_id", "mails", ["message_id"])
    op.add_column("routines", sa.Column("digested_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.drop_column("routines", "digested_on")


def downgrade() -> None:
    op.add_column("routines", sa.Column("digested_on", sa.Date(), nullable=True))
    op.drop_column("routines", "digested_at")
    op.drop_index("ix_mails_message_id", "mails")
    op.drop_index("ix_bounces_address", "bounces")
    op.drop_table("bounces")
