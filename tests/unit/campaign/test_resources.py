"""What jobs ask for covers what was measured, and grows with the attempt."""

import re
from pathlib import Path

import pytest
import yaml

from screening.campaign.resources import LONGEST_MINUTES, md_memory_MB, md_runtime_min, md_steps
from screening.config.campaign import Campaign
from screening.config.potential import PotentialConfig
from screening.stages import RUNNERS

CHGNET = PotentialConfig(name="chgnet", student="none")
L3I5 = PotentialConfig(name="sevenn:7net-l3i5", student="none")
# One core: potential, atoms, peak MB, CPU seconds per step; those of SevenNet-l3i5 with D4.
MEASURED = [
    *[(CHGNET, *row) for row in ((52, 524, 0.060), (104, 664, 0.110), (208, 930, 0.224), (416, 1470, 0.628))],
    *[(L3I5, *row) for row in ((52, 730, 0.47), (104, 811, 0.96), (208, 955, 1.92), (416, 1291, 6.05))],
]


@pytest.mark.parametrize(("potential", "atoms", "megabytes", "seconds"), MEASURED)
def test_the_first_attempt_has_room_but_not_ten_times_too_much(potential, atoms, megabytes, seconds):
    assert 1.5 * megabytes < md_memory_MB(potential, atoms, 1) < 3.5 * megabytes
    steps = 1_000
    minutes = seconds * steps / 60
    assert minutes * 1.5 < md_runtime_min(potential, atoms, steps, 1) < 30 + minutes * 4


def test_with_a_student_time_is_the_student_s_and_memory_the_teacher_s():
    """A run that has its student taught more loads the teacher."""
    with_student = PotentialConfig(name="sevenn:7net-l3i5")
    assert md_memory_MB(with_student, 100, 1) == md_memory_MB(L3I5, 100, 1)
    assert md_runtime_min(with_student, 100, 10_000, 1) < md_runtime_min(L3I5, 100, 10_000, 1) / 5


ROOT = Path(__file__).parents[3]
WORKFLOWS = ROOT / "workflows"
RULES = "\n".join(path.read_text() for path in sorted(WORKFLOWS.glob("*.smk")))


def test_each_attempt_asks_for_more():
    assert [md_memory_MB(CHGNET, 100, k) for k in (1, 2, 3)] == [1600, 3200, 4800]
    assert md_runtime_min(CHGNET, 100, 1000, 2) == 2 * md_runtime_min(CHGNET, 100, 1000, 1)


def test_no_job_asks_for_longer_than_a_day():
    assert md_runtime_min(CHGNET, 1000, 10_000_000, 1) == LONGEST_MINUTES


def test_every_job_is_retried_with_more_of_both():
    asked = re.findall(r"^ +(mem_mb|runtime)=(.*),$", RULES, re.MULTILINE)
    assert len(asked) > 20
    assert [value for _, value in asked if not value.startswith(("growing(", "md_"))] == []


def test_the_cluster_profile_sizes_every_group_of_short_jobs():
    profile = yaml.safe_load((WORKFLOWS / "profiles" / "slurm" / "config.yaml").read_text())
    assert set(profile["group-components"]) == set(re.findall(r'group:\n +"(\w+)"', RULES))


def profile(name):
    return yaml.safe_load((WORKFLOWS / "profiles" / name / "config.yaml").read_text())


PROFILES = [path.name for path in sorted((WORKFLOWS / "profiles").iterdir())]


def source_of(module):
    return (ROOT / f"{module.replace('.', '/')}.py").read_text()


# Stages that load a potential; each has a rule of its name.
LOADING = {
    stage
    for stage, runner in RUNNERS.items()
    if re.search(r"potentials\.registry import .*\bload\b", source_of(runner.module))
}


def test_stages_that_load_a_potential_are_found():
    assert {"relax", "md", "trust"} <= LOADING
    assert "mixing" not in LOADING


def test_no_two_jobs_with_the_potential_share_the_gpu():
    asked = {rule for rule, resources in profile("gpu-workstation")["set-resources"].items() if resources["gpu"] == 1}
    assert asked == LOADING


def test_the_slurm_profile_names_every_rule_that_may_want_a_gpu():
    text = (WORKFLOWS / "profiles" / "slurm" / "config.yaml").read_text()
    advice = text[text.index("# For potentials on GPUs") : text.index("# --- The rest")]
    assert {rule for rule in RUNNERS if re.search(rf"\b{rule}\b", advice)} == LOADING


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_name_rules_and_groups_that_are_there(name):
    settings = profile(name)
    assert set(settings.get("set-resources", {})) <= set(
        re.findall(r"^ *(?:rule|checkpoint) (\w+):", RULES, re.MULTILINE)
    )
    assert set(settings.get("group-components", {})) <= set(re.findall(r"group:\s+\"(\w+)\"", RULES))


@pytest.mark.parametrize(("step", "steps"), [(2.0, 50_000), (4.0, 25_000), ("auto", 100_000)])
def test_a_step_that_follows_from_the_crystal_is_taken_for_short(step: float | str, steps: int) -> None:
    campaign = Campaign.model_validate(
        {
            "campaign": "steps",
            "mobile_ion": "Li",
            "potential": {"name": "lj"},
            "parents": [{"library": "Li6PS5Cl"}],
            "candidates": {"rules": [{"parent": "Li6PS5Cl"}]},
            "md": {"temperatures_K": [600, 800], "duration_ps": 100, "timestep_fs": step},
        }
    )
    assert md_steps(campaign) == steps
