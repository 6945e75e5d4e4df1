"""A fleet at speed"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

#: What the intake keeps in memory of a kiosk, by the table that says so: how `changed` rows of it name the kiosks.
_SOURCES = {
    "kiosk_placement": "SELECT kiosk_id FROM changed",
    "kiosk_settings": "SELECT kiosk_id FROM changed",
    "touchpoint": "SELECT kiosk_id FROM kiosk_placement JOIN changed ON changed.id = touchpoint_id",
    "place": """
        SELECT kiosk_id FROM kiosk_placement JOIN touchpoint ON touchpoint.id = touchpoint_id
        JOIN changed ON changed.id = store_id""",
}


def upgrade() -> None:
    op.add_column("kiosk", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    for table, kiosks in _SOURCES.items():
        op.execute(
            f"""
            CREATE FUNCTION {table}_revises_kiosks() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                UPDATE kiosk SET revision = revision + 1 WHERE id IN ({kiosks});
                RETURN NULL;
            END $$
            """
        )
        for event, rows in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            op.execute(
                f"""
                CREATE TRIGGER {table}_{event.lower()}_revises_kiosks AFTER {event} ON {table}
                REFERENCING {rows} TABLE AS changed
                FOR EACH STATEMENT EXECUTE FUNCTION {table}_revises_kiosks()
                """
            )
    op.create_table(
        "kiosk_alarm",
        sa.Column("kiosk_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="a sentence"),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('clock', 'epochs', 'flood', 'foreign')", name="kiosk_alarm_kind_check"),
        sa.ForeignKeyConstraint(["kiosk_id"], ["kiosk.id"], name="kiosk_alarm_kiosk_id_fkey"),
        sa.PrimaryKeyConstraint("kiosk_id", "kind", "day", name="kiosk_alarm_pkey"),
    )
    op.add_column(
        "cursor",
        sa.Column(
            "foreign_to",
            sa.Text(),
            nullable=True,
            comment="the kiosk that had this epoch first: its ratings are perhaps repeated",
        ),
    )
    op.create_index("cursor_epoch_idx", "cursor", ["epoch"])


def downgrade() -> None:
    op.drop_index("cursor_epoch_idx", "cursor")
    op.drop_column("cursor", "foreign_to")
    op.drop_table("kiosk_alarm")
    for table in reversed(_SOURCES):
        op.execute(f"DROP FUNCTION {table}_revises_kiosks() CASCADE")
    op.drop_column("kiosk", "revision")
