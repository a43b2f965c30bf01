"""One master per campaign; a lock that a killed master left behind is told from that of a living one."""

import fcntl
import os
import time
from pathlib import Path

from screening.errors import StageError

# The kernel releases it when its holder dies, however that happens.
NAME = ".master.lock"
# Who only asks whether a master is there holds the lock for some microseconds: that is not a master.
_ATTEMPTS, _PAUSE_S = 5, 0.05
_held: list[int] = []


def hold(results: Path) -> None:
    """Hold the campaign's lock until this process ends.

    Raises:
        StageError: another process holds it.
    """
    results.mkdir(parents=True, exist_ok=True)
    handle = os.open(results / NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(handle)
    except BlockingIOError:
        os.close(handle)
        raise StageError(_message(results)) from None
    except OSError:
        # A file system without locks: Snakemake's own lock has to do.
        os.close(handle)
        return
    _held.append(handle)


def _take(handle: int) -> None:
    """Take the lock.

    Raises:
        BlockingIOError: another process holds it, and goes on holding it.
    """
    for attempt in range(_ATTEMPTS):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(_PAUSE_S)


def is_held(results: Path) -> bool:
    """Whether a master is at work on the campaign.

    False where the file system has no locks.
    """
    try:
        handle = os.open(results / NAME, os.O_RDWR)
    except OSError:
        return False
    try:
        # Shared, so that two who only ask do not take each other for a master.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False


def release_stale(results: Path) -> None:
    """Remove Snakemake's locks of this campaign in the current folder if their master is dead.

    Raises:
        StageError: the master is alive.
    """
    try:
        handle = os.open(results / NAME, os.O_RDWR)
    except OSError:
        return
    try:
        _take(handle)
        for lock in Path(".snakemake/locks").glob("*.lock"):
            if f"{results}/" in lock.read_text(encoding="utf-8", errors="replace"):
                lock.unlink(missing_ok=True)
    except BlockingIOError:
        raise StageError(_message(results)) from None
    except OSError:
        return
    finally:
        os.close(handle)


def _message(results: Path) -> str:
    return f"{results}: another run is working on this campaign; wait until it ends, or stop it first"
