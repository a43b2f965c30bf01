"""From a diffusivity to a conductivity."""

from math import isfinite

from scipy.constants import elementary_charge, k

from screening.errors import StageError
from screening.transport.record import TransportRecord

#: 1 S/m in mS/cm.
_S_M_TO_MS_CM = 10.0

#: Charge in e of ions that conduct in solids; copper does as Cu+.
USUAL_CHARGES = {
    **dict.fromkeys(("H", "Li", "Na", "K", "Rb", "Cs", "Ag", "Cu"), 1.0),
    **dict.fromkeys(("Mg", "Ca", "Zn"), 2.0),
    "Al": 3.0,
    **dict.fromkeys(("F", "Cl", "Br", "I"), -1.0),
    "O": -2.0,
}


def usual_charge(element: str) -> float:
    """Charge in e of an ion that conducts; conductivities go with its square, so nothing is guessed for others.

    Raises:
        StageError: the element is not one of `USUAL_CHARGES`.
    """
    if element not in USUAL_CHARGES:
        raise StageError(
            f"the usual charge of {element!r} is unknown (known: {', '.join(USUAL_CHARGES)}); give the charge"
        )
    return USUAL_CHARGES[element]


def to_conductivity(
    diffusivity_cm2_s: float, *, number_density_per_cm3: float, charge: float, temperature_K: float
) -> float:
    """sigma = c q^2 D / (k T).

    With the tracer diffusivity D* this is the Nernst-Einstein estimate, which takes the ions as independent;
    with the collective diffusivity D_sigma it is the conductivity itself. Linear in D, so errors go through too.

    Args:
        diffusivity_cm2_s: D in cm^2/s.
        number_density_per_cm3: Mobile ions per cm^3.
        charge: Of one ion, in elementary charges.
        temperature_K: Temperature in K.

    Raises:
        StageError: the charge is 0 or no number.
    """
    if not (charge and isfinite(charge)):
        raise StageError(f"ions with a charge of {charge:g} e carry no current; give that of one ion (--charge)")
    charge_C = charge * elementary_charge
    density_m3 = number_density_per_cm3 * 1e6
    return float(density_m3 * charge_C**2 * diffusivity_cm2_s * 1e-4 / (k * temperature_K) * _S_M_TO_MS_CM)


def conductivity_of(record: TransportRecord, diffusivity_cm2_s: float, temperature_K: float | None = None) -> float:
    """The conductivity in mS/cm that a diffusivity of these ions means.

    Args:
        record: Of runs that were analysed, for the ions' density and charge.
        diffusivity_cm2_s: In cm^2/s.
        temperature_K: In K; the record's where None.
    """
    assert record.number_density_per_cm3 is not None
    assert record.charge is not None
    return to_conductivity(
        diffusivity_cm2_s,
        number_density_per_cm3=record.number_density_per_cm3,
        charge=record.charge,
        temperature_K=record.temperature_K if temperature_K is None else temperature_K,
    )


def haven_ratio(tracer: float, tracer_error: float, collective: float, collective_error: float) -> tuple[float, float]:
    """H_R = D* / D_sigma with its error, the two taken as independent, to first order.

    Raises:
        ZeroDivisionError: a diffusivity is zero; ask only for resolved ones.
    """
    ratio = tracer / collective
    relative = (tracer_error / tracer) ** 2 + (collective_error / collective) ** 2
    return ratio, abs(ratio) * relative**0.5
