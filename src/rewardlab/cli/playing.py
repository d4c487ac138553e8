"""`rewardlab play`: one environment in the terminal, step by step, with what each step pays."""

import sys
from collections.abc import Callable, Mapping
from typing import Any, Literal

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from rewardlab.cli import names
from rewardlab.core.errors import BadOption, UnknownName, nearest
from rewardlab.core.rng import check_seed
from rewardlab.core.shown import shown_space
from rewardlab.envs.world import WorldEnv


def play(env: names.EnvName, *, agent: str = "you", seed: int = 0, episodes: int = 1) -> None:
    """Play an environment in the terminal, one line per step; q quits, r begins a new episode, Enter acts at random.

    An action is a number, several numbers for a vector, or the text itself where actions are text.

    Example: rewardlab play DeepSea-v0 --agent random

    Args:
        env: any Gymnasium id.
        agent: "you", or "random" to watch random actions.
        seed: of the first episode and of random actions.
        episodes: how many to play.
    """
    if agent not in ("you", "random"):
        raise UnknownName(f"no player {agent!r}", where="rewardlab play", mend=nearest(agent, ["you", "random"]))
    names.at_least_one("--episodes", episodes, where="rewardlab play")
    check_seed(seed, where="rewardlab play --seed")
    world = _open(names.environment(env))
    world.action_space.seed(seed % 2**63)
    _explain(world, by_hand=agent == "you")
    try:
        obs, _ = world.reset(seed=seed)
        played = 0
        while True:
            end = _episode(world, obs, world.action_space.sample if agent == "random" else None)
            played += end == "ended"
            if end == "left" or played == episodes:
                break
            print("\na new episode")
            obs, _ = world.reset()
    finally:
        world.close()


def _explain(world: gym.Env, *, by_hand: bool) -> None:
    """What the task is, what may be typed, and what pays."""
    print(world.spec.id if world.spec else type(world.unwrapped).__name__)
    if isinstance(world.unwrapped, WorldEnv):
        card = world.unwrapped.describe()
        print(card.summary)
        print("\n".join(f"{k}: {v}" for k, v in card.action.items()))
        print(f"reward: {card.reward}")
    else:
        print(f"action: {shown_space(world.action_space)}")
    if by_hand:
        print("q quits, r begins a new episode, Enter acts at random")
    print()


def _open(name: str) -> gym.Env:
    """The environment with text for its picture, where it has one."""
    modes = _modes(name)
    return gym.make(name, render_mode="ansi") if "ansi" in modes else gym.make(name)


def _modes(name: str) -> list[str]:
    entry = gym.spec(name).entry_point
    made = gym.envs.registration.load_env_creator(entry) if isinstance(entry, str) else entry
    return list(made.metadata.get("render_modes", [])) if isinstance(made, type) else []


def _episode(world: gym.Env, obs: Any, act: Callable[[], Any] | None) -> Literal["ended", "restarted", "left"]:
    """One episode from its first observation, and how it came to its end."""
    total, steps = 0.0, 0
    _picture(world, obs)
    while True:
        action = act() if act is not None else _ask(world.action_space)
        if action is None:
            print(f"left after {_counted(steps)}, return {total:g}")
            return "left"
        if isinstance(action, str) and action == _RESTART:
            return "restarted"
        obs, reward, terminated, truncated, info = world.step(action)
        total, steps = total + float(reward), steps + 1
        print(f"\naction {_short(action)}")
        _picture(world, obs)
        print(f"step {steps}: reward {float(reward):g}, return {total:g}{_parts(info)}")
        if terminated or truncated:
            how = "terminated" if terminated else "truncated"
            won = info.get("success")
            how = f"{how} after {_counted(steps)}, return {total:g}"
            print(how + ("" if won is None else f", success {bool(won)}"))
            return "ended"


_RESTART = "\0"  # no action of a text environment


def _ask(space: spaces.Space) -> Any:
    """The next action that the player types and that lies in `space`; None to leave."""
    while True:
        print("> ", end="", flush=True)
        line = sys.stdin.readline()
        word = line.strip()
        if not line or word == "q":
            return None
        if word == "r":
            return _RESTART
        try:
            return read(word, space)
        except BadOption as e:
            print(e)


def read(word: str, space: spaces.Space) -> Any:
    """What a person typed as an action of `space`; nothing typed is a random one.

    Raises:
        BadOption: if it is none.
    """
    if not word:
        return space.sample()
    wrong = BadOption(f"{word!r} is no action", expected=_typed(space), mend="q quits, Enter acts at random")
    if isinstance(space, spaces.Text):
        if word not in space:
            raise wrong
        return word
    try:
        numbers = [float(w) for w in word.replace(",", " ").split()]
        action = np.array(numbers).reshape(space.shape or ()).astype(space.dtype)
    except (TypeError, ValueError):
        raise wrong from None
    if action.dtype.kind in "iub" and not np.array_equal(action.ravel(), numbers):  # 0.5 is not 0
        raise wrong
    chosen = action[()] if action.shape == () else action
    if not space.contains(chosen):
        raise wrong
    return chosen


def _typed(space: spaces.Space) -> str:
    """What a person may type for an action of `space`."""
    if isinstance(space, spaces.Discrete):
        return f"a number from {space.start} to {space.start + space.n - 1}"
    if isinstance(space, spaces.Text):
        return f"{space.min_length} to {space.max_length} characters of plain text"
    if isinstance(space, spaces.Box) and space.low.size:
        return f"{space.low.size} numbers, in {shown_space(space)}"
    return shown_space(space)


def _counted(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"


def _short(x: Any) -> str:
    return np.array2string(x, precision=3) if isinstance(x, np.ndarray) else str(x)


def _picture(world: gym.Env, obs: Any) -> None:
    if world.render_mode == "ansi":
        print(world.render())
    else:
        print(_short(np.asarray(obs)) if not isinstance(obs, (str, Mapping)) else obs)


def _parts(info: Mapping[str, Any]) -> str:
    parts = info.get("reward_parts", {})
    shown = [f"{k} {float(v):g}" for k, v in parts.items()]
    shown += [f"{k.replace('_', ' ')} {float(info[k]):g}" for k in ("true_reward",) if k in info]
    return f" ({', '.join(shown)})" if shown else ""
