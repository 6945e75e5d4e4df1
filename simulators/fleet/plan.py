"""Who belongs to a simulated fleet, drawn from a seed: stores and their kiosks, and what is wrong with which."""

import enum
import random
from collections.abc import Mapping
from dataclasses import dataclass

from simulators.rhythm import CITIES, TOUCHPOINTS

#: What the ids of its kiosks begin with.
PREFIX = "sim-"
#: Which of so many kiosks runs on batteries, unless told otherwise.
BATTERIES = 0.1


class Behaviour(enum.Enum):
    """What becomes of a release on a kiosk. The firmware is the same on all; the world around it is not."""

    TAKES = "takes it"
    #: Its flash has no room for it.
    FULL = "its flash is full"
    #: Its flash does not take what is written for a release.
    WORN = "its flash is worn out"
    #: Every piece is damaged on its way.
    DAMAGED = "pieces arrive damaged"
    #: It was provisioned with the key of another organisation.
    STRANGER = "knows another key"
    #: What it has loaded cannot be started on it.
    UNSTARTABLE = "cannot start it"
    #: Ends at once whenever it is started, before it has spoken to anybody.
    DIES = "dies at each start"
    #: Is heard of, and ends before it has proved itself.
    RESETS = "resets every minute"
    #: Runs, and does not reach its collector any more.
    UNREACHABLE = "does not reach the collector"
    #: Is never heard of again.
    SILENT = "falls silent"
    #: Takes it, and needs very long.
    SLOW = "is slow"
    #: Has no key: it takes no release.
    KEYLESS = "has no key"


@dataclass(frozen=True)
class Planned:
    """A kiosk of the fleet."""

    kiosk: str
    seed: int
    #: The store's name, and the city it is in: its region.
    store: str
    city: str
    touchpoint: str
    #: Presses on an average day.
    busy: float
    #: How content its shoppers are, 0 … 1.
    mood: float
    #: Days that its battery lasts; None where it has a plug.
    battery_days: float | None = None
    board: str = "virtual"
    behaviour: Behaviour = Behaviour.TAKES

    @property
    def time_zone(self) -> str:
        return CITIES[self.city]


def plan(
    count: int,
    seed: int,
    *,
    batteries: float = BATTERIES,
    troubles: Mapping[Behaviour, int] | None = None,
    board: str = "virtual",
    prefix: str = PREFIX,
) -> list[Planned]:
    """So many kiosks, three to a store; the same seed is the same fleet.

    Parameters
    ----------
    batteries: which share of them has no plug.
    troubles: how many of them do something else with a release than take it; by default none.
    """
    chance = chance_of(seed, prefix)
    troubled = [behaviour for behaviour, many in (troubles or {}).items() for _ in range(many)]
    if len(troubled) > count:
        raise ValueError(f"{len(troubled)} kiosks in trouble are more than the {count} of this fleet")
    behaviours = troubled + [Behaviour.TAKES] * (count - len(troubled))
    chance.shuffle(behaviours)
    places = list(TOUCHPOINTS.items())
    stores = -(-count // len(places))
    cities = list(CITIES)
    kiosks = []
    for number, behaviour in enumerate(behaviours):
        store, place = divmod(number, len(places))
        if place == 0:
            city = cities[store * len(cities) // stores]
            size, mood = chance.uniform(80, 900), chance.random()
        touchpoint, share = places[place]
        weak = chance.random() < 0.2
        life = chance.uniform(3, 12) if weak else chance.uniform(120, 500)
        kiosks.append(
            Planned(
                f"{prefix}{store + 1:04}-{place + 1}",
                seed,
                f"{city} {prefix}{store + 1:04}",
                city,
                touchpoint,
                busy=size * share,
                mood=mood,
                battery_days=life if chance.random() < batteries else None,
                board=board,
                behaviour=behaviour,
            )
        )
    return kiosks


def chance_of(*what: object) -> random.Random:
    """The chances of something, the same whenever it is asked for by the same names."""
    return random.Random("/".join(str(each) for each in what))  # noqa: S311 - shops, not secrets
