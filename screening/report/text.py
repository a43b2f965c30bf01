"""Numbers, formulas and JSON as text for the page; every number that is not known is None and shown as such."""

import math
import re
from typing import Any

import orjson
from markupsafe import Markup, escape

UNKNOWN = "–"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def finite(value: Any) -> float | None:
    """The value as a float, None where it is missing, not a number, or not finite."""
    if value is None or isinstance(value, bool | str):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def positive(value: Any) -> float | None:
    """As `finite`, None also where the value has no logarithm."""
    number = finite(value)
    return number if number is not None and number > 0 else None


def compact(value: Any, digits: int = 4) -> float | None:
    """A number rounded to some significant digits, for the page's data."""
    number = finite(value)
    return None if number is None else float(f"%.{digits}g" % number)


def number(value: Any, digits: int = 2) -> str:
    """A number with some significant digits; powers of ten outside 0.001 to 10,000."""
    known = finite(value)
    if known is None:
        return UNKNOWN
    if known == 0:
        return "0"
    rounded = float(f"{known:.{digits - 1}e}")
    exponent = math.floor(math.log10(abs(rounded)))
    if -3 <= exponent < 4:
        return f"{rounded:.{max(0, digits - 1 - exponent)}f}".replace("-", "−")
    mantissa = f"{rounded / 10.0**exponent:.{digits - 1}f}".replace("-", "−")
    return f"{mantissa}×10{str(exponent).translate(_SUPERSCRIPTS)}"


def places(error: float) -> int:
    """Decimals that a value with this error is worth: two digits of an error that begins with 1, else one."""
    if error <= 0:
        return 3
    leading = f"{error:.0e}"
    return max(0, (1 if leading.startswith("1") else 0) - int(leading.split("e")[1]))


def joined(value: float, error: float, digits: int = 2) -> str:
    """`value ± error` with one power of ten, and as many decimals as the error has digits."""
    power = math.floor(math.log10(abs(value))) if value else 0
    if -3 <= power < 4:
        places = max(0, digits - 1 - math.floor(math.log10(error))) if error else 2
        return f"{value:.{places}f} ± {error:.{places}f}"
    scaled = error / 10.0**power
    places = max(0, digits - 1 - math.floor(math.log10(scaled))) if scaled else 2
    if abs(round(value / 10.0**power, places)) >= 10.0:
        # 9.8 with an error of 3 is not written 10 but 1.0 of the next power.
        power, scaled, places = power + 1, scaled / 10.0, places + 1
    return f"({value / 10.0**power:.{places}f} ± {scaled:.{places}f}){number(10.0**power, 1).removeprefix('1')}"


def share(value: float) -> str:
    """A probability in percent."""
    if value < 0.005:
        return "< 1 %"
    return "> 99 %" if 0.995 < value < 1.0 else f"{100.0 * value:.0f} %"


def fixed(value: Any, places: int) -> str:
    """A number with some decimal places."""
    known = finite(value)
    # + 0.0 after rounding: "-0.0" would be read as a finding.
    return UNKNOWN if known is None else f"{round(known, places) + 0.0:.{places}f}".replace("-", "−")


_TYPED = {
    "+-": "±",
    "A^2": "Å²",
    "A2": "Å²",
    "cm2": "cm²",
    "chi2": "χ²",
    "Angstrom": "Å",
    "upper_bound": "upper bound",
    "too_short": "too short",
    "not_converged": "not converged",
    "framework_changed": "framework changed",
}


def prose(text: Any) -> str:
    """A reason from a record with the signs a keyboard lacks; the record keeps its own."""
    pattern = "|".join(rf"(?<![A-Za-z0-9]){re.escape(typed)}(?![A-Za-z0-9])" for typed in _TYPED)
    return re.sub(pattern, lambda found: _TYPED[found.group()], str(text or ""))


def formula(text: Any) -> Markup:
    """A chemical formula with its numbers as subscripts, everything else escaped."""
    parts = re.split(r"(?<=[A-Za-z)\]])(\d+(?:\.\d+)?)", str(text))
    return Markup("").join(
        Markup("<sub>{}</sub>").format(part) if i % 2 else escape(part) for i, part in enumerate(parts)
    )


def embedded_json(value: Any) -> Markup:
    """JSON that can stand inside a script element whatever the strings in it hold."""
    text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode("utf-8")
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
