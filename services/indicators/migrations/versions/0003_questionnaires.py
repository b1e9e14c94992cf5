"""Questionnaires: seats, answers, decisions, their log, and why a revision was made.

Works with the previous release, which does not read these tables.
Undo: downgrade drops them; what was published stays in the editions.
Revision 0003, after 0002.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('assessment_log',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=36), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('action', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('edition', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('assessment', sqlmodel.sql.sqltypes.AutoString(length=36), nullable=True),
    sa.Column('seat', sa.Integer(), nullable=True),
    sa.Column('indicator', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
    sa.Column('group', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('trace', sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment_log'))
    )
    with op.batch_alter_table('assessment_log', schema=None) as batch_op:
        batch_op.create_index('ix_assessment_log_of', ['assessment', 'id'], unique=False)

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

    op.create_table('assessment',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(length=36), nullable=False),
    sa.Column('edition', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('region', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('methodology', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('methodology_version', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=True),
    sa.Column('created_at', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('updated_at', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.ForeignKeyConstraint(['edition'], ['edition.id'], name=op.f('fk_assessment_edition')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment')),
    sa.UniqueConstraint('edition', 'region', 'kind', name=op.f('uq_assessment_edition_region_kind'))
    )
    with op.batch_alter_table('assessment', schema=None) as batch_op:
        batch_op.create_index('ix_assessment_region', ['region', 'id'], unique=False)

    op.create_table('assessment_decision',
    sa.Column('assessment', sqlmodel.sql.sqltypes.AutoString(length=36), nullable=False),
    sa.Column('indicator', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('group', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.Column('option', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
    sa.Column('evidence', sa.Text(), nullable=True),
    sa.Column('sources', sa.Text(), nullable=False),
    sa.Column('comment', sa.Text(), nullable=True),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('automatic', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('updated_at', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.ForeignKeyConstraint(['assessment'], ['assessment.id'], name=op.f('fk_assessment_decision_assessment')),
    sa.PrimaryKeyConstraint('assessment', 'indicator', 'group', name=op.f('pk_assessment_decision'))
    )
    op.create_table('assessment_seat',
    sa.Column('assessment', sqlmodel.sql.sqltypes.AutoString(length=36), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('holder', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['assessment'], ['assessment.id'], name=op.f('fk_assessment_seat_assessment')),
    sa.PrimaryKeyConstraint('assessment', 'number', name=op.f('pk_assessment_seat')),
    sa.UniqueConstraint('assessment', 'holder', name=op.f('uq_assessment_seat_assessment_holder'))
    )
    op.create_table('correction',
    sa.Column('edition', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('region', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('changes', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['edition', 'number'], ['revision.edition', 'revision.number'], name=op.f('fk_correction_edition_number')),
    sa.PrimaryKeyConstraint('edition', 'number', name=op.f('pk_correction'))
    )
    op.create_table('answer_note',
    sa.Column('edition', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('region', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('indicator', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('group', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=True),
    sa.Column('sources', sa.Text(), nullable=False),
    sa.Column('comment', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['edition', 'revision', 'region', 'indicator', 'group'], ['answer.edition', 'answer.revision', 'answer.region', 'answer.indicator', 'answer.group'], name=op.f('fk_answer_note_edition_revision_region_indicator_group')),
    sa.PrimaryKeyConstraint('edition', 'revision', 'region', 'indicator', 'group', name=op.f('pk_answer_note'))
    )
    op.create_table('assessment_answer',
    sa.Column('assessment', sqlmodel.sql.sqltypes.AutoString(length=36), nullable=False),
    sa.Column('seat', sa.Integer(), nullable=False),
    sa.Column('indicator', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('group', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('state', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('option', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=True),
    sa.Column('evidence', sa.Text(), nullable=True),
    sa.Column('sources', sa.Text(), nullable=False),
    sa.Column('comment', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('updated_at', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.ForeignKeyConstraint(['assessment', 'seat'], ['assessment_seat.assessment', 'assessment_seat.number'], name=op.f('fk_assessment_answer_assessment_seat')),
    sa.PrimaryKeyConstraint('assessment', 'seat', 'indicator', 'group', name=op.f('pk_assessment_answer'))
    )


def downgrade() -> None:
    op.drop_table('assessment_answer')
    op.drop_table('answer_note')
    op.drop_table('correction')
    op.drop_table('assessment_seat')
    op.drop_table('assessment_decision')
    with op.batch_alter_table('assessment', schema=None) as batch_op:
        batch_op.drop_index('ix_assessment_region')

    op.drop_table('assessment')
    with op.batch_alter_table('idempotency', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_idempotency_expires'))

    op.drop_table('idempotency')
    with op.batch_alter_table('assessment_log', schema=None) as batch_op:
        batch_op.drop_index('ix_assessment_log_of')

    op.drop_table('assessment_log')
