import numpy as np
import pytest

from rewardlab.core.errors import BadBatch
from rewardlab.rewards import hacking_sweep, knee

ANGLE = np.linspace(0, np.pi / 2, 91)


def test_the_knee_of_a_quarter_circle_is_its_middle_in_any_units_and_order():
    paid, truth = np.sin(ANGLE), np.cos(ANGLE)
    assert knee(paid, truth) == 45
    assert knee(7 * paid + 3, 0.01 * truth - 5) == 45
    order = np.random.default_rng(0).permutation(91)
    assert order[knee(paid[order], truth[order])] == 45


def test_points_that_are_beaten_do_not_count():
    paid, truth = np.append(np.sin(ANGLE), 0.69), np.append(np.cos(ANGLE), 0.69)
    assert knee(paid, truth) == 45
    assert not hacking_sweep(paid, truth).front[-1]


@pytest.mark.parametrize(("paid", "truth"), [([0, 1, 2], [2, 1, 0]), ([0], [5]), ([3, 1], [4, 2])])
def test_without_a_bend_it_is_the_end_with_most_truth(paid, truth):
    assert knee(paid, truth) == 0


def test_a_corner_is_the_knee():
    assert knee([0, 0.9, 1.0], [1.0, 0.95, 0.0]) == 1


def test_a_sweep_says_where_to_stop_what_is_hacked_and_what_tells():
    paid = [0.1, 0.3, 0.5, 0.6, 0.62]
    truth = [1.0, 1.1, 1.05, -2.0, -3.0]
    found = hacking_sweep(
        paid, truth, {"flattery": [0, 0, 0, 5, 9], "length": [3, 3, 3, 3, 3], "noise": [1, -1, 1, -1, 1]}
    )
    assert found.stop == 2 and found.hacked.tolist() == [False] * 3 + [True] * 2
    assert found.front.tolist() == [False] + [True] * 4
    assert found.signs["flattery"] > 1.5 and found.signs["length"] == 0 and abs(found.signs["noise"]) < 0.5
    calm = hacking_sweep([0, 1], [0, 1], {"flattery": [0, 5]})
    assert calm.stop == 1 and not calm.hacked.any() and calm.signs["flattery"] == 0


@pytest.mark.parametrize("bad", [([], []), ([1, 2], [1]), ([np.nan], [0]), ([[1]], [[1]])])
def test_mistakes_are_named(bad):
    for f in (knee, hacking_sweep):
        with pytest.raises(BadBatch, match="points"):
            f(*bad)
