"""From parents and rules to candidates with their orderings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pymatgen.core import Composition, Structure

from screening.candidates.clash import CLASH_FACTOR, SAME_RATIO, closest_ratio, unchanged_ratio
from screening.candidates.crowding import Apart, distance_kept
from screening.candidates.decoration import Decoration
from screening.candidates.entropy import ideal_entropy
from screening.candidates.facing import Faced
from screening.candidates.grid import Refusal
from screening.candidates.identity import candidate_id, formula_per_unit
from screening.candidates.joining import Joined
from screening.candidates.ordering import Ordering, OrderingSearch, find_orderings
from screening.candidates.oxidation import States, describe_sources
from screening.candidates.planning import AS_REFERENCE, Planned, plan_campaign
from screening.candidates.recipe import Recipe
from screening.candidates.record import Boundary, CandidateRecord, CandidateRow, Exchange, MadeBoundary, MadeOrdering
from screening.candidates.roles import Role
from screening.candidates.rules import Plan
from screening.candidates.sampling import disordered_ensemble
from screening.candidates.selection import describe, select
from screening.config.stages import EnumerateSettings
from screening.errors import StructureError
from screening.parents.base import Parent
from screening.records.origin import Provenance


@dataclass(frozen=True)
class Candidate:
    """A composition on sublattices and the orderings that stand for it.

    Attributes:
        id: Formula and content hash.
        roles: Candidate, reference (only to measure mixing enthalpies against), or both.
        end_member: An ordered pure parent of the campaign.
        parent: Id of the parent.
        formula: For one parent formula unit.
        done: What was done to the parent, in words.
        supercell: Repeats of the parent's cell, in words.
        formula_units: Parent formula units in the cell.
        states: Oxidation states used, and how they came about.
        structures: Ordered cells, lowest Ewald energy first.
        orderings: The arrangement behind each structure.
        n_total: Arrangements there are.
        n_distinct: Symmetry-distinct ones, None if not all were looked at.
        selection: How the orderings were chosen, in words.
        ideal_entropy: Of mixing on the sublattices, in k per formula unit.
        split_entropy: The part of it that is within split sites.
        mobile: The element that conducts in it.
        mixing_sites: Sites of the cell over which something other than the mobile ion is mixed.
        exchange: Site exchange: the two sublattices, the degree, their sites in the cell; None without one.
        glass: How it is melted and quenched before it is relaxed; None for a crystal.
        end_members: Ids of the references that its mixing enthalpy is measured against where they can make it.
        boundary: Of a grain boundary or the crystal beside one.
        joined: How the grains of each structure were joined; empty where none were.
        more_ways: Other ways of joining, with how, which the potential is asked about.
        equilibrium_K: Its degree of exchange is a step of what equilibrium at these temperatures is asked for; none
            where the degree itself was.
    """

    id: str
    roles: frozenset[Role]
    end_member: bool
    parent: str
    formula: str
    done: str
    supercell: str
    formula_units: float
    states: States
    structures: tuple[Structure, ...]
    orderings: tuple[Ordering, ...]
    n_total: int
    n_distinct: int | None
    selection: str
    ideal_entropy: float
    split_entropy: float
    mobile: str
    mixing_sites: int
    exchange: Exchange | None
    glass: dict[str, Any] | None
    end_members: tuple[str, ...] = ()
    boundary: Boundary | None = None
    joined: tuple[MadeBoundary, ...] = ()
    more_ways: tuple[tuple[Structure, MadeBoundary], ...] = ()
    equilibrium_K: tuple[float, ...] = ()

    def row(self) -> CandidateRow:
        """The candidate's line in candidates.csv."""
        return CandidateRow(
            id=self.id,
            role=self.roles,
            end_member=self.end_member,
            parent=self.parent,
            composition=self.formula,
            done=self.done,
            supercell=self.supercell,
            family="-".join(sorted(self.states.charges)),
            n_atoms=len(self.structures[0]),
            formula_units=self.formula_units,
            n_orderings=len(self.structures),
            arrangements=self.n_total,
            distinct_arrangements=self.n_distinct,
            selection=self.selection,
            oxidation_states_from=describe_sources(self.states),
            ideal_entropy_k_formula_unit=self.ideal_entropy,
            split_site_entropy_k_formula_unit=self.split_entropy,
            mixing_sites=self.mixing_sites,
            glass=self.glass is not None,
            end_members=self.end_members,
            mobile_ion=self.mobile,
            equilibrium_K=tuple(f"{t:g}" for t in self.equilibrium_K),
            beside=self.boundary.beside if self.boundary else (),
        )

    def record(self, origin: Provenance) -> CandidateRecord:
        """Row, oxidation states and structures, as written to the candidate's own file."""
        # End members follow from the whole campaign: they would make the file another when it grows.
        return CandidateRecord.of(
            self.row(),
            oxidation_states=self.states.charges,
            exchange=self.exchange,
            glass=self.glass,
            orderings=tuple(
                MadeOrdering(
                    # Energy and degeneracy are those of the grain, not of the cell that was joined.
                    degeneracy=(ordering.degeneracy or None) if how is None else None,
                    draws=ordering.draws or None,
                    ewald_energy_eV=ordering.ewald_energy_eV if how is None else None,
                    structure=structure.as_dict(),
                    boundary=how,
                )
                for ordering, structure, how in zip(
                    self.orderings, self.structures, self.joined or (None,) * len(self.structures), strict=True
                )
            ),
            provenance=origin,
            more_ways=tuple(
                MadeOrdering(
                    degeneracy=None, draws=None, ewald_energy_eV=None, structure=structure.as_dict(), boundary=how
                )
                for structure, how in self.more_ways
            )
            or None,
            boundary=self.boundary,
        )


