"""What tests of several folders share: one small campaign, run once undisturbed."""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.campaigns import TINY, CampaignFolder, keys_at_home

# Their assertions are to show what they compared, as those of test files do.
pytest.register_assert_rewrite("tests.conformance")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files go first, so that none is left to one process at the end while the others idle."""
    ranks: dict[Path, float] = {}
    for item in items:
        rank: float = sum(2**k for k, name in enumerate(("slow", "long", "cluster")) if item.get_closest_marker(name))
        # Of those that are slow campaigns take longest.
        rank -= 0.5 * ("unit" in item.path.parts)
        ranks[item.path] = max(rank, ranks.get(item.path, -1.0))
    items.sort(key=lambda item: -ranks[item.path])


@dataclass(frozen=True)
class Undisturbed:
    """The tiny campaign finished, a copy of it as it was before molecular dynamics, and how long it took in s.

    It ran with one key in the environment and another one in the home folder.
    """

    whole: CampaignFolder
    prepared: CampaignFolder
    seconds: float


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> Undisturbed:
    """Made once, by the first process of pytest that asks; nobody may change it: copy it."""
    base = tmp_path_factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (root / "undisturbed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = root / "undisturbed.seconds"
        if not done.exists():
            start = time.monotonic()
            (root / "undisturbed").mkdir()
            whole = CampaignFolder(root / "undisturbed", TINY)
            whole.environment = keys_at_home(root / "home")
            whole.run(f"results/{TINY['campaign']}/shortlist.csv")
            whole.copy(root / "prepared")
            whole.start_screening().finish()
            done.write_text(str(time.monotonic() - start))
    return Undisturbed(
        CampaignFolder(root / "undisturbed", TINY, write=False),
        CampaignFolder(root / "prepared", TINY, write=False),
        float(done.read_text()),
    )
