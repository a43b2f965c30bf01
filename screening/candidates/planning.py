"""What a campaign will be made of: the one plan that `screening check` tells and the enumeration carries out."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace

from screening.candidates.facing import Faced
from screening.candidates.grid import Refusal, carry_out
from screening.candidates.joining import Joined
from screening.candidates.recipe import Recipe, expand
from screening.candidates.rules import Plan, plan
from screening.candidates.series import in_series, proportional
from screening.candidates.steps import stepped
from screening.candidates.supercell import Repeat, shortest_image_distance
from screening.config.boundaries import InterfaceConfig
from screening.config.candidates import AutomaticSupercell
from screening.config.stages import EnumerateSettings
from screening.errors import StructureError
from screening.parents.base import Parent, named

ONE_CELL: Repeat = (1, 1, 1)
# Parents whose images are nearer than this are also relaxed in cells like their candidates'.
SMALL_CELL_A = 8.0
AS_REFERENCE = "as a reference"


@dataclass(frozen=True)
class Planned:
    """One candidate or reference to be made.

    Attributes:
        parent: What it is made from.
        recipe: What is done to it.
        plan: What that comes to.
        mobile: The element that conducts in it.
        rule: Number of its rule; None for a reference.
        is_parent: Whether it is a parent of the campaign as it is, which is what others are measured against.
    """

    parent: Parent
    recipe: Recipe
    plan: Plan
    mobile: str
    rule: int | None
    is_parent: bool


@dataclass(frozen=True)
class CampaignPlan:
    """All that is to be made.

    Attributes:
        candidates: In the order of the rules.
        references: Parents that are no candidates themselves, then competing phases.
        refused: What was asked for and cannot be made: combinations of rules, parents as references, competing phases.
    """

    candidates: tuple[Planned, ...]
    references: tuple[Planned, ...]
    refused: tuple[Refusal, ...]

    def end_members(self, candidate: Planned) -> list[str]:
        """Ids of the parents that a candidate's series lies between.

        Its own parent, and ordered ones that its substitutions lead to, such as the bromide for Br on Cl. A partially
        occupied parent mixes already: ordered ones of its composition take its place where there are some.
        """
        own = candidate.parent
        known = {p.parent.id: p for p in (*self.candidates, *self.references) if p.is_parent}
        start = own.structure.composition.get_el_amt_dict()
        ordered = [p.parent for p in known.values() if p.parent.structure.is_ordered and p.parent.id != own.id]
        alike = [p.id for p in ordered if proportional(start, p.structure.composition.get_el_amt_dict())]
        others = [
            p.id
            for p in ordered
            if p.id not in alike and in_series(start, p.structure.composition.get_el_amt_dict(), candidate.plan.moves)
        ]
        first = alike if alike and not own.structure.is_ordered else [own.id]
        joined = candidate.plan.joined
        faced = [joined.film.id] if isinstance(joined, Faced) and not joined.is_bulk else []
        return [name for name in dict.fromkeys((*first, *others, *faced)) if name in known]


# A parent and what makes it a reference.
Attempt = tuple[Parent, Callable[[], Planned]]


def plan_campaign(
    settings: EnumerateSettings, parents: dict[str, Parent], references: dict[str, Parent]
) -> CampaignPlan:
    """Plan every rule and the references that mixing enthalpies need; nothing is enumerated.

    Args:
        settings: Rules, supercell, mobile ion, oxidation states.
        parents: By the ids the rules use.
        references: Competing phases by id.

    Raises:
        StructureError: nothing of a rule can be made; all such rules are in the message.
    """
    candidates: list[Planned] = []
    refused: list[Refusal] = []
    wrong: list[str] = []
    for i, rule in enumerate(settings.candidates.rules):
        recipes = expand(rule)
        asked = [
            (parent, recipe)
            for name in dict.fromkeys(recipe.parent for recipe in recipes)
            for parent in named(name, parents)
            for recipe in recipes
            if recipe.parent == name
            for recipe in _in_steps(settings, parent, recipe)
        ]
        try:
            made, not_made = carry_out(i, asked, _candidate_maker(settings, i, parents))
        except StructureError as error:
            wrong.append(str(error))
            continue
        candidates += [one for planned in made for one in (planned, *_beside(planned, parents))]
        refused += not_made
    if wrong:
        raise StructureError("\n".join(wrong))
    crystals = [parent for parent in parents.values() if not parent.amorphous]
    as_they_are = {planned.parent.id for planned in candidates if planned.is_parent}
    made, not_made = _attempted(_parents(settings, crystals, as_they_are))
    others, not_made_either = _attempted([(p, _competing_phase(settings, p)) for p in references.values()])
    plan = CampaignPlan(tuple(candidates), (*made, *others), (*refused, *not_made, *not_made_either))
    # That a larger cell cannot be made is no loss to tell of.
    larger, _ = _attempted(_like_candidates(settings, plan, as_they_are))
    return replace(plan, references=(*made, *larger, *others))


def _beside(planned: Planned, parents: Mapping[str, Parent]) -> list[Planned]:
    """Of a boundary the crystal in a cell like that of the boundary, which it is compared with; or both crystals."""
    joined = planned.plan.joined
    if joined is None:
        return []
    done = planned.plan.done.replace(joined.words, f"the crystal beside the {joined.words}")
    if isinstance(joined, Joined):
        return [replace(planned, plan=replace(planned.plan, done=done, joined=joined.as_bulk()))]
    units = 2 * planned.plan.formula_units
    states = planned.plan.states.of(planned.plan.decoration.composition())
    lower = replace(planned.plan, done=done, formula_units=units, states=states, joined=joined.as_lower())
    other = parents[joined.film.id]
    film = joined.film.decoration
    own = sum(film.composition().values()) / other.structure.composition.num_atoms
    upper = Plan(
        decoration=film,
        done=f"the crystal beside the {joined.words}",
        supercell=ONE_CELL,
        formula_units=2 * own * other.structure.composition.get_reduced_composition_and_factor()[1],
        states=planned.plan.states.of(film.composition()),
        joined=joined.as_upper(),
    )
    return [replace(planned, plan=lower), replace(planned, parent=other, plan=upper)]


def _in_steps(settings: EnumerateSettings, parent: Parent, recipe: Recipe) -> list[Recipe]:
    """The recipe, or one for each degree of its exchange that the cell allows; as it is where none can be made."""
    if not recipe.in_steps:
        return [recipe]
    make = _candidate_maker(settings, 0, {})
    try:
        return [one for one in _steps(settings, parent, recipe) if _can_be_made(make, parent, one)]
    except StructureError:
        return [recipe]


def _can_be_made(make: Callable[[Parent, Recipe], Planned], parent: Parent, recipe: Recipe) -> bool:
    """Nobody asked for a step by itself: one that the sublattices cannot hold is no refusal."""
    try:
        make(parent, recipe)
    except StructureError:
        return False
    return True


def _steps(settings: EnumerateSettings, parent: Parent, recipe: Recipe) -> list[Recipe]:
    plain = _candidate_maker(settings, 0, {})(parent, replace(recipe, exchanges=()))
    return stepped(recipe, parent, plain.plan.supercell)


def _other(recipe: Recipe, parents: Mapping[str, Parent]) -> Parent | None:
    """The crystal that an interface is with.

    Raises:
        StructureError: it is none of the campaign's parents.
    """
    if not isinstance(recipe.boundary, InterfaceConfig):
        return None
    if recipe.boundary.other not in parents:
        raise StructureError(
            f"interface.with: {recipe.boundary.other} is none of the campaign's parents ({', '.join(parents)}); add it "
            "to `parents`"
        )
    return parents[recipe.boundary.other]


def _candidate_maker(
    settings: EnumerateSettings, rule: int, parents: Mapping[str, Parent]
) -> Callable[[Parent, Recipe], Planned]:
    def make(parent: Parent, recipe: Recipe) -> Planned:
        elements = set(parent.structure.composition.get_el_amt_dict())
        brought = {r.dopant for r in recipe.replacements} | ({recipe.balance.dopant} if recipe.balance else set())
        mobiles = [mobile for mobile in settings.mobile_ions if mobile in elements | brought]
        wanted = " or ".join(settings.mobile_ions)
        # Before anything else is found wrong with a crystal that has nothing to move.
        if not mobiles:
            raise StructureError(f"it holds no {wanted} (mobile_ion); its elements are {', '.join(sorted(elements))}")
        if recipe.in_steps:
            # They could not be found, which says why.
            _steps(settings, parent, recipe)
        for mobile in mobiles:
            other = _other(recipe, parents)
            planned = _plan(settings, mobile, parent, recipe, settings.candidates.supercell, other=other)
            # The rule may replace all of one by another.
            if mobile in planned.decoration.composition():
                changed = recipe.replacements or recipe.exchanges or recipe.glass or recipe.boundary or planned.moves
                as_it_is = not changed
                return Planned(parent, recipe, planned, mobile, rule, as_it_is)
        raise StructureError(f"it holds no {wanted} (mobile_ion), all of which the rule replaces; name another")

    return make


def _parents(settings: EnumerateSettings, parents: Iterable[Parent], as_they_are: Container[str]) -> list[Attempt]:
    """Parents as they are: ordered ones in their own cells, others where they are no candidates as they are."""
    return [
        (parent, _reference(settings, parent, ONE_CELL if ordered else settings.candidates.supercell, is_parent=True))
        for parent in parents
        for ordered in (parent.structure.is_ordered,)
        if ordered or parent.id not in as_they_are
    ]


def _like_candidates(settings: EnumerateSettings, plan: CampaignPlan, as_they_are: Container[str]) -> list[Attempt]:
    """End members of crystals once more in cells like the candidates', where their own are small.

    A small cell may be kept from relaxing as a larger one does.
    """
    wanted = {
        name
        for planned in plan.candidates
        if planned.recipe.glass is None and planned.plan.supercell != ONE_CELL
        for name in plan.end_members(planned)
        if name not in as_they_are
    }
    return [
        (planned.parent, _reference(settings, planned.parent, settings.candidates.supercell, is_parent=True))
        for planned in plan.references
        if planned.is_parent and planned.parent.id in wanted and planned.parent.structure.is_ordered
        if shortest_image_distance(planned.parent.structure.lattice) < SMALL_CELL_A
    ]


def _competing_phase(settings: EnumerateSettings, parent: Parent) -> Callable[[], Planned]:
    supercell = ONE_CELL if parent.structure.is_ordered else settings.candidates.supercell
    return _reference(settings, parent, supercell, is_parent=False)


def _reference(
    settings: EnumerateSettings, parent: Parent, supercell: AutomaticSupercell | Repeat, *, is_parent: bool
) -> Callable[[], Planned]:
    recipe = Recipe(parent.id)
    held = [mobile for mobile in settings.mobile_ions if mobile in parent.structure.composition.get_el_amt_dict()]
    mobile = (*held, *settings.mobile_ions)[0]

    def make() -> Planned:
        planned = _plan(settings, mobile, parent, recipe, supercell, any_states=parent.structure.is_ordered)
        return Planned(parent, recipe, planned, mobile, None, is_parent)

    return make


def _attempted(attempts: Iterable[Attempt]) -> tuple[list[Planned], list[Refusal]]:
    made, refused = [], []
    for parent, make in attempts:
        try:
            made.append(make())
        except StructureError as error:
            refused.append(Refusal(None, parent.id, AS_REFERENCE, str(error)))
    return made, refused


def _plan(
    settings: EnumerateSettings,
    mobile: str,
    parent: Parent,
    recipe: Recipe,
    supercell: AutomaticSupercell | Repeat,
    *,
    any_states: bool = False,
    other: Parent | None = None,
) -> Plan:
    return plan(
        parent,
        recipe,
        mobile=mobile,
        supercell=supercell,
        user_states=settings.oxidation_states,
        occupancy_tolerance=settings.candidates.occupancy_tolerance,
        states_needed=not any_states,
        other=other,
    )
