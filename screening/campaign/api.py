"""Results in Python: tables as pandas, structures as pymatgen or ASE, trajectories as arrays.

    from screening import open_campaign

    campaign = open_campaign("quickstart")
    campaign.ranking                                  # pandas.DataFrame
    best = campaign.candidate("Li6PS5Cl-9e")          # the beginning of an id is enough
    best.structure(), best.atoms()                    # pymatgen.Structure, ase.Atoms
    campaign.plot_ranking(), best.plot_msd(800)       # matplotlib axes
    best.trajectory(800).positions                    # numpy, (n_frames, n_atoms, 3), Angstrom, unwrapped

Nothing heavy is imported before it is needed.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from screening.candidates.roles import Role, roles
from screening.errors import StageError

if TYPE_CHECKING:
    import pandas as pd
    from ase import Atoms
    from matplotlib.axes import Axes
    from pymatgen.core import Structure

    from screening.candidates.record import MadeOrdering
    from screening.config.campaign import Campaign
    from screening.records.rows import Row
    from screening.report.collect import Candidate as Records
    from screening.report.overview import Row as PlottedRow
    from screening.stability.record import RelaxedOrdering
    from screening.trajectories.trajectory import Trajectory

    W = TypeVar("W", bound=Row)

TABLES = (
    "ranking",
    "stability",
    "orderings",
    "disorder",
    "shortlist",
    "candidates",
    "refused",
    "transport",
    "arrhenius",
)


def open_campaign(name: str | Path) -> "CampaignResults":
    """Open a campaign's results, finished or not.

    Args:
        name: NAME (then results/NAME in the current folder), a results folder, or a campaign file.

    Raises:
        StageError: there is no such campaign.
    """
    from screening.campaign.locate import campaign_folder

    return CampaignResults(campaign_folder(name))


def _axes(ax: "Axes | None", width: float, height: float) -> "Axes":
    """Axes to draw on; of a new figure, which a notebook shows, where none are given."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(figsize=(width, height), layout="constrained")
    return axes


class CampaignResults:
    """A campaign's folder.

    Attributes:
        folder: results/NAME.
        name: Name of the campaign.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.absolute().name

    def __repr__(self) -> str:
        return f"<campaign {self.name!r} in {self.folder}>"

    @cached_property
    def config(self) -> "Campaign":
        """The campaign with every default filled in."""
        from screening.config.load import load_campaign

        return load_campaign(self.folder / "config.resolved.yaml")

    def table(self, name: str) -> "pd.DataFrame":
        """One of `TABLES` as a data frame; what is not known is NaN, units are in the column names.

        Raises:
            StageError: the table is not there (yet), or there is no table of this name.
        """
        import pandas as pd

        return pd.DataFrame(self.rows(name))

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The same without pandas: a dictionary per row, None where a value is not known."""
        from screening.records import read_table

        if name not in TABLES:
            raise StageError(f"there is no table {name!r}; tables are {', '.join(TABLES)}")
        return read_table(self.folder / f"{name}.csv")

    @property
    def ranking(self) -> "pd.DataFrame":
        """One row per candidate, best conductivity first."""
        return self.table("ranking")

    @property
    def stability(self) -> "pd.DataFrame":
        """Energies of candidates and references."""
        return self.table("stability")

    @property
    def transport(self) -> "pd.DataFrame":
        """One row per candidate and temperature: diffusivities, conductivities, verdict."""
        return self.table("transport")

    @property
    def ids(self) -> list[str]:
        """Ids of the candidates, references not among them; in the order of the config."""
        return [row["id"] for row in self.rows("candidates") if Role.CANDIDATE in roles(row["role"])]

    def plot_arrhenius(
        self, ids: Sequence[str] | None = None, *, quantity: str = "D", far: bool = True, ax: "Axes | None" = None
    ) -> "Axes":
        """Diffusivity or conductivity against 1000 / T, with lines and the interval at the temperature asked for.

        Args:
            ids: Beginnings of ids of the candidates to draw; all where None, the best in colour.
            quantity: `D`, `sigma` or `sigmaT`.
            far: Draw lines on to the temperature of the conductivity.
            ax: To draw on; a new figure where None.

        Raises:
            StageError: there is no ranking (yet), no such candidate, or no such quantity.
        """
        from screening.report.plots import arrhenius

        rows, target_K = self._plotted(ids)
        return arrhenius(_axes(ax, 5.0, 3.6), rows, target_K, quantity=quantity, far=far)

    def plot_ranking(self, ids: Sequence[str] | None = None, *, ax: "Axes | None" = None) -> "Axes":
        """Conductivities in the ranking's order with intervals, tiers and measured values; see `plot_arrhenius`."""
        from screening.report.plots import ranking

        rows, target_K = self._plotted(ids)
        return ranking(_axes(ax, 5.0, 1.0 + 0.32 * min(25, len(rows))), rows, target_K)

    def plot_mixing(self, ids: Sequence[str] | None = None, *, ax: "Axes | None" = None) -> "Axes":
        """Mixing enthalpies, lowest first; see `plot_arrhenius`."""
        from screening.report.plots import mixing

        rows, _ = self._plotted(ids)
        return mixing(_axes(ax, 5.0, 1.0 + 0.3 * min(40, len(rows))), rows)

    def plot_msd(self, id: str, temperature_K: float, *, ax: "Axes | None" = None) -> "Axes":
        """Mean squared displacements of a candidate at one temperature, with what was fitted.

        Raises:
            StageError: there is no such candidate, or this temperature was not analysed (yet).
        """
        return self.candidate(id).plot_msd(temperature_K, ax=ax)

    def _plotted(self, ids: Sequence[str] | None) -> "tuple[list[PlottedRow], float]":
        """Candidates as the page has them, and the temperature of their conductivities in K."""
        from screening.report.collect import collect
        from screening.report.overview import extrapolation, make_rows

        collection = collect(self.folder)
        rows = make_rows(collection)
        if ids is not None:
            wanted = [self.candidate(id).id for id in ids]
            rows = [row for row in rows if row.id in wanted]
        return rows, extrapolation(collection)[0]

    def candidate(self, id: str) -> "CandidateResults":
        """One candidate or reference, by the beginning of its id or of its hash.

        Raises:
            StageError: none or several match.
        """
        from screening.campaign.locate import match_id

        known = [row["id"] for row in self.rows("candidates")]
        return CandidateResults(self, match_id(id, known, self.name))


