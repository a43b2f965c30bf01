"""Older formats of transport.json."""

from typing import Any

#: What format 1 left out where the temperature had failed.
_OF_ANALYSED_RUNS: dict[str, Any] = {
    **dict.fromkeys(
        (
            "mobile",
            "charge",
            "frame_interval_fs",
            "tracer_diffusivity_cm2_s",
            "tracer_diffusivity_error_cm2_s",
            "tracer_diffusivity_sampling_error_cm2_s",
            "tracer_diffusivity_replica_error_cm2_s",
            "tracer_diffusivity_ordering_error_cm2_s",
            "tracer_diffusivity_ordering_spread_cm2_s",
            "tracer_diffusivity_upper_bound_cm2_s",
            "collective_diffusivity_cm2_s",
            "collective_diffusivity_error_cm2_s",
            "collective_diffusivity_upper_bound_cm2_s",
            "collective_reason",
            "collective_fit_window_ps",
            "haven_ratio",
            "haven_ratio_error",
            "conductivity_nernst_einstein_mS_cm",
            "conductivity_nernst_einstein_error_mS_cm",
            "conductivity_nernst_einstein_upper_bound_mS_cm",
            "conductivity_collective_mS_cm",
            "conductivity_collective_error_mS_cm",
            "diffusion_tensor_cm2_s",
            "eigenvalues_cm2_s",
            "eigenvalue_errors_cm2_s",
            "principal_axes",
            "dimensionality",
            "dimensionality_confidence",
            "dimensionality_probabilities",
            "dimensionality_from_tensor",
            "percolation",
            "n_mobile",
            "number_density_per_cm3",
            "volume_A3",
            "effective_hops",
            "relative_error_from_hops",
            "escapes",
            "escaped_share",
            "loglog_slope",
            "loglog_slope_error",
            "framework_msd_A2",
            "framework_elements",
            "fit_window_ps",
            "equilibration_ps",
            "drift_removed",
            "mean_temperature_K",
            "msd",
            "cell_volume_ratio",
        )
    ),
    "n_trajectories": 0,
    "n_orderings": 0,
    "n_frames": [],
    "combination": "",
    "cell_doubt": "",
    "drift_doubt": "",
}


def from_1(data: dict[str, Any]) -> None:
    """Format 2 has every key whatever the verdict is."""
    if data["verdict"] == "failed":
        data |= _OF_ANALYSED_RUNS


def from_2(data: dict[str, Any]) -> None:
    """Format 3 has the part of the error that a slowdown may have; before it was not known."""
    data["tracer_diffusivity_slowdown_error_cm2_s"] = None


def from_3(data: dict[str, Any]) -> None:
    """Format 4 has the bound of the conductivity that follows from that of D_sigma."""
    data["conductivity_collective_upper_bound_mS_cm"] = None


def from_4(data: dict[str, Any]) -> None:
    """Format 5 has lower bounds; before, what was between caged and resolved had an upper one alone."""
    for record in (data, *(data.get("also_mobile") or {}).values()):
        record["tracer_diffusivity_lower_bound_cm2_s"] = None
        record["conductivity_nernst_einstein_lower_bound_mS_cm"] = None


def from_5(data: dict[str, Any]) -> None:
    """Format 6 has the part of the error that few orderings or replicas make; before, it was left out."""
    for record in (data, *(data.get("also_mobile") or {}).values()):
        record["tracer_diffusivity_few_error_cm2_s"] = None
