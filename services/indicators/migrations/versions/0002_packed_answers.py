"""The answers of a revision also as one packed matrix.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:

    with op.batch_alter_table('revision', schema=None) as batch_op:
        batch_op.add_column(sa.Column('packed', sa.LargeBinary(), nullable=True))




def downgrade() -> None:

    with op.batch_alter_table('revision', schema=None) as batch_op:
        batch_op.drop_column('packed')


