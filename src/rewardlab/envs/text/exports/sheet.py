"""What others must know of a dialogue, and what it says to them, as plain data that JSON carries."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np

from rewardlab.core.errors import BadOption, RewardlabError
from rewardlab.core.rng import check_seed
from rewardlab.envs.text.dialogue import Dialogue
from rewardlab.envs.text.lines import CHARSET
from rewardlab.envs.text.spoken import Spoken
from rewardlab.envs.text.toolbox import Toolbox
from rewardlab.envs.text.tools.parameters import schema

EVERYWHERE = ("split", "malformed", "penalty", "brief")
"""The parameters that every dialogue has, and that do not change what it costs to serve."""


def dialogue(task: str, **parameters: Any) -> tuple[gym.Env, Dialogue | Spoken]:
    """A registered dialogue with its rules.

    Args:
        task: an id such as "rewardlab/GuessNumberText-v0".
        **parameters: of its rules.

    Raises:
        BadOption: for an id that is no dialogue in text, and for parameters that the task does not have.
    """
    try:
        env = gym.make(task, **parameters)
    except RewardlabError:
        raise
    except gym.error.Error as e:
        raise BadOption(f"{task}: {e}", where="dialogue", expected="the id of a dialogue") from None
    rules = getattr(env.unwrapped, "rules", None)
    if not isinstance(rules, (Dialogue, Spoken)):
        env.close()
        raise BadOption(
            f"{task} is no dialogue in text",
            where="dialogue",
            expected="a task in which messages are said",
            mend="rewardlab list --kind environment shows the family text; ids with Tokens are numbers",
        )
    return env, rules


def check_place(seed: int, episode: int) -> None:
    """Refuse what is no seed, or no number of an episode.

    Raises:
        BadSeed, BadOption: naming the value.
    """
    check_seed(seed, where="an episode")
    if type(episode) is not int or not 0 <= episode < 2**62:
        raise BadOption(f"episode={episode!r}", where="an episode", expected="a whole number from 0")


def begin(env: gym.Env, seed: int, episode: int = 0) -> tuple[str, dict[str, Any]]:
    """Start episode number `episode` of a seed, as reset(seed=seed) and so many further resets do, in one step.

    Raises:
        BadSeed: for what is no seed.
        BadOption: for what is no number of an episode.
    """
    check_place(seed, episode)
    shown = env.reset(seed=seed)
    if episode:
        inner: Any = env.unwrapped
        state = inner.get_state()
        state["rng"].episode[:] = episode - 1
        inner.set_state(state)
        shown = env.reset()
    return shown


def sheet(task: str, **parameters: Any) -> dict[str, Any]:
    """What a dialogue is, as plain data: its card, its tools, its limits, its tokens.

    Returns:
        task, parameters (those given), card (summary, observation, action, reward, info, random_return, optimal_return,
        source), tools (name, description, parameters as JSON schema), parts, turns, said (characters of a message),
        longest (characters of an observation), vocabulary (tokens), examples (how many answers are known to pass or
        to fail).
    """
    env, rules = dialogue(task, **parameters)
    whole: Any = rules.task if isinstance(rules, Spoken) else rules
    spaces: Any = (rules.observation_space, rules.action_space)
    found = {
        "task": task,
        "parameters": plain(parameters),
        "card": plain(dataclasses.asdict(rules.card())),
        "tools": [schema(tool) for tool in toolbox(rules).tools],
        "parts": list(getattr(rules, "parts", ("outcome",))),
        "turns": whole.turns,
        "said": spaces[1].max_length,
        "longest": spaces[0].max_length,
        "vocabulary": list(rules.vocabulary() if isinstance(rules, Dialogue) else CHARSET),
        "examples": len(whole.examples()),
    }
    env.close()
    return found


def plain(value: Any) -> Any:
    """Columns as JSON has them: numbers, texts, lists and mappings; what is no number is None, other things as text."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    elif isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return str(value)


def paid(reward: float, info: Mapping[str, Any]) -> dict[str, float]:
    """The parts of a turn's reward, by name; all of it is the outcome where a task has no parts."""
    parts = {k.removeprefix("part_"): float(v) for k, v in info.items() if k.startswith("part_")}
    return parts or {"outcome": float(reward)}


def toolbox(rules: Dialogue | Spoken) -> Toolbox:
    """The tools of a task, none where it has none."""
    return rules.toolbox if isinstance(rules, Dialogue) else Toolbox()
