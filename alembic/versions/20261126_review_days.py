"""Review days."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision: str = "a47f21e73e06"
down_revision: str | None = "c7d02f9a4e18"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("clinics", sa.Column("document_review_months", sa.Integer(), nullable=False, server_default="12"))
    op.add_column("documents", sa.Column("review_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("documents", "review_on")
    op.drop_column("clinics", "document_review_months")
