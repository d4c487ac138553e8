"""Controls as splines: a few knots say what is done at each of many steps.

    u(t) = Σ_p W_tp k_p

The spline is cubic, with slopes by the neighbours of each knot. It is linear in its knots, so that it is a matrix; so
is the plan that is left when one step has passed.

Source: Catmull, Rom, "A Class of Local Interpolating Splines", Computer Aided Geometric Design 1974.
"""

import numpy as np


def places(knots: int, steps: int) -> np.ndarray:
    """[P] the times, in steps, of P knots, the first at 0 and the last at the last of H steps."""
    return np.linspace(0.0, steps - 1.0, knots) if knots > 1 else np.zeros(1)


def weights(knots: int, times: np.ndarray, steps: int) -> np.ndarray:
    """W [T, P]: what each of P knots counts at times [T]; before the first and after the last the spline is constant.

    Args:
        knots: P >= 1, evenly spaced over the steps 0 .. H - 1.
        times: in steps.
        steps: H >= 1.
    """
    if knots == 1 or steps == 1:
        out = np.zeros((len(times), knots))
        out[:, 0] = 1.0
        return out
    x = np.clip(np.asarray(times, dtype=np.float64) / (steps - 1.0) * (knots - 1.0), 0.0, knots - 1.0)
    left = np.minimum(np.floor(x).astype(int), knots - 2)
    f = x - left
    values = np.eye(knots)
    slopes = np.gradient(values, axis=0)  # central, one-sided at the ends
    h00, h10 = 2 * f**3 - 3 * f**2 + 1, f**3 - 2 * f**2 + f
    h01, h11 = -2 * f**3 + 3 * f**2, f**3 - f**2
    parts = ((h00, values[left]), (h10, slopes[left]), (h01, values[left + 1]), (h11, slopes[left + 1]))
    return np.asarray(sum(h[:, None] * v for h, v in parts))


def shift(knots: int, steps: int, by: float = 1.0) -> np.ndarray:
    """[P, P]: the knots of the plan that is left after `by` steps; its end is held."""
    return weights(knots, places(knots, steps) + by, steps)
