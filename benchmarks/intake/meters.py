"""How much processor a part uses, and how a process is held to a share of it."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

#: Length of the periods in which a process that is held gets its share, s.
_PERIOD = 0.05
_V1, _V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")


def seconds(*pids: int) -> float:
    """Processor time of processes and of all that they have started, dead or alive, s."""
    total = 0.0
    for pid in pids:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += sum(each.cpu_times()[:4])  # its own, and that of its children which have ended
    return total


@contextlib.contextmanager
def held(pids: Sequence[int], share: float | None) -> Iterator[str]:
    """Hold each of the processes to a share of one core; yields how. None: they are left alone."""
    if share is None:
        yield ""
        return
    with contextlib.ExitStack() as stack:
        ways = {stack.enter_context(_held(pid, share)) for pid in pids}
        yield ", ".join(sorted(ways))


@contextlib.contextmanager
def _held(pid: int, share: float) -> Iterator[str]:
    for make in (_control_group_1, _control_group_2):
        try:
            group = make(pid, share)
        except OSError:
            continue
        try:
            yield "the kernel's quota (cgroup)"
        finally:
            with contextlib.suppress(OSError):
                (group.parent / "cgroup.procs").write_text(str(pid))
            with contextlib.suppress(OSError):
                group.rmdir()
        return
    stop = threading.Event()
    thread = threading.Thread(target=_duty_cycle, args=(pid, share, stop))
    thread.start()
    try:
        yield "SIGSTOP and SIGCONT by turns"
    finally:
        stop.set()
        thread.join()


def _control_group_1(pid: int, share: float) -> Path:
    if not (_V1 / "cpu.shares").exists():
        raise FileNotFoundError
    group = _V1 / f"smilepost-bench-{pid}"
    group.mkdir()
    (group / "cpu.cfs_period_us").write_text(str(int(_PERIOD * 1e6)))
    (group / "cpu.cfs_quota_us").write_text(str(int(_PERIOD * share * 1e6)))
    (group / "cgroup.procs").write_text(str(pid))
    return group


def _control_group_2(pid: int, share: float) -> Path:
    if "cpu" not in (_V2 / "cgroup.controllers").read_text().split():
        raise FileNotFoundError
    group = _V2 / f"smilepost-bench-{pid}"
    group.mkdir()
    try:
        (group / "cpu.max").write_text(f"{int(_PERIOD * share * 1e6)} {int(_PERIOD * 1e6)}")
        (group / "cgroup.procs").write_text(str(pid))
    except OSError:
        group.rmdir()
        raise
    return group


def _duty_cycle(pid: int, share: float, stop: threading.Event) -> None:
    with contextlib.suppress(ProcessLookupError):
        while not stop.is_set():
            os.kill(pid, signal.SIGSTOP)
            time.sleep(_PERIOD * (1 - share))
            os.kill(pid, signal.SIGCONT)
            time.sleep(_PERIOD * share)
