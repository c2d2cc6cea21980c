"""reply addresses: where people who came in without an address are told of messages."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op


revision: str = "91f3d2b86e07"
down_revision: str | None = "d52f8e1ba6c3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "invitations",
        sa.Column(
            "reply_email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=False, server_default=sa.text("''")
        ),
    )


def downgrade() -> None:
    op.drop_column("invitations", "reply_email")
