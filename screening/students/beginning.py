"""What a student learns first: displaced copies and contacts; with shared labels what others have paid for instead."""

from collections.abc import Callable, Sequence

from ase import Atoms

from screening.config.student import StudentConfig
from screening.students.earlier import choose_contacts, choose_frames, lacking_contacts
from screening.students.exploration import collided
from screening.students.lessons import Lessons
from screening.students.seeds import (
    CONTACT,
    CONTACT_CONFIDENCE,
    EARLIER,
    EARLIER_CONTACT,
    contact_frames,
    seed_frames,
)
from screening.students.shared_labels import KnownFrame, SharedLabels, frame_key

# With so many shared frames, those in contact not counted, a student is past its beginnings: its first runs have
# their full length, and displaced copies only show it the new orderings.
EXPERIENCED_FRAMES = 40
# Displaced copies of each ordering then.
COPIES = 2


def begin(
    lessons: Lessons,
    structures: Sequence[Atoms],
    settings: StudentConfig,
    seed: int,
    shared: SharedLabels | None,
    tell: Callable[[str], None],
) -> bool:
    """Learn the first frames.

    Args:
        lessons: Asks the teacher and learns.
        structures: Relaxed orderings.
        settings: How many copies.
        seed: Of displacements and places.
        shared: Labels that campaigns share; None where they do not.
        tell: Told what is there.

    Returns:
        Whether it is past its beginnings.
    """
    seeds = [frame for frame in seed_frames(structures, settings, seed) if not collided(frame)]
    contacts = contact_frames(structures, settings, seed)
    experienced = False
    if shared is not None:
        each = max(1, settings.seed_frames // COPIES)
        copies = [frame for k, frame in enumerate(seeds) if k % each == each - 1]
        frames, touching = _start_from(shared, lessons, structures, [*copies, *contacts])
        tell(f"{len(frames)} labels to start from, and {len(touching)} of atoms in contact")
        experienced = len(frames) >= EXPERIENCED_FRAMES
        learnt = {one.key for one in frames}
        seeds = copies if experienced else [frame for frame in seeds if frame_key(frame) not in learnt]
        contacts = lacking_contacts(contacts, touching)
    lessons.take("seed", seeds)
    lessons.take(CONTACT, contacts, CONTACT_CONFIDENCE)
    return experienced


def _start_from(
    shared: SharedLabels, lessons: Lessons, structures: Sequence[Atoms], own: Sequence[Atoms]
) -> tuple[list[KnownFrame], list[KnownFrame]]:
    """Learn from shared labels but those of `own` frames, which are learnt anyway: others, and those in contact."""
    keys = {frame_key(frame) for frame in own}
    elements = {symbol for atoms in structures for symbol in atoms.get_chemical_symbols()}

    def known() -> list[KnownFrame]:
        return [one for one in shared.within(elements) if one.key not in keys]

    frames = lessons.start_from(EARLIER, lambda: choose_frames(known(), structures, lessons.designer))
    return frames, lessons.start_from(EARLIER_CONTACT, lambda: choose_contacts(known()))
