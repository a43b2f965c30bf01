"""The benchmarks call stages and workflow with records of their own making: smallest cases, so that they still run."""

from types import SimpleNamespace

import numpy as np
import pytest
from ase import Atoms

from benchmarks import corrected, decomposition, first_principles, lattices, members, planning, relaxation, transport
from benchmarks.uf3 import Uf3, repulsion_alone
from screening.config.student import StudentConfig
from screening.trajectories.run_record import DrivenBy, Retraining, RunRecord, Watch
from tests.blank import blank

pytestmark = pytest.mark.slow


def test_planning_is_measured(tmp_path):
    planning.shortlisted(tmp_path, 2)
    planned = planning.dry_run(tmp_path)
    assert planned.wall_s > 0
    assert planned.processor_s > 0
    assert planned.peak_MB > 50


def test_relaxations_of_the_benchmark_converge():
    assert relaxation._seconds(relaxation._strained(["LiCl"]), relaxation.ONCE) > 0


@pytest.mark.parametrize("tool", ["here", "diffusivities"])
def test_every_tool_of_this_package_gives_the_walks_diffusivity(tool):
    """A step of 0.1 A per frame and axis: D = 0.1^2 / (2 x 10 fs)."""
    found = transport._TOOLS[tool](transport._positions(1500))
    assert found == pytest.approx(0.1**2 / (2 * 0.01) * 1e-4, rel=0.1)


def test_the_local_picture_is_measured():
    transport._TOOLS["local"](transport._positions(300))


def test_the_rows_of_uf3_are_what_lammps_computes():
    """Random coefficients, a triclinic cell, atoms that see their own images."""
    rng = np.random.default_rng(1)
    cell = 4.5 * np.eye(3) + 0.4 * rng.normal(size=(3, 3))
    atoms = Atoms("LiLiClSLiCl", scaled_positions=rng.random((6, 3)), cell=cell, pbc=True)
    uf3 = Uf3(["Cl", "Li", "S"], 5.0, 8, 3.5, 3, StudentConfig())
    uf3.coefficients = rng.normal(size=len(uf3.coefficients))
    without, engine = repulsion_alone(uf3.elements, uf3.settings), uf3.engine()
    (found,), (zero,) = engine.evaluate([atoms]), without.evaluate([atoms])
    predicted = uf3.rows(atoms) @ uf3.coefficients
    constants = sum(uf3.constants[symbol] for symbol in atoms.symbols)
    assert predicted[0] - constants == pytest.approx(found.energy - zero.energy, rel=1e-9)
    np.testing.assert_allclose(predicted[1:].reshape(-1, 3), found.forces - zero.forces, rtol=0, atol=1e-8)
    engine.close(), without.close()


def test_lattices_at_300_K_are_where_pressures_at_rest_and_of_heat_cancel(tmp_path):
    """A crystal of a bulk modulus of 20 GPa and a thermal pressure of 1 GPa, and dispersion of -1 and -0.5 GPa."""
    modulus, heat, pull = 20.0, 1.0, {"none": 0.0, "d3bj": -1.0, "d4": -0.5}
    measured = lattices.primitive("Li3OCl")
    volume, store = measured.get_volume(), lattices.Store(tmp_path / "lattices.json")
    # Without dispersion 2 % too large at rest.
    sizes = {kind: np.log(1.02) + p / modulus for kind, p in pull.items()}
    wide = sizes["none"] + np.log(lattices.WIDE)
    for name, size, pressure in (
        *((kind, sizes[kind], 0.0) for kind in pull),
        ("none wide", wide, -modulus * np.log(1.06)),
    ):
        cell = measured.cell.array * np.exp(size / 3)
        store.known[f"Li3OCl {name}"] = {
            "numbers": measured.numbers.tolist(),
            "positions": (measured.get_scaled_positions() @ cell).tolist(),
            "cell": cell.tolist(),
            "volume_A3": volume * np.exp(size),
            "pressure_GPa": pressure,
        }
    store.known["Li3OCl dispersion"] = {kind: [pull[kind]] * 4 for kind in ("d3bj", "d4")}
    at = sizes["d3bj"] + np.log(lattices.RUN_AT)
    rest = -modulus * (at - sizes["none"])
    store.known["Li3OCl 300 K"] = {
        "volume_A3": 8 * volume * np.exp(at),
        "n_atoms": 8 * len(measured),
        "error_GPa": 0.1,
        "pressure_GPa": {kind: rest + p + heat for kind, p in pull.items()},
    }
    row = lattices.row("Li3OCl", store)
    for kind in pull:
        assert row[f"lattice_0K_{kind}_percent"] == pytest.approx(100 * (np.exp(sizes[kind] / 3) - 1), abs=0.006)
        warm = sizes[kind] + heat / modulus
        assert row[f"lattice_300K_{kind}_percent"] == pytest.approx(100 * (np.exp(warm / 3) - 1), abs=0.006)
        assert row[f"lattice_300K_{kind}_error_percent"] == pytest.approx(100 * 0.1 / modulus / 3, abs=0.006)
    found = lattices.figures([row])
    assert found["lattice_error_300K_percent_median_default"] == abs(row["lattice_300K_d4_percent"])


