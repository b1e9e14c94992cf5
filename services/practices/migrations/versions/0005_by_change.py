"""The Atom feed finds what changed last without sorting all practices.

Works with the previous release because only an index is new. Undo: downgrade drops it.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_practice_by_change", "practice", ["public", "updated_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_practice_by_change", table_name="practice")
