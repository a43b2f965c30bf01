"""A stage's part of a campaign's config as Snakemake compares it, and what older versions wrote in its place."""

import json
from pathlib import Path
from typing import Any

from screening.config.base import Section
from screening.config.campaign import Campaign
from screening.config.dynamics import LATER_KEYS, LATER_MONITOR, MonitorConfig
from screening.config.potential import ReferenceConfig
from screening.config.report import ReportConfig
from screening.config.stages import CORRECTION, STAGES, GlassSettings, ReportSettings, StudentSettings, parse_settings
from screening.config.student import LATER_FIELDS, StudentConfig
from screening.records import sha256_of


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
