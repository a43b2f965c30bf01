"""The words of `screening stage`, which the workflow's rules write: what they mean for the stage."""

import json
from pathlib import Path
from typing import Any

from screening.config.stages import STAGES, parse_settings
from screening.errors import ConfigError
from screening.stages import RUNNERS
from screening.stages.context import StageCall

# Heads the settings and options; all other heads are names of inputs.
_PARAMS = "params"


def call_of(stage: str, words: list[str], output: Path, threads: int = 1) -> StageCall:
    """What a stage is called with.

    Args:
        stage: Its name.
        words: Heads with what belongs to each, `params: seed=1 relax={...} candidate: a.json runs: b.json c.json`.
            A part of the config is name=JSON, an option such as the temperature is name=value, as it is.
        output: File it writes last.
        threads: CPU threads it may use.

    Raises:
        ConfigError: there is no such stage, input or option, or a part of the config is not what it must be.
    """
    if stage not in STAGES:
        raise ConfigError(f"there is no stage {stage!r}; stages are {', '.join(STAGES)}")
    groups = _groups(stage, words)
    settings, options = _params(stage, groups.pop(_PARAMS, []))
    base = Path(options.pop("base", "."))
    files = {name: [Path(word) for word in paths] for name, paths in groups.items()}
    return StageCall(files, output, parse_settings(stage, settings), options, threads, base)


def _groups(stage: str, words: list[str]) -> dict[str, list[str]]:
    heads = (_PARAMS, *RUNNERS[stage].inputs)
    groups: dict[str, list[str]] = {}
    group: list[str] | None = None
    for word in words:
        is_head = word.endswith(":") and word[:-1].isidentifier()
        if is_head and word[:-1] in heads:
            group = groups.setdefault(word[:-1], [])
        elif is_head or group is None:
            raise ConfigError(f"stage {stage} has no input {word!r}; write NAME: FILE..., names are {', '.join(heads)}")
        else:
            group.append(word)
    return groups


def _params(stage: str, words: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Parts of the config and options."""
    sections = {"version", *STAGES[stage][0].model_fields}
    options = RUNNERS[stage].options
    settings: dict[str, Any] = {}
    chosen: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ConfigError(f"stage {stage}, params: {word}: write name=value")
        if name in options:
            chosen[name] = value
        elif name in sections:
            settings[name] = _json(stage, name, value)
        else:
            raise ConfigError(f"stage {stage} has no param {name!r}; it has {', '.join(sorted(sections | {*options}))}")
    return settings, chosen


def _json(stage: str, name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError as error:
        raise ConfigError(f"settings of stage {stage}: {name} is not JSON: {error}") from None
