"""Normalised observations and episode statistics in both autoreset modes, NumPy and torch."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorWrapper
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from support_rewards import Walk, play, walks

from rewardlab.core.errors import BadCheckpoint, BadOption, BadSpace
from rewardlab.envs import EpisodeStatistics, NormalizeObservation

SAME, NEXT = AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP


def observations(mode: AutoresetMode, steps: int = 120, **options: Any) -> list[list[Any]]:
    """Per step of the bare environment, every observation that was new: rows, then last ones of ended rows."""
    envs = walks(4, mode, **options)
    rng = np.random.default_rng(1)
    out = [list(rows(envs.reset(seed=0)[0], 4))]
    for _ in range(steps):
        obs, *_, info = envs.step(rng.integers(0, 2, 4))
        out.append(list(rows(obs, 4)) + [x for x in info.get("final_obs", []) if x is not None])
    return out


def rows(obs: Any, n: int) -> list[Any]:
    return [{k: v[i] for k, v in obs.items()} if isinstance(obs, dict) else obs[i] for i in range(n)]


@pytest.mark.parametrize("mode", [SAME, NEXT])
def test_every_observation_counts_exactly_once(mode: AutoresetMode) -> None:
    envs = NormalizeObservation(walks(4, mode))
    play(envs, 120)
    seen = np.array([x for step in observations(mode) for x in step], dtype=np.float64)
    m = envs.moments[""]
    assert m.count == len(seen) and (len(seen) > 4 * 121) == (mode is SAME)
    np.testing.assert_allclose(m.mean, seen.mean(0), rtol=1e-12)
    np.testing.assert_allclose(m.var, seen.var(0), rtol=1e-12)


@pytest.mark.parametrize("as_dict", [False, True])
@pytest.mark.parametrize("mode", [SAME, NEXT])
def test_what_is_shown_is_normalised_by_all_seen_so_far(mode: AutoresetMode, as_dict: bool) -> None:
    news = observations(mode, as_dict=as_dict)
    envs = NormalizeObservation(walks(4, mode, as_dict=as_dict), epsilon=1e-4)
    steps = play(envs, 120)
    finals = 0
    for t, (obs, *_, info) in enumerate(steps, start=1):
        assert obs in envs.observation_space
        shown = rows(obs, 4) + [x for x in info.get("final_obs", []) if x is not None]
        assert len(shown) == len(news[t])
        finals += len(shown) - 4
        for key in ("a", "b") if as_dict else (None,):
            seen = np.array([x if key is None else x[key] for step in news[: t + 1] for x in step], dtype=np.float64)
            mine = np.array([x if key is None else x[key] for x in shown])
            own = np.array([x if key is None else x[key] for x in news[t]], dtype=np.float64)
            np.testing.assert_allclose(mine, (own - seen.mean(0)) / np.sqrt(seen.var(0) + 1e-4), rtol=2e-5, atol=1e-5)
            assert mine.dtype == np.float32
    assert (finals > 40) == (mode is SAME)


def test_frozen_moments_and_partial_resets() -> None:
    envs = NormalizeObservation(walks(3, SAME))
    play(envs, 30)
    count = envs.moments[""].count
    envs.reset(options={"reset_mask": np.array([True, False, True])})
    assert envs.moments[""].count == count + 2
    envs.update_running_mean = False
    before = envs.state_dict()
    rng = np.random.default_rng(5)
    for _ in range(30):
        envs.step(rng.integers(0, 2, 3))
    envs.reset()
    after = envs.state_dict()
    assert all(np.array_equal(before["moments"][""][k], after["moments"][""][k]) for k in before["moments"][""])
    again = NormalizeObservation(walks(3, SAME))
    again.load_state_dict(after)
    again.update_running_mean = False
    assert all(np.array_equal(x[0], y[0]) for x, y in zip(play(envs, 50, seed=9), play(again, 50, seed=9), strict=True))
    for bad in ({}, {"moments": {}}, {"moments": {"": {}}}):
        with pytest.raises(BadCheckpoint):
            again.load_state_dict(bad)


def test_nothing_of_the_environment_is_changed() -> None:
    class Watched(VectorWrapper):
        given: list[Any] = []

        def step(self, actions: Any) -> Any:
            out = self.env.step(actions)
            final = out[4].get("final_obs")
            self.given.append(
                (out[0], out[0].copy(), out[4], dict(out[4]), final, None if final is None else final.copy())
            )
            return out

    play(EpisodeStatistics(NormalizeObservation(Watched(walks(3)))), 60)
    for obs, was, info, own, final, kept in Watched.given:
        assert np.array_equal(obs, was) and list(info) == list(own) and info.get("final_obs") is final
        assert final is None or all(np.array_equal(a, b) for a, b in zip(final, kept, strict=True) if a is not None)


def test_tensors_stay_tensors_and_agree_with_arrays() -> None:
    import torch

    arrays = NormalizeObservation(gym.make_vec("rewardlab/DeepSea-v0", num_envs=5, size=4, observation="one_hot"))
    tensors = NormalizeObservation(
        gym.make_vec("rewardlab/DeepSea-v0", num_envs=5, size=4, observation="one_hot", device="cpu")
    )
    both = EpisodeStatistics(arrays), EpisodeStatistics(tensors)
    a, b = both[0].reset(seed=0)[0], both[1].reset(seed=0)[0]
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert isinstance(b, torch.Tensor) and b.dtype == torch.float32
        np.testing.assert_allclose(a, b.numpy(), atol=1e-5)
        actions = rng.integers(0, 2, 5)
        a, _, _, _, info = both[0].step(actions)
        b, _, _, _, shown = both[1].step(torch.as_tensor(actions))
        if "final_obs" in info:
            for x, y in zip(info["final_obs"], shown["final_obs"], strict=True):
                np.testing.assert_allclose(x, y.numpy(), atol=1e-5)
            assert np.array_equal(info["episode"]["r"], shown["episode"]["r"].numpy())


@pytest.mark.parametrize("mode", [SAME, NEXT])
def test_statistics_equal_gymnasiums(mode: AutoresetMode) -> None:
    theirs = play(RecordEpisodeStatistics(walks(4, mode, proxy=True)), 150)
    ours = play(EpisodeStatistics(walks(4, mode, proxy=True)), 150)
    true, ends = np.zeros(4), 0
    over = np.zeros(4, dtype=bool)
    for (*_, a), (_, _, ended, cut, b) in zip(theirs, ours, strict=True):
        done = ended | cut
        true = np.where(over, 0, true + ended)  # the true reward is 1 on reaching the end
        assert ("episode" in a) == ("episode" in b)
        if "episode" in a:
            assert np.array_equal(a["_episode"], b["_episode"])
            assert np.array_equal(a["episode"]["r"], b["episode"]["r"])
            assert np.array_equal(a["episode"]["l"], b["episode"]["l"])
            assert np.array_equal(b["episode_true"]["r"], np.where(done, true, 0))
            ends += int(done.sum())
        true = np.where(done, 0, true) if mode is SAME else true
        over = done if mode is NEXT else over
    assert ends > 50


def test_partial_resets_begin_only_their_rows() -> None:
    envs = EpisodeStatistics(walks(3))
    envs.reset(seed=0)
    for _ in range(3):
        envs.step(np.zeros(3, dtype=int))
    options = {"reset_mask": np.array([False, True, False])}
    envs.reset(options=options)
    assert "reset_mask" in options
    lengths = {}
    for _ in range(9):
        *_, info = envs.step(np.zeros(3, dtype=int))
        for i in np.flatnonzero(info.get("_episode", [])):
            lengths.setdefault(int(i), int(info["episode"]["l"][i]))
    assert lengths == {0: 5, 1: 6, 2: 7}


class Bare(VectorWrapper):
    """The same environment under other metadata."""

    def __init__(self, envs: gym.vector.VectorEnv, metadata: dict[str, Any]) -> None:
        super().__init__(envs)
        self.metadata = metadata


def test_wrong_environments_are_named() -> None:
    for wrapper in (NormalizeObservation, EpisodeStatistics):
        for declared in ({}, {"autoreset_mode": AutoresetMode.DISABLED}):
            with pytest.raises(BadOption, match=r"(?s)autoreset mode.*SAME_STEP or NEXT_STEP"):
                wrapper(Bare(walks(2), declared))
    with pytest.raises(BadSpace, match="observations of Discrete"):
        NormalizeObservation(gym.make_vec("rewardlab/DeepSea-v0", num_envs=2))
    mixed = walks(2, as_dict=True)
    mixed.single_observation_space = spaces.Dict({"a": Walk().observation_space, "word": spaces.Text(4)})
    with pytest.raises(BadSpace, match="observations 'word' of Text"):
        NormalizeObservation(mixed)
    for epsilon in (0.0, -1.0, float("nan")):
        with pytest.raises(BadOption, match="epsilon"):
            NormalizeObservation(walks(2), epsilon=epsilon)
