"""The molecular-dynamics protocol."""

import itertools
from math import log2
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from screening.config.base import Section
from screening.config.timestep import MELT_STEP_FS, TimeStep, fixed

#: Of any run.
COLDEST_K = 50
Temperature = Annotated[float, Field(ge=COLDEST_K, le=5000)]


def _form(value: Any) -> str:
    """Which form of `temperatures_K` is meant, so that a mistake is told of that one alone."""
    return "str" if isinstance(value, str) else "tuple"


TemperatureList = Annotated[tuple[Temperature, ...], Field(min_length=1)]
Temperatures = Annotated[
    Annotated[TemperatureList, Tag("tuple")] | Annotated[Literal["auto"], Tag("str")], Discriminator(_form)
]

# Keys of MDProtocol that came later; runs that were begun without them go on where they are null.
LATER_KEYS = ("cell", "cell_temperature_K", "max_frames", "replica_starts")
# Frames that a run of chosen length keeps: 0.4 ns of 20 fs, then half of them and half as many again.
CHOSEN_MAX_FRAMES = 20_000


# Keys of MonitorConfig that came later; settings without them stand for their defaults.
LATER_MONITOR = ("spot_check_frames", "spot_check_rounds", "max_atom_error_meV_A")


class MonitorConfig(Section):
    """A student is watched while it runs, and taught where a run leads it out of its training."""

    interval_ps: float = Field(
        1.0, gt=0, le=1e4, description="Time in ps between frames whose extrapolation grade is checked."
    )
    max_grade: float = Field(
        2.0, gt=0, le=100, description="Above this grade of any atom the run stops and the student is retrained."
    )
    max_atom_error_meV_A: float | None = Field(
        None,
        gt=0,
        le=1e4,
        description="The same bound as an error: the force error of an atom, meV/Angstrom, that its grade stands for "
        "by the student's examination. Takes the place of max_grade; null, or a student without such a calibration: "
        "max_grade.",
    )
    frames: int = Field(6, ge=1, le=100, description="Frames that the teacher labels for each retraining.")
    max_retrainings: int = Field(
        5, ge=0, le=100, description="A run in which the student leaves its training more often ends as failed."
    )
    spot_check_frames: int = Field(
        3,
        ge=0,
        le=100,
        description="Frames that the potential labels at the end of each run: what the student errs there stands in "
        "md.json, and beyond its limits in the ranking. 0: none.",
    )
    spot_check_rounds: int = Field(
        2,
        ge=0,
        le=20,
        description="A run whose spot check is beyond the student's limits teaches the student and is made again, so "
        "often at most; what is doubtful then stays so. 0: never.",
    )
    max_pressure_error_GPa: float = Field(
        0.1,
        gt=0,
        le=100,
        description="Where the cell is equilibrated, the student's mean pressure in it may be so far from the "
        "potential's, GPa; beyond it the student is taught and the cell sought again.",
    )

    @property
    def of_no_matter(self) -> set[str]:
        """Keys that no frame of a student's run depends on, as they are set."""
        return set(LATER_MONITOR) - ({"max_atom_error_meV_A"} if self.max_atom_error_meV_A is not None else set())


class Integration(Section):
    """How time goes on in any run, of glasses too; its length and what is looked at are not here."""

    timestep_fs: TimeStep = Field(
        2.0,
        description="Time step in fs. `auto`: a fifteenth of the period of the crystal's fastest vibration, 1 to 5 fs, "
        "a whole part of the time between frames; 2 fs in melts.",
    )
    chunk_ps: float = Field(
        2.0,
        gt=0,
        le=1e5,
        description="A run can restart every so many ps; at most this much is lost by a kill.",
    )
    thermostat_time_fs: float = Field(
        100.0, ge=10, le=1e5, description="Time constant of the velocity-rescaling thermostat in fs."
    )

    @property
    def step_fs(self) -> float:
        """Time step in fs.

        Raises:
            ValueError: it is `auto` and was not measured yet.
        """
        return fixed(self.timestep_fs)


