"""`screening potentials`: which potentials there are, and whether one can be trusted."""

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ase import Atoms

    from screening.potentials.base import Potential
    from screening.potentials.comparison import Labelled
    from screening.potentials.listing import Listed
    from screening.potentials.reference_record import Judgement
    from screening.potentials.selfcheck_report import SelfCheck
    from screening.potentials.trust_record import Disagreement, ForceDifference

app = typer.Typer(no_args_is_help=True, help="List potentials; check one before it is used.")


@app.command("list")
def list_potentials() -> None:
    """List the potentials with package, functional, where the weights come from and which elements they know."""
    from rich.console import Console

    from screening.potentials.listing import potentials

    rows = potentials()
    console = Console(highlight=False)
    width = max(len(row.name) for row in rows)
    for about, group in groupby(rows, _about):
        console.print(about, markup=False)
        for row in group:
            # A name that is cut off could not be typed.
            console.print(f"  {row.name:{width}}  {row.functional}", markup=False, soft_wrap=True)
    for package, install in {row.package: row.install for row in rows if row.install and not row.version}.items():
        console.print(f"{package}: {install}", highlight=False, soft_wrap=True)


def _about(row: "Listed") -> str:
    """What potentials of one kind share: package, where weights come from, elements."""
    package = f"{row.package} {row.version}" if row.version else f"{row.package}, not installed" if row.install else ""
    return "; ".join(filter(None, (package, f"weights: {row.weights}", row.elements)))


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="As in the config: chgnet, matgl:FOLDER, module:factory, ...")],
    elements: Annotated[str, typer.Option(help="Elements of the campaign, such as Li,P,S,Cl.")] = "",
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    precision: Annotated[str | None, typer.Option(help="single or double; default: what the weights are for.")] = None,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads.")] = 1,
    dispersion: Annotated[str, typer.Option(help="none, d3bj or d4, added to the potential.")] = "none",
) -> None:
    """Check a potential on reference crystals and as an energy function; exits 1 with the reason if it is refused."""
    from screening.potentials.selfcheck import check as check_potential
    from screening.potentials.selfcheck import refuse_if_failed

    outcome = check_potential(load_potential(name, device, threads, precision, dispersion), _parsed(elements))
    _print(outcome)
    refuse_if_failed(outcome)


