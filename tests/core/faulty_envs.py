"""Twenty-five planted faults: each class below differs from its healthy twin (`fault=False`) in one thing only.

The twin does nearly the same: it draws from its own stream where the faulty one draws from a global one, it pays a huge
finite reward where the faulty one pays an infinite one. So a checker that merely dislikes the look of it is caught too.
`FAULTS` maps each class to the law of `rewardlab.testing.check_env` that must name it.
"""

import copy
import os
import random
import time
from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from rewardlab.core.errors import BadAction, ResetNeeded
from rewardlab.core.rng import check_seed


class Healthy(gym.Env):
    """A point that drifts at random while the agent pushes it; episodes end after 40 to 60 steps."""

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 4}
    late: ClassVar[int] = 33  # the step of an episode at which late faults show

    def __init__(self, fault: bool = True, render_mode: str | None = None) -> None:
        self.fault, self.render_mode = fault, render_mode
        self.observation_space: spaces.Space = spaces.Box(-2.0, 2.0, (3,), np.float32)
        self.action_space: spaces.Space = spaces.Box(-1.0, 1.0, (2,), np.float32)
        self.place = np.zeros(2, dtype=np.float32)
        self.clock, self.horizon, self.running = 0, 0, False

    # -- what the planted faults override ------------------------------------------------------------------------

    def noise(self) -> np.ndarray:
        return self.np_random.uniform(-0.1, 0.1, 2)

    def pay(self) -> Any:
        return -float(np.abs(self.place).sum())

    def show(self) -> Any:
        return np.array([*self.place, self.clock / 60], dtype=np.float32)

    def tell(self) -> Any:
        return {"clock": self.clock, "place": self.place.copy(), "near": bool(np.abs(self.place).max() < 0.1)}

    def ended(self) -> Any:
        return self.clock >= self.horizon

    def checked(self, action: Any) -> np.ndarray:
        if not isinstance(action, np.ndarray) or action not in self.action_space:
            raise BadAction(f"{action!r}", where="Healthy", expected=f"an action in {self.action_space}")
        return action

    def before_step(self) -> None:
        if not self.running:
            raise ResetNeeded("step without a running episode", where="Healthy", mend="call reset() first")

    def begin(self, seed: Any) -> None:
        super().reset(seed=None if seed is None else check_seed(seed))

    def restart(self) -> None:
        self.place = self.np_random.uniform(-1.0, 1.0, 2).astype(np.float32)
        self.clock, self.horizon, self.running = 0, int(self.np_random.integers(40, 60)), True

    # -- the environment -----------------------------------------------------------------------------------------

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        self.begin(seed)
        self.restart()
        return self.show(), self.tell()

    def step(self, action: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        self.before_step()
        push = self.checked(action)
        self.place = np.clip(self.place + 0.1 * push + self.noise(), -2.0, 2.0).astype(np.float32)
        self.clock += 1
        over = self.ended()
        self.running = not over
        return self.show(), self.pay(), over, False, self.tell()

    def render(self) -> Any:
        return np.zeros((8, 8, 3), dtype=np.uint8)


# -- rewards and flags -----------------------------------------------------------------------------------------------


class NaNReward(Healthy):
    def pay(self) -> Any:
        return super().pay() if self.clock != self.late else (float("nan") if self.fault else -1e30)


class InfiniteReward(Healthy):
    def pay(self) -> Any:
        return super().pay() if self.clock != self.late else (float("-inf") if self.fault else -1e300)


class ArrayReward(Healthy):
    def pay(self) -> Any:
        value = -np.abs(self.place).sum(dtype=np.float64)
        return np.array([value]) if self.fault else value


class IntegerFlag(Healthy):
    def ended(self) -> Any:
        over = np.bool_(self.clock >= self.horizon)
        return int(over) if self.fault else over


# -- where the numbers come from ---------------------------------------------------------------------------------------


class LateNondeterminism(Healthy):
    def noise(self) -> np.ndarray:
        own = super().noise()
        if self.clock == self.late and self.fault:
            return 1e-3 * np.frombuffer(os.urandom(2), dtype=np.uint8) / 255
        return own


class GlobalRandom(Healthy):
    """Seeds the global generators itself, so that it looks deterministic as long as it is alone."""

    def begin(self, seed: Any) -> None:
        super().begin(seed)
        if self.fault:
            fresh = int(self.np_random.integers(2**31))
            np.random.seed(fresh)  # noqa: NPY002
            random.seed(fresh)

    def noise(self) -> np.ndarray:
        if self.fault:
            return np.array([random.uniform(-0.1, 0.1), np.random.uniform(-0.1, 0.1)])  # noqa: NPY002
        return super().noise()


class ClockDependent(Healthy):
    """The hour of the day decides: two runs within the hour agree. The twin reads the clock and shows nothing of it."""

    def pay(self) -> Any:
        hour = int(time.time()) // 3600
        return super().pay() - (0.001 * (hour % 97) if self.fault else 0.0)


class HashOrder(Healthy):
    NAMES: ClassVar = {"north", "south", "east", "west", "up", "down", "near", "far"}

    def pay(self) -> Any:
        names = list(self.NAMES) if self.fault else sorted(self.NAMES)
        return super().pay() - 0.01 * len(names[self.clock % len(names)])


class SeedIgnored(Healthy):
    """Draws from a generator of its own that a new seed does not reach."""

    def __init__(self, fault: bool = True, render_mode: str | None = None) -> None:
        super().__init__(fault, render_mode)
        self.own = np.random.default_rng(0)

    def begin(self, seed: Any) -> None:
        super().begin(seed)
        if seed is not None and not self.fault:
            self.own = np.random.default_rng(check_seed(seed))

    def noise(self) -> np.ndarray:
        return self.own.uniform(-0.1, 0.1, 2)


class BoolSeed(Healthy):
    def begin(self, seed: Any) -> None:
        super().begin(int(seed) if self.fault and isinstance(seed, bool) else seed)


class SpaceAsGenerator(Healthy):
    def begin(self, seed: Any) -> None:
        super().begin(seed)
        if seed is not None:
            self.action_space.seed(int(seed))
            self.twin = copy.deepcopy(self.action_space)

    def noise(self) -> np.ndarray:
        return 0.1 * (self.action_space if self.fault else self.twin).sample()


class StateLeaks(Healthy):
    """Wind that grows during an episode and is not stilled by reset."""

    wind: float = 0.0

    def restart(self) -> None:
        super().restart()
        if not self.fault:
            self.wind = 0.0

    def noise(self) -> np.ndarray:
        self.wind = min(self.wind + 1e-4, 0.1)
        return super().noise() + self.wind


# -- memory ------------------------------------------------------------------------------------------------------------


class ObservationReused(Healthy):
    def __init__(self, fault: bool = True, render_mode: str | None = None) -> None:
        super().__init__(fault, render_mode)
        self.buffer = np.zeros(3, dtype=np.float32)

    def show(self) -> Any:
        self.buffer[:] = super().show()
        return self.buffer if self.fault else self.buffer.copy()


class ObservationIsState(Healthy):
    """A fresh array at each step, but it is the state itself: who writes into it moves the world."""

    def __init__(self, fault: bool = True, render_mode: str | None = None) -> None:
        super().__init__(fault, render_mode)
        self.observation_space = spaces.Box(-2.0, 2.0, (2,), np.float32)

    def show(self) -> Any:
        return self.place if self.fault else self.place.copy()


class InfoShared(Healthy):
    def __init__(self, fault: bool = True, render_mode: str | None = None) -> None:
        super().__init__(fault, render_mode)
        self.notes: dict[str, Any] = {}

    def tell(self) -> Any:
        self.notes.update(super().tell())
        return self.notes if self.fault else dict(self.notes)


class ActionMutated(Healthy):
    def checked(self, action: Any) -> np.ndarray:
        push = super().checked(action)
        push = push if self.fault else push.copy()
        push *= np.float32(0.5)
        return push


class Unpicklable(Healthy):
    def __init__(self, fault: bool = True, render_mode: str | None = None) -> None:
        super().__init__(fault, render_mode)
        self.scale: Any = (lambda x: 2.0 * x) if fault else np.negative

    def pay(self) -> Any:
        return float(self.scale(super().pay()))


class DeepcopyShares(Healthy):
    """A copy that shares its drift with the original; pickling is sound."""

    def __init__(self, fault: bool = True, render_mode: str | None = None) -> None:
        super().__init__(fault, render_mode)
        self.drift = np.zeros(2)

    def restart(self) -> None:
        super().restart()
        self.drift = np.zeros(2)

    def noise(self) -> np.ndarray:
        self.drift += 1e-3
        return super().noise() + self.drift

    def __deepcopy__(self, memo: dict[int, Any]) -> "DeepcopyShares":
        new = object.__new__(type(self))
        memo[id(self)] = new
        for key, value in self.__dict__.items():
            setattr(new, key, value if self.fault and key == "drift" else copy.deepcopy(value, memo))
        return new


# -- what is shown -----------------------------------------------------------------------------------------------------


class ObservationDtype(Healthy):
    def show(self) -> Any:
        return super().show().astype(np.float64 if self.fault and self.clock else np.float32)


class ObservationOutside(Healthy):
    def show(self) -> Any:
        obs = super().show()
        if self.clock == self.late:
            obs[0] = 2.5 if self.fault else 2.0
        return obs


class _Note:
    """Something that is no plain data."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Note) and other.text == self.text

    def __hash__(self) -> int:
        return len(self.text)


class InfoObject(Healthy):
    def tell(self) -> Any:
        return {**super().tell(), "note": _Note("x") if self.fault else ["x", {"y": (1, None)}]}


# -- manners -----------------------------------------------------------------------------------------------------------


class StepBeforeReset(Healthy):
    def before_step(self) -> None:
        if not self.running and not self.horizon and self.fault:
            self.restart()
        super().before_step()


class StepAfterEnd(Healthy):
    def before_step(self) -> None:
        if self.horizon and self.fault:
            return
        super().before_step()


class CloseTwice(Healthy):
    def __init__(self, fault: bool = True, render_mode: str | None = None) -> None:
        super().__init__(fault, render_mode)
        self.window: list[int] | None = [1]

    def close(self) -> None:
        if self.window is None and not self.fault:
            return
        self.window.clear()  # type: ignore[union-attr]
        self.window = None


class BadActionAccepted(Healthy):
    """Clips what is out of range, as many do; a NaN passes through the clipping."""

    def checked(self, action: Any) -> np.ndarray:
        push = np.asarray(action, dtype=np.float32)
        if push.shape != (2,) or not (self.fault or np.isfinite(push).all()):
            raise BadAction(f"{action!r}", where="BadActionAccepted", expected="2 numbers")
        if not self.fault and push not in self.action_space:
            raise BadAction(f"{action!r}", where="BadActionAccepted", expected="within [-1, 1]")
        return np.clip(push, -1.0, 1.0)


FAULTS: dict[type[Healthy], str] = {
    NaNReward: "finite_reward",
    InfiniteReward: "finite_reward",
    ArrayReward: "plain_reward",
    IntegerFlag: "boolean_flags",
    LateNondeterminism: "deterministic",
    GlobalRandom: "global_random",
    ClockDependent: "clock",
    HashOrder: "hash_order",
    SeedIgnored: "seeded_reset",
    BoolSeed: "seed_types",
    SpaceAsGenerator: "space_sampling",
    StateLeaks: "reset_forgets",
    ObservationReused: "observation_kept",
    ObservationIsState: "observation_apart",
    InfoShared: "info_kept",
    ActionMutated: "action_kept",
    Unpicklable: "pickles",
    DeepcopyShares: "deepcopies",
    ObservationDtype: "observation_space",
    ObservationOutside: "observation_space",
    InfoObject: "plain_info",
    StepBeforeReset: "step_before_reset",
    StepAfterEnd: "step_after_end",
    CloseTwice: "close_twice",
    BadActionAccepted: "bad_actions",
}
