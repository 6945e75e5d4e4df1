"""The open pages. Each costs a flag; what happens meanwhile only sets it again, so bursts become one event."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from collector.live.admission import Wanted


@dataclass(eq=False)
class Viewer:
    wanted: Wanted
    #: The secret of the session by which it signed in.
    session: str = field(repr=False)
    #: Of which it hears.
    stores: frozenset[int] = frozenset()
    #: Set while there is something to tell.
    told: asyncio.Event = field(default_factory=asyncio.Event)
    #: Set once it may hear no more.
    gone: bool = False

    def end(self) -> None:
        self.gone = True
        self.told.set()


class Viewers:
    def __init__(self) -> None:
        self._all: set[Viewer] = set()
        self._by_store: dict[int, set[Viewer]] = defaultdict(set)

    @contextmanager
    def watching(self, wanted: Wanted, session: str, stores: Collection[int]) -> Iterator[Viewer]:
        """A viewer for as long as its page is open."""
        viewer = Viewer(wanted, session)
        self._all.add(viewer)
        self.admit(viewer, stores)
        try:
            yield viewer
        finally:
            self.admit(viewer, ())
            self._all.discard(viewer)

    def admit(self, viewer: Viewer, stores: Collection[int]) -> None:
        """From now on it hears of these: a store may be new, or stand elsewhere."""
        wanted = frozenset(stores)
        for store_id in wanted - viewer.stores:
            self._by_store[store_id].add(viewer)
        for store_id in viewer.stores - wanted:
            watchers = self._by_store[store_id]
            watchers.discard(viewer)
            if not watchers:
                del self._by_store[store_id]
        viewer.stores = wanted

    def __iter__(self) -> Iterator[Viewer]:
        return iter(list(self._all))

    def __contains__(self, viewer: object) -> bool:
        return viewer in self._all

    def tell(self, store_ids: Iterable[int]) -> None:
        """Something changed in these stores."""
        for store_id in store_ids:
            for viewer in self._by_store.get(store_id, ()):
                viewer.told.set()

    def tell_all(self) -> None:
        """Something may have changed anywhere: we did not listen for a while."""
        for viewer in self:
            viewer.told.set()

    def end_all(self) -> None:
        for viewer in self:
            viewer.end()
