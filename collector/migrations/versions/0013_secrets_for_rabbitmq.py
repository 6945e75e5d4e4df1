"""Secrets are also kept as RabbitMQ checks them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "kiosk_secret",
        sa.Column("sha256", sa.Text(), comment="for RabbitMQ; null: the secret is older than this column"),
    )


def downgrade() -> None:
    op.drop_column("kiosk_secret", "sha256")
