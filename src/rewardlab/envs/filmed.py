"""Filmed: every step tells the picture of the state that it began in, for people who judge clips of play."""

from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv, VectorWrapper

from rewardlab.core.errors import BadOption


class Filmed(VectorWrapper):
    """A vector environment whose `info["frame"]` [N, H, W, 3] uint8 shows each row before its step.

    Pictures are drawn at every step, which costs far more than the step itself: film while people are to be asked.

    Args:
        envs: N rows with `render_mode="rgb_array"`.
        largest: pixels of the longer side at most; larger pictures are thinned to every second, third ... pixel.

    Raises:
        BadOption: for another render mode, or no pixels.
    """

    def __init__(self, envs: VectorEnv, *, largest: int = 256) -> None:
        super().__init__(envs)
        if envs.render_mode != "rgb_array":
            raise BadOption(
                f"render_mode={envs.render_mode!r}",
                where="Filmed",
                expected="'rgb_array'",
                mend="make_vec(..., render_mode='rgb_array')",
            )
        if largest < 1:
            raise BadOption(f"largest={largest!r}", where="Filmed", expected="at least 1")
        self.largest = largest

    def frames(self) -> np.ndarray:
        """[N, H, W, 3] uint8 of all rows now."""
        film = np.stack([np.asarray(f) for f in self.env.render() or ()])
        thin = -(-max(film.shape[1:3]) // self.largest)
        return np.ascontiguousarray(film[:, ::thin, ::thin])

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """One step of every row."""
        film = self.frames()
        obs, reward, terminated, truncated, info = self.env.step(actions)
        info = {**info, "frame": film, "_frame": np.ones(self.num_envs, dtype=bool)}
        if "final_info" in info:  # of a row that ended the last step stands there
            info["final_info"] = {**info["final_info"], "frame": film, "_frame": info["_final_info"]}
        return obs, reward, terminated, truncated, info
