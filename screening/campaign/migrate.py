"""Campaigns that an older workflow made: what Snakemake noted of their jobs, in the words of the present workflow.

Snakemake runs a job again whose command, params or list of inputs are not those it noted when the job ran. A
workflow that is written otherwise has other ones for the same work. A note is rewritten only if its command is, letter
for letter, one of an older workflow; its params keep the values they had. So a config that changed meanwhile still
reruns what it changes, and a stage whose version was raised runs again.
"""

import ast
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from screening.campaign.plan import parent_checksums
from screening.config.load import parse_campaign
from screening.config.settings import words_of_campaign, words_of_older
from screening.errors import ScreeningError
from screening.records import read_json, sha256_of

# Of Snakemake's notes, as FilePersistence writes them; others are left alone.
NOTES = Path(".snakemake/metadata")
_NOTE_FORMAT = 6
# Longest name of a file; Snakemake splits longer ones.
_LONGEST = 255
# Rewritten last: where these are new all others are.
_LAST = ("config.resolved.yaml", "candidates.csv", "parents.json")


@dataclass(frozen=True)
class Translated:
    """A note in present words.

    Attributes:
        params: The job's params, in any order.
        inputs: Its inputs, in any order.
        beside: Files that the rule writes too, relative to the campaign's folder, of which there were no notes.
    """

    params: list[str]
    inputs: list[str]
    beside: tuple[str, ...] = ()


def bring_up_to_date(results: Path, commands: Mapping[str, str], notes: Path = NOTES) -> int:
    """Rewrite the notes of a campaign's outputs; does nothing where that was done.

    Args:
        results: The campaign's folder, as it stands in the paths of outputs.
        commands: Command of each rule of the present workflow, as Snakemake compares it.
        notes: Snakemake's folder of notes.

    Returns:
        How many outputs have new notes.
    """
    last = [path for name in _LAST if (path := results / name).exists()]
    if not any(_is_older(_read(notes, str(path))) for path in last):
        return 0
    rewritten = 0
    outputs = [output for output in _outputs(notes) if output.startswith(f"{results}/")]
    for output in sorted(outputs, key=[str(path) for path in last].__contains__):
        note = _read(notes, output)
        if note is None or not _is_older(note) or note["rule"] not in commands:
            continue
        try:
            new = from_format_1(output, note, results)
        except (ScreeningError, ValueError, KeyError, TypeError, SyntaxError):
            # Not as that workflow wrote it: the job runs again, as it would without this.
            continue
        note |= {"code": commands[note["rule"]], "params": sorted(map(repr, new.params)), "input": sorted(new.inputs)}
        for name in (str(PurePosixPath(results) / beside) for beside in new.beside):
            if Path(name).exists() and _read(notes, name) is None:
                _write(notes, name, note)
        _write(notes, output, note)
        rewritten += 1
    return rewritten


# --- Format 1: version 0.1.0. Settings in one param, inputs without names, one output declared of each rule.
_FORMAT_1_OPTIONS = {
    **dict.fromkeys(
        ("student", "selfcheck", "selfcheck_second", "glass", "first_start", "relax", "trust"), "--threads {threads} "
    ),
    "md": "--option temperature={wildcards.temperature} --option ordering={wildcards.ordering} "
    "--option replica={wildcards.replica} --option length_ps={params.length} --threads {threads} ",
    "md_batch": "--option temperatures={params.temperatures} --option ordering={wildcards.ordering} "
    "--option replicas={params.replicas} --option length_ps={params.length} --threads {threads} ",
    "transport": "--option rung={wildcards.rung} ",
    "rung": "--option length_ps={params.length} ",
    **dict.fromkeys(("arrhenius", "local", "equation", "ranking", "report", "mixing", "shortlist", "enumerate"), ""),
}
_FORMAT_1_COMMANDS = {
    rule: f"screening stage {rule} {{input:q}} --output {{{'output[0]' if rule == 'md_batch' else 'output'}:q}} "
    f"--settings {{params.settings:q}} {options}> {{log:q}} 2>&1"
    for rule, options in _FORMAT_1_OPTIONS.items()
} | {
    "resolve_config": "screening resolve --campaign {params.campaign:q} --base {params.base:q} --output {output:q} "
    "> {log:q} 2>&1",
    "parents": "screening stage parents --output {output:q} --settings {params.settings:q} --base {params.base:q} "
    "-- {input:q} > {log:q} 2>&1",
}
_FORMAT_1_BESIDE = {
    "config.resolved.yaml": ("provenance/config.resolved.json",),
    "candidates.csv": ("refused.csv", "provenance/candidates.json", "provenance/refused.json"),
    "stability.csv": (
        *("orderings.csv", "disorder.csv"),
        *(f"provenance/{name}.json" for name in ("stability", "orderings", "disorder")),
    ),
    "shortlist.csv": ("provenance/shortlist.json",),
    "ranking.csv": (
        *("transport.csv", "arrhenius.csv"),
        *(f"provenance/{name}.json" for name in ("ranking", "transport", "arrhenius")),
    ),
    "report.html": ("figures", "provenance/report.json"),
}


