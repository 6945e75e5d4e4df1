"""Fingerprints of the secrets that all machines have in common."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shared_secret",
        sa.Column("name", sa.Text(), nullable=False, comment="of its file in the folder `secrets`"),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="shared_secret_pkey"),
    )


def downgrade() -> None:
    op.drop_table("shared_secret")
