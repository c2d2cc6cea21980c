"""answer_differences: what holds for single systems of a sheet that covers several."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = "f3c8a0b71e92"
down_revision: str | None = "d93b1f6e8c54"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("answers") as batch_op:
        batch_op.add_column(sa.Column("differences", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("answers") as batch_op:
        batch_op.drop_column("differences")
