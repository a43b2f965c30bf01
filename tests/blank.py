"""Records of tests: every key with nothing in it but what is said."""

from enum import Enum
from typing import Any, TypeVar, get_args, get_origin

from screening.records.fields import is_optional, layout
from screening.records.typed import Part, Record

P = TypeVar("P", bound=Part)


def blank(kind: type[P], **known: Any) -> P:
    """A record with these attributes; the others are None, empty, 0 or the first of their kind."""
    values = {field.attribute: _nothing(field.kind) for field in layout(kind)}
    return kind(**values | known)


def blank_json(kind: type[Part], **known: Any) -> dict[str, Any]:
    """What the file of such a record holds, with these keys."""
    made = blank(kind)
    return (made.as_json() if isinstance(made, Record) else made.as_dict()) | known


def _nothing(kind: Any) -> Any:
    if is_optional(kind) or kind is Any:
        return None
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    if isinstance(kind, type) and issubclass(kind, Part):
        return blank(kind)
    origin = get_origin(kind)
    if origin is frozenset:
        return frozenset({_nothing(get_args(kind)[0])})
    return origin() if origin in (tuple, dict) else get_args(kind)[0] if get_args(kind) else kind()
