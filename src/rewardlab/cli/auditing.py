"""`rewardlab audit`: what is wrong with a reward, before anybody trains on it."""

import importlib
import re
import sys
from pathlib import Path
from typing import Any

from rewardlab.cli import names
from rewardlab.core.errors import BadOption
from rewardlab.core.reward import Reward

_OWN = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def audit(
    env: names.EnvName,
    *,
    reward: str = "Task()",
    policy: tuple[str, ...] = (),
    gamma: float = 0.99,
    exact: bool = True,
    steps: int = 512,
    seed: int = 0,
    out: Path | None = None,
) -> None:
    """Audit a reward: scale, shares, kept optimum, loops that pay, distance to the truth, regret; with a picture.

    Example: rewardlab audit DeepSea-v0 --reward "Task() + 0.1 * CountBonus()"

    Args:
        env: any Gymnasium id; MODULE:ID imports MODULE.py first.
        reward: the whole pipeline as an expression of rewardlab.rewards, in which Programmed("reward.py") is a designed
            reward; the file of one alone; or MODULE:NAME of a reward, or of a function that returns one, in a module of
            your own.
        policy: trained or expert behaviour as NAME=MODULE:FUNCTION, a function of observations to actions in a module
            of your own; judged beside random behaviour.
        gamma: the agent's discount.
        exact: solve the table of the environment if it has one; else judge from play.
        steps: of every row and policy in play.
        seed: of play.
        out: folder for audit.json, audit.txt and audit.png; runs/audit-ENV if not given.
    """
    from rewardlab.rewards.metrics import audit as run

    env_id = names.environment(env)
    paid = _reward(reward, env_id)
    found = run(env_id, paid, policies=_policies(policy), gamma=gamma, exact=exact, steps=steps, seed=seed)
    print(found)
    folder = found.save(out or Path("runs") / f"audit-{env_id.replace('/', '-').replace(':', '-')}")
    print(f"saved: {folder / 'audit.json'}" + (f", {folder / 'audit.png'}" if found.maps else ""))


def _reward(text: str, env_id: str) -> Reward:
    """The reward of an expression, or of a module of the user's own."""
    from rewardlab.rewards.reading import read_reward

    if not _OWN.fullmatch(text.strip()):
        return read_reward(text, env_id)
    made = _imported(text.strip(), "--reward")
    made = made if isinstance(made, Reward) else made() if callable(made) else made
    if not isinstance(made, Reward):
        raise BadOption(
            f"{text} is a {type(made).__name__}", where="--reward", expected="a reward, or what returns one"
        )
    return made


def _policies(given: tuple[str, ...]) -> dict[str, Any]:
    """Name -> function of observations, from modules of the user's own."""
    found: dict[str, Any] = {}
    for item in given:
        name, equals, target = item.partition("=")
        if not (equals and name and _OWN.fullmatch(target)):
            raise BadOption(f"--policy {item}", where="rewardlab audit", expected="NAME=MODULE:FUNCTION")
        found[name] = _imported(target, "--policy")
    return found


def _imported(target: str, option: str) -> Any:
    """What a module in the current folder, or an installed one, calls by this name."""
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    module, _, name = target.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as e:
        raise BadOption(f"{target}: {e}", where=option, expected="MODULE:NAME in the current folder") from None
