"""Keys of records: their types, meanings and units, and values of JSON read as those types."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Ends of names that are units, longer ones first, and how they are written.
UNITS = {
    "_meV_formula_unit": "meV per formula unit",
    "_meV_mixing_site": "meV per mixing site",
    "_k_formula_unit": "k per formula unit",
    "_per_ion_per_ps": "1/ps per ion",
    "_eV_formula_unit": "eV per formula unit",
    "_meV_atom": "meV/atom",
    "_meV_cell": "meV per cell",
    "_A3_atom": "Å³/atom",
    "_eV_atom": "eV/atom",
    "_meV_A": "meV/Å",
    "_eV_A": "eV/Å",
    "_mS_cm": "mS/cm",
    "_cm2_s": "cm²/s",
    "_per_cm3": "1/cm³",
    "_per_A3": "1/Å³",
    "_per_A": "1/Å",
    "_K_per_ps": "K/ps",
    "_meV": "meV",
    "_GPa": "GPa",
    "_THz": "THz",
    "_MHz": "MHz",
    "_A2": "Å²",
    "_A3": "Å³",
    "_eV": "eV",
    "_ps": "ps",
    "_fs": "fs",
    "_K": "K",
    "_A": "Å",
    "_k": "k",
}


class Wrong(ValueError):
    """A value is not what its key is for, or is not there; says which key, from the outermost in."""

    def __init__(self, what: str = "", where: str = "") -> None:
        super().__init__(what)
        self.what, self.where = what, where

    def inside(self, key: str | int) -> "Wrong":
        """The same, seen from one level further out."""
        own = f"[{key}]" if isinstance(key, int) else key
        dot = "" if not self.where or self.where.startswith("[") else "."
        return Wrong(self.what, f"{own}{dot}{self.where}")

    def __str__(self) -> str:
        if not self.what:
            return f"no {self.where!r} in it"
        return f"{self.where!r} {self.what}" if self.where else self.what


@dataclass(frozen=True)
class Key:
    """What the reference says of a key.

    Attributes:
        meaning: In the field's words.
        none: When the value is not known; needed where the type allows None.
        unit: Of the number, "" for a pure one; from the end of the key's name where not given.
        shape: Of a list, such as "n × 3".
        name: In the file, where the attribute cannot be called so.
        absent: When the key is not in the file at all; its default stands for it then.
        was: Name of the column in older tables, which have no format number.
        inline: The keys of this group stand in the file beside those of the class; all or, where it may be None, none.
    """

    meaning: str
    none: str = ""
    unit: str | None = None
    shape: str = ""
    name: str = ""
    absent: str = ""
    was: str = ""
    inline: bool = False


Decode = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a record.

    Attributes:
        attribute: Of the class.
        name: In the file.
        key: What it means.
        kind: Its type, without annotations.
        default: Where the key may be absent, the value that stands for it.
        types: Of the values of JSON that are as they should be; empty where `decode` has to look.
        decode: From JSON; None where any value is as it should be.
        encode: To JSON; None where the value is.
    """

    attribute: str
    name: str
    key: Key
    kind: Any
    default: Any
    types: frozenset[type]
    decode: Decode | None
    encode: Decode | None


def layout(kind: Any) -> tuple[Field, ...]:
    """The keys of a class of records: which file it is of and what came of it first, what it was made from last.

    Raises:
        TypeError: an attribute has no `Key`, or a type that no record can have.
    """
    return _layout(kind)


@cache
def _layout(kind: Any) -> tuple[Field, ...]:
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for own in fields(kind):
        annotated = hints[own.name]
        keys = [part for part in get_args(annotated)[1:] if isinstance(part, Key)]
        if get_origin(annotated) is not Annotated or len(keys) != 1:
            raise TypeError(f"{kind.__name__}.{own.name} says nothing of itself: Annotated[TYPE, Key(...)] is needed")
        (key,), bare = keys, get_args(annotated)[0]
        if key.absent and own.default is MISSING:
            raise TypeError(f"{kind.__name__}.{own.name} may be absent and has no default")
        name = key.name or own.name
        found.append(Field(own.name, name, key, bare, own.default, _types(bare), _decoder(bare), _encoder(bare)))
    leading: tuple[str, ...] = getattr(kind, "LEADING", ())
    return tuple(sorted(found, key=lambda field: _place(field.name, leading)))


