"""What came of correcting a student by first principles, as student.json holds it."""

from dataclasses import dataclass
from typing import Annotated

from screening.potentials.reference_record import Convergence
from screening.records.fields import Key
from screening.records.origin import PotentialFacts
from screening.records.typed import Part

_NOT_TRIED = "where no correction was tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut(Part):
    """How far a student is from first principles on frames that its correction was not fitted to."""

    force_meV_A: Annotated[float, Key("mean absolute error of a force component")]
    force_by_element_meV_A: Annotated[dict[str, float], Key("the same for each element")]
    force_slope_by_element: Annotated[dict[str, float], Key("of its forces on those of first principles", unit="")]
    stress_GPa: Annotated[
        float | None, Key("mean absolute error of a stress component", absent="where first principles give no stress")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction(Part):
    """Reference minus teacher, added to a student where frames that were held out say that it helps."""

    kept: Annotated[bool, Key("whether the student has it")]
    reason: Annotated[str, Key("why not, empty where it has")]
    reference: Annotated[PotentialFacts, Key("first principles")]
    n_labels: Annotated[int, Key("frames of the student's runs that they labelled")]
    lost: Annotated[tuple[str, ...], Key("why others have no label")]
    cpu_s_per_label: Annotated[
        float | None, Key("processor time of those that were not kept from an earlier try", none="where all were")
    ]
    pull: Annotated[
        float | None, Key("to no correction, as a share of what the labels pull", none=_NOT_TRIED, unit="")
    ] = None
    bodies: Annotated[str, Key("`pairs` or `all` descriptors that it is made of, empty where none was tried")] = ""
    before: Annotated[HeldOut | None, Key("the student without it", none=_NOT_TRIED)] = None
    after: Annotated[HeldOut | None, Key("the student with it, cross-validated", none=_NOT_TRIED)] = None
    gain: Annotated[
        float | None, Key("share of the squared force error that it takes away", none=_NOT_TRIED, unit="")
    ] = None
    gain_error: Annotated[float | None, Key("its standard error over frames", none=_NOT_TRIED, unit="")] = None
    convergence: Annotated[
        Convergence | None, Key("of the labels", none="where it was not tested, or the method has no finer one")
    ] = None
    checksum: Annotated[str, Key("SHA-256 of its coefficients, empty where it was not kept")] = ""
