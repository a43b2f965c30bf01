"""The state of a campaign is read from its files alone."""

import fcntl
import json
import os
import shutil
from pathlib import Path

import pytest

from screening.campaign import locks
from screening.campaign.locks import NAME, hold, is_held
from screening.campaign.progress import Progress, read_progress
from screening.errors import StageError

IDS = ("LiCl-aaaa0001", "LiBr-aaaa0002")


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    """Two candidates, two temperatures, two replicas; one relaxed; one run at work."""
    folder = tmp_path / "results" / "two"
    (folder / "logs" / "md").mkdir(parents=True)
    (folder / "logs" / "relax").mkdir()
    folder.joinpath("config.resolved.yaml").write_text(
        "md: {temperatures_K: [500, 600], replicas: 2, orderings: null, rungs_ps: []}\n"
    )
    rows = "".join(f"{id},candidate,1\n" for id in IDS)
    folder.joinpath("candidates.csv").write_text(f"id,role,n_orderings\n{rows}")
    made(folder, f"candidates/{IDS[0]}/relaxed.json")
    (folder / NAME).touch()
    return folder


def made(folder: Path, name: str, text: str = "{}") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def counts(progress: Progress) -> dict[str, tuple[int, int | None]]:
    return {step.name: (step.done, step.total) for step in progress.steps}


@pytest.fixture
def master(campaign: Path):
    """Somebody holds the campaign's lock."""
    handle = os.open(campaign / NAME, os.O_RDWR)
    fcntl.flock(handle, fcntl.LOCK_EX)
    yield
    os.close(handle)


def test_what_is_not_planned_yet_has_no_total(campaign: Path) -> None:
    progress = read_progress(campaign)
    assert counts(progress)["relaxations"] == (1, 2)
    assert counts(progress)["MD runs"] == (0, None)
    assert progress.stage == "relaxations"
    assert not progress.alive
    assert not progress.finished


def test_runs_are_candidates_times_temperatures_times_replicas(campaign: Path) -> None:
    made(campaign, "shortlist.csv", f"id,shortlisted,reason\n{IDS[0]},True,\n{IDS[1]},False,too high\n")
    made(campaign, f"candidates/{IDS[0]}/500K/o0_r1/md.json")
    assert counts(read_progress(campaign))["MD runs"] == (1, 4)
    assert counts(read_progress(campaign))["analyses"] == (0, 1)


def test_runs_of_every_rung_are_counted(campaign: Path) -> None:
    config = (campaign / "config.resolved.yaml").read_text().replace("rungs_ps: []", "rungs_ps: [10.0, 20.0]")
    (campaign / "config.resolved.yaml").write_text(config)
    made(campaign, "shortlist.csv", f"id,shortlisted,reason\n{IDS[0]},True,\n{IDS[1]},False,too high\n")
    made(campaign, f"candidates/{IDS[0]}/500K/o0_r1/md_rung1.json")
    made(campaign, f"candidates/{IDS[0]}/500K/o0_r1/md_rung2.json")
    assert counts(read_progress(campaign))["MD runs"] == (2, 12)


def test_runs_at_chosen_temperatures_have_no_total_before_all_are_chosen(campaign: Path) -> None:
    config = (campaign / "config.resolved.yaml").read_text().replace("[500, 600]", "auto")
    (campaign / "config.resolved.yaml").write_text(config)
    made(campaign, "shortlist.csv", f"id,shortlisted,reason\n{IDS[0]},True,\n{IDS[1]},False,too high\n")
    made(campaign, "temperatures1.csv", f"id,temperature_K\n{IDS[0]},450.0\n{IDS[0]},400.0\n")
    made(campaign, "logs/temperatures2.log", "error: no records\n")
    made(campaign, f"candidates/{IDS[0]}/450K/o0_r1/md.json")
    assert counts(read_progress(campaign))["MD runs"] == (1, None)
    assert counts(read_progress(campaign))["analyses"] == (0, 1)
    assert read_progress(campaign).failures[0].rule == "temperatures2"
    for k in range(2, 6):
        made(campaign, f"temperatures{k}.csv", f"id,temperature_K\n{IDS[0]},\n")
    # Two first temperatures and two chosen ones, two replicas each.
    assert counts(read_progress(campaign))["MD runs"] == (1, 8)