def _place(name: str, leading: tuple[str, ...]) -> int:
    if name in leading:
        return leading.index(name) - len(leading)
    return int(name == "provenance")


def unit_of(field: Field) -> str:
    """The unit of a key's numbers, "" for pure ones."""
    if field.key.unit is not None:
        return field.key.unit
    stem = field.name.removesuffix("_error")
    return next((unit for end, unit in UNITS.items() if stem.endswith(end)), "")


def decoded(kind: Any, data: Any) -> dict[str, Any]:
    """The attributes of a class from a JSON object; keys that are not the class's are left out.

    Raises:
        Wrong: a key is missing or its value is of another type.
    """
    if not isinstance(data, dict):
        raise Wrong(f"is {_told(data)} where a group of keys belongs")
    values = {attribute: read(data) for attribute, read in _inlines(kind)}
    for attribute, name, types, decode, absent in _steps(kind):
        try:
            value = data[name]
        except KeyError:
            if absent:
                continue
            raise Wrong(where=name) from None
        # One look at the type is quicker than a call, and most values are numbers.
        if decode is not None and type(value) not in types:
            value = _inside(decode, name, value)
        values[attribute] = value
    return values


@cache
def _steps(kind: Any) -> tuple[tuple[str, str, frozenset[type], Decode | None, bool], ...]:
    return tuple(
        (f.attribute, f.name, f.types, f.decode, bool(f.key.absent)) for f in _layout(kind) if not f.key.inline
    )


@cache
def _inlines(kind: Any) -> tuple[tuple[str, Decode], ...]:
    return tuple((field.attribute, _spread(field.kind)) for field in _layout(kind) if field.key.inline)


def _spread(kind: Any) -> Decode:
    part = without_none(kind) if is_optional(kind) else kind

    def read(data: Any) -> Any:
        return None if part is not kind and names_of(part).isdisjoint(data) else part.from_dict(data)

    return read


@cache
def _names(kind: Any) -> frozenset[str]:
    groups = (without_none(f.kind) if is_optional(f.kind) else f.kind for f in _layout(kind) if f.key.inline)
    return frozenset(f.name for f in _layout(kind) if not f.key.inline).union(*map(_names, groups))


def names_of(kind: Any) -> frozenset[str]:
    """The keys of a class as they stand in a file, those of groups that are not set apart among them."""
    return _names(kind)


def encoded(record: Any) -> dict[str, Any]:
    """A JSON object from the attributes of a record."""
    values: dict[str, Any] = {}
    for field in layout(type(record)):
        value = getattr(record, field.attribute)
        if field.key.absent and value == field.default:
            continue
        if field.key.inline:
            values |= {} if value is None else value.as_dict()
            continue
        values[field.name] = value if field.encode is None or value is None else field.encode(value)
    return values


def _told(value: Any) -> str:
    """A value in a message: what it is, and itself where it is short."""
    names = {dict: "a group of keys", list: "a list", str: "text", bool: "true or false", NoneType: "null"}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value}"
    return f"{value!r}" if isinstance(value, str) and len(value) < 40 else names.get(type(value), type(value).__name__)


def _exactly(belongs: str, *types: type) -> Decode:
    def decode(value: Any) -> Any:
        if type(value) in types:
            return value
        raise Wrong(f"is {_told(value)} where {belongs} belongs")

    return decode


# Whole numbers are numbers; true and false are not.
_SCALARS: dict[Any, tuple[str, tuple[type, ...]]] = {
    float: ("a number", (float, int)),
    int: ("a whole number", (int,)),
    bool: ("true or false", (bool,)),
    str: ("text", (str,)),
}


def is_optional(kind: Any) -> bool:
    """Whether None is a value of the type."""
    return get_origin(kind) in (Union, UnionType) and NoneType in get_args(kind)


