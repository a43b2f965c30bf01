"""Figures and numbers of docs/why-exchange-moves-lithium.md.

    python -m benchmarks.exchange results/exchange FOLDER_OF_AB_INITIO_RUNS docs/figures

The first is a finished campaign with ordered and 50 % exchanged Li6PS5Cl (configs/exchange.yaml); the second holds
Li6PS5Cl_0p.npz and Li6PS5Cl_50p.npz (keys lat, el, n, f) of B. J. Morgan, Chem. Mater. 33, 2004 (2021).
"""

import io
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from numpy.typing import NDArray
from PIL import Image

from screening.config.transport import LocalPictureConfig, TransportConfig
from screening.constants import A2_PS_TO_CM2_S, K_EV
from screening.local import local_picture
from screening.local.hops import residence_times
from screening.local.record import LocalPicture, Measured
from screening.local.sites import Sites, occupation
from screening.local.surroundings import anion_labels, anion_shares
from screening.trajectories.frames import framework_frame, unwrap
from screening.trajectories.periodic import NearestPlaces
from screening.trajectories.readers import read_trajectory
from screening.trajectories.trajectory import Trajectory
from screening.transport import analyse_temperature
from screening.transport.density import ion_density
from screening.transport.percolation import percolation
from screening.transport.record import TransportRecord

Floats = NDArray[np.float64]

# Okabe and Ito's colours, told apart with every kind of colour vision; ordered is dashed and square besides.
ORDERED, EXCHANGED = "#0072B2", "#D55E00"
STYLES = {"ordered": (ORDERED, "s", "--"), "50 % exchanged": (EXCHANGED, "o", "-")}
#: Distance of the 24g sites from a cage's centre, as a share of the cubic cell (parent structure: x = 0.98 and 0.75).
SHELL = 0.23
FCC = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2.0


@dataclass(frozen=True)
class Case:
    """One trajectory with its records."""

    source: str
    exchange: str
    temperature_K: float
    record: TransportRecord
    picture: LocalPicture
    cage_residence_ps: Measured | None
    trajectory: Trajectory
    cages: Floats
    hold_errors: dict[str, float]
    barrier_error_eV: float


def hold_errors(trajectory: Trajectory, min_residence_ps: float, n: int = 5) -> dict[str, float]:
    """Standard error of each anion's hold from n blocks."""
    labels = anion_labels(trajectory, "Li")
    shares = [anion_shares([b], "Li", labels, min_residence_ps=min_residence_ps) for b in trajectory.cut(n)]
    return {kind: float(np.std([s[kind].relative_hold for s in shares], ddof=1) / np.sqrt(n)) for kind in shares[0]}


def barrier_error(trajectory: Trajectory, temperature_K: float) -> float:
    """Half of the difference between the two halves' barriers in eV: their mean's standard error."""
    first, second = (percolation(ion_density([half], "Li"), temperature_K).barriers_eV[2] for half in trajectory.cut(2))
    return float("nan") if first is None or second is None else abs(first - second) / 2.0


def cage_sites(cages: Floats, n_cells: int) -> Sites:
    """Six 24g sites about each cage centre; fractional coordinates of a cell of n x n x n cubic ones."""
    shell = np.concatenate([np.eye(3), -np.eye(3)]) * SHELL / n_cells
    places = (cages[:, None] + shell).reshape(-1, 3)
    return Sites(places, ("24g",) * len(places), cages=cages)


