"""What a driver shows of its books, and how its state is taken and given back."""

from collections.abc import Mapping
from typing import Any

from rewardlab.core.arrays import Array, Tree, tree_leaves
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.drivers.kernel import Ledger
from rewardlab.rewards.drivers.packing import pack, unpack


class Driver:
    """An environment whose reward a `Ledger` pays; stands before Gymnasium's or Stable-Baselines3's wrapper class."""

    _ledger: Ledger
    _obs: Tree = None  # [N, *obs] before the step to come

    @property
    def reward(self) -> Reward:
        """What pays."""
        return self._ledger.reward

    @property
    def logs(self) -> dict[str, float]:
        """What the reward's last updates returned."""
        return self._ledger.logs

    @property
    def invalid(self) -> int:
        """How many rows had an invalid pay or own reward that was mended."""
        return self._ledger.invalid

    def hand_over(self) -> None:
        """Let the reward learn now from the steps that wait for `update_every` of them."""
        self._ledger.hand_over()

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next pays depend on, but for the environment itself."""
        return {**self._ledger.state_dict(), "obs": None if self._obs is None else pack(self._obs)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`; tensors go to where the last observations lie.

        Raises:
            BadCheckpoint: if it is not one of such a driver.
        """
        like: Array = None if self._obs is None else tree_leaves(self._obs)[0]
        try:
            obs = None if state["obs"] is None else unpack(state["obs"], like)
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            raise BadCheckpoint(f"{type(e).__name__}: {e}", where=self._ledger.where) from None
        self._ledger.load_state_dict(state, like=like)
        self._obs = obs


def check_kind(env: Any, kind: type, driver: str) -> None:
    """Refuse to drive what is no `kind` of environment, and name the driver that would.

    Raises:
        BadOption: naming what was given.
    """
    if not isinstance(env, kind):
        raise BadOption(
            f"{repr(env)[:60] if isinstance(env, str) else type(env).__name__} is no {kind.__name__}",
            where=driver,
            expected=f"{kind.__module__.partition('.')[0]}'s {kind.__name__}",
            mend="Paid(gym.make(id), r), PaidVector(gym.make_vec(id, num_envs=8), r), PaidVecEnv(make_vec_env(id), r)",
        )
