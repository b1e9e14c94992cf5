"""Practices are selected, evaluated by two, discussed and accepted; the audit is a chain.

Works with the previous release but for the audit: that release would add rows without a
number. Stop it first. Rows that stand there already are chained in the order in which they
were written. From here on the database itself refuses to change a published version or a
row of the audit. Undo: downgrade drops the new tables and columns, with what they hold.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_MOMENT = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    _tables()
    with op.batch_alter_table("practice") as table:
        table.add_column(sa.Column("round", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("practice_version") as table:
        table.add_column(sa.Column("reason", _TEXT(length=500), nullable=True))
    with op.batch_alter_table("draft") as table:
        table.add_column(sa.Column("since", _MOMENT(), nullable=True))
        table.add_column(sa.Column("due", _MOMENT(), nullable=True))
        table.add_column(
            sa.Column("next_actor", _TEXT(length=12), nullable=False, server_default="author")
        )
        table.add_column(sa.Column("back", _TEXT(length=20), nullable=True))
        table.add_column(
            sa.Column("conversation_count", sa.Integer(), nullable=False, server_default="0")
        )
        table.add_column(sa.Column("reminded_at", _MOMENT(), nullable=True))
    op.execute("UPDATE draft SET since = updated_at")
    op.execute("UPDATE draft SET next_actor = 'publisher' WHERE state = 'submitted'")
    with op.batch_alter_table("draft") as table:
        table.alter_column("since", existing_type=_MOMENT(), nullable=False)
        table.create_index(op.f("ix_draft_due"), ["due"])
    with op.batch_alter_table("audit") as table:
        table.add_column(sa.Column("number", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("digest", _TEXT(length=64), nullable=False, server_default=""))
    _chain()
    with op.batch_alter_table("audit") as table:
        table.alter_column("number", existing_type=sa.BigInteger(), nullable=False)
        table.create_unique_constraint(op.f("uq_audit_number"), ["number"])
    for statement in _guards():
        op.execute(statement)


def downgrade() -> None:
    for statement in _unguard():
        op.execute(statement)
    with op.batch_alter_table("audit") as table:
        table.drop_constraint(op.f("uq_audit_number"), type_="unique")
        table.drop_column("digest")
        table.drop_column("number")
    with op.batch_alter_table("draft") as table:
        table.drop_index(op.f("ix_draft_due"))
        for name in ("reminded_at", "conversation_count", "back", "next_actor", "due", "since"):
            table.drop_column(name)
    with op.batch_alter_table("practice_version") as table:
        table.drop_column("reason")
    with op.batch_alter_table("practice") as table:
        table.drop_column("round")
    for name in (
        "notification_read",
        "notification",
        "message",
        "consensus",
        "evaluation",
        "audit_head",
    ):
        op.drop_table(name)


def _practice() -> sa.Column[str]:
    return sa.Column("practice_id", _TEXT(length=36), nullable=False)


def _of_practice(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_practice_id")
    return sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=name)


def _tables() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", _TEXT(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "evaluation",
        _practice(),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("evaluator", _TEXT(length=64), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submitted_at", _MOMENT(), nullable=True),
        sa.Column("updated_at", _MOMENT(), nullable=False),
        _of_practice("evaluation"),
        sa.PrimaryKeyConstraint("practice_id", "round", "evaluator", name=op.f("pk_evaluation")),
    )
    op.create_index("ix_evaluation_evaluator", "evaluation", ["evaluator"])
    op.create_table(
        "consensus",
        _practice(),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("agreed", sa.JSON(), nullable=False),
        sa.Column("updated_at", _MOMENT(), nullable=False),
        _of_practice("consensus"),
        sa.PrimaryKeyConstraint("practice_id", "round", name=op.f("pk_consensus")),
    )
    op.create_table(
        "message",
        sa.Column("id", _TEXT(length=36), nullable=False),
        _practice(),
        sa.Column("pointer", _TEXT(length=300), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("role", _TEXT(length=12), nullable=False),
        sa.Column("kind", _TEXT(length=12), nullable=False),
        sa.Column("at", _MOMENT(), nullable=False),
        sa.Column("resolved", sa.Boolean(), nullable=False),
        _of_practice("message"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(op.f("ix_message_practice_id"), "message", ["practice_id"])
    op.create_table(
        "notification",
        sa.Column("id", _TEXT(length=36), nullable=False),
        sa.Column("at", _MOMENT(), nullable=False),
        sa.Column("event", _TEXT(length=30), nullable=False),
        _practice(),
        sa.Column("region", _TEXT(length=12), nullable=False),
        sa.Column("role", _TEXT(length=12), nullable=False),
        sa.Column("actor", _TEXT(length=64), nullable=True),
        sa.Column("state", _TEXT(length=20), nullable=False),
        sa.Column("due", _MOMENT(), nullable=True),
        _of_practice("notification"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
    )
    for name in ("actor", "practice_id", "region"):
        op.create_index(op.f(f"ix_notification_{name}"), "notification", [name])
    op.create_table(
        "notification_read",
        sa.Column("notification_id", _TEXT(length=36), nullable=False),
        sa.Column("actor", _TEXT(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
            name=op.f("fk_notification_read_notification_id"),
        ),
        sa.PrimaryKeyConstraint("notification_id", "actor", name=op.f("pk_notification_read")),
    )


def _chain() -> None:
    """Number and chain the rows that are there, as `services.practices.trail` does."""
    connection = op.get_bind()
    audit = sa.table(
        "audit",
        *(sa.column(name) for name in ("id", "actor", "action", "practice_id", "trace", "digest")),
        sa.column("at", _MOMENT()),
        sa.column("version", sa.Integer()),
        sa.column("number", sa.BigInteger()),
    )
    digest, number = "", 0
    for row in connection.execute(sa.select(audit).order_by(audit.c.at, audit.c.id)).all():
        number += 1
        at = row.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        facts = [digest, number, row.id, at, row.actor, row.action, row.practice_id]
        content = json.dumps([*facts, row.version, row.trace])
        digest = hashlib.sha256(content.encode()).hexdigest()
        connection.execute(
            audit.update().where(audit.c.id == row.id).values(number=number, digest=digest)
        )
    head = sa.table("audit_head", *(sa.column(name) for name in ("id", "number", "digest")))
    connection.execute(head.insert().values(id=1, number=number, digest=digest))


_FINAL = (("practice_version", "UPDATE"), ("audit", "UPDATE"), ("audit", "DELETE"))


def _guards() -> list[str]:
    if op.get_bind().dialect.name == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are final'); END"
            for table, deed in _FINAL
        ]
    return [
        "CREATE FUNCTION row_is_final() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'rows of % are final', TG_TABLE_NAME; END $$",
        *(
            f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION row_is_final()"
            for table, deed in _FINAL
        ),
    ]


def _unguard() -> list[str]:
    if op.get_bind().dialect.name == "sqlite":
        return [f"DROP TRIGGER {table}_no_{deed.lower()}" for table, deed in _FINAL]
    drops = [f"DROP TRIGGER {table}_no_{deed.lower()} ON {table}" for table, deed in _FINAL]
    return [*drops, "DROP FUNCTION row_is_final()"]
