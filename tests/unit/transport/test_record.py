"""The record's keys are those of the reference page, for every verdict."""

import re
from pathlib import Path

import numpy as np
import pytest

from screening.campaign.record_files import RECORD_FILES
from screening.config.transport import ArrheniusConfig, LocalPictureConfig, TransportConfig
from screening.local import equation_one
from screening.local.orderings import local_picture_of_orderings
from screening.transport import analyse_arrhenius, analyse_temperature
from screening.transport.several import analyse_species
from tests.pages import record_page
from tests.walks import brownian, caged, make, rattling_framework

PAGES = Path(__file__).resolve().parents[3] / "docs" / "reference"
CAMPAIGNS_ONLY = (
    *("runs_left_out", "cell_volume_ratio", "cell_temperature_K", "cell_doubt", "drift_doubt"),
    *("student_doubt", "student_taught", "student_corrected_by"),
)
IN_CAMPAIGNS = {"id", "provenance"}
OF_SEVERAL = {"also_mobile", "all_ions"}
OF_STUDENTS = {
    *("n_students", "student_spread", "tracer_diffusivity_student_error_cm2_s"),
    "student_barrier_error_eV",
}


def named(page="transport-record.md"):
    """First column of the page's table."""
    made = {f"{file.page}.md": file for file in RECORD_FILES}
    text = record_page(made[page]) if page in made else (PAGES / page).read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \|", text.split("\n## ")[0], re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def analyse(trajectory, mobile="Li"):
    return analyse_temperature([trajectory], mobile=mobile, charge=1.0, temperature_K=600.0, settings=TransportConfig())


@pytest.mark.parametrize(
    "verdict",
    ["resolved", "bracketed", "upper_bound", "too_short", "no_mobile_ions", "melted", "another_species_moves"],
)
def test_every_key_is_documented_and_none_is_invented(rng, verdict):
    framework = rattling_framework(rng, 600)
    record = {
        "resolved": lambda: analyse(make(brownian(rng, 600, 20), framework=framework)),
        "bracketed": lambda: analyse(make(brownian(rng, 600, 20, (0.115,) * 3))),
        "upper_bound": lambda: analyse(make(caged(rng, 600, 20), framework=framework)),
        "too_short": lambda: analyse(make(brownian(rng, 60, 5))),
        "no_mobile_ions": lambda: analyse(make(brownian(rng, 200, 5)), mobile="Na"),
        "melted": lambda: analyse(make(brownian(rng, 600, 20), framework=brownian(rng, 600, 40, (0.2,) * 3))),
        "another_species_moves": lambda: analyse(
            make(
                brownian(rng, 600, 20),
                framework=np.concatenate([framework, brownian(rng, 600, 20)], axis=1),
                frame_symbol=("O",) * 64 + ("Na",) * 20,
            )
        ),
    }[verdict]()
    assert record.verdict == verdict, record.reason
    assert set(record.as_json()) == named() - {
        "files",
        "notes",
        "local",
        *OF_SEVERAL,
        *OF_STUDENTS,
        *IN_CAMPAIGNS,
        *CAMPAIGNS_ONLY,
    }


def test_every_key_of_several_species_is_documented(rng):
    ions, framework = brownian(rng, 600, 40), rattling_framework(rng, 600)
    whole = make(
        ions[:, :20],
        framework=np.concatenate([framework, ions[:, 20:]], axis=1),
        frame_symbol=("O",) * 64 + ("Na",) * 20,
    )
    record = analyse_species([whole], {"Li": 1.0, "Na": 1.0}, temperature_K=600.0, settings=TransportConfig()).as_json()
    assert set(record) == named() - {"files", "notes", "local", *OF_STUDENTS, *IN_CAMPAIGNS, *CAMPAIGNS_ONLY}
    assert set(record["also_mobile"]["Na"]) | {"format"} == set(record) - OF_SEVERAL


def test_every_key_of_the_local_picture_is_documented(rng):
    ions = make(brownian(rng, 200, 10), framework=rattling_framework(rng, 200))
    record = local_picture_of_orderings(analyse(ions), [(0, [ions])], TransportConfig(), LocalPictureConfig())
    assert set(record.as_json()) == named("local-record.md") - IN_CAMPAIGNS - {"missing"}


def test_every_key_of_the_line_and_of_the_equation_is_documented():
    line = analyse_arrhenius([], settings=ArrheniusConfig())
    assert set(line.as_json()) == named("arrhenius-record.md") - IN_CAMPAIGNS - OF_STUDENTS - {"files"}
    record = equation_one([], {}, line, settings=LocalPictureConfig(), arrhenius_settings=ArrheniusConfig())
    assert set(record.as_json()) == named("equation-record.md") - IN_CAMPAIGNS