@dataclass(frozen=True)
class Enumeration:
    """What the rules come to.

    Attributes:
        candidates: Candidates and references.
        refused: Combinations of a rule that cannot be made, where others of it can.
    """

    candidates: tuple[Candidate, ...]
    refused: tuple[Refusal, ...]


def enumerate_candidates(
    settings: EnumerateSettings, parents: dict[str, Parent], references: dict[str, Parent]
) -> Enumeration:
    """All candidates of a campaign and the references their mixing enthalpies need.

    Args:
        settings: Rules, supercell, seed.
        parents: By the ids the rules use.
        references: Competing phases by library name.

    Raises:
        StructureError: nothing of a rule can be planned; names the rule and says why.
    """
    plan = plan_campaign(settings, parents, references)
    found: dict[str, Candidate] = {}
    refused = list(plan.refused)
    # Of the parents as they are, in cells of one size or two.
    ids: dict[str, list[str]] = {}
    made: list[tuple[Planned, str]] = []
    # The last one that was made; the crystals beside it follow it, and none is needed beside one that was not.
    boundary: str | None = None
    for planned in (*plan.candidates, *plan.references):
        joined = planned.plan.joined
        if joined is not None and not joined.is_bulk:
            boundary = None
        elif joined is not None and boundary is None:
            continue
        try:
            candidate = _make(settings, planned)
        except StructureError as error:
            asked = planned.recipe.words() if planned.rule is not None else AS_REFERENCE
            refused.append(Refusal(planned.rule, planned.parent.id, asked, str(error)))
            continue
        known = found.get(candidate.id)
        found[candidate.id] = candidate if known is None else _joined(known, candidate)
        made.append((planned, candidate.id))
        if joined is not None and not joined.is_bulk:
            boundary = candidate.id
        elif joined is not None and boundary is not None:
            found[boundary] = _beside(found[boundary], joined, candidate.id)
        if planned.is_parent:
            ids.setdefault(planned.parent.id, []).append(candidate.id)
    for planned, name in made:
        ends = [id for parent in plan.end_members(planned) for id in ids.get(parent, ())]
        found[name] = replace(found[name], end_members=tuple(dict.fromkeys((*found[name].end_members, *ends))))
    return Enumeration(tuple(found.values()), tuple(refused))


def _beside(boundary: Candidate, joined: Joined | Faced, bulk: str) -> Candidate:
    """The boundary, which says what crystals it is compared with."""
    made = boundary.boundary
    assert made is not None
    is_other = isinstance(joined, Faced) and joined.only == "upper"
    return replace(boundary, boundary=replace(made, other_bulk=bulk) if is_other else replace(made, bulk=bulk))


def _joined(known: Candidate, candidate: Candidate) -> Candidate:
    """Two ways to the same crystal are one candidate; both are named."""
    done, steps = known.done, known.equilibrium_K or candidate.equilibrium_K
    if Role.CANDIDATE in known.roles & candidate.roles:
        done = f"{known.done} (the same as {candidate.done})"
        # One that was asked for by its degree too goes on whatever equilibrium says.
        asked = not (known.equilibrium_K and candidate.equilibrium_K)
        steps = () if asked else tuple(dict.fromkeys((*known.equilibrium_K, *candidate.equilibrium_K)))
    end_member = known.end_member or candidate.end_member
    roles = known.roles | candidate.roles
    return replace(known, roles=roles, end_member=end_member, done=done, equilibrium_K=steps)


