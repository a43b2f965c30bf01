"""local.json: where the mobile ions are and how they jump, at one temperature."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from screening.records.fields import Key
from screening.records.origin import Provenance
from screening.records.typed import Part, Record
from screening.transport.density import DrawnDensity
from screening.transport.record import SpeciesTransport

_NO_JUMP = "where nothing jumped"
_SHORT = "where the lag is long beside the runs"


@dataclass(frozen=True, slots=True)
class Measured(Part):
    """A value and its standard error, in the unit of the key that holds them."""

    value: Annotated[float, Key("the estimate")]
    error: Annotated[float, Key("its standard error")]


@dataclass(frozen=True, slots=True, kw_only=True)
class JumpKind(Part):
    """Jumps between two kinds of sites over about the same distance."""

    start: Annotated[str, Key("kind of the site that was left", name="from")]
    end: Annotated[str, Key("kind of the site that was reached", name="to")]
    within_cage: Annotated[bool, Key("whether both sites are of one cage")]
    distance_A: Annotated[float, Key("mean over them")]
    count: Annotated[int, Key("how many were seen")]
    rate_per_ion_per_ps: Annotated[float, Key("how many per ion and time")]
    rate_error_per_ion_per_ps: Annotated[float, Key("its standard error, of Poisson events")]


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePair(Part):
    """Two sites that ions jump between."""

    sites: Annotated[tuple[int, ...], Key("the two, counted from 0")]
    image: Annotated[tuple[int, ...], Key("cell of the second seen from that of the first", shape="3")]
    distance_A: Annotated[float, Key("of a jump")]
    count: Annotated[int, Key("jumps, both ways together")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCurve(Part):
    """Radial distribution of a kind of neighbour about the mobile ions."""

    r_A: Annotated[tuple[float, ...], Key("middles of the bins")]
    g: Annotated[tuple[float, ...], Key("density over the mean density")]
    g_error: Annotated[tuple[float, ...], Key("its standard error, from blocks of the run")]
    coordination: Annotated[tuple[float, ...], Key("neighbours within the outer edge of each bin")]
    first_shell_A: Annotated[
        float | None, Key("first minimum of g after its first peak", none="where there is none within the range")
    ]
    first_shell_coordination: Annotated[
        Measured | None, Key("neighbours within it", none="where there is none within the range")
    ]


@dataclass(frozen=True, slots=True)
class AnionShare(Part):
    """How one kind of anion holds the mobile ions."""

    n_anions: Annotated[int, Key("anions of this kind")]
    time_share: Annotated[float, Key("share of the ions' time for which one of them is the nearest anion")]
    relative_hold: Annotated[
        float, Key("`time_share` over the kind's share of the anions: one on all kinds means that none traps the ion")
    ]
    residence_ps: Annotated[
        Measured | None, Key("mean time with one anion before the nearest is another", none="where none ever left")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class VanHove(Part):
    """Van Hove functions at one lag."""

    lag_ps: Annotated[float, Key("time between the two looks")]
    r_A: Annotated[tuple[float, ...], Key("middles of the bins")]
    self_per_A: Annotated[tuple[float, ...], Key("how far an ion went")]
    self_error_per_A: Annotated[
        tuple[float, ...] | None, Key("its standard error, from quarters of the runs", none=_SHORT)
    ]
    distinct: Annotated[
        tuple[float, ...] | None, Key("other ions about where one was, over the mean density", none="with one ion")
    ]
    distinct_error: Annotated[
        tuple[float, ...] | None,
        Key("its standard error", none="with one ion, or where the lag is long beside the runs"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRotation(Part):
    """How the bonds of polyanions turn."""

    n_bonds: Annotated[int, Key("that were followed")]
    relaxation_ps: Annotated[
        float | None, Key("time in which their directions are forgotten", none="of libration only")
    ]
    relaxation_error_ps: Annotated[
        float | None, Key("its standard error, by the jackknife over groups", none="where it is not known")
    ]
    lag_ps: Annotated[tuple[float, ...], Key("lags")]
    p1: Annotated[tuple[float, ...], Key("mean cosine between the directions before and after")]
    p1_error: Annotated[tuple[float, ...] | None, Key("its scatter between groups", none="with one group")]
    p2: Annotated[tuple[float, ...], Key("second Legendre polynomial of the same")]
    p2_error: Annotated[tuple[float, ...] | None, Key("its scatter between groups", none="with one group")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderingJumps(Part):
    """Jumps and rates of one ordering alone."""

    ordering: Annotated[int, Key("which, counted from 0")]
    n_sites: Annotated[int, Key("sites of the mobile ions")]
    n_jumps: Annotated[int, Key("counted in all its replicas")]
    n_jumps_within_cages: Annotated[int | None, Key("that stay in a cage", none="where no cages are named")]
    n_jumps_between_cages: Annotated[int | None, Key("that leave one", none="where no cages are named")]
    hop_rate_per_ion_per_ps: Annotated[Measured, Key("Γ")]
    hop_distance_A: Annotated[Measured | None, Key("a", none=_NO_JUMP)]
    random_walk_diffusivity_cm2_s: Annotated[Measured, Key("D_r")]
    attempt_frequency_THz: Annotated[Measured | None, Key("ν₀", none="where the frames are too far apart")]
    share_of_ions_that_jump: Annotated[float, Key("at least once")]
    carrier_density_per_cm3: Annotated[float, Key("mobile ions per volume")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPicture(Part):
    """Where the mobile ions are and how they jump.

    Sites, densities, jumps by kind and distributions are of the replicas of the first ordering, since sites are one
    ordering's own; what is *of all* is combined over all orderings as diffusivities are.
    """

    n_sites: Annotated[int, Key("sites of the mobile ions")]
    sites_from: Annotated[str, Key("`density` or `given`")]
    site_fractional: Annotated[tuple[tuple[float, ...], ...], Key("where they are", shape="n × 3")]
    site_kinds: Annotated[tuple[str, ...], Key("Wyckoff positions of the parent, or `site`")]
    site_occupancy: Annotated[tuple[float, ...], Key("share of the time with an ion on it")]
    site_energy_eV: Annotated[
        tuple[float | None, ...],
        Key("−kT ln occupancy, the lowest taken as zero", none="of a site that was never visited"),
    ]
    site_energy_error_eV: Annotated[
        tuple[float | None, ...], Key("standard errors, from blocks of the run", none="of a site hardly visited")
    ]
    site_energy_width_eV: Annotated[
        float | None, Key("standard deviation over the sites", none="with fewer than two energies")
    ]
    site_kind_overlap: Annotated[
        dict[str, float], Key("overlap of the energies of two kinds, smeared by kT, 0 to 1, by `kind|kind`")
    ]
    recrossing_filter_ps: Annotated[float, Key("shorter visits are no jumps")]
    n_jumps: Annotated[int, Key("counted in all replicas")]
    n_jumps_within_cages: Annotated[int | None, Key("that stay in a cage", none="where no cages are named")]
    n_jumps_between_cages: Annotated[int | None, Key("that leave one", none="where no cages are named")]
    jumps: Annotated[tuple[JumpKind, ...], Key("by kind and distance, the commonest first")]
    hop_network: Annotated[tuple[SitePair, ...], Key("pairs of sites, the busiest first")]
    hop_rate_per_ion_per_ps: Annotated[Measured, Key("*of all*: Γ")]
    hop_distance_A: Annotated[Measured | None, Key("*of all*: root mean square a", none=_NO_JUMP)]
    random_walk_diffusivity_cm2_s: Annotated[Measured, Key("*of all*: D_r of uncorrelated jumps")]
    correlation_factor: Annotated[
        Measured | None, Key("*of all*: D*/D_r", none="where D* is not resolved or nothing jumped")
    ]
    share_of_ions_that_jump: Annotated[float, Key("*of all*: at least once")]
    residence_ps: Annotated[
        dict[str, Measured | None], Key("*of all*: mean time on a site, by kind", none="where no ion left")
    ]
    ion_density: Annotated[DrawnDensity, Key("for drawing")]
    carrier_density_per_cm3: Annotated[float, Key("*of all*: mobile ions per volume")]
    orderings: Annotated[tuple[OrderingJumps, ...], Key("what is combined, of each")] = ()
    percolation_thresholds_per_A3: Annotated[
        tuple[float | None, ...],
        Key("density at which the region connects along 1, 2, 3 independent directions", none="where it never does"),
    ]
    percolation_barriers_eV: Annotated[
        tuple[float | None, ...], Key("−kT ln of it over the largest density", none="where it never connects")
    ]
    percolation_barrier_errors_eV: Annotated[
        tuple[float | None, ...],
        Key("by the jackknife over quarters of the runs", none="where one quarter alone makes the connection"),
    ]
    percolation_dimensionality: Annotated[int, Key("directions it connects along at a barrier that the runs can cross")]
    percolation_directions: Annotated[dict[str, tuple[str, ...]], Key("their names, by rank")]
    attempt_frequency_THz: Annotated[
        Measured | None,
        Key("*of all*: mean of the ions' velocity spectrum", none="where the frames are too far apart"),
    ]
    attempt_frequency_reason: Annotated[str, Key("`resolved`, or why not")]
    pair_distributions: Annotated[dict[str, PairCurve], Key("by neighbour")]
    anions: Annotated[
        dict[str, AnionShare], Key("*of all*: by kind of anion, such as `S(P)`: sulphur bonded to phosphorus")
    ]
    van_hove: Annotated[tuple[VanHove, ...], Key("one a lag")]
    group_rotation: Annotated[GroupRotation | None, Key("of bonds in polyanions", none="where there are none")]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRecord(Record):
    """The local picture at one temperature, or why there is none."""

    FILE: ClassVar[str] = "local.json"

    temperature_K: Annotated[float, Key("of the runs")]
    missing: Annotated[str | None, Key("why there is no picture", absent="where there is one")] = None
    picture: Annotated[LocalPicture | None, Key("the picture", none="where there is none", inline=True)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateLocal(LocalRecord):
    """local.json of a campaign."""

    id: Annotated[str, Key("of the candidate")]
    provenance: Annotated[Provenance, Key("what the file was made from")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportOfFiles(SpeciesTransport):
    """What `screening transport` prints."""

    files: Annotated[tuple[str, ...], Key("trajectories that were read")]
    notes: Annotated[tuple[str, ...], Key("what was seen when they were read")] = ()
    local: Annotated[LocalRecord | None, Key("the [local picture](local-record.md)", absent="without `--local`")] = None
