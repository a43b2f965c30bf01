"""Labels that campaigns share: found by content, written by many, and what a student starts from."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms

from screening.config.campaign import Campaign
from screening.config.load import parse_campaign
from screening.config.settings import settings_of
from screening.config.student import StudentConfig
from screening.dynamics.engines.lammps_cell import CellMap
from screening.errors import ConfigError
from screening.students import beginning, earlier, shared_labels
from screening.students.design import FrameRows, Label
from screening.students.distill import distill
from screening.students.earlier import choose_contacts, choose_frames, lacking_contacts, nearest_pair
from screening.students.labels import LabelStore, read_batch
from screening.students.seeds import EARLIER, EARLIER_CONTACT
from screening.students.shared_labels import KnownFrame, SharedLabels, frame_key, usual_folder
from tests.students import SMALL, crystal
from tests.unit.students.test_distill import HOTTEST_K, counting

CHECKSUM = "ab" * 32


def campaign(**student: object) -> Campaign:
    data = {
        "campaign": "test",
        "mobile_ion": "Li",
        "parents": [{"library": "Li6PS5Cl"}],
        "candidates": {"rules": [{"parent": "Li6PS5Cl"}]},
        "md": {"temperatures_K": [600, 800, 1000]},
    }
    return parse_campaign({**data, "student": student}, "test")


def answer(atoms: Atoms, energy: float = -1.0) -> Label:
    return Label(energy, np.arange(3.0 * len(atoms)).reshape(-1, 3), np.eye(3))


def test_a_label_is_found_by_content_and_for_its_potential_alone(tmp_path, crystals):
    store = SharedLabels(tmp_path, CHECKSUM)
    store.keep(crystals[0], answer(crystals[0]))
    again = SharedLabels(tmp_path, CHECKSUM).find(crystals[0].copy())
    assert again.energy == -1.0
    np.testing.assert_array_equal(again.forces, answer(crystals[0]).forces)
    nearly, moved = crystals[0].copy(), crystals[0].copy()
    nearly.positions = np.round(nearly.positions, 6) + 4e-7
    moved.positions[3, 1] += 1e-5
    assert store.find(nearly) is not None
    assert store.find(moved) is None
    stretched = crystals[0].copy()
    stretched.set_cell(1.00001 * stretched.cell.array)
    assert store.find(stretched) is None
    # Of another potential, even one whose checksum begins alike.
    assert SharedLabels(tmp_path, CHECKSUM[:-1] + "0").find(crystals[0]) is None
    assert SharedLabels(tmp_path, "cd" * 32).find(crystals[0]) is None


def test_minus_zero_is_zero():
    there = Atoms("Ne", positions=[[0.0, 1, 2]], cell=[4, 4, 4], pbc=True)
    minus = Atoms("Ne", positions=[[-0.0, 1, 2 - 1e-9]], cell=[4, 4, 4], pbc=True)
    assert frame_key(there) == frame_key(minus)


def test_a_damaged_label_is_not_used_and_written_again(tmp_path, crystals):
    store = SharedLabels(tmp_path, CHECKSUM)
    store.keep(crystals[0], answer(crystals[0]))
    (path,) = tmp_path.rglob("*.npz")
    path.write_bytes(path.read_bytes()[:50])
    assert store.find(crystals[0]) is None
    assert store.within({"Ne", "Ar"}) == []
    store.keep(crystals[0], answer(crystals[0], -2.0))
    assert store.find(crystals[0]).energy == -2.0
    store.keep(crystals[0], answer(crystals[0], -3.0))
    assert store.find(crystals[0]).energy == -2.0


def test_many_may_write_and_read_at_once(tmp_path):
    frames = [crystal(np.random.default_rng(k)) for k in range(6)]

    def work(_: int) -> int:
        store = SharedLabels(tmp_path, CHECKSUM)
        for frame in frames:
            store.keep(frame, answer(frame))
            assert store.find(frame) is not None
        return len(store.within({"Ar", "Ne"}))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(16))) == [6] * 16
    assert len(list(tmp_path.rglob("*.npz"))) == 6


def test_a_folder_that_must_not_be_written_is_read_and_told_of_once(tmp_path, crystals, monkeypatch, capsys):
    SharedLabels(tmp_path, CHECKSUM).keep(crystals[0], answer(crystals[0]))

    def refuse(path: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(shared_labels, "write_arrays", refuse)
    store = SharedLabels(tmp_path, CHECKSUM)
    for frame in (crystals[1], crystal(np.random.default_rng(9))):
        store.keep(frame, answer(frame))
    assert store.find(crystals[0]) is not None
    assert capsys.readouterr().err.count("student.label_store: ") == 1


@pytest.mark.parametrize("inside", ["", "labels"])
def test_a_file_where_the_folder_should_be_costs_no_run(inside, tmp_path, crystals, capsys):
    (tmp_path / "taken").write_text("")
    store = SharedLabels(tmp_path / "taken" / inside, CHECKSUM)
    store.keep(crystals[0], answer(crystals[0]))
    assert store.within({"Ne", "Ar"}) == []
    assert "student.label_store: " in capsys.readouterr().err


def test_a_folder_that_must_not_be_read_holds_nothing(tmp_path, crystals, monkeypatch, capsys):
    SharedLabels(tmp_path, CHECKSUM).keep(crystals[0], answer(crystals[0]))

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert SharedLabels(tmp_path, CHECKSUM).within({"Ne", "Ar"}) == []
    assert "none of its labels are used" in capsys.readouterr().err


def test_frames_of_fewer_elements_count_those_of_others_do_not(tmp_path):
    store = SharedLabels(tmp_path, CHECKSUM)
    both = crystal()
    neon = Atoms("Ne2", positions=[[0, 0, 0], [0, 0, 2.5]], cell=[6, 6, 6], pbc=True)
    other = Atoms("NeKr", positions=[[0, 0, 0], [0, 0, 2.5]], cell=[6, 6, 6], pbc=True)
    for frame in (both, neon, other):
        store.keep(frame, answer(frame))
    assert {one.key for one in store.within({"Ne", "Ar"})} == {frame_key(both), frame_key(neon)}
    assert SharedLabels(tmp_path / "nowhere", CHECKSUM).within({"Ne"}) == []


def test_the_teacher_is_not_asked_for_what_is_shared(tmp_path, crystals):
    shared = SharedLabels(tmp_path / "shared", CHECKSUM)
    first, second = counting(), counting()
    store = LabelStore(tmp_path / "one", first, "lj", shared)
    labels = store.label("batch", crystals[:1])
    assert (first.answered, store.n_labels, store.n_shared) == (1, 1, 0)
    store = LabelStore(tmp_path / "two", second, "lj", shared)
    again = store.label("batch", crystals)
    assert (second.answered, store.n_labels, store.n_shared) == (1, 2, 1)
    np.testing.assert_array_equal(again[0].forces, labels[0].forces)
    # What is on disk knows it too.
    store = LabelStore(tmp_path / "two", second, "lj", shared)
    store.label("batch", crystals)
    assert (second.answered, store.n_labels, store.n_shared) == (1, 2, 1)


def known(atoms: Atoms, contact: bool = False) -> KnownFrame:
    return KnownFrame(frame_key(atoms), atoms, answer(atoms), contact)


@dataclass
class Rows:
    """A designer whose descriptors are the first atom's coordinates; none of a frame without x."""

    def tolerant_rows(self, frames, stress):
        assert not stress
        for atoms in frames:
            rows = np.tile(atoms.positions[0], (1 + 3 * len(atoms), 1))
            box = CellMap(atoms.cell.array)
            yield None if atoms.positions[0, 0] == 0 else FrameRows(rows, np.zeros(1), (), box, len(atoms))


