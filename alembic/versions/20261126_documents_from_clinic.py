"""documents_from_clinic: which files the clinic entered for a vendor; the scans of what it typed in are among them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = "b81d4c07e2fa"
down_revision: str | None = "d51c7e0ab392"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "documents", sa.Column("is_from_clinic", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute(
        sa.text(
            "UPDATE documents SET is_from_clinic = true WHERE id IN (SELECT document_id FROM transcript_documents)"
        )
    )


def downgrade() -> None:
    op.drop_column("documents", "is_from_clinic")
