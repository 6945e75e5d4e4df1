"""Secrets for a Mosquitto"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("kiosk_secret", "bcrypt", comment="for the embedded broker")
    op.add_column(
        "kiosk_secret",
        sa.Column("pbkdf2", sa.Text(), comment="for a Mosquitto; null: the secret is older than this column"),
    )
    op.add_column(
        "kiosk_secret",
        sa.Column("salt", sa.LargeBinary(), comment="what it is derived from, until it is delivered to a Mosquitto"),
    )


def downgrade() -> None:
    op.drop_column("kiosk_secret", "salt")
    op.drop_column("kiosk_secret", "pbkdf2")
    op.alter_column("kiosk_secret", "bcrypt", comment=None)
