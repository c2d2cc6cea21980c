"""Links that people at a vendor hand on: by whom, with which word, since when, and to which sections."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision: str = "f0a1c7d25b31"
down_revision: str | None = "a47f21e73e06"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "forwarded_by", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False, server_default=sa.text("''")
            )
        )
        batch_op.add_column(
            sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False, server_default=sa.text("''"))
        )
        batch_op.add_column(sa.Column("held_since", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column("section_keys", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        for name in ("section_keys", "held_since", "note", "forwarded_by"):
            batch_op.drop_column(name)
