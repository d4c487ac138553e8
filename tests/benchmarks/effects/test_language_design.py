"""Designed rewards on small worlds: exact scores, repeatable searches, claims of sides and measures that exist."""

from functools import partial

import numpy as np
import pytest

from rewardlab.benchmarks.effects import language_design as L
from rewardlab.benchmarks.effects import program
from rewardlab.rewards.language.choosing import by_score


def test_claims_speak_of_sides_that_are_run():
    effects = L.effects()
    names = [e.name for e in effects]
    assert names == ["language_design_evolution", "language_design_icpl"]
    assert set(names) <= {e.name for e in program.effects()}
    for effect in effects:
        sides = {arm.side for arm in effect.arms}
        assert effect.claims and all({c.side, c.against} <= sides for c in effect.claims)
        assert all(c.measure in (*L.WORLDS, "mean") for c in effect.claims)
    assert sum(e.cost(5) for e in effects) < 300


@pytest.mark.parametrize("name", L.WORLDS)
def test_the_optimal_values_as_a_potential_lead_the_short_sighted_agent_to_the_best(name):
    w = L.world(name)
    V = w.truth.solve().V
    pair = np.repeat(np.arange(w.truth.P.shape[0]), np.diff(w.truth.P.indptr))
    before, after = V[pair // w.truth.num_actions], V[w.truth.P.indices]
    assert w.score(w.batch.reward + L.GAMMA * after - before) == pytest.approx(1.0, abs=1e-6)
    assert 0 < w.score(w.batch.reward) < 0.5  # success alone does not
    assert w.of("def reward(obs):\n    return obs.nothing") == 0.0


def test_searches_are_repeatable_and_within_bounds():
    w = L.world("CliffSparse")
    for one in (partial(L.evolved, rounds=2), partial(L.drawn, count=5), L.words, L.sparse):
        assert 0 <= one(w, 3) <= 1 + 1e-9 and one(w, 3) == one(w, 3)
    judged = partial(L.icpl, judge=by_score())
    assert judged(w, 0) == judged(w, 0) <= 1 + 1e-9
