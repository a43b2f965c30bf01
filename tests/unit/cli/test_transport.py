"""`screening transport` on files of others, as it is typed."""

import json
import re
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from typer.testing import CliRunner

from screening.cli.main import app, main
from screening.local import analyse_files
from screening.transport.record import TransportRecord, TransportVerdict
from tests.blank import blank
from tests.walks import brownian


@pytest.fixture
def files(tmp_path, rng):
    """Two wrapped walks, D = 0.8 and 1.8 A^2/ps."""
    found = []
    for index, sigma in enumerate((0.4, 0.6)):
        walk = brownian(rng, 400, 20, (sigma,) * 3)
        images = [Atoms("Li20", positions=frame, cell=np.eye(3) * 20.0, pbc=True) for frame in walk]
        for image in images:
            image.wrap()
        found.append(str(tmp_path / f"{index}.extxyz"))
        ase.io.write(found[-1], images, format="extxyz")
    return found


def run(*arguments):
    return CliRunner().invoke(app, ["transport", *arguments, "--temperature", "600", "--mobile", "Li"])


@pytest.mark.slow
def test_record_is_written(files, tmp_path):
    out = tmp_path / "x.json"
    done = run(*files, "--frame-interval-fs", "100", "--orderings", "0,1", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "resolved" in done.output
    record = json.loads(out.read_text())
    assert record["n_orderings"] == 2
    # Two values 1.0 apart have a standard deviation of 0.71, less what sampling explains.
    assert record["tracer_diffusivity_ordering_spread_cm2_s"] == pytest.approx(0.71e-4, rel=0.3, abs=0)
    assert [d["ordering"] for d in record["percolation"]] == [0, 1]


def test_record_is_printed(files):
    done = run(files[0], "--frame-interval-fs", "100", "--json")
    assert json.loads(done.output)["files"] == [files[0]]


@pytest.mark.parametrize(
    ("orderings", "message"), [("a,b", "whole numbers"), ("0", "1 orderings are named for 2 trajectories")]
)
def test_wrong_orderings(files, orderings, message):
    done = run(*files, "--frame-interval-fs", "100", "--orderings", orderings)
    assert done.exit_code != 0
    assert message in done.output + str(done.exception)


@pytest.mark.slow
def test_the_charge_is_the_ion_s_usual_one_or_asked_for(tmp_path, rng):
    found = {}
    for mobile in ("Li", "Mg", "Eu"):
        images = [
            Atoms(f"{mobile}20", positions=frame, cell=np.eye(3) * 20.0, pbc=True)
            for frame in brownian(rng, 400, 20, (0.4,) * 3)
        ]
        for image in images:
            image.wrap()
        path = tmp_path / f"{mobile}.extxyz"
        ase.io.write(path, images, format="extxyz")
        arguments = [str(path), "--temperature", "600", "--mobile", mobile, "--frame-interval-fs", "100", "--json"]
        found[mobile] = CliRunner().invoke(app, ["transport", *arguments])
    assert [json.loads(found[mobile].output)["charge"] for mobile in ("Li", "Mg")] == [1.0, 2.0]
    assert found["Eu"].exit_code == 2
    assert "give the charge" in found["Eu"].output


@pytest.mark.slow
def test_several_species_and_their_framework(tmp_path, rng):
    """Two species that walk through S: each has its exact D, and the framework is what is left or what is named."""
    n, cell = 600, np.eye(3) * 20.0
    walks = [brownian(rng, n, 20, (sigma,) * 3) for sigma in (0.4, 0.3)]
    framework = rng.uniform(0, 20, size=(1, 20, 3)) + rng.normal(scale=0.1, size=(n, 20, 3))
    path = tmp_path / "run.extxyz"
    images = [
        Atoms("Li20Na20S20", positions=p, cell=cell, pbc=True) for p in np.concatenate([*walks, framework], axis=1)
    ]
    ase.io.write(path, images)
    arguments = ["transport", str(path), "--temperature", "600", "--frame-interval-fs", "100", "--mobile", "Li"]
    arguments += ["--json"]
    both = CliRunner().invoke(app, [*arguments, "--mobile", "Na", "--charge", "1", "--charge", "1"])
    record = json.loads(both.stdout)
    for name, found, exact in (("Li", record, 0.8e-4), ("Na", record["also_mobile"]["Na"], 0.45e-4)):
        error = found["tracer_diffusivity_error_cm2_s"]
        assert (found["mobile"], found["verdict"]) == (name, "resolved")
        assert abs(found["tracer_diffusivity_cm2_s"] - exact) < 3 * error < exact
    alone = json.loads(CliRunner().invoke(app, arguments).stdout)
    assert alone["verdict"] == "another_species_moves"
    named = json.loads(CliRunner().invoke(app, [*arguments, "--framework", "S"]).stdout)
    assert named["tracer_diffusivity_cm2_s"] == record["tracer_diffusivity_cm2_s"]
    # What Python says without the command's defaults is the same.
    python = analyse_files(str(path), mobile=("Li", "Na"), temperature_K=600.0, frame_interval_fs=100.0)
    assert json.loads(json.dumps(python.as_json())) == record


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mobile", "Na"], "has no Na: its elements are Li"),
        (["--mobile", "Li", "--mobile", "Na"], "has no Na: its elements are Li"),
        (["--mobile", "Li", "--framework", "P"], "has no P: its elements are Li"),
        (["--mobile", "Li", "--framework", "Li"], "Li cannot be mobile and of the framework"),
        (["--mobile", "Li", "--mobile", "Li"], "name each element once"),
        (["--mobile", "li", "--charge", "1"], "mobile ion li is no element"),
        (["--mobile", "Li", "--charge", "1", "--charge", "2"], "2 charges are named for 1 mobile species"),
        (["--mobile", "Li", "--format", "xtal"], "format 'xtal' is not known"),
    ],
)
def test_what_is_not_in_the_file_is_an_error(files, arguments, message, monkeypatch, capsys):
    """With exit code 1 and the message alone, as it is typed."""
    whole = ["screening", "transport", files[0], "--temperature", "600", "--frame-interval-fs", "100", *arguments]
    monkeypatch.setattr("sys.argv", whole)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert message in capsys.readouterr().err


