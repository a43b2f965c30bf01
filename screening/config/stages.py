"""What each stage needs to know of the config, and no more: a change elsewhere must not rerun it."""

from typing import Any, Literal

from pydantic import Field, ValidationError

from screening.config.base import Section
from screening.config.candidates import CandidatesConfig
from screening.config.dynamics import HalvingConfig, Integration, MDProtocol, MonitorConfig
from screening.config.parents import ParentConfig
from screening.config.potential import TeacherConfig
from screening.config.stability import Reference, RelaxationConfig, RelaxConfig, ShortlistConfig
from screening.config.student import StudentConfig
from screening.config.transport import ArrheniusConfig, LocalPictureConfig, TransportConfig
from screening.errors import ConfigError


class ParentsSettings(Section):
    """For the parents stage."""

    parents: tuple[ParentConfig, ...]
    references: tuple[Reference, ...]


class EnumerateSettings(Section):
    """For the candidates stage."""

    mobile_ion: str | tuple[str, ...]
    seed: int
    oxidation_states: dict[str, float]
    candidates: CandidatesConfig

    @property
    def mobile_ions(self) -> tuple[str, ...]:
        """The elements that conduct, the first choice first."""
        return (self.mobile_ion,) if isinstance(self.mobile_ion, str) else self.mobile_ion


class SelfcheckSettings(Section):
    """For the check of the potential."""

    potential: TeacherConfig


class SecondSelfcheckSettings(Section):
    """For the check of the second potential, if there is one."""

    second: TeacherConfig | None


class GlassSettings(Section):
    """For the melt and quench of one candidate."""

    seed: int
    mobile_ion: str
    potential: TeacherConfig
    student: StudentConfig
    student_use: Literal["auto", "required", "none"]
    integration: Integration
    monitor: MonitorConfig


class FirstStartSettings(Section):
    """For the first relaxation of one candidate, before a student searches for lower minima."""

    seed: int
    mobile_ion: str
    potential: TeacherConfig
    relaxation: RelaxationConfig


class RelaxSettings(Section):
    """For the relaxation of one candidate or reference."""

    seed: int
    mobile_ion: str
    potential: TeacherConfig
    relax: RelaxConfig


class MixingSettings(Section):
    """For the energetics of all candidates together."""

    temperatures_K: tuple[float, ...]


class ShortlistSettings(Section):
    """For the shortlist."""

    shortlist: ShortlistConfig


class StudentSettings(Section):
    """For the student of one family; of the temperatures only the hottest matters."""

    seed: int
    potential: TeacherConfig
    mobile_ion: str
    also_mobile: tuple[str, ...] = ()
    student: StudentConfig
    hottest_K: float
    corrected_by: TeacherConfig | None = None
    correction_labels: int | None = None
    correction_convergence: bool | None = None


class MDSettings(Section):
    """For one MD run; the analysis tells when it may end."""

    seed: int
    mobile_ion: str
    also_mobile: tuple[str, ...] = ()
    potential: TeacherConfig
    student_required: bool
    md: MDProtocol
    transport: TransportConfig


class RungSettings(HalvingConfig):
    """For the comparison of candidates after a rung."""


class TemperaturesSettings(HalvingConfig):
    """For the choice of the candidates' next temperatures."""

    hottest_K: float
    budget_core_hours: float
    cores: int
    duration_ps: float
    min_duration_ps: float
    chunk_ps: float
    max_relative_error: float
    arrhenius: ArrheniusConfig


class TransportSettings(Section):
    """For the analysis of one candidate at one temperature."""

    mobile_ion: str
    also_mobile: tuple[str, ...] = ()
    transport: TransportConfig


class LocalSettings(TransportSettings):
    """For the local picture of one candidate at one temperature."""

    local_picture: LocalPictureConfig


class ArrheniusSettings(Section):
    """For one candidate's Arrhenius line."""

    arrhenius: ArrheniusConfig


class EquationSettings(ArrheniusSettings):
    """For the variables of the hopping equation of one candidate."""

    transport: TransportConfig
    local_picture: LocalPictureConfig


class BoundarySettings(Section):
    """For a grain boundary or interface beside its crystals."""

    mobile_ion: str


class TrustSettings(Section):
    """For the second potential on frames of one candidate."""

    potential: TeacherConfig
    second: TeacherConfig | None
    frames: int


class ReferenceSettings(Section):
    """For first principles on frames of one candidate."""

    seed: int
    mobile_ion: str
    potential: TeacherConfig
    reference: TeacherConfig | None
    reference_frames: int
    reference_hops: int


class ConvergenceSettings(Section):
    """For the convergence of first principles on the campaign's first frame."""

    reference: TeacherConfig | None
    reference_frames: int


class RankingSettings(Section):
    """For the ranking."""

    potential: TeacherConfig
    max_force_disagreement_meV_A: float | None


class ReportSettings(Section):
    """For the page."""

    campaign: str = Field(description="Name of the campaign.")
    measured: str | None = Field(None, description="File of measured conductivities, from where the workflow runs.")
    measured_checksum: str | None = Field(None, description="Its SHA-256: a change of it makes the page anew.")


#: Settings of a correction of students.
CORRECTION = ("corrected_by", "correction_labels", "correction_convergence")

# Raised when a stage's results change though its settings do not: Snakemake does not see edits of the package.
STAGES: dict[str, tuple[type[Section], int]] = {
    "parents": (ParentsSettings, 4),
    "enumerate": (EnumerateSettings, 3),
    "selfcheck": (SelfcheckSettings, 1),
    "selfcheck_second": (SecondSelfcheckSettings, 1),
    "glass": (GlassSettings, 4),
    "first_start": (FirstStartSettings, 1),
    "relax": (RelaxSettings, 4),
    "mixing": (MixingSettings, 6),
    "shortlist": (ShortlistSettings, 1),
    "student": (StudentSettings, 2),
    "md": (MDSettings, 1),
    "md_batch": (MDSettings, 1),
    "md_large": (MDSettings, 1),
    "finite_size": (TransportSettings, 3),
    "rung": (RungSettings, 2),
    "temperatures": (TemperaturesSettings, 1),
    "transport": (TransportSettings, 8),
    "local": (LocalSettings, 8),
    "arrhenius": (ArrheniusSettings, 6),
    "equation": (EquationSettings, 2),
    "boundary": (BoundarySettings, 2),
    "trust": (TrustSettings, 1),
    "reference": (ReferenceSettings, 2),
    "convergence": (ConvergenceSettings, 1),
    "ranking": (RankingSettings, 6),
    "report": (ReportSettings, 6),
}


def parse_settings(stage: str, data: dict[str, Any]) -> Any:
    """The model of a stage's settings from what `settings_of` returned.

    Raises:
        ConfigError: they are not such settings; the first mistake is named.
    """
    try:
        return STAGES[stage][0].model_validate({key: value for key, value in data.items() if key != "version"})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigError(f"settings of stage {stage}: {place}: {first['msg']}") from None
