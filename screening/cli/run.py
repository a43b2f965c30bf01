"""`screening run`: the workflow with a progress display, and the ranking at its end."""

import subprocess
import time
from contextlib import suppress
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Table

from screening.campaign.progress import read_progress
from screening.campaign.runner import command_of, is_dry, prepare, results_of, start
from screening.cli.dry import dry_run
from screening.cli.live import picture
from screening.cli.said import said_of
from screening.records import read_table
from screening.report.collect import read_config
from screening.report.reach import target_of
from screening.selection.rows import RankingRow

# Headings of the ranking, and how narrow each may get on a terminal of 80 columns without losing digits.
_COLUMNS = (
    ("tier", 4),
    ("composition", 12),
    ("dH_mix\nmeV/atom", 8),
    ("Ea\neV", 8),
    ("sigma at\n{target:g} K, mS/cm", 12),
    ("top 3", 5),
    ("d", 1),
    ("verdict", 12),
)
# Looking through the files of a thousand candidates takes a tenth of a second.
_REFRESH_S = 2.0


def run_campaign(config: Path, cores: int, extra: list[str]) -> int:
    """Run the workflow on a campaign file; returns Snakemake's exit code."""
    campaign = prepare(config)
    if is_dry(extra):
        return start(config, cores, extra, None).wait()
    results = results_of(campaign)
    log = results / "logs" / "snakemake.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    console = Console()
    console.print(f"campaign [bold]{campaign.campaign}[/bold]: {cores} cores, results in {results}, log in {log}")
    with log.open("w", encoding="utf-8") as file:
        process = start(config, cores, extra, file)
        try:
            _follow(process, results, console)
        except KeyboardInterrupt:
            process.wait()
            console.print("stopped; finished work is kept, and the same command continues")
            return 130
    if process.returncode:
        if read_progress(results).failures:
            console.print("the workflow failed; fix the cause, then the same command continues")
        else:
            # Not a job but the workflow itself: only its own log knows why.
            console.print(f"the workflow failed; the end of {log}:")
            console.print("".join(log.read_text(encoding="utf-8").splitlines(keepends=True)[-40:]), markup=False)
        return process.returncode
    if (results / "ranking.csv").exists():
        print_ranking(results)
    else:
        console.print(f"the requested steps are done; there is no ranking yet: screening status {campaign.campaign}")
    return 0


def plan_campaign(config: Path, cores: int, extra: list[str], *, verbose: bool) -> int:
    """Tell what would run, in ten lines, or all that Snakemake says of it; returns its exit code."""
    prepare(config)
    if verbose:
        return start(config, cores, [*extra, "--dry-run"], None).wait()
    code, lines = dry_run([*command_of(config, cores), *extra, "--dry-run"])
    for line in lines:
        print(line)
    if not code:
        print("`--dry-run -v` names every job with its files")
    return code


def _follow(process: "subprocess.Popen[bytes]", results: Path, console: Console) -> None:
    """Show what is done and what runs until the process ends, read from the files the stages write."""
    started = time.monotonic()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while process.poll() is None:
            live.update(picture(read_progress(results), time.monotonic() - started), refresh=True)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_REFRESH_S)
    console.print(picture(read_progress(results), time.monotonic() - started))


def print_ranking(results: Path) -> None:
    """Print ranking.csv as a table, what each candidate is, and the path of the report."""
    console = Console()
    table = Table(title=f"Ranking of {results.name}", box=SIMPLE_HEAD, show_edge=False, padding=0)
    rows = RankingRow.read(results / RankingRow.FILE)
    several = len({row.mobile_ion for row in rows}) > 1
    config = read_config(results / "config.resolved.yaml", [])
    target = target_of(config)
    for title, width in _COLUMNS:
        table.add_column(title.format(target=target), min_width=width, no_wrap=title == "composition")
        if several and title == "composition":
            table.add_column("ion", min_width=3)
    for row in rows:
        table.add_row(
            _shown(row.tier),
            row.composition,
            *([row.mobile_ion] if several else []),
            _shown(row.mixing_enthalpy_meV_atom),
            _with_error(row.activation_energy_eV, row.activation_energy_error_eV),
            _with_interval(row),
            "" if row.probability_among_best_3 is None else f"{row.probability_among_best_3:.0%}",
            _shown(row.dimensionality),
            row.verdict.replace("_", " "),
        )
    typical = next(
        (row.typical_error_log10_conductivity for row in rows if row.conductivity_300K_estimate_mS_cm is not None), None
    )
    known = f"{typical:.1f} decades" if typical is not None else "unknown, not compared with measurements"
    table.caption = (
        "candidates of one tier cannot be told apart; top 3: probability to be among the three best; typical error of "
        f"sigma against measured values, with this potential: {known}"
    )
    console.print(table)
    for row, said in zip(rows, said_of(results, rows, config), strict=True):
        console.print(f"{row.id} ({row.done}) {said}", markup=False, highlight=False)
    refused = read_table(results / "refused.csv") if (results / "refused.csv").exists() else []
    if refused:
        console.print(f"{len(refused)} combinations cannot be made; refused.csv says why", highlight=False)
    console.print("`screening show ID` prints all numbers of one candidate; the report has everything", highlight=False)
    console.print(f"report: {results / 'report.html'}", highlight=False, soft_wrap=True)


def _with_error(value: float | None, error: float | None) -> str:
    return "" if value is None else f"{value:.3f}" if error is None else f"{value:.3f} +- {error:.3f}"


def _with_interval(row: RankingRow) -> str:
    low, high = row.conductivity_300K_estimate_low_mS_cm, row.conductivity_300K_estimate_high_mS_cm
    value = _shown(row.conductivity_300K_estimate_mS_cm)
    if not value:
        return _between(row.conductivity_300K_lower_bound_mS_cm, row.conductivity_300K_upper_bound_mS_cm)
    # No headline from a cell that the crystal does not have.
    mark = f", cell {row.cell_error_percent:+.0f} %" if row.cell_doubt and row.cell_error_percent is not None else ""
    return f"{value} ({_shown(low)} to {_shown(high)}{mark})" if value and low is not None else value


def _between(lower: float | None, upper: float | None) -> str:
    if upper is None:
        return ""
    return f"< {_shown(upper)}" if lower is None else f"{_shown(lower)} to {_shown(upper)}"


def _shown(value: object) -> str:
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)
