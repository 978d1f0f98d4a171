"""Tasks that are done, what a desk changed, tokens that are rotated and last used"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("identity_hash", sa.LargeBinary(), nullable=False),
        sa.Column("applicant", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["applicant"], ["applicants.id"], name=op.f("fk_identities_applicant")),
        sa.PrimaryKeyConstraint("identity_hash", name=op.f("pk_identities")),
    )
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identities_applicant"), ["applicant"], unique=False)
    op.create_table(
        "desk_actions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("applicant", BIG, nullable=True),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("clerk", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_actions")),
    )
    with op.batch_alter_table("desk_actions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_actions_number"), ["number"], unique=False)
    op.add_column("cases", sa.Column("reissued_from", sa.LargeBinary(), nullable=True))
    op.add_column("tasks", sa.Column("version", sa.Integer(), nullable=False,
                                     server_default="1"))
    op.add_column("tasks", sa.Column("done_at", sa.BigInteger(), nullable=True))
    op.add_column("tasks", sa.Column("done_by", sa.String(length=80), nullable=True))
    op.add_column("tasks", sa.Column("note", sa.String(length=200), nullable=True))
    op.add_column("tokens", sa.Column("former_hash", sa.LargeBinary(), nullable=True))
    op.add_column("tokens", sa.Column("former_until", sa.BigInteger(), nullable=True))
    op.add_column("tokens", sa.Column("used_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for table, columns in (("tokens", ("used_at", "former_until", "former_hash")),
                           ("tasks", ("note", "done_by", "done_at", "version")),
                           ("cases", ("reissued_from",))):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.drop_column(column)
    op.drop_table("desk_actions")
    op.drop_table("identities")
