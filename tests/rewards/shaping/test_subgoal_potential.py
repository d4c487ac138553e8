import numpy as np
import pytest
from steps import as_torch, online, steps

from rewardlab.core.errors import BadOption
from rewardlab.rewards import SubgoalPotential

WAY = ((1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def brute(path, *, radius, scale):
    """Φ after each observation of a path [T + 1, 2], one by one."""
    reached, out = 0, []
    for x in path:
        while reached < len(WAY) and np.hypot(*(x - WAY[reached])) <= radius:
            reached += 1
        near = 1 / (1 + np.hypot(*(x - WAY[reached])) / scale) if reached < len(WAY) else 0.0
        out.append((reached + near) / len(WAY))
    return np.array(out)


@pytest.mark.parametrize("seed", range(4))
def test_it_counts_landmarks_in_order_as_by_hand(seed):
    rng, gamma = np.random.default_rng(seed), 0.9
    corners = np.array([(0, 0), *WAY, (0, 0), (0, 1), (1, 0)], dtype=float)
    path = np.concatenate([corners, corners[rng.integers(0, 7, 20)]])[:, None] + 0.1 * rng.normal(size=(27, 1, 2))
    ends = np.arange(26)[:, None] == 25
    batch = steps((26, 1), obs=path[:-1], next_obs=path[1:], truncated=ends)
    reward = SubgoalPotential(slice(0, 2), WAY, radius=0.5, scale=0.7, gamma=gamma)
    exact = brute(path[:, 0], radius=0.5, scale=0.7)
    paid = online(reward, batch)["subgoal_potential"].ravel()
    np.testing.assert_allclose(paid, gamma * exact[1:] - exact[:-1], atol=1e-12)
    assert exact[3:].min() == 1.0 and np.isclose(exact[0], 0.2, atol=0.1)
    np.testing.assert_allclose(online(reward, as_torch(batch))["subgoal_potential"].ravel(), paid, atol=1e-12)


def test_a_landmark_out_of_order_does_not_count():
    reward = SubgoalPotential(slice(0, 2), WAY, gamma=1.0)
    batch = steps((2, 1), obs=[[[0.0, 0.0]], [[0.0, 1.0]]], next_obs=[[[0.0, 1.0]], [[1.0, 0.0]]])
    batch = batch.map(np.asarray)
    online(reward, steps((2, 1), obs=np.array(batch.obs), next_obs=np.array(batch.next_obs)))
    assert reward.state_dict()["value"].tolist() == [1.0]  # the last landmark came first and was passed over


def test_an_end_gives_back_all():
    gamma, path = 0.8, np.array([(0.0, 0.0), *WAY])[:, None]
    batch = steps((3, 1), obs=path[:-1], next_obs=path[1:], terminated=[[False], [False], [True]])
    paid = online(SubgoalPotential(slice(0, 2), WAY, gamma=gamma), batch)["subgoal_potential"].ravel()
    assert (gamma ** np.arange(3) * paid).sum() == pytest.approx(-1 / 6, abs=1e-12)  # −Φ(s_0)


@pytest.mark.parametrize(
    "given",
    [
        {"landmarks": ()},
        {"landmarks": ((0.0,), (0.0, 1.0))},
        {"landmarks": ((np.nan, 0.0),)},
        {"radius": -1.0},
        {"scale": 0.0},
        {"gamma": 1.5},
    ],
)
def test_bad_options_are_refused(given):
    with pytest.raises(BadOption, match="SubgoalPotential"):
        SubgoalPotential(**{"position": slice(0, 2), "landmarks": WAY, **given})