class MDProtocol(Integration):
    """One NVT run: all it depends on but its candidate, temperature and seed."""

    duration_ps: float = Field(
        20.0, gt=0, le=1e6, description="Longest length of each run in ps; a run ends earlier once D is known."
    )
    target_relative_error: float | None = Field(
        0.1,
        gt=0,
        le=1,
        description=(
            "A run ends once the diffusivity measured in it alone has a relative standard error below this; null: "
            "only its length or a verdict (molten, runaway temperature) ends a run."
        ),
    )
    min_duration_ps: float = Field(
        20.0, gt=0, le=1e6, description="No run is judged, and so ended early, before this length in ps."
    )
    sample_interval_fs: float = Field(20.0, ge=0.1, le=1e4, description="Time between stored frames in fs.")
    max_frames: int | None = Field(
        None,
        ge=100,
        le=10_000_000,
        description="Beyond so many frames a run stores half as many as before, beyond twice as many a quarter, and so "
        "on; it is analysed with at most so many. null: 20,000 with `temperatures_K: auto`, else all are stored.",
    )
    cell_equilibration_ps: float = Field(
        0.0,
        ge=0,
        le=1e4,
        description=(
            "Length in ps of a run at constant pressure that finds the mean cell at the temperature (LAMMPS engine); "
            "0 keeps the cell as relaxed at 0 K."
        ),
    )
    cell: Literal["relaxed", "equilibrated", "measured"] | None = Field(
        None,
        description=(
            "Cell of the runs. `relaxed`: at 0 K. `equilibrated`: mean of a run at constant pressure "
            "(`cell_equilibration_ps`). `measured`: the parent's lattice as given times the potential's own volume "
            "change from parent to candidate, at all temperatures. null: `equilibrated` where cell_equilibration_ps is "
            "above 0, else `relaxed`."
        ),
    )
    cell_temperature_K: Temperature | None = Field(
        None,
        description=(
            "Temperature in K of the run at constant pressure: one cell for all temperatures of a candidate, such as "
            "that at 300. null: each run's own, so that the potential's thermal expansion is in the line."
        ),
    )
    replica_starts: Literal["relaxed", "hot"] | None = Field(
        None,
        description=(
            "Where the ions of replicas after the first begin. `relaxed`: as in the relaxed ordering. `hot`: where a "
            "run of 5 ps at the student's hottest temperature left them, cooled, so that an arrangement that is stuck "
            "shows as replicas that differ; without a student as in `relaxed`. null: `relaxed`."
        ),
    )
    cell_shape: Literal["iso", "aniso", "tri"] = Field(
        "iso", description="What may change in it: all edges together, each edge, or angles too."
    )
    monitor: MonitorConfig = Field(default_factory=MonitorConfig, description="Watch over the student.")

    @model_validator(mode="after")
    def _whole_steps(self) -> "MDProtocol":
        if (
            self.timestep_fs != "auto"
            and abs(self.steps_per_sample * self.timestep_fs - self.sample_interval_fs) > 1e-6
        ):
            raise ValueError(
                f"sample_interval_fs ({self.sample_interval_fs:g}) must be a whole multiple of timestep_fs "
                f"({self.timestep_fs:g})"
            )
        if self.duration_ps * 1000 < 2 * self.sample_interval_fs:
            raise ValueError(
                f"duration_ps ({self.duration_ps:g}) is shorter than two frames of {self.sample_interval_fs:g} fs"
            )
        return self

    @model_validator(mode="after")
    def _one_cell(self) -> "MDProtocol":
        if self.cell == "equilibrated" and not self.cell_equilibration_ps:
            raise ValueError("cell: equilibrated needs the length of that run, such as cell_equilibration_ps: 20")
        if self.cell in ("relaxed", "measured") and self.cell_equilibration_ps:
            raise ValueError(
                f"cell: {self.cell} is not equilibrated; remove cell_equilibration_ps ({self.cell_equilibration_ps:g})"
            )
        if self.cell_temperature_K is not None and not self.cell_equilibration_ps:
            raise ValueError(
                "cell_temperature_K is of a run at constant pressure; give cell_equilibration_ps, such as 20"
            )
        return self

    @property
    def steps_per_sample(self) -> int:
        """Time steps between stored frames."""
        return max(1, round(self.sample_interval_fs / self.step_fs))

    def thinning(self, before: int) -> int:
        """Every how many-th frame of a chunk is stored: one, two, four and so on, at most the frames of a chunk.

        Args:
            before: Frames of the run before the chunk, stored or not.
        """
        if self.max_frames is None or before < self.max_frames:
            return 1
        wanted = 2 ** (1 + int(log2(before / self.max_frames)))
        return int(min(wanted, 2 ** int(log2(self.frames_per_chunk))))

    @property
    def frames(self) -> int:
        """Frames of a whole run, the start not counted."""
        return round(self.duration_ps * 1000 / self.sample_interval_fs)

    @property
    def frames_per_chunk(self) -> int:
        """Frames of a whole chunk."""
        return max(1, round(self.chunk_ps * 1000 / self.sample_interval_fs))


