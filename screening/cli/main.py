"""The command line: parse, call, write. Heavy imports stay inside the commands."""

import json
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from screening.cli.candidates import dopants, prescreen
from screening.cli.meso import boundary, layers, pellet
from screening.cli.potentials import app as potentials_app
from screening.cli.results import AsJson, compare, show, status
from screening.cli.setup import doctor, new
from screening.cli.transport import arrhenius, transport
from screening.errors import ScreeningError, StageError
from screening.version import __version__

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(potentials_app, name="potentials")
app.add_typer(prescreen, name="prescreen")
for command in (new, doctor, status, show, compare, dopants, transport, arrhenius, boundary, layers, pellet):
    app.command()(command)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"screening {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Screen locally disordered solid electrolytes: a config file in, ranked conductivities out."""


ConfigFile = Annotated[Path, typer.Argument(help="Campaign file (YAML).", show_default=False)]


@app.command()
def run(
    config: ConfigFile,
    cores: Annotated[int, typer.Option(min=1, help="CPU cores to use.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Tell what would run and why; run nothing.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="With --dry-run: every job with its files.")] = False,
    snakemake: Annotated[list[str] | None, typer.Argument(help="Further arguments for snakemake, after `--`.")] = None,
) -> None:
    """Run a campaign, or what is left of it, and print the ranking."""
    from screening.cli.run import plan_campaign, run_campaign

    if dry_run:
        raise typer.Exit(plan_campaign(config, cores, snakemake or [], verbose=verbose))
    raise typer.Exit(run_campaign(config, cores, snakemake or []))


@app.command()
def check(
    config: ConfigFile,
    time: Annotated[
        bool, typer.Option("--time", help="Time one energy of the potential and estimate how long the rest takes.")
    ] = False,
    cores: Annotated[int, typer.Option(min=1, help="With --time: CPU cores that share the jobs.")] = 1,
) -> None:
    """Check a campaign file, its parents and its charge balance; nothing is run."""
    from screening.campaign.preflight import check_campaign
    from screening.config.load import load_campaign

    campaign = load_campaign(config)
    preflight = check_campaign(campaign, config.parent)
    for line in preflight.lines:
        typer.echo(line)
    if time:
        from screening.cli.forecast import forecast

        for line in forecast(campaign, config.parent, preflight, cores):
            typer.echo(line)


@app.command()
def parents(config: ConfigFile) -> None:
    """List the parents and references of a campaign with formula, space group and sublattices."""
    from screening.campaign.preflight import describe_parents
    from screening.config.load import load_campaign

    for line in describe_parents(load_campaign(config), config.parent):
        typer.echo(line)


@app.command()
def library() -> None:
    """List the embedded structures with their sources."""
    from screening.parents import library as embedded

    for name in embedded.names():
        parent = embedded.load(name)
        typer.echo(
            f"{name:28} {parent.structure.composition.reduced_formula:16} {parent.space_group:10} {parent.source}"
        )


@app.command()
def schema() -> None:
    """Print the JSON schema of campaign files."""
    from screening.config.load import json_schema

    typer.echo(json_schema(), nl=False)


@app.command(hidden=True)
def resolve(
    output: Annotated[Path, typer.Option(help="File to write.")],
    words: Annotated[list[str], typer.Argument(help="SECTION=JSON..., base=FOLDER of the campaign file.")],
) -> None:
    """Write the campaign with all defaults filled in; it is itself a campaign file that gives the same results."""
    from screening.config.load import resolved_yaml
    from screening.parents.answers import keep_answers
    from screening.records import provenance, sha256_of_text, write_origin, write_text

    sections = dict(word.split("=", 1) for word in words)
    base = Path(sections.pop("base"))
    with provenance("resolve", []) as origin:
        keep_answers(base, output.parent)
        text = resolved_yaml({name: json.loads(value) for name, value in sections.items()}, base, output.parent)
    write_origin(output, origin, {output.name: sha256_of_text(text)})
    write_text(output, text)


@app.command()
def ranking(
    campaign: Annotated[str, typer.Argument(help="Name, results folder or file of a campaign.")],
    as_json: AsJson = False,
) -> None:
    """Print a campaign's ranking."""
    from screening.campaign.locate import campaign_folder
    from screening.cli.as_json import of_rows
    from screening.cli.run import print_ranking
    from screening.selection.rows import RankingRow

    folder = campaign_folder(campaign)
    if as_json:
        typer.echo(of_rows(RankingRow.read(folder / RankingRow.FILE)), nl=False)
    else:
        print_ranking(folder)


@app.command()
def verify(
    campaign: Annotated[str, typer.Argument(help="Name, results folder or file of a campaign.")],
    trajectories: Annotated[bool, typer.Option(help="Whether the trajectories must be there.")] = True,
) -> None:
    """Recompute the checksums in a campaign's records; exits 1 and names the files if something does not match."""
    from screening.campaign.locate import campaign_folder
    from screening.campaign.verify import summary
    from screening.campaign.verify import verify as check_all

    found = check_all(campaign_folder(campaign), trajectories)
    for line in found.problems:
        typer.echo(line)
    typer.echo(summary(found))
    raise typer.Exit(1 if found.problems else 0)


@app.command()
def export(
    campaign: Annotated[str, typer.Argument(help="Name, results folder or file of a finished campaign.")],
    out: Annotated[Path | None, typer.Option(help="Archive to write; default: NAME.zip.")] = None,
    trajectories: Annotated[bool, typer.Option(help="Pack the trajectories too.")] = False,
    weights: Annotated[bool, typer.Option(help="Pack the files of weights that the config names.")] = False,
    force: Annotated[bool, typer.Option(help="Pack even if files do not match their records.")] = False,
) -> None:
    """Pack config, structures, tables and records into one archive (RO-Crate) that can be run again elsewhere."""
    from screening.campaign.export import export as pack
    from screening.campaign.locate import campaign_folder

    results = campaign_folder(campaign)
    archive = out or Path(f"{results.resolve().name}.zip")
    names = pack(results, archive, trajectories, weights, force)
    typer.echo(f"{archive}: {len(names)} files, {archive.stat().st_size / 1e6:.1f} MB")


@app.command(name="export-trajectory")
def export_trajectory(
    run: Annotated[Path, typer.Argument(help="Folder of a run, with md.json in it.")],
    format: Annotated[str, typer.Option(help="extxyz, xyz, traj, xdatcar, pdb or dcd.")] = "extxyz",
    out: Annotated[Path | None, typer.Option(help="File to write; default: trajectory.FORMAT in this folder.")] = None,
    stride: Annotated[int, typer.Option(min=1, help="Keep every so many frames.")] = 1,
    element: Annotated[str | None, typer.Option(help="Keep its atoms only, such as the mobile ion's.")] = None,
) -> None:
    """Write a run's unwrapped trajectory for ASE, MDAnalysis, OVITO or VMD."""
    from screening.trajectories.export import export_trajectory as write

    path = out or Path(f"trajectory.{format}")
    frames, atoms = write(run, path, format, stride=stride, element=element)
    typer.echo(f"{path}: {frames} frames of {atoms} atoms, {path.stat().st_size / 1e6:.1f} MB")


@app.command(hidden=True)
def stage(
    name: Annotated[str, typer.Argument(help="Name of the stage.")],
    words: Annotated[list[str] | None, typer.Argument(help="params: NAME=VALUE... NAME: FILE... NAME: FILE...")] = None,
    output: Annotated[Path, typer.Option(help="File it writes last.")] = ...,  # type: ignore[assignment]
    threads: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """Run one stage of the pipeline; this is what the workflow's rules call."""
    from importlib import import_module

    from screening.cli.stage import call_of
    from screening.records import claim
    from screening.stages import RUNNERS

    call = call_of(name, words or [], output, threads)
    claim(output)
    runner = import_module(RUNNERS[name].module)
    try:
        runner.run(call)
    except (ScreeningError, OSError):
        raise
    except Exception as error:
        # The traceback goes to the job's log for whoever mends the code; the user is told where to look.
        traceback.print_exc()
        raise StageError(
            f"stage {name} stopped at {type(error).__name__} ({error}); if {_briefly(call.all_inputs())} was changed "
            "by hand or made by another version, delete it (for a candidate.json: candidates.csv) and run again; "
            "otherwise this is a bug"
        ) from None


def _briefly(paths: list[Path]) -> str:
    return ", ".join(map(str, paths[:4])) + (f" or another of {len(paths)} inputs" if len(paths) > 4 else "")


def main() -> None:
    """Entry point: errors written for the user end with their message and exit code 1, without a traceback."""
    try:
        app()
    except ScreeningError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        # A full disk, a folder without permission, a lost file server: the machine's fault, and its words say which.
        typer.echo(f"error: {error.filename or 'reading or writing'}: {error.strerror or error}", err=True)
        sys.exit(1)
