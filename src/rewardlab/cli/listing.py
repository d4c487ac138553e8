"""`rewardlab list` and `rewardlab describe`: what there is, from the docstrings."""

import shutil
import textwrap
from itertools import groupby
from typing import Annotated

import tyro

from rewardlab.cli import names
from rewardlab.core import catalogue
from rewardlab.core.errors import UnknownName, nearest
from rewardlab.core.lazy import contents

Word = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="WORD")]
Name = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="NAME")]
PLURALS: dict[str, catalogue.Kind] = {f"{k}s": k for k in catalogue.KINDS}


def show(word: Word = "", *, kind: str = "all", traits: bool = False) -> None:
    """List environments, rewards, functions, agents, objectives and suites, one line each.

    Example: rewardlab list shaping --kind rewards

    Args:
        word: only what has this word in its name, family or docstring.
        kind: environments, rewards, functions (metrics, potentials, designers), agents, objectives, suites, or all.
        traits: of rewards: whether each keeps the optimal policies of a task that it is added to, and what its designer
            must know.
    """
    if kind not in ("all", *PLURALS):
        raise UnknownName(f"no kind {kind!r}", where="rewardlab list", mend=nearest(kind, ["all", *PLURALS]))
    found = catalogue.find(word, PLURALS.get(kind))
    if not found:
        known = [e.name for e in catalogue.entries(PLURALS.get(kind))]
        raise UnknownName(f"nothing has the word {word!r}", where="rewardlab list", mend=nearest(word, known))
    if traits:
        print(_traits([e for e in found if e.kind == "reward"]))
        return
    across = shutil.get_terminal_size((120, 24)).columns
    for plural, singular in PLURALS.items():
        members = [e for e in found if e.kind == singular]
        if members:
            print(f"{plural} ({len(members)})")
        width = max((len(e.name) for e in members), default=0)
        for family, group in groupby(members, lambda e: e.family):
            print(f"  {family}/")
            for e in group:
                text = f"{e.summary} {e.gist}".strip() if e.kind in ("reward", "agent", "objective") else e.summary
                print(f"    {e.name:{width}}  {textwrap.shorten(text, max(across - width - 6, 20), placeholder=' …')}")
    print("\nrewardlab describe NAME says more.")


def _traits(rewards: list[catalogue.Entry]) -> str:
    """Rewards as a table: technique, keeps the optimum?, needs to know."""
    lines = [f"{'reward':28}{'family':16}{'keeps the optimum':20}needs to know"]
    for e in rewards:
        lines.append(
            f"{e.name:28}{e.family:16}{e.traits.get('invariance', 'no'):20}{e.traits.get('knowledge', 'nothing')}"
        )
    return "\n".join(lines)


def describe(name: Name) -> None:
    """Describe one environment, reward, function, agent, objective or suite.

    Example: rewardlab describe DeepSea-v0

    Args:
        name: an id (ours or any that Gymnasium knows) or the name of a reward, function, agent, objective or suite.
    """
    import gymnasium as gym

    if ":" in name:  # MODULE:ID
        _environment(names.environment(name))
        return
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
    kind = (
        "a suite"
        if entry.kind == "suite"
        else f"{'an' if entry.kind in ('agent', 'objective') else 'a'} {entry.kind} of {entry.family}"
    )
    print(f"{entry.name}: {kind}\n")
    print(entry.doc)
    if entry.traits:
        keeps = {"exact": "yes", "limit": "once it has faded", "no": "not in general"}[entry.traits["invariance"]]
        print(f"\nKeeps the optimal policies of the task: {keeps}. Needs to know: {entry.traits['knowledge']}.")
    if entry.fields:
        print("\nFields:")
        for field, default in entry.fields.items():
            print(f"  {field}" + (f" = {default}" if default else ""))
    print(f"\n{_use(entry)}")


def _use(entry: catalogue.Entry) -> str:
    """The command or the line of Python that one goes on with."""
    if entry.kind == "suite":
        return f"rewardlab bench {entry.name}"
    wing = entry.module.split(".")[1]
    room = "rewards" if wing == "core" else wing
    package = f"rewardlab.{room}"
    family = f"{package}.{entry.family}"
    tables = {package: catalogue.ROOT / room, family: catalogue.ROOT / room / entry.family}
    # names that several families have are offered by each alone
    whose = (family, entry.module)
    offered = (k for k, place in tables.items() if contents(place / "__init__.py").get(entry.name) in whose)
    return f"from {next(offered, entry.module)} import {entry.name}"


def _environment(name: str) -> None:
    import gymnasium as gym

    from rewardlab.core.shown import shown_space
    from rewardlab.envs.world import WorldEnv

    env = gym.make(name)
    world = env.unwrapped
    print(name)
    keywords = ""
    if isinstance(world, WorldEnv):
        lines = str(world.describe()).splitlines()
        print("\n".join(textwrap.fill(line, 150, subsequent_indent="    ", break_long_words=False) for line in lines))
        entry = catalogue.entry(name, "environment")
        if entry.fields:
            print("\n".join(["Parameters:", *(f"  {k} = {v}" for k, v in entry.fields.items())]))
            keywords = "".join(f", {k}={v}" for k, v in [*entry.fields.items()][:1])
    elif world.__doc__:
        print(textwrap.dedent(f"    {world.__doc__}" if world.__doc__[0] != "\n" else world.__doc__).strip())
    print(f"Observation space: {shown_space(env.observation_space)}")
    print(f"Action space: {shown_space(env.action_space)}")
    limit = env.spec.max_episode_steps if env.spec else None
    print(f"Time limit: {f'{limit} steps' if limit else 'none'}")
    print(f'\ngymnasium.make("{name}"{keywords})')
    env.close()
