"""How diffusion is measured from trajectories, and when a number may be called one."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from screening.config.base import LongLivedSection, Section
from screening.config.candidates import SublatticeSelector


class TransportConfig(LongLivedSection):
    """From trajectories at one temperature to diffusivities with errors and a verdict.

    The default thresholds are justified in docs/transport.md on ab initio trajectories of a caged and a
    conducting crystal and on synthetic caged walks.
    """

    # The window search and the gate on effective hops of 0.1; both leaned on the estimate they judged.
    RETIRED: ClassVar[tuple[str, ...]] = (
        "fit_start_margin",
        "curvature_sigmas",
        "bent_curvature_sigmas",
        "bent_slope_ratio",
        "min_effective_hops",
    )

    equilibration_fraction: float = Field(
        0.1, ge=0.0, le=0.9, description="Share of each run's start that is discarded as equilibration."
    )
    min_frames: int = Field(
        100, ge=20, description="Fewest frames after equilibration; a shorter run gets the verdict too_short."
    )
    dimensions: int = Field(
        3,
        ge=1,
        le=3,
        description="d in D = MSD / (2 d t): 3 averages over all directions also in layered or tunnel conductors.",
    )
    hop_distance_A: float = Field(
        3.0,
        gt=0.5,
        le=10.0,
        description="Typical hop distance a in Angstrom, for the fit window and the number of effective hops.",
    )
    fit_start_hop_fraction: float = Field(
        0.5,
        gt=0.0,
        le=10.0,
        description="The fit window opens no earlier than where the MSD is this fraction of hop_distance_A squared.",
    )
    fit_end_fraction: float = Field(
        0.5,
        gt=0.05,
        le=0.9,
        description="The fit window closes at this share of the run (after equilibration).",
    )
    min_loglog_slope: float = Field(
        0.8,
        gt=0.0,
        le=1.0,
        description="Smallest slope of ln MSD over ln t in the last two octaves of the lags that is diffusion (two "
        "standard errors allowed below it).",
    )
    max_loglog_slope: float = Field(
        1.2,
        ge=1.0,
        le=2.0,
        description="Largest slope of ln MSD over ln t in the fit window (two standard errors allowed beyond it).",
    )
    min_escapes: int = Field(
        20,
        ge=1,
        description="Fewest events in which an ion leaves its whole neighbourhood, over all trajectories.",
    )
    min_bracket_escapes: int = Field(
        5,
        ge=1,
        description="Fewest escapes from which a diffusivity that is not resolved has a lower bound too.",
    )
    min_bracket_slope: float = Field(
        0.5,
        gt=0.0,
        le=1.0,
        description="Smallest slope of ln MSD over ln t for such a lower bound: below it the MSD may come to an end.",
    )
    neighbourhood_size: int = Field(
        4, ge=1, le=20, description="Nearest framework atoms that make up an ion's neighbourhood."
    )
    neighbourhood_average_ps: float = Field(
        0.5,
        gt=0.0,
        description="Time in ps over which positions are averaged before neighbourhoods are compared.",
    )
    max_relative_error: float = Field(
        0.5,
        gt=0.0,
        le=1.0,
        description="Largest relative standard error of a diffusivity that counts as resolved.",
    )
    framework_msd_limit_A2: float = Field(
        2.0,
        gt=0.0,
        description="Every framework element above this MSD in Angstrom squared, and growing: the crystal melted.",
    )
    rotation_msd_limit_A2: float = Field(
        10.0,
        gt=0.0,
        description="One framework element above this MSD in Angstrom squared, and growing: more than groups turning.",
    )
    framework_growth_slope: float = Field(
        0.3,
        gt=0.0,
        le=1.0,
        description="Slope of ln MSD over ln t from which a framework element's MSD grows.",
    )
    upper_bound_confidence: float = Field(
        0.95, gt=0.5, lt=1.0, description="One-sided confidence level of the upper bounds."
    )
    dimensionality_threshold: float = Field(
        0.1,
        gt=0.0,
        lt=1.0,
        description="A direction counts when its diffusivity is more than this share of the largest eigenvalue, and "
        "in the density when its barrier is within kT ln(1 / this) of the lowest.",
    )

    @model_validator(mode="after")
    def _melting_limits_in_order(self) -> "TransportConfig":
        if self.rotation_msd_limit_A2 < self.framework_msd_limit_A2:
            raise ValueError("rotation_msd_limit_A2 must not be below framework_msd_limit_A2")
        return self


class LocalPictureConfig(Section):
    """Sites, jumps, density and surroundings of the mobile ions."""

    sites: Literal["density", "parent"] = Field(
        "density",
        description="Where sites come from: maxima of the ions' density, or the parent's own and known empty sites of "
        "the mobile ion by Wyckoff position.",
    )
    cages: SublatticeSelector | None = Field(
        None,
        description="The parent's sites that cages of mobile ions are centred at, such as "
        "{element: S, not_bonded_to: P} in argyrodites; jumps within and between cages are then counted separately.",
    )
    density_spacing_A: float = Field(
        0.3, gt=0.02, le=2.0, description="Largest spacing of the ion-density grid in Angstrom."
    )
    density_smoothing_A: float = Field(
        0.3, ge=0.0, le=2.0, description="Width in Angstrom of the Gaussian each ion is smeared with in the density."
    )
    site_min_distance_A: float = Field(
        1.0, gt=0.0, le=5.0, description="Density maxima or parent's sites closer than this many Angstrom are one site."
    )
    site_min_share: float = Field(
        0.05, gt=0.0, lt=1.0, description="Density maxima below this share of the highest do not count as sites."
    )
    min_residence_ps: float = Field(
        0.3, ge=0.0, description="Visits to a site shorter than this many ps are recrossings, not jumps."
    )
    pair_range_A: float = Field(8.0, gt=1.0, le=20.0, description="Largest distance of pair distributions in Angstrom.")
    van_hove_lags_ps: tuple[float, ...] = Field(
        (1.0, 10.0, 50.0), description="Lags in ps of the van Hove functions; lags above half the run are skipped."
    )
    spectrum_segment_ps: float = Field(
        2.0,
        gt=0.0,
        description="Length in ps of the segments of the vibration spectrum; its resolution is the inverse.",
    )
    larmor_MHz: float = Field(
        116.6, gt=0.0, description="Larmor frequency in MHz for the T1 minimum; 116.6 is 7Li in a field of 7 T."
    )
    max_frames: int = Field(200, ge=10, description="Frames used for pair distributions, evenly spaced over each run.")


class ArrheniusConfig(LongLivedSection):
    """From diffusivities at several temperatures to an activation energy and the extrapolated conductivity."""

    # Two lines by BIC from five points on; now all shapes are weighed from three points on.
    RETIRED: ClassVar[tuple[str, ...]] = ("two_line_delta_bic",)

    min_temperatures: int = Field(3, ge=3, description="Fewest resolved or bracketed temperatures for a fit.")
    extrapolation_temperature_K: float = Field(
        300.0, gt=0.0, description="Temperature in K to which the conductivity is extrapolated."
    )
    confidence_level: float = Field(
        0.68,
        gt=0.0,
        lt=1.0,
        description="Two-sided confidence level of the intervals of extrapolated values.",
    )
    scatter_p_value: float = Field(
        0.05,
        gt=0.0,
        lt=1.0,
        description="Errors of the straight line are multiplied by sqrt(chi2 / (n - 2)) where chi2 is less "
        "likely than this.",
    )
    max_extrapolation_factor: float = Field(
        2.0,
        gt=0.0,
        description="An extrapolation over more than this many times the fitted range of 1/T is flagged as far.",
    )
    max_log10_conductivity_error: float = Field(
        2.0,
        gt=0.0,
        description="A line is not resolved if its extrapolated conductivity has a larger error, in decades.",
    )
    min_straight_probability: float = Field(
        0.05,
        gt=0.0,
        lt=0.5,
        description="Points for which one barrier is less probable than this, over all shapes of the line, exclude it: "
        "nothing is carried beyond them.",
    )
