"""What every agent offers, whoever wrote it: Stable-Baselines3's four verbs."""

from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable


@runtime_checkable
class Agent(Protocol):
    """Learns in an environment and acts in it; every Stable-Baselines3 algorithm is one.

    Constructors take the environment first: a `gym.Env`, a Gymnasium `VectorEnv`, or an id.
    """

    def learn(self, total_timesteps: int, callback: Any = None, progress_bar: bool = False) -> Self:
        """Train for `total_timesteps` transitions, counted over all rows."""
        ...

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        """The action for an observation or for a batch of them, and the next recurrent state (None if there is none)."""
        ...

    def save(self, path: str | Path) -> None:
        """Write one file."""
        ...

    @classmethod
    def load(cls, path: str | Path, env: Any = None) -> Self:
        """Read what `save` wrote."""
        ...
