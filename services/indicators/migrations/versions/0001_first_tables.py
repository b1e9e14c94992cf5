"""The first tables: regions, methodologies, editions, outcomes.

Revision 0001.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table('document',
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('record', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_document'))
    )
    op.create_table('edition',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('methodology', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
    sa.Column('methodology_version', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('record', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_edition'))
    )
    op.create_table('holding',
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('content_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('loaded_at', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_holding'))
    )
    op.create_table('methodology',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('version', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('content_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('record', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', 'version', name=op.f('pk_methodology'))
    )
    op.create_table('outcome_indicator',
    sa.Column('code', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('record', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_outcome_indicator'))
    )
    op.create_table('outcome_series',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('indicator', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('record', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outcome_series'))
    )
    with op.batch_alter_table('outcome_series', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outcome_series_indicator'), ['indicator'], unique=False)

    op.create_table('region',
    sa.Column('code', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('slug', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('record', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_region')),
    sa.UniqueConstraint('slug', name=op.f('uq_region_slug'))
    )
    op.create_table('territory',
    sa.Column('code', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('record', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_territory'))
    )
    op.create_table('outcome_observation',
    sa.Column('position', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('series', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('geo', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('period', sqlmodel.sql.sqltypes.AutoString(length=7), nullable=False),
    sa.Column('value', sa.Float(), nullable=True),
    sa.Column('flag', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.ForeignKeyConstraint(['series'], ['outcome_series.id'], name=op.f('fk_outcome_observation_series')),
    sa.PrimaryKeyConstraint('position', name=op.f('pk_outcome_observation')),
    sa.UniqueConstraint('series', 'geo', 'period', name=op.f('uq_outcome_observation_series_geo_period'))
    )
    with op.batch_alter_table('outcome_observation', schema=None) as batch_op:
        batch_op.create_index('ix_outcome_observation_geo', ['geo'], unique=False)

    op.create_table('revision',
    sa.Column('edition', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('content_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('published_at', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.ForeignKeyConstraint(['edition'], ['edition.id'], name=op.f('fk_revision_edition')),
    sa.PrimaryKeyConstraint('edition', 'number', name=op.f('pk_revision'))
    )
    op.create_table('answer',
    sa.Column('edition', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('region', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('indicator', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('group', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('option', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
    sa.ForeignKeyConstraint(['edition', 'revision'], ['revision.edition', 'revision.number'], name=op.f('fk_answer_edition_revision')),
    sa.ForeignKeyConstraint(['region'], ['region.code'], name=op.f('fk_answer_region')),
    sa.PrimaryKeyConstraint('edition', 'revision', 'region', 'indicator', 'group', name=op.f('pk_answer'))
    )
    op.create_table('published_score',
    sa.Column('edition', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('region', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('axis', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('dimension', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('group', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('score', sa.Float(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['edition', 'revision'], ['revision.edition', 'revision.number'], name=op.f('fk_published_score_edition_revision')),
    sa.ForeignKeyConstraint(['region'], ['region.code'], name=op.f('fk_published_score_region')),
    sa.PrimaryKeyConstraint('edition', 'revision', 'region', 'axis', 'dimension', 'group', name=op.f('pk_published_score'))
    )



def downgrade() -> None:

    op.drop_table('published_score')
    op.drop_table('answer')
    op.drop_table('revision')
    with op.batch_alter_table('outcome_observation', schema=None) as batch_op:
        batch_op.drop_index('ix_outcome_observation_geo')

    op.drop_table('outcome_observation')
    op.drop_table('territory')
    op.drop_table('region')
    with op.batch_alter_table('outcome_series', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outcome_series_indicator'))

    op.drop_table('outcome_series')
    op.drop_table('outcome_indicator')
    op.drop_table('methodology')
    op.drop_table('holding')
    op.drop_table('edition')
    op.drop_table('document')