def supercell_cages(origin: Floats, n_cells: int) -> Floats:
    """Centres of the cages (Wyckoff 4d) in fractional coordinates of n x n x n cubic cells."""
    corners = np.stack(np.meshgrid(*[np.arange(n_cells)] * 3, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    return ((corners + FCC + origin) / n_cells).reshape(-1, 3) % 1.0


def nearest_sublattice(trajectory: Trajectory, n_cells: int) -> Floats:
    """Origin of the face-centred sublattice in whose cages the Li are: the one whose 24g shell they fill."""
    positions, cell = framework_frame(trajectory, "Li")
    frames = positions[:: max(1, len(positions) // 20)][:, trajectory.indices("Li")].astype(np.float64)
    origins = [np.full(3, x) for x in (0.0, 0.25, 0.5, 0.75)]

    def distance(origin: Floats) -> float:
        sites = cage_sites(supercell_cages(origin, n_cells), n_cells)
        return float(NearestPlaces(sites.fractional @ cell, cell)(frames)[2].mean())

    return min(origins, key=distance)


def analyse(source: str, exchange: str, trajectory: Trajectory, temperature_K: float, n_cells: int) -> Case:
    """Both records of one trajectory, on the parent's 24g sites."""
    settings = TransportConfig()
    record = analyse_temperature([trajectory], mobile="Li", charge=1.0, temperature_K=temperature_K, settings=settings)
    measured = None
    if record.verdict == "resolved":
        value, error = record.tracer_diffusivity_cm2_s, record.tracer_diffusivity_error_cm2_s
        measured = Measured(value / A2_PS_TO_CM2_S, error / A2_PS_TO_CM2_S)
    kept = trajectory.production(settings.equilibration_fraction)
    cages = supercell_cages(nearest_sublattice(kept, n_cells), n_cells)
    local = LocalPictureConfig()
    picture = local_picture(
        [kept],
        mobile="Li",
        temperature_K=temperature_K,
        settings=local,
        tracer_A2_ps=measured,
        sites=cage_sites(cages, n_cells),
    )
    in_cages = occupation(kept, "Li", Sites(cages, ("cage",) * len(cages)), min_residence_ps=local.min_residence_ps)
    return Case(
        source,
        exchange,
        temperature_K,
        record,
        picture,
        residence_times([in_cages])["cage"],
        kept,
        cages,
        hold_errors(kept, local.min_residence_ps),
        barrier_error(kept, temperature_K),
    )


def ab_initio(folder: Path) -> list[Case]:
    """Two 70 ps runs at 500 K of 416 atoms."""
    cases = []
    for exchange, name in (("ordered", "0p"), ("50 % exchanged", "50p")):
        with np.load(folder / f"Li6PS5Cl_{name}.npz") as data:
            symbols = tuple(np.repeat([str(s) for s in data["el"]], data["n"]))
            cell = data["lat"].astype(float)
            trajectory = Trajectory(symbols, unwrap(data["f"], cell), cell, 100.0)
        cases.append(analyse("ab initio", exchange, trajectory, 500.0, 2))
    return cases


def campaign(results: Path) -> list[Case]:
    """Ordered and exchanged Li6PS5Cl of the campaign at every temperature, 52 atoms."""
    cases = []
    for folder in sorted((results / "candidates").glob("Li6PS5Cl-*")):
        done = json.loads((folder / "candidate.json").read_text())["done"]
        exchange = "ordered" if done == "as is" else "50 % exchanged"
        for run in sorted(folder.glob("*K/o0_r0/md.json")):
            temperature = float(run.parent.parent.name.removesuffix("K"))
            cases.append(analyse("campaign", exchange, read_trajectory(run), temperature, 1))
    return sorted(cases, key=lambda case: (case.exchange, case.temperature_K))


def save(figure: Any, path: Path) -> None:
    """As SVG with the text as text, the same bytes each time."""
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def coldest(cases: Sequence[Case], source: str) -> list[Case]:
    """Ordered and exchanged of one source at its lowest temperature."""
    own = [case for case in cases if case.source == source]
    return [case for case in own if case.temperature_K == min(c.temperature_K for c in own)]


def draw_msd(cases: Sequence[Case], path: Path) -> None:
    """Mean squared displacement, ab initio left and the campaign right."""
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.1), sharey=True, layout="constrained")
    for axis, source in zip(axes, ("ab initio", "campaign"), strict=True):
        chosen = coldest(cases, source)
        for case in chosen:
            colour, _, line = STYLES[case.exchange]
            msd = case.record.msd
            t, y, e = (np.array(msd[k]) for k in ("lag_ps", "tracer_A2", "tracer_error_A2"))
            slope = case.record.loglog_slope
            axis.plot(t, y, line, color=colour, label=f"{case.exchange}: $t^{{{slope:.2f}}}$")
            axis.fill_between(t, y - e, y + e, color=colour, alpha=0.2, linewidth=0)
        t = np.array([3.0, 30.0])
        axis.plot(t, 0.25 * t, ":", color="0.4")
        axis.annotate("diffusion: t¹", (10.0, 1.5), color="0.3", fontsize=8)
        axis.set(xscale="log", yscale="log", xlabel="lag (ps)", title=f"{source}, {chosen[0].temperature_K:g} K")
        axis.legend(frameon=False, fontsize=8, loc="upper left")
    axes[0].set_ylabel("MSD of Li (Å²)")
    axes[0].set_ylim(0.3, 300)
    save(figure, path / "exchange-msd.svg")


def jump_rates(case: Case) -> dict[bool, Measured]:
    """Jumps per ion and ps within cages (True) and between them (False)."""
    watched = sum(row.count for row in case.picture.jumps) / max(
        sum(row.rate_per_ion_per_ps for row in case.picture.jumps), 1e-300
    )
    rates = {}
    for within in (True, False):
        count = sum(row.count for row in case.picture.jumps if row.within_cage is within)
        rates[within] = Measured(count / watched, np.sqrt(count) / watched)
    return rates


def draw_rates(cases: Sequence[Case], path: Path) -> None:
    """Rates within and between cages against 1/T; open symbols are ab initio."""
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.1), sharey=True, layout="constrained")
    for axis, within, title in zip(axes, (True, False), ("within a cage", "between cages"), strict=True):
        for exchange, (colour, marker, line) in STYLES.items():
            own = [c for c in cases if c.exchange == exchange]
            series = [c for c in own if c.source == "campaign"]
            x = [1000 / c.temperature_K for c in series]
            rates = [jump_rates(c)[within] for c in series]
            axis.errorbar(
                x,
                [r.value for r in rates],
                [r.error for r in rates],
                fmt=marker + line,
                color=colour,
                capsize=3,
                label=f"{exchange}, campaign",
            )
            for case in (c for c in own if c.source == "ab initio"):
                rate = jump_rates(case)[within]
                axis.errorbar(
                    [1000 / case.temperature_K],
                    [rate.value],
                    [rate.error],
                    fmt=marker,
                    color=colour,
                    mfc="white",
                    capsize=3,
                    label=f"{exchange}, ab initio",
                )
        axis.set(yscale="log", xlabel="1000 K / T", title=title)
    axes[0].set_ylabel("jumps per Li and ps")
    axes[1].legend(frameon=False, fontsize=8)
    save(figure, path / "exchange-rates.svg")


