"""Reading a campaign file: every mistake is one message that names the file, the key and what would be right."""

import difflib
import json
import os
import types
import typing
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from screening.config.campaign import Campaign
from screening.config.potential import weights_file, with_weights_file
from screening.errors import ConfigError


class _NothingTwice(yaml.SafeLoader):
    """Refuses a key that is named twice, of which YAML keeps the last without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: dict[Any, int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                continue
            if key.value in seen:
                where = f"the key {key.value!r} is there twice, first in line {seen[key.value]}"
                raise yaml.constructor.ConstructorError(None, None, where, key.start_mark)
            seen[key.value] = key.start_mark.line + 1
        return super().construct_mapping(node, deep)


def load_campaign(path: Path) -> Campaign:
    """Read and validate a campaign file.

    Raises:
        ConfigError: the file cannot be read, is not YAML, or holds a mistake; all mistakes are in one message.
    """
    return parse_campaign(read_campaign(path), str(path))


def read_campaign(path: Path) -> Any:
    """The content of a campaign file, as it stands there.

    Raises:
        ConfigError: the file cannot be read, is not YAML, or names a key twice.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_NothingTwice)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; `screening new {path}` writes one") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigError(f"{path}{where}: is not valid YAML: {getattr(error, 'problem', error)}") from None
    except RecursionError:
        raise ConfigError(f"{path}: is not a campaign: brackets are nested too deeply") from None
    except ValueError as error:
        raise ConfigError(f"{path}: holds a value that cannot be read ({error})") from None


def parse_campaign(data: Any, origin: str) -> Campaign:
    """Validate the content of a campaign file; `origin` names it in messages.

    Raises:
        ConfigError: as `load_campaign`.
    """
    if not isinstance(data, dict):
        raise ConfigError(f"{origin}: a campaign is a mapping of keys to values; `campaign:` names it")
    try:
        # A YAML list is a tuple here, and a whole number a float; strict types would refuse both.
        return Campaign.model_validate(data)
    except ValidationError as error:
        lines = [_message(item) for item in _said_once(error.errors(include_url=False))]
        raise ConfigError(f"{origin}:\n" + "\n".join(f"  {line}" for line in lines)) from None


def json_schema() -> str:
    """The JSON schema of a campaign file."""
    return json.dumps(Campaign.model_json_schema(), indent=2) + "\n"


def resolved_yaml(campaign: dict[str, Any], base: Path, folder: Path) -> str:
    """A campaign with every default filled in, as YAML; file names become relative to `folder`."""
    for parent in (*campaign["parents"], *campaign["stability"]["references"]):
        if parent["file"] is not None:
            parent["file"] = os.path.relpath(base / parent["file"], folder)
    named = campaign["potential"]
    for potential in filter(None, (named, named["second"], named.get("reference"))):
        weights = weights_file(potential["name"], base)
        if weights is not None:
            potential["name"] = with_weights_file(potential["name"], os.path.relpath(weights, folder))
    report = campaign.get("report")
    if report and report["measured"] is not None:
        report["measured"] = os.path.relpath(base / report["measured"], folder)
    header = "# Every setting of the campaign, defaults included; it can be run again as it is.\n"
    return header + yaml.safe_dump(campaign, sort_keys=False, allow_unicode=True)


def _said_once(items: list[Any]) -> list[Any]:
    """Without lists that are called too short only because their items are wrong, and forms that were not meant.

    A value of several forms is wrong in each of them: that it is no list, where a number may stand too, says nothing.
    """
    kept = [
        item
        for item in items
        if item["type"] != "too_short"
        or not any(other["loc"][:-1][: len(item["loc"])] == item["loc"] for other in items)
    ]
    meant = [_in_file(item) for item in kept if item["type"] not in _OTHER_FORM]
    places = [_in_file(item) for item in kept]

    def is_meant(item: Any) -> bool:
        """Not another form of a value in which, or below which, something else is wrong."""
        place = _in_file(item)
        deeper = [*meant, *(other for other in places if len(other) > len(place))]
        return item["type"] not in _OTHER_FORM or not any(other[: len(place)] == place for other in deeper)

    return [item for item in kept if is_meant(item)]


# Mistakes of a value that has another form than the one tried, and what is wanted in words of the file.
_OTHER_FORM = {"tuple_type": "a list in brackets", "model_type": "keys with values, {key: value}"}
# Patterns of names, in words; descriptions of other patterns have an example.
_PATTERNS = {
    r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$": "letters of the English alphabet, digits, _ . and -, the first a letter or digit"
}
# What the library calls the forms of a value that it tried.
_FORMS = frozenset({"int", "float", "str", "bool", "tuple", "list", "dict", "constrained-str", "constrained-float"})


def _in_file(item: Any) -> tuple[int | str, ...]:
    """Where a mistake is in the file: the library also names which form of a value it tried."""
    model: type[BaseModel] | None = Campaign
    kept: list[int | str] = []
    for depth, part in enumerate(item["loc"], start=1):
        if isinstance(part, int) or (model is None and part.isidentifier() and part not in _FORMS):
            kept.append(part)
        elif model is None:
            continue
        elif part in (fields := _fields(model)):
            kept.append(part)
            model = _model_in(fields[part].annotation)
        elif depth == len(item["loc"]) and item["type"] == "extra_forbidden":
            kept.append(part)
    return tuple(kept)


def _message(item: Any) -> str:
    item = {**item, "loc": _in_file(item)}
    location = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        known = _keys_at(item["loc"][:-1])
        near = difflib.get_close_matches(str(item["loc"][-1]), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known keys here: {', '.join(known)}"
        return f"{location}: unknown key; {hint}"
    if item["type"] == "missing":
        return f"{location}: is required{_description(item['loc'])}"
    text = item["msg"].removeprefix("Value error, ")
    if item["type"] in _OTHER_FORM:
        text = f"Input should be {_OTHER_FORM[item['type']]}"
    if item["type"] == "string_pattern_mismatch":
        words = _PATTERNS.get(item["ctx"]["pattern"])
        text = f"Input should be {words}" if words else "Input has the wrong form"
    given = "" if item["type"] == "value_error" else f" (given: {_shown(item['input'])}){_description(item['loc'])}"
    return f"{location}: {text}{given}" if location else f"{text}{given}"


def _shown(value: Any) -> str:
    """What the user gave, in one line."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return "a value too long to show"
    return text if len(text) <= 200 else f"{text[:200]}..."


def _description(location: tuple[int | str, ...]) -> str:
    """What the key means, from the deepest model on the way to it."""
    names = [part for part in location if isinstance(part, str)]
    for depth in range(len(names), 0, -1):
        model = _model_at(tuple(names[: depth - 1]))
        if model is not None and (field := _fields(model).get(names[depth - 1])) is not None:
            return f": {field.description}"
    return ""


def _keys_at(location: tuple[int | str, ...]) -> list[str]:
    model = _model_at(location)
    return list(_fields(model)) if model else []


def _model_at(location: tuple[int | str, ...]) -> type[BaseModel] | None:
    model: type[BaseModel] | None = Campaign
    for part in location:
        if isinstance(part, int):
            continue
        if model is None or part not in (fields := _fields(model)):
            return None
        model = _model_in(fields[part].annotation)
    return model


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Keys as a file has them: of a key that Python cannot have as a name, such as `with`, not its name there."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model inside an annotation such as tuple[Model, ...] or Model | None."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        return annotation if issubclass(annotation, BaseModel) else None
    for argument in typing.get_args(annotation):
        found = _model_in(argument)
        if found is not None:
            return found
    return None