class HalvingConfig(Section):
    """Who goes on after the runs of a rung."""

    keep: int = Field(5, ge=1, le=10_000, description="How many of the best candidates matter.")
    confidence: float = Field(
        0.95,
        gt=0.5,
        lt=1,
        description="Candidates stop as long as (1 - this) / 2 of the best are lost by that on average; also the "
        "two-sided confidence of the limits in rung<n>.csv.",
    )


class MDConfig(MDProtocol):
    """NVT runs of every shortlisted candidate, at each temperature and for each replica."""

    temperatures_K: Temperatures = Field(
        description="Temperatures in kelvin, 50 to 5000; an Arrhenius line needs three or more. `auto`: chosen for "
        "each candidate from what its runs say, from hottest_K down to arrhenius.extrapolation_temperature_K as far as "
        "budget_core_hours reaches."
    )
    hottest_K: Temperature = Field(
        800.0, description="With `temperatures_K: auto`, the hottest temperature in K; runs of duration_ps begin there."
    )
    budget_core_hours: float = Field(
        10.0,
        gt=0,
        le=1e6,
        description="With `temperatures_K: auto`, core hours of molecular dynamics for each candidate, all its "
        "temperatures, orderings and replicas together.",
    )
    replicas: int = Field(
        1, ge=1, le=100, description="Independent runs (own seeds) of each ordering at each temperature."
    )
    cores: int = Field(
        1,
        ge=1,
        le=1024,
        description=(
            "Cores of one run: MPI ranks for a student, threads for the potential itself. More than one pays for "
            "hundreds of atoms when there are fewer runs than cores."
        ),
    )
    orderings: int | None = Field(
        None, ge=1, le=100, description="Orderings of each candidate that are run, its first ones; null: all it has."
    )
    finite_size_check: bool = Field(
        False,
        description="Repeat the hottest resolved temperature of each candidate in a cell of 2x2x2 of its own, with the "
        "student, for duration_ps at most; how D* differs is a part of the error in the ranking.",
    )
    finite_size_orderings: int = Field(
        1, ge=1, le=20, description="With `finite_size_check`, how many large cells are drawn and run."
    )
    finite_size_distribution: Literal["repeated", "random", "quasirandom", "boltzmann"] = Field(
        "repeated",
        description=(
            "What the large cell holds on sublattices that several species share, their numbers as in the small cell. "
            "`repeated`: the first ordering, eight times. `random`: drawn; `quasirandom`: with pairs as in a random "
            "crystal. `boltzmann`: eight relaxed orderings side by side, each drawn with its weight at "
            "finite_size_frozen_K. What was drawn is brought to rest by the student."
        ),
    )
    finite_size_frozen_K: Temperature = Field(
        800.0, description="With `finite_size_distribution: boltzmann`, where the arrangement froze in, in K."
    )
    batched: bool = Field(
        False,
        description=(
            "All temperatures and replicas of an ordering in one job, their forces found in one batch: for a potential "
            "on a GPU, which evaluates many small cells in little more time than one. Needs potential.student: none."
        ),
    )
    rungs_ps: tuple[Annotated[float, Field(gt=0, le=1e6)], ...] = Field(
        (),
        description=(
            "Successive halving: after each of these lengths in ps only candidates that can still be among the best "
            "continue, finally to duration_ps. Empty: all run to the end."
        ),
    )
    halving: HalvingConfig = Field(default_factory=HalvingConfig, description="Which candidates get longer runs.")

    @field_validator("temperatures_K")
    @classmethod
    def _sorted_and_distinct(cls, value: tuple[float, ...] | str) -> tuple[float, ...] | str:
        if isinstance(value, str):
            return value
        if len(set(value)) != len(value):
            raise ValueError("a temperature is named twice; use `replicas` for repeated runs")
        return tuple(sorted(value))

    @model_validator(mode="after")
    def _rungs_rise_in_whole_chunks(self) -> "MDConfig":
        lengths = [*self.rungs_ps, self.duration_ps]
        if any(later <= earlier for earlier, later in itertools.pairwise(lengths)):
            raise ValueError(f"rungs_ps {list(self.rungs_ps)} must rise and stay below duration_ps ({lengths[-1]:g})")
        for length in self.rungs_ps:
            if abs(length / self.chunk_ps - round(length / self.chunk_ps)) > 1e-6:
                raise ValueError(
                    f"rungs_ps: {length:g} is no whole multiple of chunk_ps ({self.chunk_ps:g}), so longer runs could "
                    "not continue it"
                )
        return self

    @model_validator(mode="after")
    def _drawn_in_large_cells(self) -> "MDConfig":
        drawn = self.finite_size_distribution != "repeated"
        if not self.finite_size_check and (drawn or self.finite_size_orderings > 1):
            raise ValueError(
                "finite_size_orderings and finite_size_distribution are of the large cell; set finite_size_check or "
                "remove them"
            )
        if self.finite_size_orderings > 1 and not drawn:
            raise ValueError(
                f"finite_size_orderings: {self.finite_size_orderings} cells of one ordering repeated are the same; set "
                "finite_size_distribution: random, or finite_size_orderings: 1"
            )
        return self

    @model_validator(mode="after")
    def _chosen_one_after_another(self) -> "MDConfig":
        if not self.chooses:
            return self
        if self.rungs_ps:
            raise ValueError(
                "temperatures_K: auto compares candidates before each new temperature already; remove rungs_ps, or "
                "list the temperatures"
            )
        if self.batched:
            raise ValueError(
                "batched runs all temperatures in one job, and temperatures_K: auto chooses them one after another; "
                "list the temperatures, or set batched to false"
            )
        return self

    @property
    def chooses(self) -> bool:
        """Whether temperatures are chosen for each candidate from what its runs say."""
        return self.temperatures_K == "auto"

    @property
    def listed_K(self) -> tuple[float, ...]:
        """Temperatures of all candidates; none where they are chosen for each."""
        return () if isinstance(self.temperatures_K, str) else self.temperatures_K

    @property
    def highest_K(self) -> float:
        """What no run is hotter than."""
        return max(self.listed_K, default=self.hottest_K)

    @property
    def integration(self) -> Integration:
        """What the runs that make glasses share with those that measure."""
        values = {name: getattr(self, name) for name in Integration.model_fields}
        if self.timestep_fs == "auto":
            values["timestep_fs"] = MELT_STEP_FS
        return Integration(**values)

    @property
    def protocol(self) -> MDProtocol:
        """What a single run needs to know; another temperature in the list does not change it."""
        own = {name: getattr(self, name) for name in MDProtocol.model_fields}
        if self.chooses and self.max_frames is None:
            own["max_frames"] = CHOSEN_MAX_FRAMES
        return MDProtocol(**own)
