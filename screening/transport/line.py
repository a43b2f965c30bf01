"""A straight line through ln D over 1/T, and whether two lines fit better."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from screening.constants import K_EV
from screening.transport.line_record import TwoLines

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ArrheniusLine:
    """ln D = ln_prefactor - energy / (k T), weighted by 1 / error(ln D)^2.

    Attributes:
        energy_eV: Activation energy.
        ln_prefactor: ln(D0 / (cm^2/s)).
        covariance: Of (ln_prefactor, energy_eV), (2, 2); widened by the scatter where that is significant.
        chi2: Weighted sum of squared residuals.
        degrees_of_freedom: Points less two.
        widened: Whether the errors were multiplied by sqrt(chi2 / degrees_of_freedom).
    """

    energy_eV: float
    ln_prefactor: float
    covariance: Floats
    chi2: float
    degrees_of_freedom: int
    widened: bool

    @property
    def energy_error(self) -> float:
        """Standard error of the activation energy."""
        return float(np.sqrt(self.covariance[1, 1]))

    @property
    def ln_prefactor_error(self) -> float:
        """Standard error of ln D0."""
        return float(np.sqrt(self.covariance[0, 0]))

    def with_barrier_error(self, error_eV: float) -> "ArrheniusLine":
        """The same where all points may be off by one common error of the barrier; D0 is not."""
        return replace(self, covariance=self.covariance + np.diag([0.0, error_eV**2]))

    def ln_diffusivity(self, temperatures_K: Floats) -> tuple[Floats, Floats]:
        """ln D and its standard error at some temperatures, (n,) each."""
        basis = np.stack([np.ones_like(temperatures_K), -1.0 / (K_EV * temperatures_K)], axis=1)
        value = basis @ np.array([self.ln_prefactor, self.energy_eV])
        return value, np.sqrt(np.einsum("ni,ij,nj->n", basis, self.covariance, basis))


def fit_line(temperatures_K: Floats, diffusivities: Floats, errors: Floats, scatter_p_value: float) -> ArrheniusLine:
    """Weighted straight line through ln D over 1/T.

    The errors of ln D are error / D, taken as known: their size is not rescaled by the residuals, except where
    chi^2 is so large that its probability is below `scatter_p_value`; then something beyond the stated errors is
    there and the errors are widened (Birge's ratio).

    Args:
        temperatures_K, diffusivities, errors: (n,) with n >= 2, all positive.
    """
    weights = diffusivities / errors
    basis = np.stack([np.ones_like(temperatures_K), -1.0 / (K_EV * temperatures_K)], axis=1) * weights[:, None]
    target = np.log(diffusivities) * weights
    # 1/(kT) is tens per eV: the normal matrix is well enough conditioned, and QR does not square it.
    q, r = np.linalg.qr(basis)
    coefficients = np.linalg.solve(r, q.T @ target)
    inverse = np.linalg.inv(r)
    covariance = inverse @ inverse.T
    residual = float(np.sum((target - basis @ coefficients) ** 2))
    freedom = len(target) - 2
    widened = freedom > 0 and float(chdtrc(freedom, residual)) < scatter_p_value
    if widened:
        covariance = covariance * residual / freedom
    return ArrheniusLine(float(coefficients[1]), float(coefficients[0]), covariance, residual, freedom, widened)


def best_break(temperatures_K: Floats, diffusivities: Floats, errors: Floats) -> TwoLines | None:
    """Two independent lines against one: where the break is best and how much it lowers the BIC.

    BIC = chi^2 + n_parameters ln n with known errors; one line has 2 parameters, two lines and their break 5.

    Args:
        temperatures_K: Rising, (n,).

    Returns:
        None with fewer than five points, where two lines cannot be told from one.
    """
    n = len(temperatures_K)
    if n < 5:
        return None
    one = fit_line(temperatures_K, diffusivities, errors, 0.0)
    candidates = []
    for cut in range(2, n - 1):
        low = fit_line(temperatures_K[:cut], diffusivities[:cut], errors[:cut], 0.0)
        high = fit_line(temperatures_K[cut:], diffusivities[cut:], errors[cut:], 0.0)
        candidates.append((low.chi2 + high.chi2, cut, low, high))
    total, cut, low, high = min(candidates, key=lambda c: c[0])
    return TwoLines(
        delta_bic=float(one.chi2 - total - 3.0 * np.log(n)),
        break_K=float(0.5 * (temperatures_K[cut - 1] + temperatures_K[cut])),
        energy_below_eV=low.energy_eV,
        energy_above_eV=high.energy_eV,
    )