def without_none(kind: Any) -> Any:
    """The type of the values that are known."""
    (one,) = [part for part in get_args(kind) if part is not NoneType]
    return one


def _types(kind: Any) -> frozenset[type]:
    """Types of JSON's values that need no other look; none where there is more to a value than its type."""
    if is_optional(kind):
        return _types(without_none(kind)) | {NoneType}
    return frozenset(_SCALARS[kind][1]) if kind in _SCALARS else frozenset()


def _decoder(kind: Any) -> Decode | None:
    if kind is Any:
        return None
    if kind in _SCALARS:
        belongs, types = _SCALARS[kind]
        return _exactly(belongs, *types)
    if is_optional(kind):
        return _optional(_decoder(without_none(kind)))
    if get_origin(kind) is not None:
        return _container(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _one_of({member.value: member for member in kind})
    if isinstance(kind, type) and hasattr(kind, "from_dict"):
        decode: Decode = kind.from_dict
        return decode
    raise TypeError(f"{kind} is no type of a record's key")


def _container(kind: Any) -> Decode:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple and len(arguments) == 2 and arguments[1] is ...:
        return _list_of(arguments[0])
    if origin is dict and arguments[0] in (str, float):
        return _group_of(arguments[1])
    if origin is frozenset:
        return set_of(arguments[0])
    if origin is Literal:
        return _one_of({value: value for value in arguments})
    raise TypeError(f"{kind} is no type of a record's key")


def _optional(inner: Decode | None) -> Decode | None:
    if inner is None:
        return None

    def decode(value: Any) -> Any:
        return None if value is None else inner(value)

    return decode


def _one_of(members: Mapping[Any, Any]) -> Decode:
    def decode(value: Any) -> Any:
        try:
            return members[value]
        except (KeyError, TypeError):
            raise Wrong(f"is {_told(value)}, none of {', '.join(map(str, members))}") from None

    return decode


def set_of(members: type[Enum]) -> Decode:
    """Reads several members of an enumeration, written as text with + between."""
    one = _one_of({member.value: member for member in members})

    def decode(value: Any) -> frozenset[Any]:
        if not isinstance(value, str):
            raise Wrong(f"is {_told(value)} where text belongs")
        return frozenset(map(one, value.split("+")))

    return decode


def _list_of(kind: Any) -> Decode:
    inner, types = _decoder(kind), _types(kind)

    def decode(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise Wrong(f"is {_told(value)} where a list belongs")
        # Curves are long: one look at all types is quicker than a call per value.
        if inner is None or types.issuperset(map(type, value)):
            return tuple(value)
        return tuple(_inside(inner, key, one) for key, one in enumerate(value))

    return decode


def _group_of(kind: Any) -> Decode:
    inner, types = _decoder(kind), _types(kind)

    def decode(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Wrong(f"is {_told(value)} where a group of keys belongs")
        if inner is None or types.issuperset(map(type, value.values())):
            return dict(value)
        return {key: _inside(inner, key, one) for key, one in value.items()}

    return decode


def _inside(decode: Decode, key: str | int, value: Any) -> Any:
    try:
        return decode(value)
    except Wrong as wrong:
        raise wrong.inside(key) from None


def _encoder(kind: Any) -> Decode | None:
    """None where the value of an attribute is JSON as it is."""
    if is_optional(kind):
        return _encoder(without_none(kind))
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is frozenset:
        return lambda members: "+".join(sorted(member.value for member in members))
    if origin in (tuple, dict):
        inner = _encoder(arguments[0] if origin is tuple else arguments[1])
        if inner is None:
            return None
        if origin is tuple:
            return lambda values: [None if one is None else inner(one) for one in values]
        return lambda values: {key: None if one is None else inner(one) for key, one in values.items()}
    if isinstance(kind, type) and hasattr(kind, "from_dict"):
        encode: Decode = kind.as_dict  # type: ignore[attr-defined]
        return encode
    return None


def floats(values: "NDArray[np.float64]") -> tuple[float, ...]:
    """A row of numbers as records hold it."""
    return tuple(values.tolist())
