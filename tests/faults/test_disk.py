"""Full and read-only disks: a clear end, no half-written file, and the run goes on once there is room."""

import os
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from screening.records import sha256_of

pytestmark = pytest.mark.slow


def mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(500)):
            pass


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 200 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or not mount("-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)):
        pytest.skip("mounting a small file system needs root and permission to mount")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def md_inputs(campaign):
    return sorted(path.parent / "relaxed.json" for path in campaign.results.glob("candidates/*/arrhenius.json"))[:1]


def test_a_full_disk_stops_a_run_which_goes_on_when_there_is_room(undisturbed, stage, small_disk):
    (relaxed,) = md_inputs(undisturbed.whole)
    options = {"temperature": "100", "ordering": "0", "replica": "0"}
    output = small_disk / "md.json"
    done = stage(undisturbed.whole, "md", {"relaxed": [relaxed]}, output, **options)
    assert done.status == 1
    assert re.search(r"error: .*chunk_\d+\.h5: No space left on device", done.output), done.output
    assert "Traceback" not in done.output
    assert not output.exists()
    assert not list(small_disk.glob("**/.*")), "an unfinished file is left"
    assert mount("-o", "remount,size=20m", str(small_disk))
    assert stage(undisturbed.whole, "md", {"relaxed": [relaxed]}, output, **options).status == 0
    reference = relaxed.parent / "100K" / "o0_r0" / "chunks"
    for path in sorted(reference.iterdir()):
        assert sha256_of(path) == sha256_of(small_disk / "chunks" / path.name)


@pytest.mark.parametrize("name", ["enumerate", "mixing"])
def test_a_full_disk_leaves_no_half_table(undisturbed, stage, small_disk, name):
    results = undisturbed.whole.results
    inputs = {
        "enumerate": {"parents": [results / "parents.json"]},
        "mixing": {"relaxed": sorted(results.glob("candidates/*/relaxed.json"))},
    }
    fill(small_disk / "filler")
    done = stage(undisturbed.whole, name, inputs[name], small_disk / "table.csv")
    assert done.status == 1
    assert "No space left on device" in done.output
    assert "Traceback" not in done.output
    assert [path.name for path in small_disk.rglob("*") if path.is_file()] == ["filler"]


def test_a_read_only_results_folder_is_named(undisturbed, small_disk):
    mount("-o", "remount,size=50m", str(small_disk))
    campaign = undisturbed.prepared.copy(small_disk / "run")
    assert mount("-o", "remount,ro", str(small_disk))
    try:
        done = campaign.screening("run", campaign.config.name)
    finally:
        mount("-o", "remount,rw", str(small_disk))
    assert done.returncode == 1
    assert "Read-only file system" in done.stderr
    assert "results/tiny" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    shutil.rmtree(small_disk / "run")
