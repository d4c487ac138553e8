"""Environments: rules written once for a batch, shown as `gymnasium.Env` and `gymnasium.vector.VectorEnv`."""

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

import gymnasium as gym

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.continuing import Continuing as Continuing
    from rewardlab.envs.filmed import Filmed as Filmed
    from rewardlab.envs.statistics import EpisodeStatistics as EpisodeStatistics
    from rewardlab.envs.statistics import NormalizeObservation as NormalizeObservation
    from rewardlab.envs.text_agent import TextAgentWrapper as TextAgentWrapper
    from rewardlab.envs.text_view import TextView as TextView
    from rewardlab.envs.world import Card as Card
    from rewardlab.envs.world import Rules as Rules
    from rewardlab.envs.world import WorldEnv as WorldEnv
    from rewardlab.envs.world import WorldVectorEnv as WorldVectorEnv

_lazy = lazy(__name__)


def __getattr__(name: str) -> Any:
    return _lazy(name)


def tables() -> dict[str, dict[str, Any]]:
    """id -> its registration, of every family; reads literals only, so nothing heavy is imported."""
    found: dict[str, dict[str, Any]] = {}
    for family in pkgutil.iter_modules(__path__):
        if family.ispkg:
            found |= importlib.import_module(f"{__name__}.{family.name}.ids").IDS
    return found


def register_all() -> None:
    """Register every id with Gymnasium; does nothing the second time."""
    for name, table in tables().items():
        if name not in gym.registry:
            gym.register(
                name,
                entry_point="rewardlab.envs.world:WorldEnv",
                vector_entry_point="rewardlab.envs.world:WorldVectorEnv",
                max_episode_steps=table.get("max_episode_steps"),
                reward_threshold=table.get("reward_threshold"),
                # our faces refuse a step before reset themselves, and are held to stricter checks than at each making
                order_enforce=False,
                disable_env_checker=True,
                kwargs={"rules": table["rules"], **table.get("kwargs", {})},
            )
