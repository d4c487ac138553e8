import numpy as np
import pytest
from folks import hits

from rewardlab.core.errors import BadOption
from rewardlab.rewards import PALB, response_items


def worlds(users, pairs, *, seed):
    """On prompts 0 everyone wants more of number 0; on prompts 1 even people more of number 1, odd ones less."""
    rng = np.random.default_rng(seed)
    n = users * pairs
    kind, y, who = rng.integers(0, 2, n), rng.normal(size=(n, 2, 2)), np.repeat(np.arange(users), pairs)
    gap = np.where(kind, (y[:, 0, 1] - y[:, 1, 1]) * np.where(who % 2, -1, 1), y[:, 0, 0] - y[:, 1, 0])
    return response_items(np.eye(2)[kind], y, label=(gap > 0) * 1.0, annotator=who)


def test_what_is_valued_depends_on_prompt_and_person():
    model, test = PALB(annotators=10, prototypes=2, dim=4, hidden=(16,), lr=0.02), worlds(2, 400, seed=5)
    model.fit(worlds(10, 40, seed=0), epochs=25)
    chance, who = model.probabilities(test), test.info["annotator"]
    for k in (0, 1):
        assert hits(chance[k][who == k], test.info["label"][who == k]) > 0.93
        kinds = test.obs[:, 0, 0, 1] == 1
        apart = (chance[0] > 0.5) != (chance[1] > 0.5)
        assert apart[kinds].mean() > 0.85 and apart[~kinds].mean() < 0.15


def test_scores_are_linear_in_the_shares():
    model, items = PALB(annotators=4, prototypes=3, dim=4, hidden=(8,)), worlds(4, 5, seed=1)
    model.fit(items, epochs=1)
    corners = np.stack([model.segment_scores(items, e).numpy() for e in np.eye(3)])
    w = np.array([0.2, 0.5, 0.3])
    np.testing.assert_allclose(model.segment_scores(items, w).numpy(), np.tensordot(w, corners, 1), atol=1e-5)


@pytest.mark.parametrize("bad", [{"action": False}, {"hidden": None}])
def test_without_responses_or_networks_it_is_refused(bad):
    with pytest.raises(BadOption, match=next(iter(bad))):
        PALB(annotators=1, **bad)