def test_too_many_frames_are_thinned_to_those_that_differ(monkeypatch):
    monkeypatch.setattr(earlier, "MOST_FRAMES", 3)
    places = [(1, 1, 1), (1.001, 1, 1), (9, 1, 1), (1, 9, 1), (1, 1.001, 1), (0, 5, 5)]
    frames = [known(Atoms("Ne", positions=[place], cell=[20, 20, 20], pbc=True)) for place in places]
    chosen = choose_frames(frames, [frames[0].atoms], Rows())
    assert len(chosen) == 3
    # Alike: one of the first, second and fifth; the last has no descriptors.
    assert [one in chosen for one in frames[2:4]] == [True, True]
    assert frames[5] not in chosen
    monkeypatch.setattr(earlier, "MOST_FRAMES", 10)
    assert choose_frames(frames, [frames[0].atoms], Rows()) == frames


def test_frames_of_the_nearest_composition_are_looked_at(monkeypatch):
    monkeypatch.setattr(earlier, "MOST_CANDIDATES", 2)
    cells = {n: Atoms("Ne" * n + "Ar" * (8 - n), positions=np.eye(8)[:, :3] * 9 + n, cell=[20] * 3) for n in (1, 4, 7)}
    frames = [known(cells[n]) for n in (7, 1, 4)]
    assert choose_frames(frames, [cells[1], cells[4]], Rows()) == [frames[1], frames[2]]
    assert choose_frames([known(cells[1], contact=True)], [cells[1]], Rows()) == []


