"""Printers of every kind"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("job_job_kind_check_check", "job")  # what it was named by mistake
    op.create_check_constraint(op.f("job_kind_check"), "job", "kind IN ('print', 'fetch', 'relay', 'webhook')")
    op.alter_column(
        "printer",
        "address",
        comment="tcp: serial: usb: kiosk:, or the protocol of one that polls",
        existing_comment="tcp://host:port",
    )
    op.alter_column(
        "printer",
        "profile",
        comment="a key of printer.profiles.PROFILES",
        existing_comment="a key of printer.escpos.PROFILES",
    )
    op.add_column(
        "printer",
        sa.Column(
            "code_page",
            sa.Text(),
            nullable=True,
            comment="of the profile's, 'none' for pictures alone; null: the profile's first",
        ),
    )
    op.add_column("printer", sa.Column("secret_hash", sa.LargeBinary(), nullable=True, comment="SHA-256"))
    op.create_unique_constraint("printer_secret_hash_key", "printer", ["secret_hash"])
    op.add_column("printer", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("printer", sa.Column("state_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("""
        CREATE FUNCTION printer_changes_state() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.state_since := now();
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER printer_changes_state BEFORE UPDATE OF state ON printer
        FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION printer_changes_state()
    """)
    op.drop_constraint("printer_store_id_name_key", "printer")
    op.create_index(
        "printer_name",
        "printer",
        ["store_id", "name"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.add_column(
        "signer",
        sa.Column("name", sa.Text(), nullable=True, comment="what people call it; the collector itself has none"),
    )
    op.add_column("signer", sa.Column("kiosk_id", sa.Text(), nullable=True, comment="of a Raspberry Pi"))
    op.create_foreign_key("signer_kiosk_id_fkey", "signer", "kiosk", ["kiosk_id"], ["id"])
    op.add_column(
        "receipt", sa.Column("language", sa.Text(), nullable=True, comment="of its slip, where that was issued here")
    )
    op.create_table(
        "slip_style",
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True, comment="of slips whose caller names none"),
        sa.Column("logo", sa.LargeBinary(), nullable=True, comment="PNG, one bit a dot"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="slip_style_place_id_fkey"),
        sa.PrimaryKeyConstraint("place_id", name="slip_style_pkey"),
    )


def downgrade() -> None:
    op.drop_table("slip_style")
    op.drop_column("receipt", "language")
    op.drop_constraint("signer_kiosk_id_fkey", "signer")
    op.drop_column("signer", "kiosk_id")
    op.drop_column("signer", "name")
    op.drop_index("printer_name", "printer")
    op.create_unique_constraint("printer_store_id_name_key", "printer", ["store_id", "name"])
    op.execute("DROP FUNCTION printer_changes_state() CASCADE")
    for column in ("state_since", "retired_at", "secret_hash", "code_page"):
        op.drop_column("printer", column)
    op.alter_column("printer", "profile", comment="a key of printer.escpos.PROFILES")
    op.alter_column("printer", "address", comment="tcp://host:port")
    op.drop_constraint("job_kind_check", "job")
    op.create_check_constraint(op.f("job_job_kind_check_check"), "job", "kind IN ('print', 'webhook')")
