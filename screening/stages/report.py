"""ranking.csv and every record beside it -> figures/ and, last, report.html."""

from screening.config.stages import ReportSettings
from screening.records import provenance, sha256_of, sha256_of_text, write_origin, write_text
from screening.report.collect import collect
from screening.report.figures import write_figures
from screening.report.page import render_collection
from screening.stages.context import StageCall


def run(call: StageCall) -> None:
    """Draw the figures and write the page; a record that is missing is named on it and does not stop it."""
    settings: ReportSettings = call.settings
    folder = call.named("ranking.csv").parent
    with provenance("report", list(call.inputs)) as origin:
        collection = collect(folder, call.named("config.resolved.yaml"))
        figures = write_figures(collection, call.output.parent / "figures")
        page = render_collection(collection, settings.campaign)
    files = {path.relative_to(call.output.parent).as_posix(): sha256_of(path) for path in figures}
    write_origin(call.output, origin, {call.output.name: sha256_of_text(page), **files})
    write_text(call.output, page)
