"""The practices service remembers practices, drafts, versions and what changed.

The first one: nothing was there before. Undo: downgrade drops all tables.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=36), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('action', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('practice_id', sqlmodel.sql.sqltypes.AutoString(length=36), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('trace', sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit'))
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_practice_id'), ['practice_id'], unique=False)

    op.create_table('change',
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('entity', sa.String(length=40), nullable=False),
    sa.Column('entity_id', sa.String(length=64), nullable=False),
    sa.Column('op', sa.String(length=1), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.String(length=20), nullable=False),
    sa.Column('trace', sa.String(length=32), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_change'))
    )
    op.create_table('feed',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('epoch', sa.String(length=36), nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=False),
    sa.Column('floor', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feed'))
    )
    op.create_table('idempotency',
    sa.Column('client', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=128), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('etag', sa.String(length=64), nullable=False),
    sa.Column('expires', sa.String(length=20), nullable=False),
    sa.PrimaryKeyConstraint('client', 'key', name=op.f('pk_idempotency'))
    )
    with op.batch_alter_table('idempotency', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_idempotency_expires'), ['expires'], unique=False)

    op.create_table('loaded',
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_loaded'))
    )
    op.create_table('practice',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=36), nullable=False),
    sa.Column('region', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
    sa.Column('external_id', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=True),
    sa.Column('public', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('record', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('title_key', sa.String(length=400), nullable=False),
    sa.Column('year_key', sa.Integer(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('published_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('updated_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_practice')),
    sa.UniqueConstraint('region', 'external_id', name=op.f('uq_practice_region_external_id'))
    )
    with op.batch_alter_table('practice', schema=None) as batch_op:
        batch_op.create_index('ix_practice_by_title', ['public', 'title_key', 'id'], unique=False)
        batch_op.create_index('ix_practice_by_year', ['public', 'year_key', 'id'], unique=False)
        batch_op.create_index('ix_practice_newest', ['public', 'published_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_practice_region'), ['region'], unique=False)

    op.create_table('draft',
    sa.Column('practice_id', sqlmodel.sql.sqltypes.AutoString(length=36), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('record', sa.JSON(), nullable=False),
    sa.Column('author', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('updated_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['practice_id'], ['practice.id'], name=op.f('fk_draft_practice_id')),
    sa.PrimaryKeyConstraint('practice_id', name=op.f('pk_draft'))
    )
    op.create_table('facet',
    sa.Column('practice_id', sqlmodel.sql.sqltypes.AutoString(length=36), nullable=False),
    sa.Column('facet', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('value', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.ForeignKeyConstraint(['practice_id'], ['practice.id'], name=op.f('fk_facet_practice_id')),
    sa.PrimaryKeyConstraint('practice_id', 'facet', 'value', name=op.f('pk_facet'))
    )
    with op.batch_alter_table('facet', schema=None) as batch_op:
        batch_op.create_index('ix_facet_value', ['facet', 'value', 'practice_id'], unique=False)

    op.create_table('practice_version',
    sa.Column('practice_id', sqlmodel.sql.sqltypes.AutoString(length=36), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('record', sa.JSON(), nullable=False),
    sa.Column('published_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['practice_id'], ['practice.id'], name=op.f('fk_practice_version_practice_id')),
    sa.PrimaryKeyConstraint('practice_id', 'version', name=op.f('pk_practice_version'))
    )


def downgrade() -> None:
    op.drop_table('practice_version')
    with op.batch_alter_table('facet', schema=None) as batch_op:
        batch_op.drop_index('ix_facet_value')

    op.drop_table('facet')
    op.drop_table('draft')
    with op.batch_alter_table('practice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_practice_region'))
        batch_op.drop_index('ix_practice_newest')
        batch_op.drop_index('ix_practice_by_year')
        batch_op.drop_index('ix_practice_by_title')

    op.drop_table('practice')
    op.drop_table('loaded')
    with op.batch_alter_table('idempotency', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_idempotency_expires'))

    op.drop_table('idempotency')
    op.drop_table('feed')
    op.drop_table('change')
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_practice_id'))

    op.drop_table('audit')
