"""`micropython`: the VM's own, and what only boards have."""

from micropython import heap_lock, heap_unlock, schedule  # type: ignore[import-not-found]

from simulators.wlan import must

__all__ = ["alloc_emergency_exception_buf", "heap_lock", "heap_unlock", "schedule"]


def alloc_emergency_exception_buf(size: int) -> None:
    must(size > 0, "no room")