@pytest.mark.usefixtures("master")
def test_work_at_a_rung_is_seen(campaign: Path) -> None:
    made(campaign, f"logs/md_rung1/{IDS[0]}_500K_o0_r1.log", "100 of 400 frames; D* 1.2e-05 cm2/s\n")
    made(campaign, "logs/rung1.log", "error: no line to compare\n")
    progress = read_progress(campaign)
    (job,) = progress.running
    assert (job.rule, job.done, job.note) == ("md_rung1", 100, "D* 1.2e-05 cm2/s")
    assert progress.failures[0].rule == "rung1"
    made(campaign, f"candidates/{IDS[0]}/500K/o0_r1/md_rung1.json")
    made(campaign, "rung1.csv", "id\n")
    assert read_progress(campaign).running == ()
    assert read_progress(campaign).failures == ()


@pytest.mark.usefixtures("master")
def test_a_run_tells_its_frames_and_whatever_else_its_log_says(campaign: Path) -> None:
    made(campaign, f"logs/md/{IDS[0]}_500K_o0_r1.log", "100 of 400 frames\n200 of 400 frames, D* 1.2e-05 cm2/s\n")
    chunks = [made(campaign, f"candidates/{IDS[0]}/500K/o0_r1/chunks/chunk_{i:05d}.h5") for i in range(2)]
    now = chunks[1].stat().st_mtime
    os.utime(chunks[0], (now - 60, now - 60))
    (job,) = read_progress(campaign).running
    assert (job.rule, job.subject) == ("md", f"{IDS[0]} 500K o0_r1")
    assert (job.done, job.total, job.note) == (200, 400, "D* 1.2e-05 cm2/s")
    # Two chunks of 60 s each are left; some seconds of this test may have gone by.
    assert job.seconds_left == pytest.approx(120, abs=30)
    # Made again it writes elsewhere.
    log = f"logs/md/{IDS[0]}_500K_o0_r1.log"
    made(campaign, log, "400 of 400 frames\nspot check: the potential labels 3 of 9 frames\n")
    (job,) = read_progress(campaign).running
    assert (job.done, job.total, job.seconds_left) == (400, 400, None)
    assert job.note == "spot check: the potential labels 3 of 9 frames"
    made(campaign, log, "400 of 400 frames\ntaught\n200 of 400 frames\n")
    again = [made(campaign, f"candidates/{IDS[0]}/500K/o0_r1/again_1/chunks/chunk_{i:05d}.h5") for i in range(2)]
    os.utime(again[0], (now - 30, now - 30))
    os.utime(again[1], (now + 1, now + 1))
    (job,) = read_progress(campaign).running
    assert job.seconds_left == pytest.approx(62, abs=30)
    made(campaign, "logs/student/Li-Cl.log", "round 0: 6 of 6 runs\nthe potential labels 30 frames\n")
    student = next(job for job in read_progress(campaign).running if job.rule == "student")
    assert student.note == "the potential labels 30 frames"


@pytest.mark.usefixtures("master")
def test_a_batch_is_at_work_until_all_its_runs_are_there(campaign: Path) -> None:
    made(campaign, f"logs/md_batch/{IDS[0]}_o0.log", "500 K, replica 1: 100 of 400 frames\n")
    for run in ("500K/o0_r0", "500K/o0_r1", "600K/o0_r0"):
        made(campaign, f"candidates/{IDS[0]}/{run}/md.json")
    (job,) = read_progress(campaign).running
    assert (job.rule, job.subject, job.note) == ("md_batch", f"{IDS[0]} o0", "500 K, replica 1: 100 of 400 frames")
    made(campaign, f"candidates/{IDS[0]}/600K/o0_r1/md.json")
    assert read_progress(campaign).running == ()


