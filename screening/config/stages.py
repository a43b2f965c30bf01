"""What each stage needs to know of the config, and no more: a change elsewhere must not rerun it."""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from screening.config.base import Section
from screening.config.campaign import Campaign
from screening.config.candidates import CandidatesConfig
from screening.config.dynamics import LATER_KEYS, LATER_MONITOR, HalvingConfig, Integration, MDProtocol, MonitorConfig
from screening.config.parents import ParentConfig
from screening.config.potential import ReferenceConfig, TeacherConfig
from screening.config.report import ReportConfig
from screening.config.stability import Reference, RelaxationConfig, RelaxConfig, ShortlistConfig
from screening.config.student import LATER_FIELDS, StudentConfig
from screening.config.transport import ArrheniusConfig, LocalPictureConfig, TransportConfig
from screening.errors import ConfigError
from screening.records import sha256_of


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
    "finite_size": (TransportSettings, 1),
    "rung": (RungSettings, 2),
    "temperatures": (TemperaturesSettings, 1),
    "transport": (TransportSettings, 6),
    "local": (LocalSettings, 8),
    "arrhenius": (ArrheniusSettings, 4),
    "equation": (EquationSettings, 2),
    "boundary": (BoundarySettings, 2),
    "trust": (TrustSettings, 1),
    "reference": (ReferenceSettings, 2),
    "convergence": (ConvergenceSettings, 1),
    "ranking": (RankingSettings, 6),
    "report": (ReportSettings, 6),
}


def settings_of(campaign: Campaign, stage: str, base: Path = Path()) -> dict[str, Any]:
    """The stage's part of the config, JSON-able, with the stage's version; `base` is the folder of the config file."""
    model, version = STAGES[stage]
    second, reference = campaign.potential.second, campaign.potential.reference
    special: dict[str, Any] = {
        # Alone: energies that are compared do not depend on the student.
        "potential": campaign.potential.beside(base),
        "relaxation": campaign.relax.relaxation,
        "student_use": campaign.potential.student,
        "student_required": campaign.potential.student == "required",
        "hottest_K": campaign.md.highest_K,
        "references": campaign.stability.references,
        "temperatures_K": campaign.stability.temperatures_K,
        "md": campaign.md.protocol,
        "integration": campaign.md.integration,
        "monitor": campaign.md.monitor,
        "budget_core_hours": campaign.md.budget_core_hours,
        "cores": campaign.md.cores,
        "duration_ps": campaign.md.duration_ps,
        "min_duration_ps": campaign.md.min_duration_ps,
        "chunk_ps": campaign.md.chunk_ps,
        "max_relative_error": campaign.transport.max_relative_error,
        "keep": campaign.md.halving.keep,
        "confidence": campaign.md.halving.confidence,
        "second": second and second.beside(base),
        "frames": second.frames if second else 0,
        "reference": reference and reference.beside(base),
        "reference_frames": reference.frames if reference else 0,
        "reference_hops": reference.hops if reference else 0,
        **_correction(reference, base),
        "max_force_disagreement_meV_A": second and second.max_force_disagreement_meV_A,
        **_measured(campaign.report, base),
    }
    values = {name: special.get(name, getattr(campaign, name, None)) for name in model.model_fields}
    return {"version": version, **_as_dict(model.model_validate(values))}


def _correction(reference: ReferenceConfig | None, base: Path) -> dict[str, Any]:
    """What corrects students; nothing where nothing does."""
    if reference is None or not reference.correct:
        return dict.fromkeys(CORRECTION)
    return dict(zip(CORRECTION, (reference.beside(base), reference.labels, reference.convergence), strict=True))


def _measured(report: ReportConfig, base: Path) -> dict[str, Any]:
    """A table of measured values with its checksum; a file that is gone is told before any job."""
    if report.measured is None:
        return {"measured": None, "measured_checksum": None}
    path = base / report.measured
    return {"measured": path.as_posix(), "measured_checksum": sha256_of(path) if path.is_file() else None}


