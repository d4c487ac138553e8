import numpy as np
import pytest

from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.rewards import NelderMead


def climb(f, search, most=400):
    for _ in range(most):
        search.tell(f(search.ask()))
    return search.best


def test_it_climbs_a_bent_valley_as_the_paper_did():
    point, value = climb(lambda x: -(100 * (x[1] - x[0] ** 2) ** 2) - (1 - x[0]) ** 2, NelderMead((-1.2, 1.0), 0.5))
    np.testing.assert_allclose(point, 1.0, atol=1e-4)
    assert value > -1e-8


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_it_climbs_hills_of_several_variables(n):
    top = np.linspace(-1, 1, n) + 0.3
    point, _ = climb(lambda x: -((x - top) ** 2 * np.arange(1, n + 1)).sum(), NelderMead(np.zeros(n), 0.4))
    np.testing.assert_allclose(point, top, atol=1e-4)


def test_the_first_moves_are_those_of_the_textbook():
    search, f = NelderMead((0.0, 0.0), 1.0), lambda x: x[0] + 2 * x[1]  # a slope without end
    asked = []
    for _ in range(7):
        asked.append(search.ask().tolist())
        search.tell(f(search.ask()))
    # corners; reflection of (0, 0), better than all; expansion, better still; reflection and expansion of (1, 0)
    assert asked[:5] == [[0, 0], [1, 0], [0, 1], [1, 1], [1.5, 1.5]]
    assert asked[5:] == [[0.5, 2.5], [0.25, 3.75]]


def test_it_shrinks_where_nothing_else_helps():
    search = NelderMead((0.0, 0.0), 1.0)
    for value in (3.0, 2.0, 1.0, 0.0, 0.5):  # corners; reflection bad; inside contraction no better than the worst
        search.tell(value)
    np.testing.assert_allclose(search.ask(), [0.5, 0.0])
    search.tell(0.0)
    np.testing.assert_allclose(search.ask(), [0.0, 0.5])
    assert search.best == (pytest.approx([0.0, 0.0]), 3.0) and search.size == 0.5


def test_bounds_hold_and_the_best_may_lie_on_them():
    search = NelderMead((0.0, 0.0), 0.3, low=(-1.0, -1.0), high=(0.5, 1.0))
    for _ in range(200):
        x = search.ask()
        assert (x >= [-1, -1]).all() and (x <= [0.5, 1]).all()
        search.tell(-((x - [2.0, 0.2]) ** 2).sum())
    np.testing.assert_allclose(search.best[0], [0.5, 0.2], atol=0.02)


def test_a_saved_search_goes_on_in_any_phase():
    def f(x):
        return -((x[0] - 0.3) ** 2) - 3 * (x[1] + 0.7) ** 2 + np.sin(5 * x[0])

    whole = NelderMead((0.0, 0.0), 0.5)
    for _ in range(60):
        other = NelderMead((9.0, 9.0), 0.1)
        other.load_state_dict(whole.state_dict())
        np.testing.assert_array_equal(other.ask(), whole.ask())
        value = f(whole.ask())
        whole.tell(value)
        other.tell(value)
        np.testing.assert_array_equal(other.ask(), whole.ask())
    assert other.asked == whole.asked == 60
    with pytest.raises(BadCheckpoint, match="corners"):
        NelderMead((0.0,)).load_state_dict(whole.state_dict())
    with pytest.raises(BadCheckpoint):
        whole.load_state_dict({})


def test_bad_values_and_options_are_refused():
    search = NelderMead((0.0, 0.0))
    with pytest.raises(BadOption, match="value"):
        search.tell(float("nan"))
    assert search.asked == 0 and search.best[1] == -np.inf
    for options in ({"step": 0.0}, {"step": (1.0, 2.0, 3.0)}, {"low": (0.0,)}):
        with pytest.raises(BadOption):
            NelderMead((0.0, 0.0), **options)
    with pytest.raises(BadOption, match="start"):
        NelderMead((np.nan,))
