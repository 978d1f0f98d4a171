"""Who may speak for an applicant; one-time codes in the outbox"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "handlers",
        sa.Column("id", BIG, nullable=False),
        sa.Column("applicant", BIG, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("case_id", BIG, nullable=True),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["applicant"], ["applicants.id"], name=op.f("fk_handlers_applicant")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_handlers_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handlers")),
    )
    with op.batch_alter_table("handlers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handlers_applicant"), ["applicant"], unique=False)
        batch_op.create_index(batch_op.f("ix_handlers_phone_hash"), ["phone_hash"], unique=False)
    with op.batch_alter_table("notifications", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("notifications", schema=None) as batch_op:
        batch_op.drop_column("sealed")
    with op.batch_alter_table("handlers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handlers_phone_hash"))
        batch_op.drop_index(batch_op.f("ix_handlers_applicant"))
    op.drop_table("handlers")
