"""Practices remember whom the Lab may ask, apart from everything that is public.

Works with the previous release because nobody reads the table there. Undo: downgrade
drops it, with the contacts.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("practice_id", sqlmodel.sql.sqltypes.AutoString(length=36), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("organisation", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=True),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=254), nullable=True),
        sa.Column("phone", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=True),
        sa.Column("purpose", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("kept_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_contact_practice_id")
        ),
        sa.PrimaryKeyConstraint("practice_id", name=op.f("pk_contact")),
    )
    op.create_index(op.f("ix_contact_kept_until"), "contact", ["kept_until"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_contact_kept_until"), table_name="contact")
    op.drop_table("contact")
