"""The open pages. Each costs a flag; what happens meanwhile only sets it again, so bursts become one event."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(eq=False)
class Viewer:
    store_id: int
    #: The secret of the session by which it signed in.
    session: str = field(repr=False)
    #: Set while there is something to tell.
    told: asyncio.Event = field(default_factory=asyncio.Event)
    #: Set once it may hear no more.
    gone: bool = False

    def end(self) -> None:
        self.gone = True
        self.told.set()


class Viewers:
    def __init__(self) -> None:
        self._by_store: dict[int, set[Viewer]] = defaultdict(set)

    @contextmanager
    def watching(self, store_id: int, session: str) -> Iterator[Viewer]:
        """A viewer for as long as its page is open."""
        viewer = Viewer(store_id, session)
        self._by_store[store_id].add(viewer)
        try:
            yield viewer
        finally:
            watchers = self._by_store[store_id]
            watchers.discard(viewer)
            if not watchers:
                del self._by_store[store_id]

    def __iter__(self) -> Iterator[Viewer]:
        return iter([viewer for watchers in self._by_store.values() for viewer in watchers])

    def tell(self, store_ids: Iterable[int]) -> None:
        """Something changed in these stores."""
        for store_id in store_ids:
            for viewer in self._by_store.get(store_id, ()):
                viewer.told.set()

    def tell_all(self) -> None:
        """Something may have changed anywhere: we did not listen for a while."""
        self.tell(list(self._by_store))

    def end_all(self) -> None:
        for viewer in self:
            viewer.end()
