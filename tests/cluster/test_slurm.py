"""Campaigns on a real SLURM, undisturbed and disturbed: the tables are those of an undisturbed local run."""

import itertools
import re

import pytest

from screening.records import read_json, sha256_of
from screening.trajectories.storage import read_chunk

pytestmark = pytest.mark.cluster

# Holds this much memory from its start on in every MD job, as a larger cell would.
HUNGRY = """
from pathlib import Path
words = Path("/proc/self/cmdline").read_bytes().split(b"\\0")
if b"stage" in words and b"md" in words:
    held = b"x" * (1300 << 20)
"""


def assert_whole(campaign, undisturbed) -> None:
    """Same tables as the local run, and every run one unbroken row of the chunks its record names."""
    assert campaign.tables() == undisturbed.whole.tables()
    records = sorted(campaign.results.glob("candidates/*/*K/*/md.json"))
    assert len(records) == 4
    for path in records:
        checksums = read_json(path)["chunks"]
        files = [path.parent / "chunks" / name for name in checksums]
        assert len(files) == 20
        assert [sha256_of(file) for file in files] == list(checksums.values())
        assert all(read_chunk(after).previous == sha256_of(file) for file, after in itertools.pairwise(files))
    verified = campaign.screening("verify", str(campaign.results))
    assert verified.returncode == 0, verified.stdout + verified.stderr


def md_jobs(slurm) -> list[str]:
    """Ids of the MD jobs that run."""
    return [id for id, (state, comment, _) in slurm.jobs().items() if state == "RUNNING" and "rule_md" in comment]


def test_a_job_that_needs_more_memory_gets_it_at_the_next_attempt(on_slurm, slurm, tmp_path):
    campaign, arguments = on_slurm()
    (tmp_path / "sitecustomize.py").write_text(HUNGRY)
    campaign.environment = slurm.environment | {"PYTHONPATH": str(tmp_path)}
    id = next((campaign.results / "candidates").iterdir()).name
    target = f"results/{campaign.campaign['campaign']}/candidates/{id}/100K/o0_r0/md.json"
    master = campaign.start(target, *arguments)
    asked = set()

    def second() -> bool:
        asked.update(re.findall(r"ReqMem=|MinMemoryNode=(\d+)", slurm.run("scontrol", "show", "jobs")))
        return "1048" in asked and "2096" in asked

    master.wait_for(second)
    master.finish()
    assert read_json(campaign.folder / target)["status"] == "complete"


def test_the_master_is_killed_and_started_again_while_its_jobs_go_on(on_slurm, slurm, undisturbed):
    campaign, arguments = on_slurm()
    target = campaign.ranking
    master = campaign.start(target, *arguments)
    master.wait_for(campaign.chunks)
    master.wait_for(lambda: md_jobs(slurm))
    master.kill()
    orphans = set(slurm.jobs())
    assert orphans, "no job outlived its master: nothing was tested"
    refused = campaign.snakemake(target, *arguments)
    assert refused.returncode != 0
    assert "--unlock" in refused.stdout + refused.stderr
    campaign.run("--unlock")
    campaign.start(target, *arguments).finish()
    assert_whole(campaign, undisturbed)
    assert not list(campaign.results.glob("**/.chunk_*")), "unfinished files are left"


def test_a_campaign_from_end_to_end_with_a_cancelled_job_and_a_node_that_goes_down(on_slurm, slurm, undisturbed):
    """What ran on the node goes on there unseen, beside its repetition."""
    campaign, arguments = on_slurm(from_md=False)
    master = campaign.start(*arguments)
    master.wait_for(campaign.chunks)
    cancelled, lost = master.wait_for(lambda: jobs[:2] if len(jobs := md_jobs(slurm)) > 1 else None)
    slurm.run("scancel", cancelled)
    node = slurm.jobs()[lost][2]
    slurm.kill_node(node)
    try:
        output = master.finish()
        assert slurm.node_state(node) == "down"
    finally:
        slurm.revive_node(node)
    for job in (cancelled, lost):
        assert f"'{job}'" in output or f" {job}" in output
    restarted = output.count("Trying to restart job")
    assert restarted >= 2
    assert_whole(campaign, undisturbed)
    assert (campaign.results / "report.html").stat().st_size > 0
    # 3 relaxations went as one job, and 6 analyses as one or two: fewer submissions than the 19 jobs there are.
    submitted = len(re.findall(r"SLURM jobid", output)) - restarted
    assert 9 <= submitted <= 14, submitted
