"""Route completion (CaRL).

    r_t = scale · RC_t · Π_i p_i^c_i,t − T · 1(hard infraction at t)
    RC_t = max_{τ ≤ t} p_τ − max_{τ < t} p_τ,    p the completed fraction of the route, at most 1

One thing is paid, new progress; soft infractions take a share of it, and hard ones cost T and should end the episode,
which is the environment's part. Progress that was lost and regained pays nothing, and standing still pays 0. The return
is at most scale · completion, and equal to it where no step with new progress had an infraction and none was hard.
Evidence: waits for a driving task.

Source: Jaeger, Dauner, Beißwenger, Gerstenecker, Chitta, Geiger, "CaRL: Learning Scalable Planning Policies with Simple
Rewards", CoRL 2025 (the reward); what a soft infraction leaves and T are our defaults.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward, add
from rewardlab.rewards.combination.several import checked_factors, numbers, soft_factor


@dataclass
class RouteCompletion(Reward):
    """Pays the newly completed share of a route, less what infractions take.

    Parts are "route" and, where there are hard infractions, "hard".

    Args:
        progress: the info column [N] with the completed fraction, 0 to 1.
        soft: info column -> p in (0, 1], what a full infraction leaves of the step's pay; columns as in [0, 1].
        hard: info columns [N] of flags; any of them costs `penalty` once a step.
        penalty: T >= 0.
        scale: what the whole route pays.
        start: the completed fraction at the start of each episode.

    Raises:
        BadOption: for a factor outside (0, 1], a negative penalty, a scale that is not positive, or a start outside
            [0, 1].
        MissingColumn: when called, for a column that the environment does not give.
    """

    progress: str
    soft: Mapping[str, float] = field(default_factory=dict)
    hard: tuple[str, ...] = ()
    penalty: float = 1.0
    scale: float = 100.0
    start: float = 0.0
    memory: ClassVar[bool] = True
    knowledge: ClassVar[str] = "the route"

    def __post_init__(self) -> None:
        self.soft, self.hard = checked_factors(self.soft, where="RouteCompletion"), tuple(self.hard)
        for name, good, expected in (
            ("penalty", 0 <= self.penalty < math.inf, "a number >= 0: it is taken off"),
            ("scale", 0 < self.scale < math.inf, "a positive number"),
            ("start", 0 <= self.start <= 1, "a fraction in [0, 1]"),
        ):
            if not good:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="RouteCompletion", expected=expected)
        self._best = EpisodeMemory(self.start, where="RouteCompletion")  # max p [N]

    def __call__(self, batch: Transitions) -> Array:
        return add(self.parts(batch))

    def parts(self, batch: Transitions) -> dict[str, Array]:
        before = self._best.read(batch.reward)
        xp = namespace(before)
        now = xp.clip(numbers(batch, self.progress, before, by="RouteCompletion"), 0.0, 1.0)
        best = xp.maximum(before, now)  # NaN stays NaN
        self._best.write(best)
        route = self.scale * (best - before) * soft_factor(self.soft, batch, before, by="RouteCompletion")
        if not self.hard:
            return {"route": route}
        broken = xp.zeros_like(before)
        for column in self.hard:
            value = numbers(batch, column, before, by="RouteCompletion")
            broken = xp.maximum(broken, xp.where(xp.isnan(value), value, xp.astype(value != 0, before.dtype)))
        return {"route": route, "hard": -self.penalty * broken}

    def reset(self, begun: Array) -> None:
        self._best.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return self._best.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._best.load_state_dict(state)
