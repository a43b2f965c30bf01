"""A dry run in ten lines: stages, counts, reasons, and no path."""

from pathlib import Path

import pytest
import yaml

from screening.cli.dry import summary
from tests.campaigns import TINY

# Shortened from what Snakemake 9.27 prints: a group, a checkpoint, and settings that changed.
PRINTED = """Job stats:
job               count
--------------  -------
relax                 2
resolve_config        1
md                    1
all                   1
total                 5

[Mon Nov 30 01:13:00 2026]
group job abc (jobs in lexicogr. order):
    rule relax:
        input: results/tiny/candidates/A-1/candidate.json
        reason: Params have changed since last execution: before: 'relax={}' now: 'relax={"max_steps": 299}'
    rule relax:
        reason: Missing output files: results/tiny/candidates/B-2/relaxed.json
rule resolve_config:
    reason: Params have changed since last execution: before: 'md={}' now: 'md={1}'
checkpoint md:
    reason: Input files updated by another job: results/tiny/candidates/A-1/relaxed.json
rule all:
    reason: Input files updated by another job: results/tiny/report.html
The run involves checkpoint jobs, which will result in alteration of the DAG of jobs.
"""


def test_stages_counts_and_reasons_are_told() -> None:
    lines = summary(PRINTED)
    assert lines[:3] == [
        "would run:",
        "  relax    2  not there yet",
        "  md       1  follows from what runs before",
    ]
    assert "more is planned" in lines[3]
    assert not any("results/" in line for line in lines)


def test_settings_that_changed_are_named() -> None:
    changed = PRINTED.replace("Missing output files: results/tiny/candidates/B-2/relaxed.json", "Params have changed")
    assert summary(changed)[1] == "  relax    2  settings changed (relax)"


def test_nothing_left_is_said() -> None:
    assert summary("Building DAG of jobs...\nNothing to be done (all requested files are present).") == [
        "nothing is left to run"
    ]


@pytest.mark.slow
def test_as_it_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call) -> None:
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    lines = call("run", "tiny.yaml", "--dry-run").stdout.splitlines()
    assert "  enumerate    1  not there yet" in lines
    assert len(lines) <= 12
    assert not (tmp_path / "results" / "tiny" / "candidates.csv").exists()
