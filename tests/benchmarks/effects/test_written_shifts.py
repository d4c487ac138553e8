"""Words with two spellings: their worth by hand, the kinds of pairs, and a short fit of both rewards."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import written_shifts as ws

BACK = {c: k for letters in (ws.FIRST, ws.SECOND) for k, c in enumerate(letters)}


def test_worth_is_that_of_words_and_of_a_good_one_after_a_bad_one():
    assert [ws.worth(np.array(m)) for m in ([0, 1], [3, 0], [0, 3], [2, 2])] == pytest.approx([1, 2, 0, 0.6])
    assert np.allclose(ws.NEXT.sum(-1), 1)


@pytest.mark.parametrize("kind", ["same", *ws.SHIFTS])
def test_pairs_are_of_their_kind_and_the_better_comes_first(kind):
    pairs = ws.compared(kind, 60, np.random.default_rng(0))
    assert len(pairs) == 60
    for topic, better, worse in pairs:
        assert ws.worth(np.array([BACK[c] for c in better])) > ws.worth(np.array([BACK[c] for c in worse]))
        assert (topic in "56") == (kind == "topics")
        assert all((5 <= len(t) <= 8) == (kind == "longer") for t in (better, worse))
    letters = {c for _, *texts in pairs for c in "".join(texts)}
    assert (letters <= set(ws.FIRST)) == (kind not in ("spelling", "mixed"))
    assert (letters <= set(ws.SECOND)) == (kind == "spelling")


def test_both_rewards_learn_from_the_same_pairs(monkeypatch):
    monkeypatch.setattr(ws, "read", lambda seed: ws.WORLD.policy(seed))
    found = ws.accuracies.__wrapped__(0, count=300, epochs=2, tests=300)
    assert set(found) == {"explicit", "implicit"} and set(found["explicit"]) == {"same", *ws.SHIFTS}
    assert all(side["same"] > 0.6 for side in found.values())  # more than three standard errors above a coin


def test_what_is_measured_is_in_percent(monkeypatch):
    sets = dict.fromkeys(("same", *ws.SHIFTS), 0.5)
    monkeypatch.setattr(ws, "accuracies", lambda seed: {"explicit": sets, "implicit": sets})
    assert ws.measured(0, side="explicit")["clear"] == 48 and ws.measured(0, side="implicit")["near"] == 52
