"""A paragraph of methods says what the records say, and cites what was used and nothing else."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from screening.report.collect import Collection, collect
from screening.report.detail import condense
from screening.report.methods import methods_of
from screening.report.page import render_collection
from screening.trajectories.run_record import RunRecord


@pytest.fixture(scope="module")
def collection(campaign: Path) -> Collection:
    """Of two runs of 100 and 240 ps for each candidate."""
    whole = collect(campaign)
    return replace(
        whole, candidates=tuple(replace(c, runs=_two(c.runs[0]) if c.runs else ()) for c in whole.candidates)
    )


def _two(run: RunRecord) -> tuple[RunRecord, ...]:
    return tuple(
        replace(run, temperature_K=500.0, n_frames=frames, ending=replace(run.ending, time_ps=time))
        for frames, time in ((1000, 100.0), (2400, 240.0))
    )


def test_the_paragraph_has_versions_lengths_and_temperatures(collection: Collection) -> None:
    text = methods_of(collection, "9.9").text
    potential = next(c.relaxed.provenance.potential for c in collection.candidates if c.relaxed is not None)
    assert potential is not None
    runs = [run for c in collection.candidates for run in c.runs]
    assert f"{len(collection.candidates)} candidates were made from Li6PS5Cl with screening 9.9" in text
    assert f"{potential.name} {potential.version} (trained on {potential.functional}" in text
    assert f"{len(runs)} runs of 100 to 240 ps at 500 K" in text
    assert "None" not in text


def test_only_what_was_used_is_cited(collection: Collection) -> None:
    methods = methods_of(collection, "9.9")
    keys = re.findall(r"@\w+\{(\w+),", methods.bibtex)
    assert "screening_chgnet" in keys
    assert "screening_sevennet" not in keys
    assert "screening_d4" not in keys
    dispersed = replace(collection, config={**collection.config, "potential": {"dispersion": "d4"}})
    assert "screening_d4" in methods_of(dispersed, "9.9").bibtex
    assert len(methods.citations) == len(keys)
    for line in methods.citations:
        assert re.search(r"\(\d{4}\), doi:10\.\d{4,}/\S+$", line)
    # Braces that do not close make a whole bibliography unreadable.
    assert methods.bibtex.count("{") == methods.bibtex.count("}")


def test_without_records_little_is_said_and_nothing_fails() -> None:
    methods = methods_of(Collection({}, ()), "9.9")
    assert methods.text == "0 candidates were made with screening 9.9."
    assert "screening_pymatgen" in methods.bibtex


def test_it_is_on_the_page(collection: Collection) -> None:
    html = render_collection(collection, "a")
    assert "Methods and citations" in html
    assert "doi = {10.1038/s42256-023-00716-3}" in html


def test_numbers_name_the_runs(collection: Collection) -> None:
    candidate = next(c for c in collection.candidates if c.transport)
    first, *rest = candidate.transport
    counted = replace(candidate, transport=(replace(first, n_frames=(1000, 2400), frame_interval_fs=100.0), *rest))
    assert condense(counted, "Li")["temperatures"][0]["runs"] == [2, 100.0, 240.0, 3400]
    older = replace(candidate, transport=(replace(first, n_frames=()),))
    assert "runs" not in condense(older, "Li")["temperatures"][0]