def test_decomposition_energies_are_balanced(tmp_path):
    """One Li6PS5Cl is one Li3PS4, one Li2S and one LiCl, whatever cells they are in."""
    store = lattices.Store(tmp_path / "lattices.json")
    per_unit = {"Li6PS5Cl": -10.0, "Li3PS4-gamma": -6.0, "Li2S": -3.0, "LiCl": -1.5}
    for name, energy in per_unit.items():
        atoms = lattices.primitive(name)
        units = list(atoms.symbols).count("Cl" if "Cl" in name else "S") / {"Li3PS4-gamma": 4}.get(name, 1)
        store.known[f"{name} none"] = {
            "numbers": atoms.numbers.tolist(),
            "positions": atoms.positions.tolist(),
            "cell": atoms.cell.tolist(),
            "energy_eV": units * energy,
        }
    assert decomposition.energy_above(store, "Li6PS5Cl", "none") == pytest.approx(1000 * 0.5 / 13)


def test_slopes_are_pooled_over_materials_and_frames_without_a_label_are_left_out(tmp_path, monkeypatch):
    rng = np.random.default_rng(2)
    known = {}
    for material, factor in (("Li6PS5Cl", 0.8), ("Li3YCl6", 0.9)):
        start = first_principles.start_of(material)
        frames = [start.positions.tolist()] * first_principles.N_FRAMES
        known[f"{material} frames"] = {
            "numbers": start.numbers.tolist(),
            "cell": start.cell.tolist(),
            "positions": frames,
        }
        true = [rng.normal(size=(len(start), 3)) for _ in frames]
        known |= {f"{material} label {k}": {"forces": f.tolist(), "cpu_s": 100.0} for k, f in enumerate(true)}
        known[f"{material} soft"] = [(factor * forces).tolist() for forces in true]
    known["Li6PS5Cl label 2"] = {"lost": "the density did not converge"}
    monkeypatch.setattr(first_principles, "TABLE", tmp_path / "table.csv")
    figures = first_principles.tabulate(known, ["soft", "not there"])
    rows = {(r["material"], r["element"]): r for r in first_principles.rows_of(known, ["soft"])}
    assert rows["Li6PS5Cl", "Li"]["force_slope"] == 0.8
    assert (rows["Li6PS5Cl", "P"]["frames"], rows["Li3YCl6", "Y"]["frames"]) == (3, 4)
    assert 0.8 < figures["dft_slope_li_soft"] < 0.9
    assert figures["dft_mae_li_soft"] > 0
    assert figures["dft_cpu_s_per_label_52"] == 100.0
    assert (tmp_path / "table.csv").read_text().count("\n") == 1 + 5 + 4 + 6


def test_errors_of_slopes_and_of_mean_errors_are_how_they_scatter_over_frames():
    """Two crystals in which a potential is unlike wrong: that is no error of what is pooled."""
    symbols = {"a": np.array(["Li"] * 20), "b": np.array(["Li"] * 10 + ["P"] * 10)}
    found: dict[tuple[str, str], list[list[float]]] = {}
    for seed in range(300):
        rng = np.random.default_rng(seed)
        parts = []
        for name, off in (("a", 0.1), ("b", 1.0)):
            for _ in range(4):
                true = rng.normal(size=(20, 3))
                parts.append((symbols[name], true, 0.9 * true + off * rng.lognormal(0, 0.3) * rng.normal(size=(20, 3))))
        for row in first_principles._rows("all", "x", parts):
            for name in ("force_slope", "force_mae"):
                unit = "_meV_A" if name == "force_mae" else ""
                found.setdefault((row["element"], name), []).append([row[name + unit], row[f"{name}_error{unit}"]])
    for of, values in found.items():
        value, error = np.array(values).T
        assert np.sqrt((error**2).mean()) == pytest.approx(value.std(), rel=0.25), of


