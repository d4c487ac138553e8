"""`relabel` and `from_minari`: recorded steps are paid as they would have been online."""

from typing import Any

import numpy as np
import pytest
from minari import EpisodeData
from support_rewards import Given, Recorder, Streak, Walk, first_and_last, play, walks

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, BadReward
from rewardlab.core.reward import Task
from rewardlab.rewards import Paid, PaidVector, PayZero, Potential, from_minari, relabel


def recorded(n: int = 3, steps: int = 60) -> Transitions:
    recorder = Recorder()
    play(PaidVector(walks(n, proxy=True), recorder), steps)
    return Transitions.stack(recorder.batches)


def test_columns_and_order_by_hand() -> None:
    steps = recorded()
    once = relabel(steps, 2.0 * Task() + Streak())
    twice = relabel(once, Task() + Potential(first_and_last))
    assert np.array_equal(once.info["task_reward"], steps.reward)
    assert np.array_equal(twice.info["task_reward"], steps.reward)
    assert np.array_equal(np.sum([*once.info["reward_parts"].values()], axis=0), once.reward)
    assert np.array_equal(twice.info["reward_parts"]["task"], once.reward)
    assert set(twice.info["reward_parts_below"]) == {"1/task", "1/streak"}
    assert np.array_equal(once.info["true_reward"], steps.info["true_reward"])
    assert once.obs is steps.obs and "reward_parts" not in steps.info
    # a hand count of the streak: it begins anew after every end
    count = np.zeros(3)
    for t in range(60):
        count += 1
        assert np.array_equal(once.info["reward_parts"]["streak"][t], count / 8)
        count[steps.done[t]] = 0


def test_a_potential_is_given_rows_whatever_the_leading_axes() -> None:
    shapes = []

    def phi(obs: Any) -> Any:
        shapes.append(obs.shape)
        return obs[:, 0] * 1.0

    steps = recorded()
    grid = relabel(steps, Potential(phi))
    rows = relabel(steps.map(lambda x: x.reshape(-1, *x.shape[2:])), Potential(phi))
    assert np.array_equal(grid.reward.ravel(), rows.reward) and set(shapes) == {(180, 3)}


def test_memory_needs_time_and_invalid_pays_are_placed() -> None:
    steps = recorded()
    with pytest.raises(BadBatch, match=r"(?s)\[T, N\].*this reward remembers"):
        relabel(steps.rows(0), Streak())
    bad = np.zeros((60, 3))
    bad[7, 2] = np.nan
    with pytest.raises(BadReward, match=r"relabel with given: part 'given' pays nan in row \(7, 2\) of the recorded"):
        relabel(steps, Given(bad.reshape(-1)))
    mended = relabel(steps, Given(bad.reshape(-1) + 1.0), on_invalid=PayZero())
    assert mended.reward.sum() == 179 and mended.reward[7, 2] == 0
    with pytest.raises(BadBatch):
        relabel(Transitions(**{**vars(steps), "obs": steps.obs[1:]}), Task())


def episode(seed: int, *, cut: bool = False) -> tuple[EpisodeData, list[float]]:
    """One recorded walk in Minari's form, and what it was paid online."""
    env = Paid(Walk(5), Streak() + Task() + Potential(first_and_last))
    rng = np.random.default_rng(seed)
    obs, info = env.reset(seed=seed)
    seen, infos, acts, rewards, pays, flags = [obs], [info], [], [], [], []
    while not flags or not any(flags[-1]):
        action = int(rng.integers(0, 2))
        obs, paid, ended, out, info = env.step(action)
        seen.append(obs), infos.append(info), acts.append(action), pays.append(paid)
        rewards.append(info["task_reward"]), flags.append((ended, out))
        if cut and len(flags) == 3:
            break
    ended, out = np.array(flags).T
    columns = {
        "position": np.array([i["position"] for i in infos]),
        "odd": np.zeros(2),
        "n": {"p": np.zeros(len(infos))},
    }
    return EpisodeData(seed, np.array(seen), np.array(acts), np.array(rewards), ended, out, columns), pays


def test_minari_episodes_are_paid_as_they_were_online() -> None:
    made = [episode(0), episode(1, cut=True), episode(2)]
    steps = from_minari(e for e, _ in made)
    steps.check()
    pays = [p for _, own in made for p in own]
    assert steps.shape == (len(pays), 1) and set(steps.info) == {"position", "n"}
    ends = np.cumsum([len(p) for _, p in made]) - 1
    assert np.flatnonzero(steps.done[:, 0]).tolist() == ends.tolist() and steps.truncated[ends[1], 0]
    assert np.array_equal(steps.info["position"][:, 0], steps.next_obs[:, 0, 0].astype(float))
    paid = relabel(steps, Streak() + Task() + Potential(first_and_last))
    assert paid.reward[:, 0].tolist() == pays


def test_minari_dict_observations_and_nonsense() -> None:
    made = EpisodeData(0, {"a": np.arange(3.0), "t": ["x", "y", "z"]}, (np.zeros(2), np.ones(2)), np.ones(2),
                       np.array([False, True]), np.zeros(2, bool), {})  # fmt: skip
    steps = from_minari([made])
    assert steps.next_obs["t"][:, 0].tolist() == ["y", "z"] and steps.action[1].shape == (2, 1)
    with pytest.raises(BadBatch, match="no episodes"):
        from_minari([])
    with pytest.raises(BadBatch, match="episode 4"):
        from_minari([EpisodeData(4, np.zeros(3), np.zeros(3), np.ones(2), np.zeros(2, bool), np.zeros(2, bool), {})])
