import numpy as np
from judged import PLAIN, WEIGHT, draw, near, standard_errors, vectors, weights

from rewardlab.rewards import RaoKupper, vector_items
from rewardlab.rewards.preference.likelihoods import rao_kupper_logs

ETA, X = 0.7, vectors(3000, 2)
ITEMS = vector_items(X, label=np.array([1.0, 0.0, 0.5])[draw(rao_kupper_logs(X @ WEIGHT, np.array(ETA)))])


def test_it_recovers_weights_and_threshold():
    model = RaoKupper(batch_size=3000, tie=0.3, **PLAIN)
    model.fit(ITEMS, epochs=250)
    error = standard_errors(lambda p: rao_kupper_logs(X @ p[:3], p[3]), np.array([*WEIGHT, ETA]))
    near(np.concatenate([weights(model), model.ties[:, None]], -1), np.array([*WEIGHT, ETA]), error)


def test_ties_say_that_segments_are_close():
    """Close pairs tie often and far ones seldom, as many in all as were told."""
    model = RaoKupper(batch_size=64, tie=0.7, lr=1e-2, hidden=())
    model.fit(ITEMS, epochs=5)
    answers, gap = model.answers(ITEMS).mean(0), np.abs(X @ WEIGHT @ np.array([1.0, -1.0]))
    assert answers[gap < 0.2, 2].mean() > 2 * answers[gap > 2, 2].mean()
    np.testing.assert_allclose(answers[:, 2].mean(), (ITEMS.info["label"] == 0.5).mean(), atol=0.03)
