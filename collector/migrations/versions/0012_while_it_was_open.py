"""What was heard while stores were open, and at which hours: of every place, added up by days"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_INCLUDED = ["touchpoint_id", "question_id", "channel", "counted", "marked"]
_OPENED = ["opened", "opened_marked"]


def upgrade() -> None:
    op.add_column(
        "place_day",
        sa.Column(
            "opened",
            ARRAY(sa.Integer()),
            nullable=True,
            comment="as counted, of the hours in which the stores were open; null: all of it",
        ),
    )
    op.add_column(
        "place_day",
        sa.Column("opened_marked", sa.Integer(), nullable=True, comment="as marked, of these hours; null: all of it"),
    )
    op.drop_index("place_day_all", "place_day")
    _index("place_day_all", "touchpoint_id = -1", [*_INCLUDED, *_OPENED])
    _index("place_day_month", "touchpoint_id = -2", [*_INCLUDED, *_OPENED])
    op.create_index(
        "place_day_touchpoint",
        "place_day",
        ["touchpoint_id", "day"],
        postgresql_include=[*_INCLUDED[1:], *_OPENED],
        postgresql_where=sa.text("touchpoint_id > 0"),
    )
    op.create_table(
        "place_hour",
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="of the store"),
        sa.Column(
            "touchpoint_id",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="of a store: 0 is not known; of places above: -1, all together",
        ),
        sa.Column("question_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.SmallInteger(), autoincrement=False, nullable=False, comment="ratings.kinds.Channel"),
        sa.Column(
            "counted", ARRAY(sa.Integer()), nullable=False, comment="by hour from midnight on, in each by button"
        ),
        sa.Column(
            "opened",
            ARRAY(sa.Integer()),
            nullable=True,
            comment="the same of the hours in which the stores were open; null: all of it",
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("place_hour_place_id_fkey")),
        sa.PrimaryKeyConstraint(
            "place_id", "day", "touchpoint_id", "question_id", "channel", name=op.f("place_hour_pkey")
        ),
    )
    # `smilepost jobs` adds up all days anew.
    op.execute("DELETE FROM place_day_read")


def _index(name: str, where: str, included: list[str]) -> None:
    op.create_index(
        name, "place_day", ["day", "place_id"], postgresql_include=included, postgresql_where=sa.text(where)
    )


def downgrade() -> None:
    op.drop_table("place_hour")
    op.drop_index("place_day_touchpoint", "place_day")
    op.drop_index("place_day_month", "place_day")
    op.drop_index("place_day_all", "place_day")
    _index("place_day_all", "touchpoint_id < 0", _INCLUDED)
    for column in reversed(_OPENED):
        op.drop_column("place_day", column)
