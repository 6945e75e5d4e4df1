"""The past in files"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rating_archive",
        sa.Column("month", sa.Date(), nullable=False, comment="its first day; by receipt, in UTC"),
        sa.Column("file", sa.Text(), nullable=False, comment="its name in data/archive"),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False, comment="of the rows, as the file's last line has it"),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("brought_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("month", name="rating_archive_pkey"),
    )


def downgrade() -> None:
    op.drop_table("rating_archive")