def test_figures_of_corrections_are_ratios_to_ab_initio():
    sulfide, halide = {"material": "Li6PS5Cl", "source": "sevenn"}, {"material": "Li3YCl6", "source": "sevenn"}
    rows = [
        {"material": "Li6PS5Cl", "source": "ab initio", "tracer_diffusivity_cm2_s": 1e-5},
        {**halide, "labels": 0, "tracer_diffusivity_cm2_s": 7.0e-5},
        {**sulfide, "labels": 0, "tracer_diffusivity_cm2_s": 2.0e-5},
        {**sulfide, "labels": 20, "kept": False},
        {**sulfide, "labels": 50, "tracer_diffusivity_cm2_s": 1.2e-5},
    ]
    found = corrected.figures_of(rows)
    assert found["uncorrected_D_over_abinitio"] == 2.0
    assert found["corrected_D_over_abinitio"] == found["corrected_D_over_abinitio_sevenn_0_50"] == 1.2
    assert "corrected_D_over_abinitio_sevenn_0_20" not in found


def test_ratios_to_ab_initio_have_the_errors_of_both_runs():
    rows = [
        {"material": "Li6PS5Cl", "source": source, "labels": labels, **_diffusivity(value, error)}
        for source, labels, value, error in (("ab initio", None, 1e-5, 3e-6), ("chgnet", 20, 2e-5, 8e-6))
    ]
    found = corrected.figures_of(rows)
    assert found["corrected_D_over_abinitio_chgnet_20"] == 2.0
    assert found["corrected_D_over_abinitio_chgnet_20_error"] == pytest.approx(2 * np.hypot(0.3, 0.4))


def _diffusivity(value, error):
    return {"tracer_diffusivity_cm2_s": value, "tracer_diffusivity_error_cm2_s": error}


def test_folders_without_two_members_are_told_and_leave_the_table(tmp_path, monkeypatch, capsys):
    before = members.TABLE.read_text()
    monkeypatch.setattr("sys.argv", ["benchmarks.members", str(tmp_path)])
    with pytest.raises(SystemExit):
        members.main()
    assert "no two students ran one ordering at one temperature" in capsys.readouterr().err
    assert members.TABLE.read_text() == before


def test_members_of_committees_differ_by_what_sampling_leaves_over():
    rng = np.random.default_rng(1)
    logs = rng.normal(np.log(1e-5), 0.2, (2, 400)) + rng.normal(0, 0.1, (2, 400))
    rows = [
        {"temperature_K": 600.0, "students": f"a{k} b{k}", **_member("first", one), **_member("second", two)}
        for k, (one, two) in enumerate(np.exp(logs).T.tolist())
    ]
    found = members.figures_of([*rows, {**rows[0], "temperature_K": 300.0}])
    assert found["members_hot_pairs"] == 400
    assert found["members_hot_spread_D"] == pytest.approx(0.2, rel=0.1)
    assert found["members_hot_spread_D"] < found["members_hot_spread_D_high"] < 0.24
    assert "members_cold_pairs" not in found


def test_of_a_run_that_was_made_again_the_last_time_counts(tmp_path, monkeypatch):
    lesson = blank(Retraining)
    for name, watch in (("o0_r0", blank(Watch)), ("o0_r1", blank(Watch, made_again=(lesson, lesson)))):
        driver = blank(DrivenBy, student_checksum="a")
        blank(RunRecord, monitor=watch, driver=driver, ordering=0, chunks={}).write(tmp_path / name / RunRecord.FILE)
    places = []
    monkeypatch.setattr(members, "read_trajectory", lambda folder, *_: places.append(folder))
    monkeypatch.setattr(members, "analyse_temperature", lambda *_, **__: SimpleNamespace(verdict="too short"))
    assert members.members_of(tmp_path, "Li") == {}
    assert places == [tmp_path / "o0_r0" / "chunks", tmp_path / "o0_r1" / "again_2" / "chunks"]


def test_many_pairs_of_few_committees_leave_the_limit_wide():
    """What two students differ by may be the same in all candidates of their family: pairs are then one difference."""
    held, of_pairs = 0, 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        rows = [
            {"temperature_K": 600.0, "students": f"a{k} b{k}", **_member("first", 1e-5), **_member("second", value)}
            for k, offset in enumerate(rng.normal(0, 0.2 * np.sqrt(2), 4))
            for value in 1e-5 * np.exp(offset + rng.normal(0, 0.1 * np.sqrt(2), 4))
        ]
        held += members.figures_of(rows)["members_hot_spread_D_high"] > 0.2
        alone = [{**row, "students": f"a{k} b{k}"} for k, row in enumerate(rows)]
        of_pairs += members.figures_of(alone)["members_hot_spread_D_high"] > 0.2
    assert held >= 36
    assert of_pairs < 34


def test_three_students_differ_twice_and_not_three_times():
    rows = [{"students": names} for names in ("a b", "a c", "b c", "d e", "d e")]
    assert members.independent(rows) == 3


def _member(which, value):
    return {f"{which}_cm2_s": value, f"{which}_error_cm2_s": 0.1 * value}
