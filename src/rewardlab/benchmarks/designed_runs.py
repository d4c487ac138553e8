"""One run of the suite of designed rewards: who learns, what each side pays, and what a record says of a design.

    side pays: the task | + shaping by hand | + curiosity | + a program, designed from a dialogue or by evolution

The designs are made once (`python -m rewardlab.benchmarks.designed_designs`) and stand in a file of the package; a
run reads its program from there.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gymnasium.vector import VectorEnv

from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.design_play import Recipe
from rewardlab.benchmarks.train import train_one
from rewardlab.core.reward import Reward, Task

DESIGNS = Path(__file__).parent / "evidence" / "designs.json"
"""Task and designer -> the winning program, what it is worth and what it cost."""
SIDES = ("recorded", "evolution")
"""Who designed."""


def designs(path: Path = DESIGNS) -> dict[str, dict[str, Any]]:
    """ "ENV, designer" -> design; {} before any was made."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def title(env: str, side: str) -> str:
    """What a design is called in the file."""
    return f"{env}, {side}"


# -- who learns ------------------------------------------------------------------------------------------------------


def ppo(envs: VectorEnv, seed: int, *, budget: int, recipe: Recipe) -> Any:
    """PPO with the settings of the task, the same for all sides and for the design's own trainings."""
    return recipe.agent(envs, steps=budget, seed=seed)


# -- what a side pays ------------------------------------------------------------------------------------------------


def none(envs: VectorEnv, seed: int) -> Reward | None:
    """The task's own sparse reward and nothing else."""
    return None


def by_hand(envs: VectorEnv, seed: int, *, shaping: Callable[[], Reward]) -> Reward:
    """Potential-based shaping, written by hand for the task: it keeps the optimal policies."""
    return Task() + shaping()


def curious(envs: VectorEnv, seed: int, *, weight: float) -> Reward:
    """A bonus for states that surprise a network; it knows nothing of the task."""
    from rewardlab.rewards.intrinsic import RND

    return Task() + weight * RND(space=envs.single_observation_space, seed=seed)


def recorded(envs: VectorEnv, seed: int, *, source: str, signature: str) -> Reward:
    """The best program of a recorded dialogue: two rounds of three, each tried by training an agent."""
    return Task() + programmed(source, signature)


def evolved(envs: VectorEnv, seed: int, *, source: str, signature: str) -> Reward:
    """The best program of an evolution over what the environment says of itself: two rounds of three, likewise."""
    return Task() + programmed(source, signature)


def programmed(source: str, signature: str) -> Reward:
    """A program as a reward; what it may read is a signature as JSON."""
    from rewardlab.core.sandbox import Signature
    from rewardlab.rewards.language import Programmed

    return Programmed(source, Signature.from_json(json.loads(signature)))


PAID: Mapping[str, Callable[..., Reward]] = {"recorded": recorded, "evolution": evolved}


def train_designed(case: Case, seed: int, folder: Path) -> dict[str, Any]:
    """Train as every suite does; a record of a designed side says in `design` who wrote the program and how it fared.

    Args:
        case: of the suite.
        seed: the number of the run.
        folder: of the benchmark.
    """
    record = train_one(case, seed, folder)
    paid: Any = case.reward
    side = next((k for k, make in PAID.items() if make is getattr(paid, "func", None)), None)
    if side is None:
        return record
    held = designs().get(title(case.env, side), {})
    source = paid.keywords["source"]
    mine = held if held.get("source") == source else {"source": source}
    return record | {"design": {"side": side, **{k: v for k, v in mine.items() if k != "signature"}}}
