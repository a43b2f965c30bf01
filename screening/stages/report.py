"""ranking.csv and every record beside it -> figures/ and, last, report.html."""

from pathlib import Path

from screening.config.stages import ReportSettings
from screening.records import provenance, sha256_of, sha256_of_text, write_origin, write_text
from screening.report import measured
from screening.report.collect import collect, without_collector
from screening.report.figures import write_figures
from screening.report.overview import extrapolation
from screening.report.page import render_collection
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Draw the figures and write the page; a record that is missing is named on it and does not stop it."""
    settings: ReportSettings = call.settings
    folder = call.input("ranking").parent
    with provenance("report", call.all_inputs()) as origin, without_collector():
        collection = collect(folder, call.input("config"))
        own = None if settings.measured is None else Path(settings.measured)
        table = measured.known(own, extrapolation(collection)[0])
        # Made even where there is nothing to draw: the rule declares it.
        drawn = call.output.parent / "figures"
        drawn.mkdir(parents=True, exist_ok=True)
        figures = write_figures(collection, drawn, table)
        page = render_collection(collection, settings.campaign, table)
    files = {path.relative_to(call.output.parent).as_posix(): sha256_of(path) for path in figures}
    write_origin(call.output, origin, {call.output.name: sha256_of_text(page), **files})
    write_text(call.output, page)
