"""origin_of_answers: how each answer came about."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = "a1c4e7b20d35"
down_revision: str | None = "b8c4e15f7a21"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    origin = sa.Enum(
        "typed", "last_year", "elsewhere", "file", name="answerorigin", native_enum=False, length=40,
        create_constraint=False,
    )  # fmt: skip
    with op.batch_alter_table("answers") as batch_op:
        batch_op.add_column(sa.Column("origin", origin, nullable=False, server_default="typed"))
        batch_op.add_column(sa.Column("origin_details", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    with op.batch_alter_table("answers") as batch_op:
        batch_op.drop_column("origin_details")
        batch_op.drop_column("origin")
