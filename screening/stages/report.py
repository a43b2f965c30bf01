"""ranking.csv and every record beside it -> figures/ and, last, report.html."""

from screening.config.stages import ReportSettings
from screening.records import write_text
from screening.report.collect import collect
from screening.report.figures import write_figures
from screening.report.page import render_collection
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Draw the figures and write the page; a record that is missing is named on it and does not stop it."""
    settings: ReportSettings = call.settings
    folder = call.named("ranking.csv").parent
    collection = collect(folder, call.named("config.resolved.yaml"))
    write_figures(collection, call.output.parent / "figures")
    write_text(call.output, render_collection(collection, settings.campaign))
