"""Imported outcome values: vintages, values of former ones, flags as they stood.

Works with the previous release, which does not read what is new.
Undo: downgrade drops it; imported series stay, as values without a history.
Revision 0004, after 0003.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('outcome_vintage',
    sa.Column('series', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('updated', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('imported_at', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('replaced_at', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.Column('file_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('record', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['series'], ['outcome_series.id'], name=op.f('fk_outcome_vintage_series')),
    sa.PrimaryKeyConstraint('series', 'updated', name=op.f('pk_outcome_vintage'))
    )
    op.create_table('outcome_past',
    sa.Column('series', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('updated', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('geo', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('period', sqlmodel.sql.sqltypes.AutoString(length=7), nullable=False),
    sa.Column('value', sa.Float(), nullable=True),
    sa.Column('flag', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('original', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.ForeignKeyConstraint(['series', 'updated'], ['outcome_vintage.series', 'outcome_vintage.updated'], name=op.f('fk_outcome_past_series_updated')),
    sa.PrimaryKeyConstraint('series', 'updated', 'geo', 'period', name=op.f('pk_outcome_past'))
    )
    with op.batch_alter_table('outcome_observation', schema=None) as batch_op:
        batch_op.add_column(sa.Column('original', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('outcome_observation', schema=None) as batch_op:
        batch_op.drop_column('original')

    op.drop_table('outcome_past')
    op.drop_table('outcome_vintage')
