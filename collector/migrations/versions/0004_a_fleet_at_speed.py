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
            """  # noqa: S608 - the names above
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
    op.create_index("kiosk_alarm_last_at_idx", "kiosk_alarm", ["last_at"])
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
    op.add_column(
        "cursor",
        sa.Column(
            "latest",
            sa.BigInteger(),
            nullable=True,
            comment="when the newest accepted record happened, ms since 1970; none is older",
        ),
    )
    op.execute("UPDATE cursor SET latest = extract(epoch FROM latest_at) * 1000")
    op.drop_column("cursor", "latest_at")
    _move_running_days_to_their_cursors()
    # Rows that change with every record: room beside each, so that the change touches no index.
    op.execute("ALTER TABLE cursor SET (fillfactor = 50)")
    op.execute("ALTER TABLE rating_hour SET (fillfactor = 70)")


def _move_running_days_to_their_cursors() -> None:
    op.add_column("cursor", sa.Column("day", sa.Date(), nullable=True))
    for name in ("stored", "put_aside", "lost"):
        op.add_column("cursor", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.rename_table("completeness_day", "completeness_past")
    op.execute("ALTER INDEX completeness_day_pkey RENAME TO completeness_past_pkey")
    op.execute(
        "ALTER TABLE completeness_past"
        " RENAME CONSTRAINT completeness_day_cursor_id_fkey TO completeness_past_cursor_id_fkey"
    )
    for name in ("recorded", "received", "stored"):
        op.alter_column("completeness_past", name, comment=None)
    op.execute(
        """
        WITH running AS (
            DELETE FROM completeness_past AS last
            USING (SELECT cursor_id, max(day) AS day FROM completeness_past GROUP BY cursor_id) AS newest
            WHERE (last.cursor_id, last.day) = (newest.cursor_id, newest.day) RETURNING last.*)
        UPDATE cursor SET day = running.day, stored = running.stored, put_aside = running.put_aside, lost = running.lost
        FROM running WHERE cursor.id = running.cursor_id
        """
    )
    # Grouped: a kiosk that moves to the west may live through a day twice.
    op.execute(
        """
        CREATE VIEW completeness_day AS
        SELECT cursor_id, day, max(recorded) AS recorded, max(received) AS received,
               sum(stored)::int AS stored, sum(put_aside)::int AS put_aside, sum(lost)::int AS lost
        FROM (
            SELECT cursor_id, day, recorded, received, stored, put_aside, lost FROM completeness_past
            UNION ALL
            SELECT id, day, recorded, seq, stored, put_aside, lost FROM cursor WHERE day IS NOT NULL) AS days
        GROUP BY cursor_id, day
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE rating_hour RESET (fillfactor)")
    op.execute("ALTER TABLE cursor RESET (fillfactor)")
    op.execute("CREATE TABLE days AS SELECT * FROM completeness_day")
    op.execute("DROP VIEW completeness_day")
    op.execute("TRUNCATE completeness_past")
    op.execute("INSERT INTO completeness_past SELECT * FROM days")
    op.drop_table("days")
    op.rename_table("completeness_past", "completeness_day")
    op.execute("ALTER INDEX completeness_past_pkey RENAME TO completeness_day_pkey")
    op.execute(
        "ALTER TABLE completeness_day"
        " RENAME CONSTRAINT completeness_past_cursor_id_fkey TO completeness_day_cursor_id_fkey"
    )
    for name, comment in (
        ("recorded", "highest seq known to be recorded"),
        ("received", "the cursor"),
        ("stored", "of this day, like the next two"),
    ):
        op.alter_column("completeness_day", name, comment=comment)
    for name in ("day", "stored", "put_aside", "lost"):
        op.drop_column("cursor", name)
    op.add_column("cursor", sa.Column("latest_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE cursor SET latest_at = to_timestamp(latest / 1000.0)")
    op.drop_column("cursor", "latest")
    op.drop_index("cursor_epoch_idx", "cursor")
    op.drop_column("cursor", "foreign_to")
    op.drop_table("kiosk_alarm")
    for table in reversed(_SOURCES):
        op.execute(f"DROP FUNCTION {table}_revises_kiosks() CASCADE")
    op.drop_column("kiosk", "revision")
