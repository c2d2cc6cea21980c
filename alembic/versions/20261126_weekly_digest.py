"""weekly_digest."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = "b8c4e15f7a21"
down_revision: str | None = "5733ac69089a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("members", sa.Column("wants_weekly_digest", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    op.drop_column("members", "wants_weekly_digest")