def test_notes_are_told_beside_the_record(files, tmp_path):
    """A frame that was cut, in a file whose name says nothing."""
    cut = tmp_path / "out.1"
    cut.write_text(Path(files[0]).read_text()[:-10])
    done = run(str(cut), "--frame-interval-fs", "100", "--format", "extxyz", "--json")
    record = json.loads(done.stdout)
    assert record["n_frames"] == [399]
    assert record["notes"] == [
        f"{cut}: frame 400 at the end of the file is not whole (it begins in line 8779) and is left out"
    ]
    assert f"note: {record['notes'][0]}" in done.stderr


@pytest.mark.slow
def test_the_local_picture_beside(files):
    done = run(files[0], "--frame-interval-fs", "100", "--json", "--local")
    local = json.loads(done.output)["local"]
    assert local["temperature_K"] == 600.0
    # 20 ions in a cube of 20 A.
    assert local["carrier_density_per_cm3"] == pytest.approx(20 / 8000 * 1e24)
    none = run(files[0], "--frame-interval-fs", "100", "--json", "--local", "--stride", "100")
    assert (json.loads(none.output)["verdict"], list(json.loads(none.output)["local"])) == (
        "too_short",
        ["temperature_K", "missing"],
    )


def three(tmp_path, rng):
    """Runs at three temperatures, hottest first, and the arguments that name them."""
    arguments = []
    for temperature, sigma in ((1000, 0.5), (800, 0.35), (600, 0.25)):
        walk = brownian(rng, 400, 20, (sigma,) * 3)
        path = tmp_path / f"<b>{temperature}.extxyz"
        ase.io.write(path, [Atoms("Li20", positions=p, cell=np.eye(3) * 20.0, pbc=True) for p in walk])
        arguments += [str(path), "--temperature", str(temperature)]
    return ["transport", *arguments, "--mobile", "Li", "--frame-interval-fs", "100"]


def test_without_a_file_to_write_a_table_is_printed(files):
    found = json.loads(run(files[0], "--frame-interval-fs", "100", "--json").stdout)
    printed = run(files[0], "--frame-interval-fs", "100").stdout
    assert "D*" in printed
    assert f"({found['tracer_diffusivity_cm2_s'] * 1e5:.1f}" in printed
    assert found["reason"].split(",")[0] in printed


