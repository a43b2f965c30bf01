"""Intermediate files that are cut off, empty or garbage: the stage that reads them names them and writes nothing."""

import re

import pytest

pytestmark = pytest.mark.slow

# Kind of file -> the stages that read it.
READERS = {
    "parents.json": ["enumerate"],
    "candidate.json": ["relax", "transport"],
    "relaxed.json": ["mixing", "md"],
    "stability.csv": ["shortlist", "ranking"],
    "candidates.csv": ["ranking"],
    "shortlist.csv": ["ranking"],
    "md.json": ["transport"],
    "chunk_00007.h5": ["transport"],
    "transport.json": ["arrhenius", "ranking"],
    "arrhenius.json": ["ranking"],
}
OUTPUTS = {
    "enumerate": "candidates.csv",
    "relax": "relaxed.json",
    "mixing": "stability.csv",
    "shortlist": "shortlist.csv",
    "md": "md.json",
    "transport": "transport.json",
    "arrhenius": "arrhenius.json",
    "ranking": "ranking.csv",
}
DAMAGES = {
    "empty": lambda _: b"",
    "cut": lambda data: data[: len(data) * 2 // 3].rstrip(b"\n"),
    "garbage": lambda _: b"\x00\xff" * 100,
}


@pytest.fixture(scope="module")
def finished(undisturbed, tmp_path_factory):
    return undisturbed.whole.copy(tmp_path_factory.mktemp("damage") / "run")


def inputs_of(campaign, stage: str) -> dict:
    """What the rule passes, in a finished campaign; the first candidate's and first temperature's files."""
    results = campaign.results
    candidate = min(path.parent for path in results.glob("candidates/*/arrhenius.json"))
    hot = candidate / "100K"
    return {
        "enumerate": {"parents": [results / "parents.json"]},
        "relax": {"candidate": [candidate / "candidate.json"]},
        "mixing": {"relaxed": sorted(results.glob("candidates/*/relaxed.json"))},
        "shortlist": {"stability": [results / "stability.csv"]},
        "md": {"relaxed": [candidate / "relaxed.json"]},
        "transport": {"candidate": [candidate / "candidate.json"], "runs": [hot / "o0_r0" / "md.json"]},
        "arrhenius": {"transport": sorted(candidate.glob("*K/transport.json"))},
        "ranking": {
            **{name: [results / f"{name}.csv"] for name in ("candidates", "stability", "shortlist")},
            "transport": sorted(results.glob("candidates/*/*K/transport.json")),
            "arrhenius": sorted(results.glob("candidates/*/arrhenius.json")),
        },
    }[stage]


def file_of(campaign, stage: str, name: str):
    inputs = inputs_of(campaign, stage)
    if name.startswith("chunk"):
        return inputs["runs"][0].parent / "chunks" / name
    return next(path for paths in inputs.values() for path in paths if path.name == name)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(("name", "reader"), [(name, reader) for name, all_ in READERS.items() for reader in all_])
def test_a_damaged_file_is_named_and_nothing_is_written(finished, stage, tmp_path, name, reader, damage):
    path = file_of(finished, reader, name)
    whole = path.read_bytes()
    path.write_bytes(DAMAGES[damage](whole))
    output = tmp_path / "out" / OUTPUTS[reader]
    try:
        done = stage(
            finished, reader, inputs_of(finished, reader), output, temperature="100", ordering="0", replica="0"
        )
    finally:
        path.write_bytes(whole)
    assert done.status == 1
    assert name in done.output
    # No rule makes a candidate's file without the table.
    assert ("delete candidates.csv" if name == "candidate.json" else "delete it") in done.output
    assert "Traceback" not in done.output
    assert not output.exists()


@pytest.mark.parametrize("name", [name for name in READERS if name.endswith(".json")])
def test_a_record_without_its_values_is_named(finished, stage, tmp_path, name):
    reader = READERS[name][0]
    path = file_of(finished, reader, name)
    whole = path.read_bytes()
    path.write_bytes(b"{}\n")
    try:
        done = stage(
            finished,
            reader,
            inputs_of(finished, reader),
            tmp_path / "out",
            temperature="100",
            ordering="0",
            replica="0",
        )
    finally:
        path.write_bytes(whole)
    assert done.status == 1
    last = done.output.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert name in last
    assert not (tmp_path / "out").exists()


def test_the_undamaged_files_do_pass(finished, stage, tmp_path):
    """Or all of the above would pass for another reason."""
    for reader, name in OUTPUTS.items():
        output = tmp_path / reader / name
        if reader == "md":
            (output.parent / "chunks").mkdir(parents=True)
        done = stage(
            finished, reader, inputs_of(finished, reader), output, temperature="100", ordering="0", replica="0"
        )
        assert done.status == 0, done.output
        assert output.exists()


@pytest.mark.slow
def test_a_record_that_is_gone_is_made_again_though_what_was_made_from_it_is_there(undisturbed, tmp_path):
    """As after a job that was stopped while it made a record anew: of a longer run the old analysis would stay."""
    campaign = undisturbed.whole.copy(tmp_path / "run")
    candidate = inputs_of(campaign, "md")["relaxed"][0].parent
    made_by = {
        "relax": candidate / "relaxed.json",
        "md": candidate / "100K" / "o0_r0" / "md.json",
        "local": candidate / "150K" / "local.json",
        "equation": candidate / "equation_one.json",
        "mixing": campaign.results / "stability.csv",
    }
    for rule, record in made_by.items():
        content = record.read_bytes()
        record.unlink()
        assert rule in campaign.planned()
        record.write_bytes(content)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("enumerate", ["refused.csv"]),
        ("mixing", ["orderings.csv", "disorder.csv", "provenance/stability.json"]),
        ("ranking", ["transport.csv", "arrhenius.csv"]),
        ("report", ["figures"]),
    ],
)
def test_whatever_a_rule_writes_beside_its_record_is_made_again(undisturbed, tmp_path, rule, names):
    campaign = undisturbed.whole.copy(tmp_path / "run")
    for name in names:
        path = campaign.results / name
        path.rename(campaign.folder / "away")
        assert campaign.planned().get(rule) == 1, name
        (campaign.folder / "away").rename(path)


