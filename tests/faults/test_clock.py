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


def test_a_clock_that_was_ahead_is_put_right_in_the_middle_of_a_campaign(undisturbed, tmp_path):
    """The first half was made with the clock wrong, in its proper order; what is made now is years before it."""
    campaign = undisturbed.prepared.copy(tmp_path / "run")
    made = [path for path in campaign.results.rglob("*") if path.is_file() and "logs" not in path.parts]
    before = {}
    for path in made:
        when = path.stat().st_mtime + 2 * YEAR
        os.utime(path, (when, when))
        before[path] = path.read_bytes()
    campaign.run(campaign.ranking)
    assert campaign.tables() == undisturbed.whole.tables()
    again = {path.name for path in made if path.read_bytes() != before[path]}
    assert again <= {"config.resolved.yaml", "config.resolved.json"}, "finished work was done again"
    assert campaign.planned(campaign.ranking) == {}, "the next run would start work again"


def test_a_run_goes_on_from_chunks_of_the_future(undisturbed, tmp_path):
    campaign = undisturbed.whole.copy(tmp_path / "run")
    run = min(campaign.results.glob("candidates/*/100K/o0_r0"))
    (run / "md.json").unlink()
    for path in sorted((run / "chunks").iterdir())[10:]:
        path.unlink()
    for path in [*(run / "chunks").iterdir(), run.parents[1] / "relaxed.json"]:
        os.utime(path, (time.time() + YEAR,) * 2)
    campaign.run()
    assert campaign.tables() == undisturbed.whole.tables()
    assert campaign.planned() == {}
