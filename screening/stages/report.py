"""ranking.csv and every record beside it -> report.html."""

from screening.config.stages import ReportSettings
from screening.records import write_text
from screening.report.page import render
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Write the page; a record that is missing is named on it and does not stop it."""
    settings: ReportSettings = call.settings
    folder = call.named("ranking.csv").parent
    write_text(call.output, render(folder, settings.campaign, call.named("config.resolved.yaml")))
