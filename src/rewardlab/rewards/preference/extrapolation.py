"""ExPO: weights beyond the end of training.

    θ = θ₂ + a (θ₂ − θ₁)

Goes on in the direction from the weights of a start, such as a regression on ratings, to those that preferences made of
them, without further training. `a` is chosen on held-out comparisons.

Source: Zheng, Wang, Ji, Huang, Peng, "Model Extrapolation Expedites Alignment", ACL 2025; for reward models Wang,
Bukharin, Delalleau, Egert, Shen, Zeng, Kuchaiev, Dong, "HelpSteer2-Preference: Complementing Ratings with Preferences",
ICLR 2025.
"""

import copy
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from rewardlab.core.errors import BadCheckpoint, BadOption


def extrapolated(start: Mapping[str, Any], end: Mapping[str, Any], a: float = 0.5) -> dict[str, Any]:
    """The `state_dict` of a `SegmentModel` whose networks lie beyond `end`, as seen from `start`.

    Everything else is that of `end`; `fit(items, epochs=0)` then brings the pay back to unit deviation.

    Args:
        start: a state before the last stage of training, of networks of the same shapes over the same features.
        end: the state after it.
        a: how far beyond, in units of the way; 0 leaves `end` as it is, −1 gives the networks of `start`.

    Raises:
        BadOption: for an `a` that is not finite.
        BadCheckpoint: if the states hold different networks, or none.
    """
    if not math.isfinite(a):
        raise BadOption(f"a={a!r}", where="extrapolated", expected="a number")
    try:
        first, second = ({k: np.asarray(v) for k, v in s["fit"]["module"].items()} for s in (start, end))
    except (KeyError, TypeError, AttributeError):
        raise BadCheckpoint(
            "a state without networks", where="extrapolated", expected="states of models that were fitted"
        ) from None
    shapes = [{k: v.shape for k, v in x.items()} for x in (first, second)]
    if shapes[0] != shapes[1]:
        raise BadCheckpoint(
            f"networks {shapes[0]}",
            where="extrapolated",
            expected=f"those of the end, {shapes[1]}",
            mend="give both models the same widths, trunk and members",
        )
    out = copy.deepcopy(dict(end))
    out["fit"] = {**out["fit"], "module": {k: second[k] + np.float32(a) * (second[k] - first[k]) for k in second}}
    return out
