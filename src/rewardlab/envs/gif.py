"""Moving pictures: the frames of an episode as a GIF file, and the recording of a policy.

Each frame keeps its own colours where it has at most 256 of them, as drawn worlds do, and the nearest 256 otherwise. A
GIF counts time in hundredths of a second, and frames that are alike become one that stays longer.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.files import write_atomic
from rewardlab.core.rng import check_seed


def save_gif(frames: Iterable[np.ndarray], path: str | Path, fps: float = 8) -> None:
    """Write frames [height, width, 3] uint8 as a GIF that repeats for ever; the file is replaced whole or not at all.

    Args:
        frames: all of one shape; an iterator is read once, and each frame is packed before the next one is asked for.
        path: of the file; folders above it are made.
        fps: frames per second, above 0 and at most 50, which is as fast as programs show a GIF.

    Raises:
        BadOption: for no frames, a frame of another shape or type than the first, or such an `fps`.
        BadStore: if the file cannot be written.
    """

    if not 0 < fps <= 50:
        raise BadOption(f"fps={fps!r}", where="save_gif", expected="above 0 and at most 50", mend="fps=8")
    packed = _checked(frames)
    first = next(packed, None)
    if first is None:
        raise BadOption("no frames", where="save_gif", expected="at least one frame [height, width, 3] uint8")
    data = io.BytesIO()
    first.save(
        data,
        format="GIF",
        save_all=True,
        append_images=packed,
        duration=round(100 / fps) * 10,  # ms
        loop=0,
        optimize=False,  # of palettes that hold no unused colour
    )
    write_atomic(path, data.getvalue())


def record_gif(
    env: gym.Env,
    path: str | Path,
    policy: Callable[[Any], Any],
    *,
    steps: int,
    seed: int | None = 0,
    fps: float = 8,
) -> None:
    """Play a policy and write what is seen as a GIF: the first frame of each episode, and one after each step.

    Args:
        env: with render_mode="rgb_array"; it is left as the policy leaves it, and not closed.
        path: of the file.
        policy: observation -> action.
        steps: how many in all, at least 1; an episode that ends before is followed by the next one.
        seed: of the first episode; None goes on with the generator of the environment.
        fps: frames per second.

    Raises:
        BadOption: for an environment that draws no frames, fewer than 1 step, or as `save_gif`.
        BadStore: if the file cannot be written.
    """
    if env.render_mode != "rgb_array":
        raise BadOption(
            f"render_mode={env.render_mode!r}",
            where="record_gif",
            expected='"rgb_array"',
            mend='gymnasium.make(id, render_mode="rgb_array")',
        )
    if isinstance(steps, bool) or not isinstance(steps, (int, np.integer)) or steps < 1:
        raise BadOption(f"steps={steps!r}", where="record_gif", expected="an integer of at least 1")
    first = None if seed is None else check_seed(seed, where="record_gif")
    save_gif(_played(env, policy, int(steps), first), path, fps)


def _played(env: gym.Env, policy: Callable[[Any], Any], steps: int, seed: int | None) -> Iterator[Any]:
    obs, _ = env.reset(seed=seed)
    yield env.render()
    for k in range(1, steps + 1):
        obs, _, terminated, truncated, _ = env.step(policy(obs))
        yield env.render()
        if (terminated or truncated) and k < steps:
            obs, _ = env.reset()
            yield env.render()


def _checked(frames: Iterable[np.ndarray]) -> Iterator[Any]:
    """Each frame as an image of at most 256 colours."""
    shape: tuple[int, ...] | None = None
    for k, frame in enumerate(frames):
        array = np.asarray(frame)
        fits = array.ndim == 3 and array.shape[-1] == 3 and array.size > 0 and array.dtype == np.uint8
        if not fits or shape not in (None, array.shape):
            raise BadOption(
                f"frame {k} has shape {array.shape} and dtype {array.dtype}",
                where="save_gif",
                expected=f"{'[height, width, 3]' if shape is None else list(shape)} uint8",
            )
        shape = array.shape
        yield _packed(array)


def _packed(frame: np.ndarray) -> Any:
    from PIL import Image

    height, width, _ = frame.shape
    number = frame.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
    colours, index = np.unique(number, return_inverse=True)
    if len(colours) > 256:
        return Image.fromarray(frame).quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    image = Image.frombytes("P", (width, height), index.astype(np.uint8).tobytes())
    image.putpalette(np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=-1).astype(np.uint8).tobytes())
    return image
