"""What jobs ask for covers what was measured, and grows with the attempt."""

import re
from pathlib import Path

import pytest
import yaml

from screening.resources import LONGEST_MINUTES, md_memory_MB, md_runtime_min

# CHGNet 0.3.0, one core: atoms, peak MB, CPU seconds per step.
MEASURED = [(52, 524, 0.060), (104, 664, 0.110), (208, 930, 0.224), (416, 1470, 0.628)]


@pytest.mark.parametrize(("atoms", "megabytes", "seconds"), MEASURED)
def test_the_first_attempt_has_room_but_not_ten_times_too_much(atoms, megabytes, seconds):
    assert 1.5 * megabytes < md_memory_MB(atoms, 1) < 3.5 * megabytes
    steps = 5_000
    minutes = seconds * steps / 60
    assert minutes * 1.5 < md_runtime_min(atoms, steps, 1) < 30 + minutes * 4


WORKFLOWS = Path(__file__).parents[2] / "workflows"
RULES = "\n".join(path.read_text() for path in sorted(WORKFLOWS.glob("*.smk")))


def test_each_attempt_asks_for_more():
    assert [md_memory_MB(100, k) for k in (1, 2, 3)] == [1600, 3200, 4800]
    assert md_runtime_min(100, 1000, 2) == 2 * md_runtime_min(100, 1000, 1)


def test_no_job_asks_for_longer_than_a_day():
    assert md_runtime_min(1000, 10_000_000, 1) == LONGEST_MINUTES


def test_every_job_is_retried_with_more_of_both():
    asked = re.findall(r"^ +(mem_mb|runtime)=(.*),$", RULES, re.MULTILINE)
    assert len(asked) > 20
    assert [value for _, value in asked if not value.startswith(("growing(", "md_"))] == []


def test_the_cluster_profile_sizes_every_group_of_short_jobs():
    profile = yaml.safe_load((WORKFLOWS / "profiles" / "slurm" / "config.yaml").read_text())
    assert set(profile["group-components"]) == set(re.findall(r'group:\n +"(\w+)"', RULES))
