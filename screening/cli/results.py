"""`screening status`, `show` and `compare`: what a campaign has come to, without opening the report."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from screening.campaign.api import CampaignResults, CandidateResults
    from screening.campaign.progress import Progress


def _complete_campaign(incomplete: str) -> list[str]:
    from screening.campaign.locate import campaigns

    return [path.name for path in campaigns() if path.name.startswith(incomplete)]


def _complete_id(incomplete: str) -> list[str]:
    from screening.campaign.locate import campaigns

    return [path.name for folder in campaigns() for path in folder.glob(f"candidates/{incomplete}*") if path.is_dir()]


Campaign = Annotated[
    str | None,
    typer.Option(
        "--campaign",
        "-c",
        help="Name, results folder or file of the campaign.",
        autocompletion=_complete_campaign,
        show_default="all campaigns under results/",
    ),
]
CandidateId = Annotated[
    str,
    typer.Argument(
        help="Beginning of a candidate's id or of its hash, or its number on the page and in the ranking.",
        autocompletion=_complete_id,
    ),
]
Campaigns = Annotated[
    list[str] | None,
    typer.Option(
        "--campaign",
        "-c",
        help="Name, results folder or file of the campaign; given twice, of the first and of the second candidate.",
        autocompletion=_complete_campaign,
        show_default="all campaigns under results/",
    ),
]


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def status(
    campaign: Annotated[
        str | None,
        typer.Argument(
            help="Name, results folder or file of a campaign.",
            autocompletion=_complete_campaign,
            show_default="all campaigns under results/",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how far a campaign is: its stage, what is done, what runs, what failed and where its log is."""
    from screening.campaign.locate import campaign_folder, campaigns
    from screening.campaign.progress import read_progress
    from screening.errors import StageError

    folders = [campaign_folder(campaign)] if campaign else campaigns()
    if not folders:
        raise StageError("nothing has been run here (no results/); `screening run CONFIG` runs a campaign")
    states = [read_progress(folder) for folder in folders]
    if as_json:
        from screening.cli.as_json import of_progress

        typer.echo(of_progress(states), nl=False)
        return
    for state in states:
        for line in describe(state):
            typer.echo(line)


def describe(progress: "Progress") -> list[str]:
    """A campaign's state in lines."""
    from screening.cli.words import clock

    work = "running" if progress.alive else "finished" if progress.finished else "stopped"
    lines = [f"{progress.folder.name}: {work}" + ("" if progress.finished else f", at {progress.stage}")]
    lines += [f"  {step.name:12} {step.done} of {'?' if step.total is None else step.total}" for step in progress.steps]
    for job in progress.running:
        share = f" {job.done} of {job.total} frames" if job.total else ""
        left = f", at most {clock(job.seconds_left)} left" if job.seconds_left is not None else ""
        lines.append(f"  now: {job.rule} {job.subject}{share}{left}{', ' + job.note if job.note else ''}")
    for failure in progress.failures:
        lines.append(f"  failed: {failure.rule}: {failure.message}")
        lines.append(f"    log: {failure.log}")
    if progress.verdicts:
        counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in progress.verdicts.items())
        lines.append(f"  ranking: {counts}; report: {progress.folder / 'report.html'}")
    if not progress.alive and not progress.finished:
        lines.append("  to continue, repeat the same `screening run CONFIG`")
    return lines


def show(candidate: CandidateId, campaign: Campaign = None, as_json: AsJson = False) -> None:
    """Show one candidate: what was done, energies, diffusivities, activation energy, verdicts with reasons."""
    from rich.console import Console
    from rich.table import Table

    from screening.cli.show import facts, reasons, temperatures
    from screening.cli.words import grid_of

    found = find(candidate, campaign)
    if as_json:
        from screening.cli.as_json import of_candidate

        typer.echo(of_candidate(found), nl=False)
        return
    console = Console(highlight=False)
    console.print(f"[bold]{found.id}[/bold] in campaign {found.campaign.name}")
    grid = Table.grid(padding=(0, 2))
    for name, text in facts(found):
        grid.add_row(name, text)
    console.print(grid)
    heading, rows = temperatures(found.records.transport)
    if rows:
        console.print(grid_of(heading, rows))
    for line in reasons(found):
        console.print(line, markup=False)
    console.print(f"files: {found.folder}", markup=False, soft_wrap=True)
    _tell_damage(found)


def compare(first: CandidateId, second: CandidateId, campaign: Campaigns = None, as_json: AsJson = False) -> None:
    """Compare two candidates, of one campaign or of two; differences are given with their errors."""
    from rich.console import Console
    from rich.table import Table

    from screening.cli.show import comparison
    from screening.errors import StageError

    named: list[str | None] = list(campaign) if campaign else [None]
    if len(named) > 2:
        raise StageError(f"compare takes one campaign or two (--campaign), not {len(named)}")
    one, other = find(first, named[0]), find(second, named[-1])
    apart = one.campaign.folder.resolve() != other.campaign.folder.resolve()
    if as_json:
        from screening.cli.as_json import of_comparison

        typer.echo(of_comparison([one.id, other.id], comparison(one, other)), nl=False)
        return
    titles = [f"{found.id}\nof {found.campaign.name}" if apart else found.id for found in (one, other)]
    table = Table("", *titles, "second compared with first", box=None, padding=(0, 2, 0, 0))
    for row in comparison(one, other):
        table.add_row(*row)
    Console(highlight=False).print(table)
    _tell_damage(one, other)


def _tell_damage(*shown: "CandidateResults") -> None:
    """Records that are there but cannot be read: what is shown lacks them, and does not show that."""
    for candidate in shown:
        for line in candidate.records.damaged:
            typer.echo(f"left out: {line}", err=True)


def find(id: str, campaign: str | None) -> "CandidateResults":
    """The candidate that `id` begins, in one campaign or in all of results/."""
    from screening.campaign.api import CampaignResults, open_campaign
    from screening.campaign.locate import campaigns, match_id
    from screening.errors import StageError

    if campaign:
        opened_one = open_campaign(campaign)
        return opened_one.candidate(_of_number(id, opened_one) or id)
    opened = [CampaignResults(path) for path in campaigns() if (path / "candidates.csv").exists()]
    if not opened:
        raise StageError("no campaign with candidates under results/; name one with --campaign")
    numbered = {c.name: full for c in opened if (full := _of_number(id, c))}
    if len(numbered) > 1:
        raise StageError(f"{id}: {', '.join(numbered)} have a number {id} in their rankings; name one with --campaign")
    id = next(iter(numbered.values()), id)
    holders = {row["id"]: [] for c in opened for row in c.rows("candidates")}  # type: dict[str, list[CampaignResults]]
    for c in opened:
        for row in c.rows("candidates"):
            holders[row["id"]].append(c)
    full = match_id(id, holders, "results/")
    if len(holders[full]) > 1:
        names = ", ".join(c.name for c in holders[full])
        raise StageError(f"{full} is in several campaigns ({names}); name one with --campaign")
    return holders[full][0].candidate(full)


def _of_number(text: str, campaign: "CampaignResults") -> str | None:
    """The id of a number in the ranking, which the page shows; None where it is none."""
    if not text.isdecimal() or not (campaign.folder / "ranking.csv").exists():
        return None
    ranking = campaign.rows("ranking")
    return str(ranking[int(text) - 1]["id"]) if 1 <= int(text) <= len(ranking) else None
