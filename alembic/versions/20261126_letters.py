"""Letters made together as one PDF, the number that a letter bears, and the fax of a clinic."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision: str = "6ee5672812f1"
down_revision: str | None = "d7f20c916a44"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "letter_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("fiscal_year", sa.Integer(), nullable=False),
        sa.Column("letter_count", sa.Integer(), nullable=False),
        sa.Column("done_count", sa.Integer(), nullable=False),
        sa.Column("ordered_by", sa.Uuid(), nullable=False),
        sa.Column("ordered_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("made_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("failed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("removed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("storage_key", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_letter_batches_clinic_id_clinics")),
        sa.ForeignKeyConstraint(["ordered_by"], ["members.id"], name=op.f("fk_letter_batches_ordered_by_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_batches")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_letter_batches_clinic_id_id")),
    )
    op.create_table(
        "letter_orders",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("message", sqlmodel.sql.sqltypes.AutoString(length=4000), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "batch_id"],
            ["letter_batches.clinic_id", "letter_batches.id"],
            name=op.f("fk_letter_orders_clinic_id_batch_id_letter_batches"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "invitation_id"],
            ["invitations.clinic_id", "invitations.id"],
            name=op.f("fk_letter_orders_clinic_id_invitation_id_invitations"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "submission_id"],
            ["submissions.clinic_id", "submissions.id"],
            name=op.f("fk_letter_orders_clinic_id_submission_id_submissions"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_letter_orders_clinic_id_clinics")),
        sa.PrimaryKeyConstraint("batch_id", "submission_id", name=op.f("pk_letter_orders")),
    )
    with op.batch_alter_table("letter_orders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_orders_submission_id"), ["submission_id"], unique=False)

    op.add_column(
        "clinics", sa.Column("fax", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False, server_default="")
    )
    op.add_column("invitations", sa.Column("number_hash", sa.LargeBinary(), nullable=True))
    op.create_index("ix_invitations_number", "invitations", ["number_hash"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_invitations_number", "invitations")
    op.drop_column("invitations", "number_hash")
    op.drop_column("clinics", "fax")
    with op.batch_alter_table("letter_orders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_letter_orders_submission_id"))
    op.drop_table("letter_orders")
    op.drop_table("letter_batches")
