"""The page itself: template, style, script and data in one file that asks the network for nothing."""

import math
from collections import Counter
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from screening.constants import is_room_temperature
from screening.report import notes, overview
from screening.report.boundary import listed
from screening.report.collect import Collection, collect, without_collector
from screening.report.detail import condense
from screening.report.measured import Key, Measured
from screening.report.methods import methods_of
from screening.report.named_sites import SiteNames
from screening.report.overview import Row
from screening.report.reach import far_beyond
from screening.report.text import embedded_json, fixed, formula, number, places, share
from screening.report.verdicts import KINDS, badge
from screening.version import __version__

# Joined in this order inside one function, so that nothing of the page is global.
_SCRIPTS = (
    "base.js",
    "scale.js",
    "chart.js",
    "table.js",
    "arrhenius.js",
    "overview.js",
    "structure.js",
    "local.js",
    "first_principles.js",
    "boundary.js",
    "candidate.js",
    "compare.js",
    "main.js",
)
# A list of more names to choose from helps nobody: the filter finds them.
_MOST_GROUPS = 60
# The table shows this many rows until asked for all.
_FIRST_ROWS = 25


def render(
    folder: Path, campaign: str, config: Path | None = None, measured: Mapping[Key, Measured] | None = None
) -> str:
    """The report of a campaign's folder as HTML.

    Args:
        folder: results/<campaign>, which holds ranking.csv.
        campaign: Its name.
        config: The resolved config.
        measured: Measured conductivities; the embedded ones if not given.

    Raises:
        StageError: ranking.csv is missing or damaged.
    """
    with without_collector():
        return render_collection(collect(folder, config), campaign, measured)


def render_collection(collection: Collection, campaign: str, measured: Mapping[Key, Measured] | None = None) -> str:
    """The report of records that were read before; see `render`."""
    rows = overview.make_rows(collection, measured)
    temperature, level = overview.extrapolation(collection)
    mobile = _mobile(collection)
    domain = overview.decades(rows)
    names = SiteNames(collection.parents)
    bars = [_bar(row, domain) for row in rows]
    return fill(
        "report.html.j2",
        campaign=campaign,
        mobile=mobile,
        rows=rows,
        first_rows=_FIRST_ROWS,
        bars=bars,
        drawn={name for bar in bars if bar for name in bar},
        decades=domain,
        ends=domain and [number(10.0**end, 1) for end in domain],
        badge=badge,
        kinds=KINDS,
        counts=notes.counts(rows),
        parents=sorted({row.parent for row in rows}),
        groups=_groups(rows),
        potentials=notes.potentials_of(collection),
        second=notes.second_potential(collection),
        known_error=notes.known_error(collection),
        protocol=notes.protocol(collection.config),
        first=notes.first_lines(collection, rows, temperature),
        caveats=notes.caveats(collection, rows, temperature, level),
        limit=far_beyond(collection.config),
        methods=methods_of(collection, __version__),
        missing=collection.missing,
        boundaries=listed([c.boundary for c in collection.candidates if c.boundary is not None]),
        temperature=temperature,
        measured_at="room temperature" if is_room_temperature(temperature) else f"{temperature:g} K",
        level=level,
        data=script_data(collection, rows, campaign, mobile, temperature, level),
        details=[condense(c, row.ion or mobile, names) for c, row in zip(collection.candidates, rows, strict=True)],
        config=_config_text(collection.config),
    )


def _mobile(collection: Collection) -> str:
    """The campaign's mobile ions in words."""
    named = collection.config.get("mobile_ion") or ""
    return named if isinstance(named, str) else " and ".join(named)


def _groups(rows: list[Row]) -> dict[str, dict[str, int]]:
    """What candidates can be shown by, with the number of each: their mobile ions and parents, where they differ."""
    asked = {"Mobile ion": Counter(row.ion for row in rows), "Parent": Counter(row.parent for row in rows)}
    return {name: dict(sorted(counts.items())) for name, counts in asked.items() if 1 < len(counts) <= _MOST_GROUPS}


def fill(template: str, **values: Any) -> str:
    """A template of this package with style, script, time and version; `data` and `details` are for the script."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from screening.records import utc_now

    environment = Environment(
        loader=PackageLoader("screening.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "formula": formula,
        "number": number,
        "fixed": fixed,
        "places": places,
        "share": share,
        "json": embedded_json,
    }
    return environment.get_template(template).render(
        made=utc_now(),
        version=__version__,
        style=_text("assets", "report.css"),
        script="\n".join(_text("assets", name) for name in _SCRIPTS),
        **values,
    )


def script_data(
    collection: Collection, rows: list[Row], campaign: str, mobile: str, temperature: float, level: float
) -> dict[str, Any]:
    """What the page's script is given of the campaign as a whole."""
    limit = (collection.config.get("shortlist") or {}).get("max_mixing_enthalpy_meV_atom")
    return {
        "campaign": campaign,
        "mobile": mobile,
        "T0": temperature,
        "level": level,
        "limit": limit,
        "kinds": {kind: label for kind, (label, _, _) in KINDS.items()},
        "symbols": {kind: symbol for kind, (_, symbol, _) in KINDS.items()},
        "rows": [row.data() for row in rows],
    }


def _bar(row: Row, domain: tuple[float, float] | None) -> dict[str, float] | None:
    """Where a row's value and interval lie on the table's common log axis, in per cent of its width."""
    if domain is None:
        return None
    low, high = domain

    def place(value: float | None) -> float:
        share = 0.0 if value is None else (math.log10(value) - low) / (high - low)
        return round(100.0 * min(1.0, max(0.0, share)), 1)

    beside = {} if row.measured is None else {"from": place(row.measured.low), "to": place(row.measured.high)}
    if row.conductivity is not None:
        value, lower, upper = row.conductivity
        wide = None if row.expected is None else row.expected.wide
        pale = {} if wide is None else {"pale": place(wide[0]), "wide": place(wide[1])}
        return {"at": place(value), "low": place(lower or value), "high": place(upper or value), **pale, **beside}
    return None if row.bound is None else {"bound": place(row.bound), **beside}


def _config_text(config: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(config, sort_keys=False, allow_unicode=True) if config else ""


def _text(folder: str, name: str) -> str:
    return (files("screening.report") / folder / name).read_text(encoding="utf-8")
