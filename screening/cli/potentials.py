"""`screening potentials`: which potentials there are, and whether one can be trusted."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from screening.potentials.base import Potential
    from screening.potentials.selfcheck_report import SelfCheck

app = typer.Typer(no_args_is_help=True, help="List potentials; check one before it is used.")


@app.command("list")
def list_potentials() -> None:
    """List the potentials with package, functional, where the weights come from and which elements they know."""
    from rich.console import Console
    from rich.table import Table

    from screening.potentials.listing import potentials

    rows = potentials()
    table = Table(box=None)
    # A name that is cut off could not be typed.
    table.add_column("name", no_wrap=True, min_width=max(len(row.name) for row in rows))
    for title in ("package", "functional", "weights", "elements"):
        table.add_column(title, overflow="fold")
    for row in rows:
        package = f"{row.package} {row.version}" if row.version else "not installed" if row.install else "-"
        table.add_row(row.name, package, row.functional, row.weights, row.elements)
    console = Console()
    console.print(table)
    for package, install in {row.package: row.install for row in rows if row.install and not row.version}.items():
        console.print(f"{package}: {install}", highlight=False, soft_wrap=True)


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
