"""`screening new` and `screening doctor`: before the first run."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from screening.cli.new import Draft

TEMPERATURES = "auto"


def _complete_parent(incomplete: str) -> list[str]:
    from screening.parents import library

    return [name for name in library.names() if name.startswith(incomplete)]


def new(
    file: Annotated[Path, typer.Argument(help="Campaign file to write, such as mine.yaml.", show_default=False)],
    parent: Annotated[
        str | None, typer.Option(help="Structure file, or a name of the library.", autocompletion=_complete_parent)
    ] = None,
    mobile: Annotated[str | None, typer.Option(help="Ion that conducts; default: found in the parent.")] = None,
    change: Annotated[
        list[str] | None,
        typer.Option(help="Such as '0.5 Br on Cl' or '0.25 between S not bonded to P and Cl'; may be repeated."),
    ] = None,
    compensate: Annotated[
        str, typer.Option(help="none, vacancy or interstitial; default: the one that balances the charge.")
    ] = "",
    temperatures: Annotated[
        str | None,
        typer.Option(help="Temperatures in K, such as 500,600,700; default: auto, chosen for each candidate."),
    ] = None,
    duration_ps: Annotated[
        float | None, typer.Option(min=0.1, help="Longest length of each run in ps; with auto, of the first ones.")
    ] = None,
    potential: Annotated[
        str | None, typer.Option(help="As `screening potentials list` names it.", show_default="the campaign's default")
    ] = None,
    student: Annotated[
        bool | None,
        typer.Option(help="Run the molecular dynamics with a fast student.", show_default="the campaign's default"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing, take defaults for what is not given.")] = False,
    force: Annotated[bool, typer.Option(help="Overwrite the file.")] = False,
) -> None:
    """Ask a few questions and write a commented campaign file that passes `screening check`."""
    from screening.cli.new import Answers, Draft, compose
    from screening.errors import ConfigError
    from screening.records import write_text

    if file.exists() and not force:
        raise ConfigError(f"{file} exists; choose another name, or overwrite it with --force")
    ask = not yes and sys.stdin.isatty()
    if parent is None:
        if not ask:
            raise ConfigError("--parent is needed: a structure file, or a name that `screening library` lists")
        parent, mobile = _ask_parent(file.parent, mobile or "")
    start = Answers(name=file.stem, parent=str(parent), mobile=mobile or "", compensate=compensate)
    changes = _ask_changes(Draft.of(start, file.parent)) if ask and change is None else tuple(change or ())
    kelvins = _numbers(temperatures) if temperatures or not ask else _ask_numbers()
    if duration_ps is None:
        duration_ps = typer.prompt("Longest length of each run in ps", default=100.0) if ask else 100.0
    chosen = replace(start, changes=changes, temperatures_K=kelvins, duration_ps=duration_ps)
    chosen = replace(chosen, potential=potential or chosen.potential)
    chosen = chosen if student is None else replace(chosen, student=student)
    text, lines = compose(chosen, file.parent)
    write_text(file, text)
    for line in lines:
        typer.echo(line)
    typer.echo(f"{file} is written and checked; next: screening run {file} --cores 4")


def _ask_parent(base: Path, mobile: str) -> tuple[str, str]:
    """A parent that can be made, and its mobile ion; asked for again after what cannot."""
    from screening.cli.new import Answers, Draft
    from screening.errors import ScreeningError

    while True:
        parent = typer.prompt("Parent: a structure file, or a name of the library (`screening library`)").strip()
        try:
            return parent, Draft.of(Answers(name="new", parent=parent, mobile=mobile), base).answers.mobile
        except ScreeningError as error:
            typer.echo(str(error))
            if "--mobile" in str(error):
                mobile = typer.prompt("Element of the ion that conducts").strip()


def _ask_numbers() -> tuple[float, ...]:
    from screening.errors import ConfigError

    while True:
        try:
            return _numbers(typer.prompt("Temperatures in K, such as 500,600,700, or auto", default=TEMPERATURES))
        except ConfigError as error:
            typer.echo(str(error))


def _ask_changes(draft: "Draft") -> tuple[str, ...]:
    """Changes of the parent, one a line, each tried on the parent before the next is asked for."""
    from screening.cli.new import parse_change
    from screening.errors import ScreeningError

    typer.echo("Which changes of the parent? The unchanged parent is added for comparison. Examples:")
    typer.echo("  0.5 Br on Cl                            half of the Cl sites get Br")
    typer.echo("  0.25 between S not bonded to P and Cl   a quarter of free S and Cl exchanged")
    changes: list[str] = []
    while text := typer.prompt("Change (empty to finish)", default="", show_default=False).strip():
        try:
            draft.balanced(parse_change(text))
            lines = draft.sites_of(text)
        except ScreeningError as error:
            typer.echo(str(error))
        else:
            changes.append(text)
            for line in lines:
                typer.echo(line)
    return tuple(changes)


def _numbers(text: str | None) -> tuple[float, ...]:
    """Temperatures; none for `auto`."""
    from screening.errors import ConfigError

    if (text or TEMPERATURES).strip() == "auto":
        return ()
    try:
        found = tuple(float(part) for part in (text or "").replace(",", " ").split())
        if not found or min(found) <= 0:
            raise ValueError
        return found
    except ValueError:
        raise ConfigError(f"--temperatures: {text!r} is not a list of numbers; write 500,600,700, or auto") from None


def doctor(
    potential: Annotated[
        str | None, typer.Option(help="Potential to load, as in the config.", show_default="the campaign's default")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Check this machine: potential, LAMMPS, threads, GPU, disk, locks, key, SLURM; exits 1 if something fails."""
    from screening.cli.doctor import examine
    from screening.config.potential import PotentialConfig

    failed = False
    for finding in examine(potential or PotentialConfig().name, device, Path.cwd()):
        failed = failed or finding.state == "failed"
        typer.echo(f"{finding.state:6}  {finding.subject}: {finding.text}")
        if finding.remedy:
            typer.echo(f"        {finding.remedy}")
    raise typer.Exit(1 if failed else 0)