def free_energy_slice(case: Case) -> tuple[Floats, float]:
    """-kT ln(density) in eV through a (001) layer of cage centres, lowest value in 1.2 Angstrom; and its edge."""
    density = ion_density([case.trajectory], "Li", spacing_A=0.25, smoothing_A=0.3)
    edge = float(density.cell[2, 2])
    levels = np.unique(np.round(case.cages[:, 2], 3))
    n = density.values.shape[2]
    centre, half = round(float(levels[0]) * n), round(0.6 / edge * n)
    layer = density.values[:, :, (centre + np.arange(-half, half + 1)) % n].max(axis=2)
    with np.errstate(divide="ignore"):
        energy: Floats = -K_EV * case.temperature_K * np.log(layer / density.values.max())
    return energy, edge


def layer_anions(case: Case) -> list[tuple[float, float, str]]:
    """Mean places (Angstrom) and elements of the free anions within 1 Angstrom of the layer of `free_energy_slice`."""
    positions, cell = framework_frame(case.trajectory, "Li")
    labels = anion_labels(case.trajectory, "Li")
    free = [index for index, label in labels.items() if label in ("S", "Cl")]
    places = (positions[:, free].mean(axis=0) @ np.linalg.inv(cell)) % 1.0
    off = (places[:, 2] - np.round(case.cages[:, 2], 3).min() + 0.5) % 1.0 - 0.5
    near = np.abs(off) * cell[2, 2] < 1.0
    return [
        (float(p[0] * cell[0, 0]), float(p[1] * cell[1, 1]), labels[index])
        for p, index, kept in zip(places, free, near, strict=True)
        if kept and p[0] < 0.5 and p[1] < 0.5
    ]


def draw_density(cases: Sequence[Case], path: Path) -> None:
    """Free-energy landscape of Li in a layer of cages, ab initio, and the barriers at which it connects."""
    figure, axes = plt.subplots(1, 3, figsize=(9.6, 3.3), layout="constrained", width_ratios=[1, 1, 0.75])
    own = [c for c in cases if c.source == "ab initio"]
    for axis, case in zip(axes, own, strict=False):
        energy, edge = free_energy_slice(case)
        half = energy.shape[0] // 2
        image = axis.imshow(
            np.minimum(energy[:half, :half].T, 0.3),
            origin="lower",
            extent=(0, edge / 2, 0, edge / 2),
            cmap="cividis_r",
            vmin=0,
            vmax=0.3,
            interpolation="bilinear",
        )
        axis.set(title=f"{case.exchange}, ab initio, 500 K", xlabel="x (Å)", xlim=(0, edge / 2), ylim=(0, edge / 2))
        for x, y, symbol in layer_anions(case):
            axis.annotate(symbol, (x, y), color="white", fontsize=10, ha="center", va="center", annotation_clip=True)
    axes[0].set_ylabel("y (Å)")
    figure.colorbar(image, ax=axes[:2], label="-kT ln(ρ/ρ_max) (eV)", shrink=0.9)
    bars = axes[2]
    for offset, (exchange, (colour, marker, _)) in zip((-0.08, 0.08), STYLES.items(), strict=True):
        for source, face in (("ab initio", "white"), ("campaign", colour)):
            chosen = [c for c in cases if (c.exchange, c.source) == (exchange, source)]
            bars.errorbar(
                [c.temperature_K + 200 * offset for c in chosen],
                [c.picture.percolation_barriers_eV[2] for c in chosen],
                [c.barrier_error_eV for c in chosen],
                fmt=marker,
                capsize=3,
                color=colour,
                mfc=face,
                label=f"{exchange}, {source}",
            )
    bars.set(xlabel="T (K)", ylabel="percolation barrier, 3D (eV)", ylim=(0, 0.3))
    bars.legend(frameon=False, fontsize=7)
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=120)
    plt.close(figure)
    # A palette is enough for a map and takes a third of the bytes.
    Image.open(buffer).convert("RGB").quantize(256).save(path / "exchange-density.png", optimize=True)