def _make(settings: EnumerateSettings, asked: Planned) -> Candidate:
    planned, recipe, parent = asked.plan, asked.recipe, asked.parent
    ordered = parent.structure.is_ordered
    # An ordered parent has a reference of its own, in its own cell.
    both = asked.is_parent and not ordered
    # A crystal beside an interface that holds no mobile ion is compared with, and has no dynamics.
    still = planned.joined is not None and planned.joined.is_bulk and asked.mobile not in planned.composition()
    only_reference = asked.rule is None
    roles = (
        {Role.REFERENCE} if only_reference or still else {Role.CANDIDATE, Role.REFERENCE} if both else {Role.CANDIDATE}
    )
    apart = distance_kept(asked.mobile, planned.decoration.charges, settings.candidates.min_mobile_distance_A)
    search = _orderings(planned.decoration, settings, asked.mobile, only_reference, apart)
    entropy = ideal_entropy(planned.decoration, apart)
    glass = recipe.glass.model_dump(mode="json") if recipe.glass else None
    if planned.joined is not None:
        upper = planned.joined.upper
        above = search.kept
        if upper is not None:
            above = _orderings(upper, settings, asked.mobile, only_reference, apart).kept
        kept, structures, joined, more = _boundaries(planned, planned.joined, search.kept, above, apart)
    else:
        # A glass is made anew for each sample, from the same start with another seed.
        kept, joined, more = search.kept * (recipe.glass.samples if recipe.glass else 1), (), ()
        structures = tuple(planned.decoration.structure(ordering.arrangement) for ordering in kept)
    for structure in structures:
        check(structure, planned.decoration, planned.composition())
    formula = formula_per_unit(structures[0].composition, planned.formula_units)
    return Candidate(
        id=candidate_id(structures, formula, glass),
        roles=frozenset(roles),
        # Only an ordered cell is an end member; a partially occupied one already mixes.
        end_member=only_reference and asked.is_parent and ordered,
        parent=parent.id,
        formula=formula,
        done=planned.done if recipe.equilibrium_K is None else _as_step(planned.done, recipe.equilibrium_K),
        supercell=planned.cells,
        formula_units=planned.formula_units,
        states=planned.states,
        structures=structures,
        orderings=kept,
        n_total=search.n_total,
        n_distinct=search.n_distinct,
        selection=search.selection,
        ideal_entropy=planned.grains * entropy.total / planned.formula_units,
        split_entropy=planned.grains * entropy.split / planned.formula_units,
        mobile=asked.mobile,
        mixing_sites=planned.grains * planned.decoration.mixing_sites(asked.mobile),
        exchange=_exchange(recipe, planned, parent),
        glass=glass,
        boundary=planned.joined.facts(planned.decoration) if planned.joined else None,
        joined=joined,
        more_ways=more,
        equilibrium_K=() if recipe.equilibrium_K is None else (recipe.equilibrium_K,),
    )


def _as_step(done: str, equilibrium_K: float) -> str:
    return f"{done} (step of equilibrium({equilibrium_K:g}))"


def _boundaries(
    planned: Plan,
    joined: Joined | Faced,
    lower: Sequence[Ordering],
    upper: Sequence[Ordering],
    apart: Apart | None,
) -> tuple[
    tuple[Ordering, ...], tuple[Structure, ...], tuple[MadeBoundary, ...], tuple[tuple[Structure, MadeBoundary], ...]
]:
    """Orderings, each as often as ways of joining it were kept, with the structures and these ways, and other ways."""
    n = min(len(lower), len(upper))
    arrangements = [[ordering.arrangement for ordering in own[:n]] for own in (lower, upper)]
    every = list(joined.structures(planned.decoration, arrangements[0], arrangements[1], apart))
    made = [one for one in every if not one.more]
    ways = tuple(one.how for one in made if one.how is not None)
    more = tuple((one.structure, one.how) for one in every if one.more and one.how is not None)
    return tuple(lower[one.ordering] for one in made), tuple(one.structure for one in made), ways, more


def _exchange(recipe: Recipe, planned: Plan, parent: Parent) -> Exchange | None:
    if len(recipe.exchanges) != 1:
        return None
    (exchange,) = recipe.exchanges
    assert exchange.degree is not None
    own = parent.structure.composition.get_reduced_composition_and_factor()[1]
    copies = planned.formula_units / own
    (before,) = planned.held_before_exchange
    held = tuple({species: planned.grains * n for species, n in there.items()} for there in before)
    return Exchange(
        between=tuple(describe(selector) for selector in exchange.between),
        degree=exchange.degree,
        sites=tuple(round(copies * len(select(parent.structure, selector))) for selector in exchange.between),
        held=held if any(len(there) > 1 for there in held) else None,
    )


def _orderings(
    decoration: Decoration, settings: EnumerateSettings, mobile: str, only_reference: bool, apart: Apart | None
) -> OrderingSearch:
    chosen = settings.candidates.orderings
    if only_reference:
        return find_orderings(decoration, chosen.model_copy(update={"keep": 1}), settings.seed, apart)
    if chosen.select != "lowest_ewald":
        return disordered_ensemble(decoration, chosen, mobile, settings.seed, apart)
    return find_orderings(decoration, chosen, settings.seed, apart)


def check(structure: Structure, decoration: Decoration, composition: Mapping[str, int]) -> None:
    """The promises every generated structure keeps: neutral, of the asked composition, no clash.

    Atoms of the parent that nothing moves may be as close as they are there: those of a molecule are closer than ions.

    Raises:
        StructureError: one of them is broken.
    """
    charge = sum(decoration.charges[site.specie.symbol] for site in structure)
    if abs(charge) > 1e-6:
        raise StructureError(f"{structure.composition.formula} has the charge {charge:+g} e")
    asked = Composition(dict(composition))
    if structure.composition != asked:
        raise StructureError(f"{structure.composition.formula} was made where {asked.formula} was asked for")
    ratio, pair = closest_ratio(structure, decoration.charges)
    if ratio < min(CLASH_FACTOR, unchanged_ratio(decoration) - SAME_RATIO):
        raise StructureError(f"{pair} is a clash: {ratio:.2f} of the sum of ionic radii, below {CLASH_FACTOR}")