def from_format_1(output: str, note: Mapping[str, Any], results: Path) -> Translated:
    """A note of version 0.1.0.

    Raises:
        ScreeningError, ValueError, KeyError, TypeError, SyntaxError: it is not as that version wrote it.
    """
    rule, name = note["rule"], PurePosixPath(output).name
    values = [ast.literal_eval(text) for text in note["params"]]
    inputs = list(note["input"])
    beside = _FORMAT_1_BESIDE.get(name, ())
    if rule == "resolve_config":
        settings = _only(value for value in values if str(value).startswith("{"))
        base = _only(value for value in values if value != settings)
        params = words_of_campaign(parse_campaign(json.loads(settings), output))
        return Translated([*params.values(), f"base={base}"], inputs, beside)
    packed = _only(value for value in values if isinstance(value, str) and value.startswith("{"))
    settings = json.loads(packed)
    params = words_of_older(rule, settings)
    options = [_option_of_format_1(rule, value) for value in values if value is not packed]
    if rule == "mixing":
        inputs.append(f"{results}/candidates.csv")
    if rule == "local":
        picture = settings["local_picture"]
        if picture["sites"] == "density" and picture["cages"] is None:
            # It was an input whether it was read or not.
            inputs.remove(f"{results}/parents.json")
        else:
            options.append(f"parent={_parent_then(output, results)}")
    if rule == "rung":
        beside = (f"provenance/{PurePosixPath(output).stem}.json",)
    return Translated([*params.values(), *options], inputs, beside)


def _option_of_format_1(rule: str, value: object) -> str:
    """A param besides the settings; its kind says which it is."""
    names: dict[str, dict[type, str]] = {
        "parents": {str: "base"},
        "md_batch": {str: "temperatures", int: "replicas", float: "length_ps"},
    }
    return f"{names.get(rule, {float: 'length_ps'})[type(value)]}={value}"


def _parent_then(output: str, results: Path) -> str:
    """Checksum of the candidate's parent when the local picture was made."""
    made_from = read_json(Path(output))["provenance"]["inputs"][f"{results}/parents.json"]
    if made_from != sha256_of(results / "parents.json"):
        raise ValueError("parents.json is another one")
    candidate = read_json(Path(output).parents[1] / "candidate.json")
    return parent_checksums(results / "parents.json")[candidate["parent"]]


def _only(values: Iterator[Any]) -> Any:
    (value,) = values
    return value


def _is_older(note: Mapping[str, Any] | None) -> bool:
    return note is not None and note.get("code") == _FORMAT_1_COMMANDS.get(note.get("rule", ""), ...)


# --- Snakemake's folder: one JSON file per output, its name the output's in base 64.
def _path(notes: Path, output: str) -> Path:
    name = urlsafe_b64encode(output.encode()).decode()
    parts = [name[i : i + _LONGEST - 1] for i in range(0, len(name), _LONGEST - 1)]
    return notes.joinpath(*(f"@{part}" for part in parts[:-1]), parts[-1])


def _outputs(notes: Path) -> Iterator[str]:
    for path in notes.rglob("*"):
        if path.is_file():
            parts = path.relative_to(notes).parts
            try:
                yield urlsafe_b64decode("".join(part.removeprefix("@") for part in parts)).decode()
            except ValueError:
                continue


def _read(notes: Path, output: str) -> dict[str, Any] | None:
    try:
        note = json.loads(_path(notes, output).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return note if isinstance(note, dict) and note.get("record_format_version") == _NOTE_FORMAT else None


def _write(notes: Path, output: str, note: Mapping[str, Any]) -> None:
    """Whole or not at all; thousands of files, so without waiting for the disk after each."""
    path = _path(notes, output)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}")
    temporary.write_text(json.dumps(note), encoding="utf-8")
    temporary.replace(path)
