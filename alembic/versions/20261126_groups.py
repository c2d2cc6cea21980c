"""groups: who looks after several clinics, and which clinics agreed to be seen."""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision: str = "e91b3d57f0c8"
down_revision: str | None = "f0a1c7d25b31"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = sqlmodel.sql.sqltypes.UTCDateTime()


def upgrade() -> None:
    op.create_table(
        "groups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("number", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("number", name=op.f("uq_groups_number")),
    )
    op.create_table(
        "group_people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_group_people_group_id_groups")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_group_people_member_id_members")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_people")),
    )
    op.create_index(op.f("ix_group_people_member_id"), "group_people", ["member_id"])
    _create_active("uq_group_people_active", "group_people", ["group_id", "member_id"], "removed_at IS NULL")
    op.create_table(
        "group_consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=False),
        sa.Column("agreed_at", MOMENT, nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["agreed_by"], ["members.id"], name=op.f("fk_group_consents_agreed_by_members")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.id"], name=op.f("fk_group_consents_clinic_id_clinics")),
        sa.ForeignKeyConstraint(["ended_by"], ["members.id"], name=op.f("fk_group_consents_ended_by_members")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_group_consents_group_id_groups")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_consents")),
        sa.UniqueConstraint("clinic_id", "id", name=op.f("uq_group_consents_clinic_id_id")),
    )
    _create_active("uq_group_consents_active", "group_consents", ["group_id", "clinic_id"], "ended_at IS NULL")


def downgrade() -> None:
    for table in ("group_consents", "group_people", "groups"):
        op.drop_table(table)


def _create_active(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=True, sqlite_where=where, postgresql_where=where)
