"""`rewardlab play`: one environment in the terminal, step by step, with what each step pays."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import gymnasium as gym
import numpy as np

from rewardlab.cli import names
from rewardlab.cli.players import RESTART, AtKeys, InLines, Situation, explain, keys_of
from rewardlab.cli.screen import usable
from rewardlab.core.errors import BadOption, UnknownName, nearest
from rewardlab.core.files import make_folder
from rewardlab.core.rng import check_seed


def play(env: names.EnvName, *, agent: str = "you", seed: int = 0, episodes: int = 1, gif: Path | None = None) -> None:
    """Play an environment in the terminal: by single keys where its actions have keys or numbers, else line by line.

    With keys, the picture is drawn again in place, and the screen says which key does what. In lines, and where input
    or output is no terminal, an action is a number, several numbers for a vector, or the text itself where actions are
    text; Enter acts at random. Always q quits and r begins a new episode.

    Example: rewardlab play DeepSea-v0 --agent random

    Args:
        env: any Gymnasium id.
        agent: "you", or "random" to watch random actions.
        seed: of the first episode and of random actions.
        episodes: how many to play.
        gif: a file for the pictures of what was played.
    """
    if agent not in ("you", "random"):
        raise UnknownName(f"no player {agent!r}", where="rewardlab play", mend=nearest(agent, ["you", "random"]))
    names.at_least_one("--episodes", episodes, where="rewardlab play")
    check_seed(seed, where="rewardlab play --seed")
    name = names.environment(env)
    if gif is not None:
        _check_gif(name, gif)
    world = _Taped(_open(name))
    world.action_space.seed(seed % 2**63)
    keys = keys_of(world) if agent == "you" and usable() else {}
    with ExitStack() as at_end:
        if gif is not None:
            at_end.callback(_develop, name, world.tape, gif)
        at_end.callback(world.close)
        if keys:
            _play(world, AtKeys(world, keys, at_end), seed, episodes)
        else:
            explain(world, by_hand=agent == "you")
            _play(world, InLines(world.action_space.sample if agent == "random" else None), seed, episodes)


def _play(world: gym.Env, player: InLines | AtKeys, seed: int, episodes: int) -> None:
    obs, info = world.reset(seed=seed)
    played = 0
    while True:
        end = _episode(world, obs, info, player)
        played += end == "ended"
        if end == "left" or played == episodes:
            return
        player.again()
        obs, info = world.reset()


def _counted(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"


def _open(name: str) -> gym.Env:
    """The environment with text for its picture, where it has one."""
    modes = _modes(name)
    return gym.make(name, render_mode="ansi") if "ansi" in modes else gym.make(name)


def _modes(name: str) -> list[str]:
    entry = gym.spec(name).entry_point
    made = gym.envs.registration.load_env_creator(entry) if isinstance(entry, str) else entry
    return list(made.metadata.get("render_modes", [])) if isinstance(made, type) else []


def _episode(
    world: gym.Env, obs: Any, info: Mapping[str, Any], player: InLines | AtKeys
) -> Literal["ended", "restarted", "left"]:
    """One episode from its first observation, and how it came to its end."""
    now = Situation(obs, info)
    player.show(world, now)
    while True:
        action = player.ask(world.action_space)
        if action is None:
            player.say(f"left after {_counted(now.steps)}, return {now.total:g}")
            return "left"
        if isinstance(action, str) and action == RESTART:
            return "restarted"
        obs, reward, terminated, truncated, info = world.step(action)
        now = Situation(obs, info, action, now.steps + 1, float(reward), now.total + float(reward))
        player.show(world, now)
        if terminated or truncated:
            how = "terminated" if terminated else "truncated"
            won = info.get("success")
            how = f"{how} after {_counted(now.steps)}, return {now.total:g}"
            player.say(how + ("" if won is None else f", success {bool(won)}"))
            return "ended"


class _Taped(gym.Wrapper):
    """The environment itself, and how to come again to all that it showed."""

    def __init__(self, env: gym.Env) -> None:
        super().__init__(env)
        self.tape: list[tuple[str, Any]] = []

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        found = self.env.reset(seed=seed, options=options)
        self.tape.append(("reset", seed))
        return found

    def step(self, action: Any) -> Any:
        found = self.env.step(action)
        self.tape.append(("step", action))
        return found


def _check_gif(name: str, path: Path) -> None:
    """Refuse before anything is played what could not be written after it."""
    if "rgb_array" not in _modes(name):
        raise BadOption(f"{name} draws no pictures", where="rewardlab play --gif", mend="leave out --gif")
    if path.is_dir():
        raise BadOption(f"{path} is a folder", where="rewardlab play --gif", mend=f"--gif {path / 'play.gif'}")
    make_folder(path.parent)


def _develop(name: str, tape: list[tuple[str, Any]], path: Path) -> None:
    """Play a tape again, this time with pictures, into a GIF."""
    from rewardlab.envs.gif import save_gif

    def frames() -> Iterator[np.ndarray]:
        world: gym.Env = gym.make(name, render_mode="rgb_array")
        try:
            for what, given in tape:
                world.reset(seed=given) if what == "reset" else world.step(given)
                yield np.asarray(world.render())
        finally:
            world.close()

    if tape:
        save_gif(frames(), path)
        print(f"{path}: {len(tape)} pictures")
