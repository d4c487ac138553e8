"""Moving pictures, written and read back."""

import gymnasium as gym
import numpy as np
import pytest
from PIL import Image

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption, BadStore
from rewardlab.envs.gif import record_gif, save_gif


def load(path):
    """(frames [T, height, width, 3], milliseconds [T], how often it is shown)."""
    with Image.open(path) as image:
        frames, times = [], []
        for k in range(image.n_frames):
            image.seek(k)
            frames.append(np.asarray(image.convert("RGB")))
            times.append(image.info["duration"])
        return np.array(frames), times, image.info["loop"]


def drawn(count=10, colours=40, *, seed=0):
    """Frames of few colours, each of its own palette; every other one changes only a part of the one before."""
    rng = np.random.default_rng(seed)
    frames = []
    for k in range(count):
        if k % 2:
            frame = frames[-1].copy()
            frame[k : k + 6, 5:30] = rng.integers(0, 256, 3)
        else:
            frame = rng.integers(0, 256, (colours, 3), dtype=np.uint8)[rng.integers(0, colours, (36, 50))]
        frames.append(frame)
    return frames


@pytest.mark.parametrize("colours", [2, 40, 255])
def test_frames_come_back_to_the_bit(tmp_path, colours):
    frames = drawn(colours=colours)
    save_gif(frames, tmp_path / "new" / "a.gif")
    found, times, loop = load(tmp_path / "new" / "a.gif")
    np.testing.assert_array_equal(found, frames)
    assert times == [120] * 10 and loop == 0
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["a.gif"]  # nothing else is left behind


def test_frames_that_are_alike_become_one_that_stays(tmp_path):
    a, b = drawn(2)
    save_gif([a, a, a, b, a], tmp_path / "a.gif", fps=20)
    found, times, _ = load(tmp_path / "a.gif")
    np.testing.assert_array_equal(found, [a, b, a])
    assert times == [150, 50, 50]


def test_one_frame(tmp_path):
    save_gif(drawn(1), str(tmp_path / "a.gif"))
    with Image.open(tmp_path / "a.gif") as image:
        assert image.n_frames == 1 and np.array_equal(np.asarray(image.convert("RGB")), drawn(1)[0])


def test_more_colours_than_a_gif_has_come_near(tmp_path):
    y, x = np.mgrid[:64, :64]
    smooth = np.stack([x * 4, y * 4, 255 - x * 2 - y * 2], axis=-1).astype(np.uint8)  # 4096 colours
    save_gif([smooth, smooth[::-1]], tmp_path / "a.gif")
    found, _, _ = load(tmp_path / "a.gif")
    wrong = np.abs(found.astype(int) - np.array([smooth, smooth[::-1]]))
    assert 0 < wrong.mean() < 8 and wrong.max() < 64


def test_an_iterator_is_enough_and_its_frames_may_share_one_buffer(tmp_path):
    """Long recordings need not fit in memory: a frame is packed before the next one is asked for."""
    buffer = np.zeros((4, 4, 3), np.uint8)

    def frames():
        for k in range(5):
            buffer[:] = 40 * k
            yield buffer

    save_gif(frames(), tmp_path / "a.gif")
    np.testing.assert_array_equal(load(tmp_path / "a.gif")[0][:, 0, 0, 0], [0, 40, 80, 120, 160])


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ([], "no frames"),
        ([np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5, 3), np.uint8)], r"frame 1 has shape \(4, 5, 3\)"),
        ([np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4, 3))], "frame 1 .*float64"),
        ([np.zeros((4, 4), np.uint8)], r"frame 0 has shape \(4, 4\)"),
        ([np.zeros((0, 4, 3), np.uint8)], "frame 0"),
        ([None], "frame 0"),
    ],
)
def test_frames_that_do_not_fit_leave_the_file_alone(tmp_path, frames, said):
    (tmp_path / "a.gif").write_bytes(b"before")
    with pytest.raises(BadOption, match=said):
        save_gif(frames, tmp_path / "a.gif")
    assert (tmp_path / "a.gif").read_bytes() == b"before"


def test_other_mistakes_are_named(tmp_path):
    for fps in (0, -1, 51, float("nan")):
        with pytest.raises(BadOption, match="fps="):
            save_gif(drawn(1), tmp_path / "a.gif", fps=fps)
    (tmp_path / "file").write_text("")
    with pytest.raises(BadStore, match="cannot write"):
        save_gif(drawn(1), tmp_path / "file" / "a.gif")
    env = gym.make("rewardlab/DeepSea-v0")
    with pytest.raises(BadOption, match="render_mode=None"):
        record_gif(env, tmp_path / "a.gif", lambda obs: 0, steps=1)
    env = gym.make("rewardlab/DeepSea-v0", render_mode="rgb_array")
    for steps in (0, 1.5, True):
        with pytest.raises(BadOption, match="steps="):
            record_gif(env, tmp_path / "a.gif", lambda obs: 0, steps=steps)
    assert not (tmp_path / "a.gif").exists()


def test_a_policy_is_recorded_from_its_first_frame_through_its_episodes(tmp_path):
    env = gym.make("rewardlab/DeepSea-v0", render_mode="rgb_array", size=4)
    twin = gym.make("rewardlab/DeepSea-v0", render_mode="rgb_array", size=4)
    right = env.unwrapped.rules.right
    seen = []

    def policy(obs):
        seen.append(int(obs))
        return int(right[obs])

    record_gif(env, tmp_path / "sea.gif", policy, steps=6, seed=5)
    found, _, _ = load(tmp_path / "sea.gif")
    expected = []
    for start in (range(4), range(2)):
        obs, _ = twin.reset(seed=5)
        expected.append(twin.render())
        for _ in start:
            obs, *_ = twin.step(int(right[obs]))
            expected.append(twin.render())
    np.testing.assert_array_equal(found, expected)
    assert seen == [0, 5, 10, 15, 0, 5]  # the diagonal, and the next episode
