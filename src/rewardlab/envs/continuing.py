"""Continuing: episodes that end begin anew without saying so, so that every row lasts as long as every other.

    o_{t+1} = first observation of the next episode, terminated = False    where the task had ended
    truncated = True after `horizon` steps

Comparisons of segments of one length tell rewards up to a constant a step. A learned reward whose constant is positive
would keep an agent from the end of its task, and a negative one drive it there; where nothing ends, neither can. What
is best in the continuing task, to reach the goal as often as can be, is to reach it as fast as can be.

Source: Christiano, Leike, Brown, Martic, Legg, Amodei, "Deep Reinforcement Learning from Human Preferences", NeurIPS
2017, Appendix A (episodes whose end is hidden from the agent).
"""

from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper

from rewardlab.core.arrays import array, is_torch, tensor
from rewardlab.core.autoreset import check_mode
from rewardlab.core.errors import BadOption


class Continuing(VectorWrapper):
    """A vector environment without ends but for a horizon.

    Args:
        envs: N rows that reset in the same step; their own limit of steps ends nothing either.
        horizon: steps after which all rows are truncated and begin anew together.

    Raises:
        BadOption: for a horizon below 1, or rows that do not reset in the same step.
    """

    def __init__(self, envs: VectorEnv, horizon: int) -> None:
        super().__init__(envs)
        where = f"Continuing({type(envs.unwrapped).__name__})"
        if isinstance(horizon, bool) or not isinstance(horizon, int) or horizon < 1:
            raise BadOption(f"horizon={horizon!r}", where=where, expected="an integer of at least 1")
        if check_mode(envs, where) is not AutoresetMode.SAME_STEP:
            raise BadOption("rows that reset in a step of their own", where=where, expected="SAME_STEP")
        self.horizon, self.steps = horizon, 0

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin in all rows."""
        if options and options.get("reset_mask") is not None and not array(options["reset_mask"]).all():
            raise BadOption("a reset of some rows", where="Continuing.reset", expected="all: they share one clock")
        self.steps = 0
        return self.env.reset(seed=seed, options=options)

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """One step of every row; `info` tells `goal_ended` [N] bool, where the task itself had ended."""
        obs, reward, terminated, truncated, info = self.env.step(actions)
        self.steps += 1
        told = self._live(info, array(terminated | truncated))
        told["goal_ended"], told["_goal_ended"] = terminated, np.ones(self.num_envs, dtype=bool)
        over = self.steps >= self.horizon
        none = np.zeros(self.num_envs, dtype=bool)
        ends = ~none if over else none
        if over:
            final = obs
            obs, begun = self.env.reset()
            self.steps = 0
            told = {**begun, "final_obs": _objects(final, self.num_envs), "_final_obs": ends.copy(), "final_info": told,
                    "_final_info": ends.copy()}  # fmt: skip
        if is_torch(terminated):
            none, ends = tensor(none, device=terminated.device), tensor(ends, device=terminated.device)
        return obs, reward, none, ends, told

    def _live(self, info: dict[str, Any], done: np.ndarray) -> dict[str, Any]:
        """The columns of the step, those of rows that had ended as their last step told them."""
        border = ("final_obs", "_final_obs", "final_info", "_final_info")
        out = {k: v for k, v in info.items() if k not in border}
        last = info.get("final_info", {})
        for key, value in last.items():
            if key.startswith("_") and key[1:] in last:
                out[key] = out[key] | done if key in out else done.copy()
            elif key not in out:
                out[key] = value
            elif isinstance(value, np.ndarray):
                out[key] = np.where(done.reshape(-1, *[1] * (value.ndim - 1)), value, out[key])
        return out


def _objects(obs: Any, n: int) -> np.ndarray:
    """Observations of N rows as Gymnasium keeps last ones: an object array [N]."""
    out = np.full(n, None, dtype=object)
    for i in range(n):
        out[i] = {k: v[i] for k, v in obs.items()} if isinstance(obs, dict) else obs[i]
    return out
