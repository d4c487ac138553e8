import copy
import pickle

import numpy as np
import pytest
from steps import as_torch, steps

from rewardlab.core.errors import BadBatch, BadOption, BadReward, MissingColumn
from rewardlab.rewards.shaping.kernel import Standing, away, checked, discount, kept, part


def test_a_part_is_a_slice_or_a_function():
    obs = np.arange(6.0).reshape(2, 3)
    assert part(slice(1, 3), obs).tolist() == [[1, 2], [4, 5]]
    assert part(lambda o: o[:, :1], obs).tolist() == [[0], [3]]


def test_only_a_termination_takes_the_potential_away():
    batch = steps(3, terminated=[True, False, False], truncated=[True, True, False])
    assert kept(np.array([5.0, 6.0, 7.0]), batch).tolist() == [0.0, 6.0, 7.0]
    assert kept(np.array([np.nan, 6.0, 7.0]), batch)[0] == 0.0


@pytest.mark.parametrize("gamma", [0, 0.5, 1])
def test_discounts(gamma):
    assert discount(gamma, where="here") == gamma and isinstance(discount(gamma, where="here"), float)


@pytest.mark.parametrize(("gamma", "above"), [(-0.1, False), (1.1, False), ("1", False), (True, False), (0.0, True)])
def test_what_is_no_discount(gamma, above):
    with pytest.raises(BadOption, match="here: gamma="):
        discount(gamma, where="here", above=above)


def test_a_distance_is_a_column_or_a_function_of_what_was_reached():
    batch = steps(2, next_obs=np.array([1.0, 2.0]), distance=[3, 4])
    assert away("distance", batch, by="me").tolist() == [3.0, 4.0]
    assert away(lambda s: s * 2, batch, by="me").tolist() == [2.0, 4.0]
    with pytest.raises(MissingColumn, match=r"(?s)me.*'distant'"):
        away("distant", batch, by="me")
    with pytest.raises(BadReward, match="me: phi gave"):
        away(lambda s: s.sum(), batch, by="me")
    with pytest.raises(BadReward, match="me: phi gave"):
        checked(np.zeros(2), as_torch(batch), where="me")


def test_a_standing_potential_is_asked_for_at_the_first_step_alone():
    asked = []

    def phi(obs):
        asked.append(obs.tolist())
        return obs * 10

    standing = Standing("here")
    standing.reset(np.ones(2, dtype=bool))
    first = steps(2, obs=np.array([1.0, 2.0]), next_obs=np.array([3.0, 4.0]))
    assert standing.pay(first, phi, 0.5).tolist() == [5.0, 0.0]
    second = steps(2, obs=np.array([-1.0, -1.0]), next_obs=np.array([5.0, 6.0]))  # obs is not looked at any more
    assert standing.pay(second, phi, 0.5).tolist() == [25 - 30, 30 - 40]
    assert asked == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    standing.reset(np.array([True, False]))
    third = steps(2, obs=np.array([7.0, 7.0]), next_obs=np.array([0.0, 0.0]))
    for own in (copy.deepcopy(standing), pickle.loads(pickle.dumps(standing))):
        assert own.pay(third, phi, 0.5).tolist() == [-70.0, -60.0]
    with pytest.raises(BadBatch):
        standing.pay(steps(3, obs=np.zeros(3)), phi, 0.5)