def _as_dict(settings: Section) -> dict[str, Any]:
    # Left out where there is none: campaigns of before the key keep their parameters, and what was made from them.
    unset: dict[str, Any] = {} if getattr(settings, "also_mobile", ()) else {"also_mobile": True}
    if isinstance(settings, GlassSettings):
        # A melt has one student, whose hops and colder temperatures are not looked at; its labels would teach a
        # crystal's nothing.
        unset["student"] = {
            "committee",
            "hops",
            "max_barrier_mae_meV",
            "max_barrier_slope_error",
            "coldest_K",
            "labels",
            "label_store",
        }
    if isinstance(settings, StudentSettings) and settings.corrected_by is None:
        unset |= dict.fromkeys(CORRECTION, True)
    if isinstance(settings, ReportSettings) and settings.measured is None:
        unset |= {"measured": True, "measured_checksum": True}
    return without_unset(settings.model_dump(mode="json", exclude=unset))


def without_unset(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings without keys that came later and are off, or as usual: what was made before them is kept."""
    for key in ("potential", "second", "reference"):
        chosen = settings.get(key)
        if isinstance(chosen, dict) and chosen.get("dispersion") == "none":
            settings = {**settings, key: {name: value for name, value in chosen.items() if name != "dispersion"}}
    md = settings.get("md")
    if isinstance(md, dict):
        off = {name for name in LATER_KEYS if md.get(name, ...) is None}
        settings = {**settings, "md": {name: value for name, value in md.items() if name not in off}}
        if isinstance(monitor := md.get("monitor"), dict):
            settings["md"]["monitor"] = _unusual(monitor, MonitorConfig, LATER_MONITOR)
    if isinstance(student := settings.get("student"), dict):
        settings = {**settings, "student": _unusual(student, StudentConfig, LATER_FIELDS)}
    if isinstance(monitor := settings.get("monitor"), dict):
        settings = {**settings, "monitor": _unusual(monitor, MonitorConfig, LATER_MONITOR)}
    return settings


def _unusual(values: dict[str, Any], model: type[Section], later: tuple[str, ...]) -> dict[str, Any]:
    """Without the keys that came later and have their defaults."""
    return {
        name: value for name, value in values.items() if name not in later or value != model.model_fields[name].default
    }


def words_of(campaign: Campaign, stage: str, base: Path = Path()) -> dict[str, str]:
    """The same as one `name=JSON` per part, by name: the params of a rule.

    Snakemake compares values of params and shows those that changed, without their names: so the name is in the value.
    """
    return _words(settings_of(campaign, stage, base))


def words_by_ion(campaign: Campaign, stage: str, base: Path = Path()) -> dict[str, str | dict[str, str]]:
    """The same where there may be several mobile ions: by ion, what is another word for the jobs of its candidates."""
    if stage == "enumerate" or len(campaign.mobile_ions) == 1:
        return dict(words_of(campaign, stage, base))
    by_ion = {ion: words_of(campaign.of_ion(ion), stage, base) for ion in campaign.mobile_ions}
    names = dict.fromkeys(name for words in by_ion.values() for name in words)
    found: dict[str, str | dict[str, str]] = {}
    for name in names:
        # A further species that moves may be the ion itself for others.
        own = {ion: words.get(name, f"{name}=[]") for ion, words in by_ion.items()}
        found[name] = own if len(set(own.values())) > 1 else next(iter(own.values()))
    return found


def words_of_older(stage: str, settings: dict[str, Any]) -> dict[str, str]:
    """Words of settings as an older version wrote them: keys that came since have their defaults.

    Raises:
        ConfigError: they are no settings of the stage any more.
    """
    return _words({"version": settings.get("version"), **_as_dict(parse_settings(stage, settings))})


def words_of_campaign(campaign: Campaign) -> dict[str, str]:
    """One `name=JSON` for each key of a campaign file, in their order, defaults included.

    Without `report` and `potential.reference` where they say nothing: campaigns of before keep their resolved config.
    """
    unset: dict[str, Any] = {"report": True} if campaign.report == ReportConfig() else {}
    if campaign.potential.reference is None:
        unset["potential"] = {"reference"}
    sections = campaign.model_dump(mode="json", exclude=unset)
    return {name: f"{name}={json.dumps(value)}" for name, value in sections.items()}


def _words(settings: dict[str, Any]) -> dict[str, str]:
    return {name: f"{name}={json.dumps(value, sort_keys=True)}" for name, value in settings.items()}


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
