"""The picture that `screening run` shows while it works."""

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from screening.campaign.progress import Progress, Running
from screening.cli.words import clock

# Running jobs shown, so that a large machine's do not push the rest off the screen.
_SHOWN = 8


def picture(progress: Progress, seconds: float) -> Group:
    """Bars for the steps, a line for each job at work, and what has failed so far.

    Args:
        progress: The state now.
        seconds: Since the workflow started.
    """
    bars = Table.grid(padding=(0, 2))
    for step in progress.steps:
        bar = ProgressBar(total=step.total or 1, completed=step.done, width=30)
        bars.add_row(step.name, bar, f"{step.done} of {'?' if step.total is None else step.total}")
    lines: list[RenderableType] = [Text(f"{progress.stage}, {clock(seconds)}", style="bold"), bars]
    lines += [Text(f"now  {_line(job)}") for job in progress.running[:_SHOWN]]
    if len(progress.running) > _SHOWN:
        lines.append(Text(f"     and {len(progress.running) - _SHOWN} more jobs"))
    for failure in progress.failures:
        lines.append(Text(f"failed  {failure.rule}: {failure.message}\n        log: {failure.log}", style="red"))
    return Group(*lines)


def _line(job: Running) -> str:
    parts = [f"{job.rule} {job.subject}"]
    if job.total:
        parts.append(f"{100 * (job.done or 0) // job.total} %")
    if job.seconds_left is not None:
        parts.append(f"at most {clock(job.seconds_left)} left")
    if job.note:
        parts.append(job.note)
    return ", ".join(parts)
