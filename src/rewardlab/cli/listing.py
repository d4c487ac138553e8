"""`rewardlab list` and `rewardlab describe`: what there is, from the docstrings."""

import shutil
from itertools import groupby
from typing import Annotated

import tyro

from rewardlab.core import catalogue
from rewardlab.core.errors import UnknownName, nearest

Word = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="WORD")]
Name = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")]
PLURALS: dict[str, catalogue.Kind] = {f"{k}s": k for k in catalogue.KINDS}


def show(word: Word = "", *, kind: str = "all") -> None:
    """List environments, rewards, agents and suites, one line each.

    Example: rewardlab list shaping --kind rewards

    Args:
        word: only what has this word in its name, family or docstring.
        kind: environments, rewards, agents, suites, or all.
    """
    if kind not in ("all", *PLURALS):
        raise UnknownName(f"no kind {kind!r}", where="rewardlab list", mend=nearest(kind, ["all", *PLURALS]))
    found = catalogue.find(word, PLURALS.get(kind))
    if not found:
        names = [e.name for e in catalogue.entries(PLURALS.get(kind))]
        raise UnknownName(f"nothing has the word {word!r}", where="rewardlab list", mend=nearest(word, names))
    across = shutil.get_terminal_size((120, 24)).columns
    width = max(len(e.name) for e in found)
    for plural, singular in PLURALS.items():
        members = [e for e in found if e.kind == singular]
        if members:
            print(f"{plural} ({len(members)})")
        for family, group in groupby(members, lambda e: e.family):
            print(f"  {family}/")
            for e in group:
                line = f"    {e.name:{width}}  {e.summary}"
                print(line if len(line) <= across else line[: across - 1] + "…")


def describe(name: Name) -> None:
    """Describe one environment, reward, agent or suite.

    Example: rewardlab describe DeepSea-v0

    Args:
        name: an id (ours or any that Gymnasium knows) or the name of a reward, agent or suite.
    """
    import gymnasium as gym

    try:
        entry = catalogue.entry(name)
    except UnknownName:
        if name not in gym.registry:
            known = {e.name for e in catalogue.entries()} | set(gym.registry)
            raise UnknownName(f"nothing is called {name!r}", where="rewardlab", mend=nearest(name, known)) from None
        _environment(name)
        return
    if entry.kind == "environment":
        _environment(entry.name)
        return
    print(f"{entry.name}: a {entry.kind} of {entry.family}\n")
    print(entry.doc)
    if entry.fields:
        print("\nFields:")
        for field, default in entry.fields.items():
            print(f"  {field}" + (f" = {default}" if default else ""))
    command = f"rewardlab bench {entry.name}" if entry.kind == "suite" else f"from {entry.module} import {entry.name}"
    print(f"\n{command}")


def _environment(name: str) -> None:
    import gymnasium as gym

    from rewardlab.envs.world import WorldEnv

    env = gym.make(name)
    world = env.unwrapped
    print(name)
    if isinstance(world, WorldEnv):
        print(world.describe())
        entry = catalogue.entry(name, "environment")
        if entry.fields:
            print("Parameters: " + ", ".join(f"{k} = {v}" for k, v in entry.fields.items()))
    elif world.__doc__:
        print(world.__doc__.strip())
    print(f"Observation space: {env.observation_space}")
    print(f"Action space: {env.action_space}")
    limit = env.spec.max_episode_steps if env.spec else None
    print(f"Time limit: {f'{limit} steps' if limit else 'none'}")
    env.close()
