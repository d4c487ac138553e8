"""From what a person types to what it means: ids, rewards, agents, suites; the nearest right names if none fits."""

import importlib
import sys
from pathlib import Path
from typing import Annotated

import gymnasium as gym
import tyro

from rewardlab.core import catalogue
from rewardlab.core.errors import BadOption, UnknownName, nearest
from rewardlab.core.reward import Reward

EnvName = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="ENV")]
SB3 = ("a2c", "ddpg", "dqn", "ppo", "sac", "td3")
"""Stable-Baselines3's own algorithms."""


def at_least_one(option: str, value: int, *, where: str) -> None:
    """Refuse a count below 1.

    Raises:
        BadOption: naming the option.
    """
    if value < 1:
        raise BadOption(f"{option} {value}", where=where, expected="at least 1", mend=f"{option} 1")


def environment(name: str) -> str:
    """The registered id that `name` means: any Gymnasium id, or one of ours without `rewardlab/` or version.

    "module:id" imports the module first, also from the current folder: a module that registers an environment of one's
    own.

    Raises:
        UnknownName: with the nearest ids; for a module that is not there.
        BadOption: for a module that cannot be imported.
    """
    module, colon, name = name.rpartition(":")
    if colon:
        _register(module)
    if name in gym.registry:
        return name
    try:
        return catalogue.entry(name, "environment").name
    except UnknownName:
        ours = [i for i in gym.registry if i.startswith("rewardlab/")]
        known = ours if name.startswith("rewardlab/") else [*gym.registry]
        raise UnknownName(f"no environment {name!r}", where="rewardlab", mend=nearest(name, known)) from None


def _register(module: str) -> None:
    """Import `module`, which registers environments."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as e:
        if e.name is None or not f"{module}.".startswith(f"{e.name}."):
            raise BadOption(f"it needs {e.name}, which is not installed", where=module) from e
        raise UnknownName(
            f"no module {module!r}",
            where="rewardlab",
            expected="MODULE:ID, where MODULE.py registers ID",
            mend="run it in the folder of that file",
        ) from None
    except Exception as e:
        raise BadOption(
            f"{type(e).__name__}: {e}",
            where=f"import {module}",
            expected="a module that can be imported",
            mend=f"python -c 'import {module}' shows where",
        ) from e


def make_reward(name: str, env: str | None = None) -> Reward:
    """The reward called `name`, with its defaults; the word "Bonus" may be left out. A path is that of a designed one.

    Raises:
        BadProgram, BadStore: for a file that holds no reward for `env`.
        UnknownName: with the nearest names.
        BadOption: if this reward cannot be made without being told more.
    """
    if name.endswith(".py"):
        from rewardlab.rewards.reading import read_reward

        return read_reward(name, env)
    known = {e.name.lower(): e for e in catalogue.entries("reward")}
    word = name.replace("-", "").replace("_", "").lower()
    entry = known.get(word) or known.get(f"{word}bonus") or known.get(f"{word}reward")
    if entry is None:
        ready = [e.name for e in known.values() if all(e.fields.values()) and e.family != "preference"]
        raise UnknownName(f"no reward {name!r}", where="rewardlab", mend=nearest(name, ready))
    lacking = [field for field, default in entry.fields.items() if not default]
    if lacking:
        raise BadOption(
            f"{entry.name} needs {', '.join(lacking)}",
            where="rewardlab",
            expected="a reward whose fields all have defaults",
            mend=f"write it in Python: from {entry.module} import {entry.name}",
        )
    if entry.family == "preference":
        raise BadOption(
            f"{entry.name} pays what it has learned from comparisons, and here are none",
            where="rewardlab",
            expected="a reward that needs no fitting",
            mend="fit it in Python; rewardlab bench quickstart shows how it does",
        )
    made: Reward = getattr(importlib.import_module(entry.module), entry.name)()
    return made


def agent(name: str) -> str | catalogue.Entry:
    """One of `SB3`, or the catalogue's agent: its name in any spelling, or the only one that begins with it.

    Raises:
        UnknownName: with the nearest names.
        BadOption: for one that needs a token policy.
    """
    word = catalogue.plain(name)
    if word in SB3:
        return word
    ours = catalogue.entries("agent")
    exact = [e for e in ours if catalogue.plain(e.name) == word]
    begins = [e for e in ours if catalogue.plain(e.name).startswith(word)]
    if exact or len(begins) == 1:
        return _without_a_policy((exact or begins)[0])
    raise UnknownName(f"no agent {name!r}", where="rewardlab", mend=nearest(name, [*SB3, *(e.name for e in ours)]))


def _without_a_policy(entry: catalogue.Entry) -> catalogue.Entry:
    """The agent, if it can be made of an environment alone."""
    bases = getattr(importlib.import_module(entry.module), entry.name).__mro__
    if any(cls.__name__ == "TokenAgent" for cls in bases):
        raise BadOption(
            f"{entry.name} needs a token policy",
            where="rewardlab",
            expected="an agent that is made of an environment alone",
            mend=f"write it in Python: from {entry.module} import {entry.name}; docs/token_policies.md shows how",
        )
    return entry


def suite(name: str) -> str:
    """The suite called `name`.

    Raises:
        UnknownName: with the nearest names.
    """
    known = {e.name: e for e in catalogue.entries("suite")}
    if name.replace("_", "-") not in known:
        raise UnknownName(f"no suite {name!r}", where="rewardlab", mend=nearest(name, known))
    return known[name.replace("_", "-")].module.rpartition(".")[2]
