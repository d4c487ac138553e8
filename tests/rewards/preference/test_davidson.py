import numpy as np
from judged import PLAIN, WEIGHT, draw, near, standard_errors, vectors, weights

from rewardlab.rewards import Davidson, vector_items
from rewardlab.rewards.preference.likelihoods import davidson_logs

NU, X = 0.8, vectors(3000, 2)
ITEMS = vector_items(X, label=np.array([1.0, 0.0, 0.5])[draw(davidson_logs(X @ WEIGHT, np.log(NU)))])


def test_it_recovers_weights_and_the_share_of_ties():
    model = Davidson(batch_size=3000, tie=0.3, **PLAIN)
    model.fit(ITEMS, epochs=250)
    error = standard_errors(lambda p: davidson_logs(X @ p[:3], np.log(p[3])), np.array([*WEIGHT, NU]))
    near(np.concatenate([weights(model), model.ties[:, None]], -1), np.array([*WEIGHT, NU]), error)


def test_equal_segments_tie_by_the_parameter_alone_and_odds_are_bradley_terrys():
    model = Davidson()
    model.fit(ITEMS.rows(slice(0, 200)), epochs=2)
    same = vector_items(np.repeat(X[:5, :1], 2, 1))
    np.testing.assert_allclose(model.answers(same)[..., 2], (model.ties / (2 + model.ties))[:, None] + np.zeros(5))
    answers, scores = model.answers(ITEMS), model.segment_scores(ITEMS).double().numpy()
    np.testing.assert_allclose(answers[..., 0] / answers[..., 1], np.exp(scores[..., 0] - scores[..., 1]), rtol=1e-9)
