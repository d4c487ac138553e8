"""The sequence loop with hints: where all copies of a task fail, it is played again with a part of its solution shown.

    first message = question + lead + h[: round(ω |h|)],    ω as a guide says, e.g. `agents.policy_gradient.guided`

What is learned from a hinted group is what was asked and said, the hint masked like all that the partner says. What is
logged of success and reward is that without hints.

Source: Liu et al., "GHPO: Adaptive Guidance for Stable and Efficient LLM Reinforcement Learning", 2025, Section 3.
"""

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np

from rewardlab.agents.loops.sequence import SequenceAgent
from rewardlab.agents.loops.tokens.agent import Loss
from rewardlab.agents.loops.tokens.checks import counts
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.core.batch import Group

Ask = Callable[[np.ndarray, float], Group]
Guide = Callable[..., tuple[Group, np.ndarray]]
"""(ask, prompts, warming=) -> a group of each prompt, and how much each was shown."""


class Hinted(gym.Wrapper):
    """A dialogue whose first message ends with the beginning of a solution, while `share` is above 0.

    Args:
        env: the dialogue.
        solution: environment, just begun -> the solution of its task, a text.
        lead: what stands between question and hint.
    """

    def __init__(self, env: gym.Env, solution: Callable[[gym.Env], str], *, lead: str = "") -> None:
        super().__init__(env)
        self.solution, self.lead, self.share = solution, lead, 0.0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        obs, info = self.env.reset(seed=seed, options=options)
        if not self.share:
            return obs, info
        whole = self.solution(self.env)
        return obs, {**info, "reply": info.get("reply", obs) + self.lead + whole[: round(self.share * len(whole))]}


class HintedAgent(SequenceAgent):
    """A `SequenceAgent` whose failed tasks are asked again with hints.

    Args:
        env, policy, objective: as there.
        guide: which tasks are asked again, and with how much shown.
        solution, lead: see `Hinted`.
        cold: iterations at the beginning in which the guide is told that it is warming up.
        options: of `SequenceAgent`.

    Attributes:
        shown: [P], how much of its solution each task of the last iteration was shown.

    Raises:
        BadOption: as `SequenceAgent`, and for a negative `cold`.
    """

    def __init__(
        self,
        env: Any,
        policy: TokenPolicy,
        objective: Loss | None,
        *,
        guide: Guide,
        solution: Callable[[gym.Env], str],
        lead: str = "",
        cold: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(env, policy, objective, **options)
        counts(self._name, least=0, cold=cold)
        self.guide, self.cold, self.lead = guide, cold, lead
        self.envs = [Hinted(each, solution, lead=lead) for each in self.envs]
        self.shown = np.zeros(self.groups)

    def collect(self) -> Group:
        """Play without hints, then the failed tasks with them."""
        plain = super().collect()
        played = self.rollouts, self._parts
        assert self.rollouts is not None
        seeds = self.rollouts.seeds

        def ask(at: np.ndarray, share: float) -> Group:
            return plain if share == 0 else self._hinted(at, share, [seeds[p] for p in at])

        group, self.shown = self.guide(ask, self.groups, warming=self.iterations <= self.cold)
        self.rollouts, self._parts = played
        return group

    def _hinted(self, at: np.ndarray, share: float, seeds: list[int]) -> Group:
        size, noise = self.group_size, self.seed + (self.iterations << 32) + round(1000 * share)
        envs = [self.envs[p * size + g] for p in at for g in range(size)]
        for env in envs:
            env.share = share  # type: ignore[attr-defined]
        rollouts, _ = self.played(envs, seeds, noise)
        for env in envs:
            env.share = 0.0  # type: ignore[attr-defined]
        return self.judged(rollouts)

    def improve(self, group: Group) -> dict[str, float]:
        return {**super().improve(group), "shown": float(self.shown.mean())}

    def options(self) -> dict[str, Any]:
        return {**super().options(), "cold": self.cold, "lead": self.lead}