def touching(first: str, second: str, distance: float = 1.2) -> Atoms:
    return Atoms([first, second, "Ar"], positions=[[0, 0, 0], [0, 0, distance], [5, 5, 5]], cell=[10] * 3, pbc=True)


def test_pairs_that_were_brought_together_are_not_again():
    assert nearest_pair(touching("Ne", "Ar")) == ("Ar", "Ne")
    assert nearest_pair(touching("Ne", "Ne", 4.5)) is None
    there = [known(touching("Ne", "Ar", 1.2 + 0.01 * k), contact=True) for k in range(6)]
    chosen = choose_contacts([*there, known(touching("Ar", "Ar")), known(touching("Ne", "Ne", 4.5), contact=True)])
    assert chosen == there[:4]
    wanted = [touching("Ne", "Ne"), touching("Ar", "Ne", 1.4)]
    assert lacking_contacts(wanted, chosen) == wanted[:1]


def test_labels_are_a_campaigns_own_unless_it_says_otherwise(tmp_path, monkeypatch):
    assert SharedLabels.of(StudentConfig(), CHECKSUM) is None
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert usual_folder() == tmp_path / "screening" / "labels"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert usual_folder() == Path.home() / ".cache" / "screening" / "labels"
    monkeypatch.setenv("HOME", str(tmp_path))
    store = SharedLabels.of(StudentConfig(labels="shared", label_store="~/mine"), CHECKSUM)
    store.keep(crystal(), answer(crystal()))
    assert list((tmp_path / "mine").rglob("*.npz"))


def test_a_campaign_that_shares_nothing_has_the_settings_it_had():
    for change, message in (
        ({"label_store": "/x"}, "label_store is not used with labels: own"),
        ({"labels": "shared", "label_store": "here"}, "student.label_store"),
        ({"labels": "mine"}, "student.labels"),
    ):
        with pytest.raises(ConfigError, match=message):
            campaign(**change)
    before = settings_of(campaign(), "student")["student"]
    assert not {"labels", "label_store"} & set(before)
    after = settings_of(campaign(labels="shared", label_store="/x"), "student")["student"]
    assert {**before, "labels": "shared", "label_store": "/x"} == after
    # Of melts none.
    assert settings_of(campaign(labels="shared"), "glass") == settings_of(campaign(), "glass")


@pytest.mark.slow
def test_a_second_campaign_pays_for_less_and_its_student_is_examined_as_any(tmp_path, crystals, monkeypatch):
    monkeypatch.setattr(beginning, "EXPERIENCED_FRAMES", 8)
    settings = SMALL.model_copy(update={"labels": "shared", "label_store": str(tmp_path / "shared")})
    shared = SharedLabels.of(settings, CHECKSUM)
    first = distill(crystals[:1], counting(), settings, HOTTEST_K, tmp_path / "one", 1, shared=shared)
    assert first.accepted, first.verdict.reason
    # Of its own, frames that were picked twice.
    assert first.record().n_labels_shared < 0.2 * first.n_labels
    another = [crystal(np.random.default_rng(5))]
    teacher, lines = counting(), []
    second = distill(another, teacher, settings, HOTTEST_K, tmp_path / "two", 2, lines.append, shared=shared)
    assert second.accepted, second.verdict.reason
    assert second.verdict.errors.n_frames >= 4
    record = second.record()
    assert 0 < record.n_labels_shared < record.n_labels
    assert record.n_labels - record.n_labels_shared < 0.6 * first.n_labels
    assert any(
        line.startswith(f"{len(read_batch(tmp_path / 'two/labels' / f'{EARLIER}.npz'))} labels") for line in lines
    )
    assert read_batch(tmp_path / "two" / "labels" / f"{EARLIER_CONTACT}.npz")
    # Alone it pays for all.
    alone = distill(another, counting(), SMALL, HOTTEST_K, tmp_path / "alone", 2)
    assert alone.record().n_labels_shared is None
    assert alone.n_labels > record.n_labels - record.n_labels_shared
    # Repeated after the store has grown it starts from what it started from.
    again = counting()
    repeated = distill(another, again, settings, HOTTEST_K, tmp_path / "two", 2, shared=shared)
    assert repeated.student.checksum == second.student.checksum
    assert again.answered < 0.2 * teacher.answered
