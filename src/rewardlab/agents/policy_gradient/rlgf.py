"""RLGF: what a guide is good for.

    PPO++       with chance b an episode begins where a guide is after a uniform number of steps
    AggreVaTeD  A^g(s_t, a_t) = Q^g − V^g at a uniform t;  L = −min(ρ A^g, clip(ρ) A^g) on a_t alone
    LOLS        A = (1 − α) A^π + α A^g;    D²LOLS: α = 1 for the first steps, then 0

Where a reward comes only after a long row of right choices, chance does not find it; a mediocre guide is right often
enough to be met there: a policy learns from where the guide leads it, or from what the guide makes of its choices.
AggreVaTeD improves upon the guide in one step, PPO++ goes on from its states; both ask the guide only for what it does,
never for its probabilities. The guide may be any function of environment and observation.

Source: Chang, Brantley, Ramamurthy, Misra, Sun, "Learning to Generate Better Than Your LLM", 2023, Algorithms 1 to 4.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gymnasium as gym
import numpy as np

from rewardlab.agents.parts import advantage, masked, ratio, reduce, surrogate
from rewardlab.agents.parts.checked import checked, column, option
from rewardlab.agents.parts.constant import constant
from rewardlab.agents.parts.ranges import shares
from rewardlab.core.arrays import Array, namespace
from rewardlab.core.batch import Group
from rewardlab.core.checkpoint import check_keys

Guide = Callable[[gym.Env, Any], Any]
"""(environment, observation) -> action."""


def lols(group: Group, *, alpha: float = 0.5, low: float = 0.2, high: float = 0.2) -> Array:
    """The loss [P] of each prompt, with the advantages of the policy and of the guide mixed.

    Args:
        group: with the columns `advantage` and `guide_advantage`, [P, G, T].
        alpha: α, 0 for PPO, 1 for AggreVaTeD.
        low, high: how far below and above 1 the ratio is followed.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a number outside its range.
        MissingColumn: without the advantages.
    """
    shares("lols", alpha=alpha)
    checked(group, "lols")
    own, guide = (
        constant(masked.counted(column(group, name, by="lols"), group.mask))
        for name in ("advantage", "guide_advantage")
    )
    a = (1 - alpha) * own + alpha * guide
    return reduce.per_token(surrogate.clip(ratio.token(group), a, low, high), group.mask)


def aggrevate(group: Group, *, low: float = 0.2, high: float = 0.2) -> Array:
    """The loss [P] of each prompt where the reward is A^g of the last turn, as `RollOut` pays it.

    Args:
        group: with the column `turn` [P, G, T]; tokens of earlier turns are not learned from.
        low, high: as in `lols`.

    Raises:
        BadBatch: for fields that do not fit together.
        BadOption: for a negative number.
        MissingColumn: without the turns.
    """
    checked(group, "aggrevate")
    turn, own = column(group, "turn", by="aggrevate"), group.mask != 0
    xp = namespace(group.logp)
    reached = xp.where(own, turn, xp.zeros_like(turn) - 1)
    last = replace(group, mask=own & (reached == xp.max(reached, axis=-1)[..., None]))
    loss = surrogate.clip(ratio.token(last), advantage.rewards(group)[..., None], low, high)
    return reduce.per_token(loss, last.mask)


@dataclass
class D2LOLS:
    """AggreVaTeD for some steps of the optimiser, then PPO.

    Args:
        switch: after how many.
        low, high: as in `lols`.

    Attributes:
        taken: steps so far.

    Raises:
        BadOption: for a negative number.
    """

    switch: int = 50
    low: float = 0.2
    high: float = 0.2
    taken: int = 0

    def __post_init__(self) -> None:
        option("switch", self.switch, self.switch >= 0, by="D2LOLS", expected="a number of at least 0")

    def __call__(self, group: Group) -> Array:
        """The loss [P]; see `lols`."""
        return lols(group, alpha=float(self.taken < self.switch), low=self.low, high=self.high)

    def update(self, group: Group) -> None:
        """Counts a step."""
        self.taken += 1

    def state_dict(self) -> dict[str, Any]:
        """The steps taken."""
        return {"taken": self.taken}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from a `state_dict`.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        check_keys(state, {"taken"}, where="D2LOLS")
        self.taken = int(state["taken"])


class RollIn(gym.Wrapper):
    """Episodes that begin, with chance b, where the guide was after a uniform number of its steps.

    Its steps are not paid. Where observations are texts the first message is the whole observation. What is drawn
    depends on the seed of the reset alone, so copies of a task begin alike.

    Args:
        env: that can be copied.
        guide: what plays.
        share: b.

    Raises:
        BadOption: for a b outside [0, 1].
    """

    def __init__(self, env: gym.Env, guide: Guide, *, share: float = 0.2) -> None:
        shares("RollIn", share=share)
        super().__init__(env)
        self.guide, self.share = guide, share
        self.rng = np.random.default_rng(0)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        obs, info = self.env.reset(seed=seed, options=options)
        if seed is not None:
            self.rng = np.random.default_rng([seed, 1])
        if self.rng.random() >= self.share:
            return obs, info
        actions, over, ahead, seen = [], False, copy.deepcopy(self.env), obs
        while not over:
            actions.append(self.guide(ahead, seen))
            seen, _, terminated, truncated, _ = ahead.step(actions[-1])
            over = terminated or truncated
        for action in actions[: self.rng.integers(len(actions))]:
            obs, _, _, _, info = self.env.step(action)
        return obs, {**info, "reply": obs} if isinstance(obs, str) else info


class RollOut(gym.Wrapper):
    """Episodes of which the policy plays the first steps, the last of them chooses, and the guide plays the rest.

    The chosen step is uniform in the horizon; it is paid Q − V, what the guide earns after it less what the guide earns
    in its place, and ends the episode. Earlier steps are not paid.

    Args:
        env: that can be copied.
        guide: what plays.
        horizon: T, the steps among which one is chosen.

    Raises:
        BadOption: for a horizon below 1.
    """

    def __init__(self, env: gym.Env, guide: Guide, *, horizon: int) -> None:
        option("horizon", horizon, horizon >= 1, by="RollOut", expected="at least 1")
        super().__init__(env)
        self.guide, self.horizon = guide, horizon
        self.rng = np.random.default_rng(0)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        if seed is not None:
            self.rng = np.random.default_rng([seed, 2])
        self.left = int(self.rng.integers(self.horizon))
        self.seen, info = self.env.reset(seed=seed, options=options)
        return self.seen, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        if self.left:
            self.left -= 1
            self.seen, _, terminated, truncated, info = self.env.step(action)
            return self.seen, 0.0, terminated, truncated, info
        instead = self._played(copy.deepcopy(self.env), self.seen)
        obs, reward, terminated, truncated, info = self.env.step(action)
        earned = float(reward) + (0.0 if terminated or truncated else self._played(self.env, obs))
        return obs, earned - instead, True, False, {**info, "guide_return": earned, "guide_value": instead}

    def _played(self, env: gym.Env, obs: Any) -> float:
        earned, over = 0.0, False
        while not over:
            obs, reward, terminated, truncated, _ = env.step(self.guide(env, obs))
            earned, over = earned + float(reward), terminated or truncated
        return earned