class CandidateResults:
    """One candidate of a campaign.

    Attributes:
        campaign: Its campaign.
        id: Its id.
        folder: Of its files.
    """

    def __init__(self, campaign: CampaignResults, id: str) -> None:
        self.campaign, self.id = campaign, id
        self.folder = campaign.folder / "candidates" / id

    def __repr__(self) -> str:
        return f"<candidate {self.id} of {self.campaign.name!r}>"

    @cached_property
    def records(self) -> "Records":
        """Everything that is known of it so far, as the stages wrote it."""
        from screening.candidates.record import CandidateRow
        from screening.report.collect import read_candidate
        from screening.selection.rows import RankingRow, ShortlistRow
        from screening.stability.rows import StabilityRow

        shortlisted = self._row(ShortlistRow)
        return read_candidate(
            self.campaign.folder,
            self.id,
            row=self._row(RankingRow),
            listed=self._row(CandidateRow),
            stability=self._row(StabilityRow),
            marked=None if shortlisted is None else shortlisted.shortlisted,
            missing=[],
        )

    def structure(self, ordering: int = 0, *, relaxed: bool = True) -> "Structure":
        """An ordering's structure, relaxed or as it was made.

        Raises:
            StageError: it is not there (yet), or there are fewer orderings.
        """
        from pymatgen.core import Structure

        from screening.candidates.record import CandidateRecord
        from screening.stability.record import RelaxedRecord

        orderings: Sequence[RelaxedOrdering | MadeOrdering] = (
            RelaxedRecord.read(self.folder / "relaxed.json").orderings
            if relaxed
            else CandidateRecord.read(self.folder / "candidate.json").orderings
        )
        if not 0 <= ordering < len(orderings):
            raise StageError(f"{self.id} has no ordering {ordering}; they count from 0 to {len(orderings) - 1}")
        return Structure.from_dict(orderings[ordering].structure)

    def atoms(self, ordering: int = 0, *, relaxed: bool = True) -> "Atoms":
        """The same for ASE."""
        from pymatgen.io.ase import AseAtomsAdaptor

        atoms: Atoms = AseAtomsAdaptor.get_atoms(self.structure(ordering, relaxed=relaxed), msonable=False)
        return atoms

    def trajectory(self, temperature_K: float, ordering: int = 0, replica: int = 0) -> "Trajectory":
        """All frames of a run, also of one that is still running.

        Returns:
            Unwrapped positions in Angstrom, (n_frames, n_atoms, 3), with cell, times, energies and temperatures.

        Raises:
            StageError: there is no such run; names those that are there.
        """
        from screening.trajectories.run_record import RunRecord, newest_chunk_folder
        from screening.trajectories.storage import read_trajectory

        run = self.folder / f"{temperature_K:g}K" / f"o{ordering}_r{replica}"
        if not (run / "chunks").is_dir():
            runs = ", ".join(sorted("/".join(path.parts[-3:-1]) for path in self.folder.glob("*K/*/chunks")))
            raise StageError(f"{run / 'chunks'}: no such run of {self.id}; there are {runs or 'none'}")
        if not (run / RunRecord.FILE).exists():
            return read_trajectory(newest_chunk_folder(run))
        record = RunRecord.read(run / RunRecord.FILE)
        return read_trajectory(record.chunk_folder(run), record.chunks)

    def msd(self, temperature_K: float) -> "pd.DataFrame":
        """Mean squared displacements against lag: `lag_ps`, `tracer_A2`, `tracer_error_A2`, ...

        Raises:
            StageError: this temperature was not analysed (yet).
        """
        import pandas as pd

        from screening.transport.record import CandidateTransport

        path = self.folder / f"{temperature_K:g}K" / "transport.json"
        record = CandidateTransport.read(path)
        if record.msd is None:
            raise StageError(f"{path} holds no displacements: {record.reason or record.verdict}")
        return pd.DataFrame(record.msd.as_dict())

    def plot_msd(self, temperature_K: float, *, ax: "Axes | None" = None) -> "Axes":
        """Mean squared displacements at one temperature, with what was fitted.

        Raises:
            StageError: this temperature was not analysed (yet).
        """
        from screening.report.plots import msd
        from screening.transport.record import CandidateTransport

        path = self.folder / f"{temperature_K:g}K" / CandidateTransport.FILE
        record = CandidateTransport.read(path)
        if record.msd is None:
            raise StageError(f"{path} holds no displacements: {record.reason or record.verdict}")
        axes = msd(_axes(ax, 3.6, 2.9), record, record.msd)
        axes.set_ylabel("mean squared displacement (Å²)")
        axes.legend()
        return axes

    def _row(self, kind: "type[W]") -> "W | None":
        """Its row of a table; None where it has none or the table is not there yet."""
        from screening.records.tables import read_text_table

        path = self.campaign.folder / kind.FILE
        if not path.exists():
            return None
        own = [row for row in read_text_table(path) if row["id"] == self.id]
        return next(iter(kind.from_texts(own, path)), None)
