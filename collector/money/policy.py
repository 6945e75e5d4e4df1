"""What is known of customers' money at a place: a document of kind `money` (policies); and the formula (pure)."""

from typing import Annotated, TypeAlias

import msgspec

Amount: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=1_000_000)]


class Worth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A customer of the organisation, in the mean."""

    #: ISO 4217.
    currency: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}\Z")]
    average_order: Amount
    purchases_a_year: Annotated[float, msgspec.Meta(gt=0, le=1000)]
    years: Annotated[float, msgspec.Meta(gt=0, le=100)]
    #: Of unhappy customers for whom nobody does anything, so many in a hundred leave.
    leave_percent: Annotated[int, msgspec.Meta(ge=1, le=100)]

    @property
    def of_customer(self) -> float:
        return self.average_order * self.purchases_a_year * self.years

    def of(self, customers: int) -> float:
        """What goes with so many unhappy customers."""
        return customers * self.of_customer * self.leave_percent / 100


class MoneyPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds at a place and below."""

    #: None: nobody has said it yet.
    worth: Worth | None = None