@pytest.mark.usefixtures("master")
def test_a_pause_before_the_last_chunks_is_not_counted(campaign: Path) -> None:
    made(campaign, f"logs/md/{IDS[0]}_500K_o0_r0.log", "500 of 1000 frames\n")
    chunks = [made(campaign, f"candidates/{IDS[0]}/500K/o0_r0/chunks/chunk_{i:05d}.h5") for i in range(5)]
    now = chunks[-1].stat().st_mtime
    for age, path in zip((90_000, 180, 120, 60, 0), chunks, strict=True):
        os.utime(path, (now - age, now - age))
    (job,) = read_progress(campaign).running
    assert job.seconds_left == pytest.approx(300, abs=30)


def test_nothing_runs_without_a_master(campaign: Path) -> None:
    made(campaign, f"logs/md/{IDS[0]}_500K_o0_r0.log", "100 of 400 frames\n")
    assert read_progress(campaign).running == ()


def test_a_job_that_ended_with_an_error_is_named_with_its_log(campaign: Path) -> None:
    log = made(campaign, f"logs/relax/{IDS[1]}.log", "loading\nerror: potential 'x' is not known; use one of a, b\n")
    (failure,) = read_progress(campaign).failures
    assert failure.rule == "relax"
    assert failure.log == log
    assert failure.message == "potential 'x' is not known; use one of a, b"
    made(campaign, f"candidates/{IDS[1]}/relaxed.json")
    assert read_progress(campaign).failures == ()


@pytest.mark.usefixtures("master")
def test_a_killed_job_is_known_from_the_workflows_log(campaign: Path) -> None:
    made(campaign, f"logs/relax/{IDS[1]}.log", "step 12\n")
    made(
        campaign,
        "logs/snakemake.log",
        'RuleException:\nCalledProcessError in file "x.smk", line 43:\n'
        "Command 'set -euo pipefail;  screening stage relax a.json --output b.json --threads 1 "
        f"> results/two/logs/relax/{IDS[1]}.log 2>&1' died with <Signals.SIGKILL: 9>.\n",
    )
    progress = read_progress(campaign)
    assert progress.running == ()
    assert progress.failures[0].message == "died with <Signals.SIGKILL: 9>; its last line: step 12"


@pytest.mark.usefixtures("master")
def test_asking_does_not_take_the_lock(campaign: Path) -> None:
    assert is_held(campaign)
    assert is_held(campaign)
    assert not is_held(campaign.parent)


def test_one_who_only_asks_is_not_taken_for_a_master(campaign: Path, monkeypatch) -> None:
    """Who asks lets go of the lock while the master waits."""
    asking = os.open(campaign / NAME, os.O_RDWR)
    fcntl.flock(asking, fcntl.LOCK_SH)
    monkeypatch.setattr(locks.time, "sleep", lambda _: fcntl.flock(asking, fcntl.LOCK_UN))
    hold(campaign)
    os.close(locks._held.pop())
    os.close(asking)


@pytest.mark.usefixtures("master")
def test_a_master_that_stays_is_not_waited_for(campaign: Path, monkeypatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(locks.time, "sleep", waited.append)
    with pytest.raises(StageError, match="another run is working"):
        hold(campaign)
    assert sum(waited) < 1


def test_a_campaign_whose_ranking_was_deleted_is_not_finished(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results" / finished.name
    shutil.copytree(finished, folder)
    (folder / "report.html").touch()
    assert read_progress(folder).finished
    (folder / "ranking.csv").unlink()
    progress = read_progress(folder)
    assert not progress.finished
    assert progress.stage == "report"


def test_a_finished_campaign_counts_its_verdicts(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results" / finished.name
    shutil.copytree(finished, folder)
    made(folder, "report.html", "")
    shown = read_progress(folder).verdicts
    ranked = [line.split(",") for line in (folder / "ranking.csv").read_text().splitlines()[1:]]
    assert sum(shown.values()) == len(ranked)
    verdicts = [json.loads(p.read_text())["verdict"] for p in folder.glob("candidates/*/arrhenius.json")]
    assert shown["resolved"] == verdicts.count("resolved")
