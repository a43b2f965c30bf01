"""The student: a fast potential distilled from the campaign's potential to run the MD."""

from typing import Literal

from pydantic import Field, model_validator

from screening.config.base import Section
from screening.config.timestep import TimeStep, fixed

# Fields of `StudentConfig` that say how wrong an accepted student may be.
ERROR_LIMITS = (
    "max_force_mae_meV_A",
    "max_element_force_mae_meV_A",
    "max_relative_force_error",
    "max_force_slope_error",
    "max_energy_mae_meV_atom",
    "max_relative_energy_error",
    "max_stress_mae_GPa",
    "max_barrier_mae_meV",
    "max_barrier_slope_error",
)
# Fields that came later. A student that was made before them stays where they have their defaults.
LATER_FIELDS = (
    "max_unlabelled_share",
    "max_relative_force_error",
    "max_force_slope_error",
    "max_relative_energy_error",
    "labels",
    "label_store",
    "hops",
    "max_barrier_mae_meV",
    "max_barrier_slope_error",
    "coldest_K",
)


class BasisConfig(Section):
    """Proper orthogonal descriptors: what the student can express, and so its speed and accuracy."""

    cutoff_A: float = Field(
        5.0, ge=3, le=10, description="Range of the descriptors in Angstrom; cost grows with its cube."
    )
    inner_radius_A: float = Field(
        0.8, ge=0, le=2, description="Radial functions start here, in Angstrom; atoms never come so close."
    )
    bessel_degree: int = Field(
        4, ge=1, le=8, description="Highest degree of the Bessel functions under the radial basis."
    )
    inverse_degree: int = Field(8, ge=1, le=16, description="Highest inverse power under the radial basis.")
    radial_2body: int = Field(6, ge=1, le=12, description="Radial functions of pairs.")
    radial_3body: int = Field(4, ge=0, le=12, description="Radial functions of triplets; 0 leaves triplets out.")
    angular_3body: int = Field(3, ge=0, le=8, description="Highest angular degree of triplets.")
    radial_4body: int = Field(
        2, ge=0, le=8, description="Radial functions of quadruplets, at most those of triplets; 0 leaves them out."
    )
    angular_4body: int = Field(
        1, ge=0, le=5, description="Highest angular degree of quadruplets; at most that of triplets."
    )

    @model_validator(mode="after")
    def _nested(self) -> "BasisConfig":
        if self.radial_3body > self.radial_2body:
            raise ValueError(f"radial_3body ({self.radial_3body}) must not exceed radial_2body ({self.radial_2body})")
        if self.radial_4body > self.radial_3body or self.angular_4body > self.angular_3body:
            raise ValueError("radial_4body and angular_4body must not exceed radial_3body and angular_3body")
        if self.inner_radius_A >= self.cutoff_A - 1:
            raise ValueError("inner_radius_A must be at least 1 Angstrom below cutoff_A")
        return self


