import numpy as np
import pytest
from judged import vectors

from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.rewards import BradleyTerry, RatingRegression, extrapolated, vector_items

X = vectors(100, 2)
PAIRS = vector_items(X, label=(X[:, 0, 0] > X[:, 1, 0]) * 1.0)


def stages(hidden=()):
    first, second = RatingRegression(hidden=hidden), BradleyTerry(hidden=hidden)
    first.fit(vector_items(X, rating=X @ np.array([1.0, 0.5, 0.0])), epochs=5)
    second.load_state_dict(first.state_dict())
    second.fit(PAIRS, epochs=5)
    return first.state_dict(), second.state_dict()


def loaded(state, hidden=()):
    model = BradleyTerry(hidden=hidden)
    model.load_state_dict(state)
    return model


@pytest.mark.parametrize("hidden", [(), (8,)])
def test_nothing_is_the_end_and_back_is_the_start(hidden):
    start, end = stages(hidden)
    assert (loaded(extrapolated(start, end, 0.0), hidden)(PAIRS) == loaded(end, hidden)(PAIRS)).all()
    back = extrapolated(start, end, -1.0)["fit"]["module"]
    for k, v in start["fit"]["module"].items():
        np.testing.assert_allclose(back[k], v, rtol=1e-5, atol=1e-7)


def test_scores_of_a_linear_model_go_on_in_a_straight_line():
    start, end = stages()
    scores = [
        loaded(s).segment_scores(PAIRS) for s in (end, extrapolated(start, end, 0.5), extrapolated(start, end, 1.0))
    ]
    np.testing.assert_allclose(scores[1] - scores[0], (scores[2] - scores[0]) / 2, rtol=1e-3, atol=1e-5)
    kept = np.array(end["fit"]["module"]["0.weight"])
    extrapolated(start, end, 2.0)
    assert (end["fit"]["module"]["0.weight"] == kept).all()  # the states stay as they are


def test_fitting_no_epoch_brings_the_pay_back_to_unit_deviation():
    start, end = stages()
    model = loaded(extrapolated(start, end, 3.0))
    assert model.fit(PAIRS, epochs=0) == []
    pays = model.member_pays(PAIRS).numpy()
    np.testing.assert_allclose(pays.std((1, 2, 3)), 1, rtol=1e-4)


def test_mistakes_are_named():
    start, end = stages()
    with pytest.raises(BadOption, match="a=nan"):
        extrapolated(start, end, np.nan)
    with pytest.raises(BadCheckpoint, match="without networks"):
        extrapolated({}, end)
    with pytest.raises(BadCheckpoint, match="same widths"):
        extrapolated(stages((8,))[0], end)