@app.command()
def compare(
    material: Annotated[
        str, typer.Argument(help="A campaign that has run (name, folder or YAML), or a file of frames or a structure.")
    ],
    others: Annotated[str, typer.Option("--with", help="Potentials, such as sevenn,chgnet,sevenn+d4.")],
    against: Annotated[
        str, typer.Option(help="The reference: cp2k, or module:factory of any ASE calculator.")
    ] = "cp2k",
    frames: Annotated[int, typer.Option(min=2, help="Frames; each is labelled by the reference.")] = 4,
    temperature: Annotated[float, typer.Option(min=1, help="A single structure is heated to it, K.")] = 600.0,
    device: Annotated[str, typer.Option(help="cpu or cuda, for the potentials.")] = "cpu",
    threads: Annotated[int, typer.Option(min=1, help="CPU threads.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Judge potentials by first principles on frames of your own material, and name the least wrong."""
    from screening.potentials.comparison import compared, labelled, require_forces

    names = list(dict.fromkeys(filter(None, map(str.strip, others.split(",")))))
    if not names:
        raise typer.BadParameter("names no potential; an example is sevenn,chgnet", param_hint="--with")
    reference = _summed(against, "cpu", threads)
    potentials = [_summed(name, device, threads) for name in names]
    if alike := [one.name for one in potentials if one.checksum == reference.checksum]:
        typer.echo(f"note: {alike[0]} is the reference itself, and has no error beside it", err=True)
    if reference.name == "cp2k" and (added := next((name for name in names if "+" in name), "")):
        typer.echo(
            f"note: cp2k has no dispersion, so that what {added} adds counts as its error; a comparison of sums is "
            f"--against cp2k+{added.partition('+')[2]}",
            err=True,
        )
    chosen = _frames(material, potentials[0], frames, temperature)
    labels = labelled(chosen, reference)
    require_forces(labels, reference.name)
    rows = [compared(labels, potential) for potential in potentials]
    if as_json:
        from screening.records import json_text

        typer.echo(json_text(_as_json(reference.name, labels, rows)), nl=False)
    else:
        _print_compared(reference.name, labels, rows)


def _summed(name: str, device: str, threads: int) -> "Potential":
    """A potential by its name as records have it, with its dispersion."""
    bare, _, dispersion = name.partition("+")
    return load_potential(bare, device, threads, dispersion=dispersion or "none")


def _frames(material: str, potential: "Potential", wanted: int, temperature_K: float) -> "list[Atoms]":
    """Frames of a campaign's complete runs, of a file, or of a short run from its only structure.

    Raises:
        StageError: there is nothing to look at.
    """
    from screening.campaign.locate import campaign_folder
    from screening.dynamics.heating import heated
    from screening.errors import StageError
    from screening.potentials.comparison import frames_in
    from screening.potentials.second_opinion import frames_of
    from screening.trajectories.run_record import RunStatus
    from screening.trajectories.runs import read_runs

    path = Path(material)
    if path.is_file() and path.suffix not in (".yaml", ".yml"):
        found = frames_in(path, wanted)
        return found if len(found) > 1 else heated(found[0], potential, temperature_K, wanted)
    if path.suffix[1:].isalpha() and path.suffix not in (".yaml", ".yml") and not path.exists():
        raise StageError(f"{path}: there is no such file")
    folder = campaign_folder(material)
    runs = [
        run for run in read_runs(sorted(folder.glob("candidates/*/*K/*/md.json"))) if run.status is RunStatus.COMPLETE
    ]
    if not runs:
        raise StageError(
            f"{folder}: no run of it is complete; run the campaign first, or give a file: a structure, or frames"
        )
    return [frame.atoms for frame in frames_of(runs, wanted)]


def _as_json(reference: str, labels: "Labelled", rows: "list[Judgement]") -> dict[str, Any]:
    from screening.potentials.comparison import least_wrong

    return {
        "reference": reference,
        "n_frames": len(labels.frames),
        "lost": list(labels.lost),
        "reference_cpu_s_per_frame": labels.seconds,
        "least_wrong": list(least_wrong(rows)),
        "potentials": {
            row.name: {
                "failure": row.failure,
                "cpu_s_per_frame": row.cpu_s_per_frame,
                "pressure_difference_GPa": row.pressure_difference_GPa,
                **({} if row.found is None else row.found.as_dict()),
            }
            for row in rows
        },
    }


def _print_compared(reference: str, labels: "Labelled", rows: "list[Judgement]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from screening.potentials.comparison import least_wrong

    console = Console()
    elements = sorted(set().union(*(atoms.get_chemical_symbols() for atoms in labels.frames)))
    table = Table(
        "potential", "slope / MAE, meV/A: all", *elements, "energy, meV/atom", "pressure, GPa", "s a frame", box=None
    )
    nearest = least_wrong(rows)
    for row in sorted(rows, key=lambda row: row.found.force_mae_meV_A if row.found else float("inf")):
        if row.found is None:
            table.add_row(row.name, escape(row.failure))
            continue
        forces = [row.found, *(row.found.by_element.get(element) for element in elements)]
        energy = row.found.energy_disagreement_meV_atom
        table.add_row(
            row.name,
            *("-" if one is None else f"{_slope(one)} / {one.force_mae_meV_A:.0f}" for one in forces),
            "-" if energy is None else f"{energy:.1f}",
            "-" if row.pressure_difference_GPa is None else f"{row.pressure_difference_GPa:+.2f}",
            f"{row.cpu_s_per_frame:.2g}",
        )
    console.print(table, highlight=False)
    console.print(
        f"{len(labels.frames)} frames, labelled by {reference} in {labels.seconds:.0f} s of processor time each. A "
        "slope below 1 is a soft potential: its barriers are too low.",
        highlight=False,
    )
    if labels.lost:
        console.print(f"{len(labels.lost)} frames left out: {labels.lost[-1]}", highlight=False, markup=False)
    if nearest:
        console.print(f"least wrong: {' or '.join(nearest)}", highlight=False)


def _slope(one: "Disagreement | ForceDifference") -> str:
    """A dash where the reference's forces vanish."""
    return "-" if one.force_slope is None else f"{one.force_slope:.3f}"


def load_potential(
    name: str, device: str, threads: int, precision: str | None = None, dispersion: str = "none"
) -> "Potential":
    """A potential by its name on the command line.

    Raises:
        ConfigError: the name, the device, the precision or the dispersion is not one that a campaign could name.
    """
    from pydantic import ValidationError

    from screening.config.potential import PotentialConfig
    from screening.errors import ConfigError
    from screening.potentials.registry import load

    try:
        config = PotentialConfig.model_validate(
            {"name": name, "device": device, "precision": precision, "dispersion": dispersion}
        )
    except ValidationError as error:
        asked = f"potential {name!r} on {device!r}, precision {precision!r}, dispersion {dispersion!r}"
        raise ConfigError(f"{asked}: {error.errors()[0]['msg']}") from None
    return load(config, threads)


def _parsed(elements: str) -> set[str] | None:
    """Symbols from a list with commas or spaces; None for an empty one."""
    from ase.data import chemical_symbols

    from screening.errors import ConfigError

    given = set(elements.replace(",", " ").split())
    if wrong := sorted(given - set(chemical_symbols[1:])):
        raise ConfigError(f"--elements: {', '.join(wrong)} is not an element's symbol; an example is Li,P,S,Cl")
    return given or None


def _print(outcome: "SelfCheck") -> None:
    from rich.console import Console
    from rich.table import Table

    from screening.potentials.selfcheck_report import SWELLING

    console = Console()
    facts = outcome.potential
    console.print(
        f"{facts.name} {facts.version}, {facts.functional}, precision {facts.precision}, device "
        f"{facts.device}, for {' '.join(outcome.elements)}; checksum {facts.checksum}",
        highlight=False,
        soft_wrap=True,
    )
    table = Table("", "check", "of", "result", "bound", box=None)
    for item in outcome.checks:
        failed = "[yellow]doubt[/]" if item.name == SWELLING else "[red]FAILED[/]"
        mark = "[green]ok[/]" if item.passed else failed
        bound = f"{item.bound:g} {item.unit}" if item.bound is not None else ""
        table.add_row(mark, item.name, item.subject, item.text, bound)
    console.print(table, highlight=False)
    for note in outcome.notes:
        console.print(f"note: {note}", highlight=False)
    if outcome.not_covered:
        console.print(
            f"not covered: no reference crystal has {', '.join(outcome.not_covered)}; for these elements the "
            "potential is unchecked",
            highlight=False,
        )
    verdict = "[green]accepted[/]" if outcome.accepted else "[red]refused[/]"
    console.print(f"{verdict} after {outcome.seconds:g} s", highlight=False)
