"""Answers that a clinic typed in for a vendor, with their scans."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision: str = "da93a82e6c95"
down_revision: str | None = "5e3a8c3d9b42"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "transcripts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=True),
        sa.Column(
            "source",
            sa.Enum("fax", "letter", "telephone", "meeting", "statement", name="source", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("said_by", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("said_by_title", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=True),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=2000), nullable=False),
        sa.Column("typed_by", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("saved_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("submitted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "revision_id"],
            ["revisions.clinic_id", "revisions.id"],
            name=op.f("fk_transcripts_clinic_id_revision_id_revisions"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "submission_id"],
            ["submissions.clinic_id", "submissions.id"],
            name=op.f("fk_transcripts_clinic_id_submission_id_submissions"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_transcripts_clinic_id_clinics")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcripts")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_transcripts_clinic_id_id")),
    )
    with op.batch_alter_table("transcripts", schema=None) as batch_op:
        batch_op.create_index("ix_transcripts_revision", ["revision_id"], unique=False)
        batch_op.create_index("ix_transcripts_submission", ["clinic_id", "submission_id"], unique=False)

    op.create_table(
        "transcript_documents",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("transcript_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "document_id"],
            ["documents.clinic_id", "documents.id"],
            name=op.f("fk_transcript_documents_clinic_id_document_id_documents"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "transcript_id"],
            ["transcripts.clinic_id", "transcripts.id"],
            name=op.f("fk_transcript_documents_clinic_id_transcript_id_transcripts"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_transcript_documents_clinic_id_clinics")),
        sa.PrimaryKeyConstraint("transcript_id", "document_id", name=op.f("pk_transcript_documents")),
    )
    with op.batch_alter_table("transcript_documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transcript_documents_document_id"), ["document_id"], unique=False)

    op.add_column("submissions", sa.Column("typed_in_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("submissions", "typed_in_at")
    with op.batch_alter_table("transcript_documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transcript_documents_document_id"))

    op.drop_table("transcript_documents")
    with op.batch_alter_table("transcripts", schema=None) as batch_op:
        batch_op.drop_index("ix_transcripts_submission")
        batch_op.drop_index("ix_transcripts_revision")

    op.drop_table("transcripts")
