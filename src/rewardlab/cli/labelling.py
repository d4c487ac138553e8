"""`rewardlab label`: people judge pairs of segments, in a browser or in the terminal."""

import getpass
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import gymnasium as gym
import numpy as np
import tyro

from rewardlab.cli import names
from rewardlab.cli.screen import Screen, usable
from rewardlab.core.arrays import tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import check_seed

Folder = Annotated[Path | None, tyro.conf.Positional, tyro.conf.arg(metavar="RUN")]
DEMO = "rewardlab/MiniGrid-DoorKey-5x5-v0"
TASKS = {DEMO: "Which one gets further: to the key, through the door, to the green square?"}
LENGTH = 25  # steps of a segment
STEPS = 500  # that the demo plays, at least
HEIGHT = 240  # pixels of a frame, at most


def label(
    run: Folder = None,
    *,
    port: int = 8080,
    host: str = "127.0.0.1",
    token: str = "",
    terminal: bool = False,
    name: str = "",
    demo: bool = False,
    env: str = DEMO,
    pairs: int = 40,
    seed: int = 0,
    export: Path | None = None,
) -> None:
    """Let people say which of two segments is better; serves a page, and every label is kept at once.

    The pairs come from `LabelStore(RUN).add(pairs, frames=...)` in Python; --demo records some of random play.

    Example: rewardlab label --demo

    Args:
        run: the folder that holds labels.sqlite, or such a file; runs/label-demo with --demo.
        port: of the page.
        host: the address to listen at; any but this machine's own demands a token.
        token: a word that browsers must bring; or in the variable REWARDLAB_LABEL_TOKEN.
        terminal: show the clips here and read keys, instead of serving a page.
        name: who labels in the terminal; by default your login name. In a browser the page asks.
        demo: record pairs of random play first, if the folder has none.
        env: where the demo plays: any id that draws pictures.
        pairs: how many the demo cuts.
        seed: of the demo.
        export: write all labels to this file (JSON lines), and end.
    """
    from rewardlab.rewards.preference.labelling.store import LabelStore, file_of

    if run is None and not demo:
        raise BadOption(
            "no folder",
            where="rewardlab label",
            expected="RUN, a folder with labels.sqlite",
            mend="rewardlab label --demo",
        )
    if terminal and not usable():
        raise BadOption(
            "this is no terminal",
            where="rewardlab label --terminal",
            expected="a terminal for input and output, and TERM set",
            mend="leave out --terminal and open the page",
        )
    names.at_least_one("--pairs", pairs, where="rewardlab label")
    check_seed(seed, where="rewardlab label --seed")
    place = file_of(run or Path("runs") / "label-demo")
    with LabelStore(place, create=demo) as store:
        if demo and store.progress()[1] == 0:
            print(f"recording {pairs} pairs of random play in {env}")
            record(store, names.environment(env), pairs=pairs, seed=seed)
        if export is not None:
            print(f"{store.export(export)} labels: {export}")
            return
        done, total = store.progress()
        print(f"{done} of {total} pairs are labelled: {place}")
        if terminal:
            _watch(store, name or getpass.getuser())
        else:
            _serve(store, host, port, token or os.environ.get("REWARDLAB_LABEL_TOKEN", ""))
        done, total = store.progress()
    print(f"{done} of {total} pairs are labelled: LabelStore({str(place)!r}).labelled()")


def _serve(store: Any, host: str, port: int, token: str) -> None:
    from rewardlab.rewards.preference.labelling.serving import serve

    serve(store, host=host, port=port, token=token, ready=lambda address: print(f"open {address}", flush=True))


def _watch(store: Any, name: str) -> None:
    from rewardlab.rewards.preference.labelling import blocks
    from rewardlab.rewards.preference.labelling.terminal import label as ask

    with Screen() as screen:
        ask(store, name, screen, paint=blocks.painter())


def record(store: Any, env_id: str, *, pairs: int, seed: int) -> None:
    """Play at random, cut pairs of segments, and add them with their pictures."""
    from rewardlab.rewards.preference.segments import pair_segments

    steps, film = play(env_id, steps=max(STEPS, 4 * pairs), seed=seed)
    cut = pair_segments(steps, pairs=pairs, length=LENGTH, seed=seed)
    frames = ([film[index] for index in pair] for pair in cut.info["frame"])
    store.add(
        cut,
        frames=frames,
        environment=env_id,
        task=TASKS.get(env_id, "Which of the two is better?"),
        model_version="random play",
        seed=seed,
    )


def play(env_id: str, *, steps: int, seed: int) -> tuple[Transitions, np.ndarray]:
    """Random play with pictures.

    Returns:
        Steps [T, 1], whose `info["frame"]` says which picture shows the state before each; and the pictures
        [T, H, W, 3] uint8.

    Raises:
        BadOption: if the environment draws no pictures.
    """
    with closing(_open(env_id)) as world:
        world.action_space.seed(seed)
        rows, film = zip(*_turns(world, steps, seed), strict=True)
    whole = Transitions.stack(list(rows))
    return whole.paying(whole.reward, frame=np.arange(steps)[:, None]), np.stack(film)


def _open(env_id: str) -> gym.Env:
    why = ""
    with closing(gym.make(env_id)) as bare:
        modes: Any = bare.metadata.get("render_modes") or ()
    if "rgb_array" in modes:
        try:
            world = gym.make(env_id, render_mode="rgb_array")
            world.reset(seed=0)
            world.render()
            return world
        except gym.error.Error as e:  # what draws is not installed
            why = f": {e}"
    raise BadOption(f"{env_id} draws no pictures{why}", where="rewardlab label --env", mend=f"--env {DEMO}")


def _turns(world: gym.Env, steps: int, seed: int) -> Iterator[tuple[Transitions, np.ndarray]]:
    obs, _ = world.reset(seed=seed)
    for _ in range(steps):
        picture = _small(world.render())
        action = world.action_space.sample()
        after, reward, terminated, truncated, _ = world.step(action)
        one = tree_map(lambda x: np.asarray(x)[None], {"obs": _plain(obs), "action": action, "next": _plain(after)})
        yield (
            Transitions(
                one["obs"],
                one["action"],
                np.array([reward], dtype=np.float64),
                one["next"],
                np.array([terminated]),
                np.array([truncated]),
            ),
            picture,
        )
        obs = world.reset()[0] if terminated or truncated else after


def _plain(obs: Any) -> Any:
    """Observations without text: the demo's columns are numbers."""
    return {k: v for k, v in obs.items() if not isinstance(v, str)} if isinstance(obs, dict) else obs


def _small(picture: Any) -> np.ndarray:
    from PIL import Image

    h, w, _ = picture.shape
    if h <= HEIGHT:
        return np.array(picture, dtype=np.uint8)
    image = Image.fromarray(picture.astype(np.uint8)).resize((max(1, round(w * HEIGHT / h)), HEIGHT))
    return np.asarray(image)