class StudentConfig(Section):
    """How a student is trained, and what it must show before it is used."""

    basis: BasisConfig = Field(default_factory=BasisConfig, description="Descriptors.")
    energy_error_meV_atom: float = Field(
        1.0, gt=0, le=100, description="Error in energies at which they weigh as much as forces at theirs, meV/atom."
    )
    force_error_meV_A: float = Field(60.0, gt=0, le=1000, description="The same for forces, meV/Angstrom.")
    stress_error_GPa: float = Field(0.2, gt=0, le=10, description="The same for stresses, GPa.")
    ridge: float = Field(
        1e-6, gt=0, le=1, description="Pull of the coefficients to zero, as a fraction of what one frame's data pull."
    )
    zbl_inner_A: float = Field(0.7, gt=0, le=2, description="The nuclear repulsion is full below, Angstrom.")
    zbl_outer_A: float = Field(1.4, gt=0, le=3, description="The nuclear repulsion is zero beyond, Angstrom.")
    max_orderings: int = Field(
        24,
        ge=1,
        le=1000,
        description="Orderings that train and examine a student at most, spread over the candidates of its family.",
    )
    seed_frames: int = Field(
        8, ge=2, le=200, description="Displaced and strained copies of each ordering that start the training."
    )
    seed_displacement_A: float = Field(
        0.2, gt=0, le=0.5, description="Largest root-mean-square displacement of a mobile atom in them, Angstrom."
    )
    seed_strain: float = Field(0.03, ge=0, le=0.1, description="Largest strain in them.")
    temperature_factor: float = Field(
        1.15, ge=1, le=2, description="Training runs go this much above the hottest temperature of the campaign."
    )
    rounds: int = Field(20, ge=1, le=50, description="Rounds of running, labelling and refitting at most.")
    run_ps: float = Field(8.0, gt=0, le=1000, description="Length a training run must reach without failure, ps.")
    frames_per_run: int = Field(6, ge=1, le=50, description="Frames that each run of a round adds to the training.")
    timestep_fs: TimeStep = Field(
        2.0,
        description="Time step of the training runs in fs. `auto`: a fifteenth of the period of the fastest vibration "
        "of the family's orderings, 1 to 5 fs.",
    )
    committee: int = Field(
        2,
        ge=1,
        le=10,
        description="Students of each family, from the same labels weighed at random; replicas and orderings are "
        "spread over them, so that what one student differs from the next is in the errors.",
    )
    stable_ps: float = Field(
        20.0, gt=0, le=1e4, description="Every ordering must run so long at the highest temperature to be accepted, ps."
    )
    acceptance_frames: int = Field(
        30, ge=5, le=1000, description="Frames of these runs, over all orderings, labelled to judge the student."
    )
    max_unlabelled_share: float = Field(
        0.1,
        ge=0,
        lt=1,
        description="Share of these frames, at most, for which the potential has no answer or in which atoms collide.",
    )
    max_force_mae_meV_A: float = Field(
        80.0, gt=0, le=1000, description="Largest mean absolute force error of an accepted student, meV/Angstrom."
    )
    max_element_force_mae_meV_A: float = Field(
        200.0, gt=0, le=2000, description="The same for the atoms of each element."
    )
    max_relative_force_error: float = Field(
        0.15,
        gt=0,
        le=10,
        description="Largest mean absolute force error, as a share of the root mean square of the forces themselves.",
    )
    max_force_slope_error: float = Field(
        0.1,
        gt=0,
        le=1,
        description="For each element, how far the slope of the student's forces on the potential's may be from 1; "
        "with 0.8 the student is soft by a fifth.",
    )
    max_energy_mae_meV_atom: float = Field(
        3.0, gt=0, le=100, description="Largest mean absolute energy error of an accepted student, meV/atom."
    )
    max_relative_energy_error: float = Field(
        0.3,
        gt=0,
        le=10,
        description="Largest mean absolute error of a whole cell's energy within an ordering, as a share of how the "
        "energies scatter there.",
    )
    max_stress_mae_GPa: float = Field(
        0.5, gt=0, le=10, description="Largest mean absolute error of a stress component, GPa."
    )
    coldest_K: float = Field(
        300.0,
        ge=50,
        le=5000,
        description="Coldest temperature that a student is shown and examined at, beside the hottest and one between; "
        "give the coldest that matters. That of the hottest or more: the hottest alone.",
    )
    hops: int = Field(
        12,
        ge=0,
        le=1000,
        description="Hops of mobile ions into empty places beside them, over all orderings: a quarter is taught, the "
        "barriers of the others are examined. Each costs three labels. 0: none.",
    )
    max_barrier_mae_meV: float = Field(
        30.0,
        gt=0,
        le=1000,
        description="Largest mean absolute error of these barriers, meV; as they are few, up to half more is granted.",
    )
    max_barrier_slope_error: float = Field(
        0.05,
        gt=0,
        le=1,
        description="How far the slope of the student's barriers on the potential's may be from 1; as they are few, up "
        "to as much more is granted.",
    )
    teacher_run_ps: float = Field(
        1.0,
        ge=0,
        le=1000,
        description="Run of the teacher that a student is compared with before it is accepted, ps; 0: none.",
    )

    labels: Literal["own", "shared"] = Field(
        "own",
        description="Labels of the potential. `own`: each campaign pays for its own. `shared`: they are kept by "
        "content in `label_store`; a student starts from those of the same elements and potential, and no frame is "
        "asked for twice.",
    )
    label_store: str | None = Field(
        None,
        pattern=r"^[/~]",
        description="Folder of shared labels, from / or ~ on; null: screening/labels in the user's cache folder "
        "($XDG_CACHE_HOME, else ~/.cache).",
    )

    @property
    def step_fs(self) -> float:
        """Time step of the training runs in fs.

        Raises:
            ValueError: it is `auto` and was not measured yet.
        """
        return fixed(self.timestep_fs)

    @model_validator(mode="after")
    def _ordered(self) -> "StudentConfig":
        if self.zbl_inner_A >= self.zbl_outer_A:
            raise ValueError("zbl_inner_A must be below zbl_outer_A")
        if self.label_store is not None and self.labels == "own":
            raise ValueError("label_store is not used with labels: own; set labels: shared, or remove label_store")
        return self