def draw_hold(cases: Sequence[Case], path: Path) -> None:
    """Share of an ion's time with each kind of anion over that kind's share of the anions."""
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.0), sharey=True, layout="constrained")
    for axis, source in zip(axes, ("ab initio", "campaign"), strict=True):
        for offset, (exchange, (colour, _, _)) in zip((-0.2, 0.2), STYLES.items(), strict=True):
            (case,) = [c for c in coldest(cases, source) if c.exchange == exchange]
            kinds = ("S", "Cl", "S(P)")
            values = [case.picture.anions[kind].relative_hold for kind in kinds]
            axis.bar(
                np.arange(3) + offset,
                values,
                0.38,
                color=colour,
                hatch="//" if exchange == "ordered" else None,
                edgecolor="white",
                label=exchange,
                yerr=[case.hold_errors[kind] for kind in kinds],
                capsize=3,
            )
        axis.axhline(1.0, color="0.4", linestyle=":")
        axis.set_xticks(range(3), ("free S", "Cl", "S of PS₄"))
        axis.set_title(f"{source}, {case.temperature_K:g} K")
    axes[0].set_ylabel("hold (1 = equal on all anions)")
    axes[1].legend(frameon=False, fontsize=8)
    save(figure, path / "exchange-hold.svg")


def table(cases: Sequence[Case]) -> str:
    """The numbers in Markdown."""
    lines = [
        "| source | Li6PS5Cl | T / K | D* / 10⁻⁶ cm²/s | MSD ∝ t^ | escapes | hop within / between (Å) "
        "| rate within / between (1/ns) | stay in a cage (ps) | f | barrier 3D (eV) | hold of free S |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for case in cases:
        record, picture, rates = case.record, case.picture, jump_rates(case)
        if record.verdict == "resolved":
            value = record.tracer_diffusivity_cm2_s * 1e6
            d = f"{value:.1f} ± {record.tracer_diffusivity_error_cm2_s * 1e6:.1f}"
        else:
            d = f"< {record.tracer_diffusivity_upper_bound_cm2_s * 1e6:.1f}"
        lengths = [mean_distance(picture.jumps, within) for within in (True, False)]
        hop = " / ".join("–" if x is None else f"{x:.2f}" for x in lengths)
        rate = " / ".join(f"{rates[w].value * 1000:.1f} ± {rates[w].error * 1000:.1f}" for w in (True, False))
        stay, factor = case.cage_residence_ps, picture.correlation_factor
        lines.append(
            f"| {case.source} | {case.exchange} | {case.temperature_K:g} | {d} | {record.loglog_slope:.2f} "
            f"| {record.escapes} | {hop} | {rate} "
            f"| {'–' if stay is None else f'{stay.value:.1f} ± {stay.error:.1f}'} "
            f"| {'–' if factor is None else f'{factor.value:.2f} ± {factor.error:.2f}'} "
            f"| {picture.percolation_barriers_eV[2]:.3f} ± {case.barrier_error_eV:.3f} "
            f"| {picture.anions['S'].relative_hold:.2f} ± {case.hold_errors['S']:.2f} |"
        )
    return "\n".join(lines)


def mean_distance(rows: Sequence[dict[str, Any]], within: bool) -> float | None:
    """Root mean square jump distance of one kind in Angstrom."""
    own = [row for row in rows if row.within_cage is within]
    if not own:
        return None
    squares = sum(row.count * row.distance_A**2 for row in own)
    return float(np.sqrt(squares / sum(row.count for row in own)))


def main(results: Path, reference: Path, target: Path) -> None:
    """Draw all figures into a folder and print the table."""
    mpl.use("Agg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "exchange", "font.size": 9, "axes.grid": False})
    cases = [*ab_initio(reference), *campaign(results)]
    target.mkdir(parents=True, exist_ok=True)
    for draw in (draw_msd, draw_rates, draw_density, draw_hold):
        draw(cases, target)
    print(table(cases))


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
