"""Clocks that jump: file times in the past and in the future change no result and start no work for ever."""

import os
import random
import time

import pytest

pytestmark = pytest.mark.slow
YEAR = 365 * 86400


@pytest.mark.parametrize("offset", [-30 * YEAR, 2 * YEAR, None], ids=["past", "future", "shuffled"])
def test_file_times_do_not_matter(undisturbed, tmp_path, offset):
    campaign = undisturbed.whole.copy(tmp_path / "run")
    luck = random.Random(1)
    for path in sorted(campaign.results.rglob("*")):
        if path.is_file():
            when = time.time() + (luck.uniform(-YEAR, YEAR) if offset is None else offset)
            os.utime(path, (when, when))
    campaign.run()
    assert campaign.tables() == undisturbed.whole.tables()
    assert campaign.planned() == {}, "the next run would start work again"


def test_a_run_goes_on_from_chunks_of_the_future(undisturbed, tmp_path):
    campaign = undisturbed.whole.copy(tmp_path / "run")
    run = sorted(campaign.results.glob("candidates/*/100K/o0_r0"))[0]
    (run / "md.json").unlink()
    for path in sorted((run / "chunks").iterdir())[10:]:
        path.unlink()
    for path in [*(run / "chunks").iterdir(), run.parents[1] / "relaxed.json"]:
        os.utime(path, (time.time() + YEAR,) * 2)
    campaign.run()
    assert campaign.tables() == undisturbed.whole.tables()
    assert campaign.planned() == {}