@pytest.mark.slow
def test_several_temperatures_have_a_line_and_a_page(tmp_path, rng):
    arguments = three(tmp_path, rng)
    both = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
    assert [record["temperature_K"] for record in both["temperatures"]] == [600.0, 800.0, 1000.0]
    assert both["line"]["n_temperatures"] == 3
    printed = CliRunner().invoke(app, arguments).stdout
    assert f"activation energy: {both['line']['activation_energy_eV']:.3f}" in printed
    out = tmp_path / "out.html"
    done = CliRunner().invoke(app, [*arguments, "--out", str(out)])
    assert done.exit_code == 0, done.output
    page = out.read_text(encoding="utf-8")
    (text,) = re.findall(r'<script type="application/json" id="d0">(.*?)</script>', page, re.DOTALL)
    detail = json.loads(text)
    assert [one["T"] for one in detail["temperatures"]] == [600, 800, 1000]
    assert [one["runs"] for one in detail["temperatures"]] == [[1, 40.0, 40.0, 400]] * 3
    assert "<b>600" not in page
    assert detail["missing"] == []


def test_files_and_temperatures_have_to_match(files, tmp_path):
    wrong = run(files[0], "--temperature", "500", "--frame-interval-fs", "100")
    assert wrong.exit_code == 2
    assert "2 temperatures for 1 files" in " ".join(wrong.output.replace("│", " ").split())
    several = run(*files, "--temperature", "500", "--frame-interval-fs", "100", "--out", str(tmp_path / "x.json"))
    assert several.exit_code == 2
    assert "give a .html file" in " ".join(several.output.replace("│", " ").split())


def point(folder, temperature, energy_eV=0.3, **changed):
    d = 1e-3 * np.exp(-energy_eV / (8.617333262e-5 * temperature))
    known = {
        "verdict": TransportVerdict.RESOLVED,
        "temperature_K": temperature,
        "mobile": "Li",
        "charge": 1.0,
        "tracer_diffusivity_cm2_s": d,
        "tracer_diffusivity_error_cm2_s": 0.1 * d,
        "number_density_per_cm3": 2e22,
    }
    path = folder / f"{temperature:g}_{len(list(folder.iterdir()))}.json"
    blank(TransportRecord, **known | changed).write(path)
    return str(path)


def arrhenius(*arguments):
    return CliRunner().invoke(app, ["arrhenius", *arguments])


def test_several_temperatures_make_a_line(tmp_path):
    paths = [point(tmp_path, t) for t in (600.0, 800.0, 1000.0)]
    record = json.loads(arrhenius(*paths, "--json").output)
    assert record["files"] == paths
    assert record["activation_energy_eV"] == pytest.approx(0.3, rel=1e-6)
    assert "activation energy: 0.300" in arrhenius(*paths).output
    assert record["diffusivity_300K_cm2_s"] == pytest.approx(
        1e-3 * np.exp(-0.3 / (8.617333262e-5 * 300)), rel=1e-5, abs=0
    )
    warm = json.loads(arrhenius(*paths, "--json", "--extrapolate-to-K", "400").output)
    assert warm["extrapolation_temperature_K"] == 400.0


def test_of_records_of_several_species_one_is_chosen(tmp_path):
    paths = []
    for temperature in (600.0, 800.0, 1000.0):
        sodium, lithium = (Path(point(tmp_path, temperature, e, mobile=m)) for m, e in (("Na", 0.2), ("Li", 0.3)))
        both = {**json.loads(lithium.read_text()), "also_mobile": {"Na": json.loads(sodium.read_text())}}
        lithium.write_text(json.dumps(both))
        paths.append(str(lithium))
    for arguments, barrier in (([], 0.3), (["--mobile", "Li"], 0.3), (["--mobile", "Na"], 0.2)):
        assert json.loads(arrhenius(*paths, "--json", *arguments).output)["activation_energy_eV"] == pytest.approx(
            barrier
        )
    assert "has no K; its species are Li, Na" in str(arrhenius(*paths, "--mobile", "K").exception)


def test_what_makes_no_line_is_refused(tmp_path):
    one = point(tmp_path, 600.0)
    for other, message in (
        (point(tmp_path, 600.0), "two records are of one temperature"),
        (point(tmp_path, 800.0, mobile="Na"), "the records differ in mobile: Li, Na"),
    ):
        assert message in str(arrhenius(one, other).exception)
    (tmp_path / "other.json").write_text("{}")
    assert "is not a record of" in str(arrhenius(str(tmp_path / "other.json")).exception)
