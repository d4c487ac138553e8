"""MEET: words for good and bad answers are learned first and alone, then together with the model.

    L = −(1/G) Σ_g (1/|y_g|) Σ_t log π(y_gt | c_g, x, y_<t),    c_g the control of the response's quality
    stage 1: the controls alone learn,    stage 2: all
    π*(y | x, c) ∝ p_data(y | x) p(c | x, y)

Both sides of a comparison are learned from, each under its own control, so nothing is pushed away. Trained at once
with a far larger model, controls stay what they were and the model learns the mean; moved first, they carry the
difference. In use one asks for the good control.

Source: Xue, Wang, Ji, "Parameter-Efficient Tuning Helps Language Model Alignment", 2023, Section 3 (two stages),
from descriptions of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.agents.parts import masked
from rewardlab.agents.parts.checked import checked, option
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group
from rewardlab.core.checkpoint import check_keys


def controls(reward: Sequence[float], names: Sequence[str] = ("bad", "good")) -> list[str]:
    """The control of each response by the rank of its reward among all: equal shares, the worst share first.

    Raises:
        BadOption: for no names.
    """
    option("names", names, len(names) > 0, by="controls", expected="at least one")
    place = np.argsort(np.argsort(np.asarray(reward, dtype=np.float64), kind="stable"), kind="stable")
    return [names[int(k * len(names) // len(place))] for k in place]


@dataclass
class MEET:
    """The likelihood of responses under their controls, in two stages.

    Controls are words of the prompt (with rows of an embedding) or parameters of their own. While stage 1 lasts, the
    gradient of everything else is 0; so decay of weights is to be 0 then.

    Args:
        parameters: all that learns.
        rows: parameter of `parameters` -> the rows of it that are controls, or None for all of it.
        steps: of stage 1.

    Attributes:
        taken: optimiser steps so far.

    Raises:
        BadOption: for fewer than 0 steps, or a control that does not learn.
    """

    parameters: Sequence[Any] = field(repr=False)
    rows: Mapping[Any, Sequence[int] | None] = field(repr=False)
    steps: int = 1000
    taken: int = 0

    def __post_init__(self) -> None:
        option("steps", self.steps, self.steps >= 0, by="MEET", expected="a number of at least 0")
        learning = {id(p) for p in self.parameters}
        known = all(id(p) in learning for p in self.rows)
        option("rows", len(self.rows), known, by="MEET", expected="some of the parameters that learn")
        for p in self.parameters:
            p.register_hook(self._hook(p))

    def _hook(self, parameter: Any) -> Any:
        own = next((rows for p, rows in self.rows.items() if p is parameter), ())

        def kept(gradient: Any) -> Any:
            if self.taken >= self.steps or own is None:
                return gradient
            out = gradient * 0.0
            out[list(own)] = gradient[list(own)]
            return out

        return kept

    def __call__(self, group: Group) -> Array:
        """−log π of a token on average, [P], over all responses; rewards are not read, their controls are."""
        checked(group, "MEET")
        return -masked.mean(group.logp, group.mask).mean(-1)

    def update(self, group: Group) -> None:
        """Counts an optimiser step."""
        self.taken += 1

    def state_dict(self) -> dict[str, Any]:
        """The steps taken."""
        return {"taken": self.taken}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state_dict`.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        check_keys(state, {"taken"}, where="MEET")
        self.taken = int(state["taken"])
