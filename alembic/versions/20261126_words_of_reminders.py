"""words of reminders: a clinic may have each reminder by schedule hold the ready wording that fits its number."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = "7be40a61c9d2"
down_revision: str | None = "c41e7d0a95b2"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("routines", sa.Column("adds_words", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("routines", "adds_words")