def test_what_verify_finds_is_made_anew_as_it_says(undisturbed, tmp_path):
    """The command in the message is enough, and the tables are what they were."""
    campaign = undisturbed.whole.copy(tmp_path / "run")
    run = min(campaign.results.glob("candidates/*/100K/o0_r0"))
    chunk = run / "chunks" / "chunk_00007.h5"
    chunk.write_bytes(chunk.read_bytes()[:1000])
    max(campaign.results.glob("candidates/*/relaxed.json")).unlink()
    found = campaign.screening("verify", "results/tiny")
    assert found.returncode == 1
    remedies = sorted(set(re.findall(r"--forcerun (\S+)", found.stdout)))
    assert len(remedies) == 2, found.stdout
    campaign.run("--forcerun", *remedies)
    assert campaign.tables() == undisturbed.whole.tables()
    verified = campaign.screening("verify", "results/tiny")
    assert verified.returncode == 0, verified.stdout


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("relax={broken", "settings of stage relax: relax is not JSON"),
        ("seed=[1]", "settings of stage relax: seed: Input should be a valid integer"),
        ("seed=1", "settings of stage relax: mobile_ion: Field required"),
        ("steps=many", "stage relax has no param 'steps'; it has"),
        ("threads", "write name=value"),
    ],
)
def test_what_a_stage_is_called_with_is_checked(call, tmp_path, word, said):
    done = call("stage", "relax", "--output", str(tmp_path / "x"), "params:", word)
    assert done.status != 0
    assert said in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a.json"], "has no input 'a.json'; write NAME: FILE"),
        (["candidate:", "a.json", "candidat:", "b.json"], "has no input 'candidat:'"),
        (["runs:", "a.json"], "names are params, candidate, glass, first_start, student, potential"),
    ],
)
def test_inputs_that_a_stage_has_not_are_named(call, tmp_path, words, said):
    done = call("stage", "relax", "--output", str(tmp_path / "x"), *words)
    assert done.status == 1
    assert said in done.output
