"""What was done says more: the audit log's details, steps that a person has confirmed, links of boards that end;
what was taken out comes back; and the unhappy answers of a year are found at once"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSON, JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "audit", sa.Column("detail", JSONB(none_as_null=True), comment="what was and what is: small things, in words")
    )
    op.create_table(
        "set_up_proof",
        sa.Column("subject", sa.Text(), nullable=False, comment="mail, printers/12, organisation"),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("set_up_proof_pkey")),
    )
    op.add_column(
        "board_link",
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now() + interval '1 year'"),
            nullable=False,
        ),
    )
    op.create_index(
        "answer_unhappy",
        "answer",
        ["submitted_at"],
        postgresql_include=["store_id", "touchpoint_id", "id"],
        postgresql_where=sa.text("score < 50 AND mark = 0"),
    )
    _very_late()
    _undo()


def _very_late() -> None:
    op.create_index(
        "rating_very_late",
        "rating",
        ["store_id", "touchpoint_id", "received_at"],
        postgresql_where=sa.text("received_at - happened_at > interval '31 days'"),
    )


def _undo() -> None:
    """What was deleted so far is kept for a while, to be brought back."""
    op.add_column("api_token", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("touchpoint_photo", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("improvement", sa.Column("meant_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "survey",
        sa.Column("put_aside", JSON(none_as_null=True), nullable=True, comment="what was last taken out of its draft"),
    )
    op.add_column(
        "export", sa.Column("narrowed", JSONB(none_as_null=True), nullable=True, comment="of voices: what was asked")
    )


def downgrade() -> None:
    op.drop_index("rating_very_late", "rating")
    for table, column in (
        ("export", "narrowed"),
        ("survey", "put_aside"),
        ("improvement", "meant_until"),
        ("touchpoint_photo", "removed_at"),
        ("api_token", "ended_at"),
    ):
        op.drop_column(table, column)
    op.drop_index("answer_unhappy", "answer")
    op.drop_column("board_link", "expires_at")
    op.drop_table("set_up_proof")
    op.drop_column("audit", "detail")
