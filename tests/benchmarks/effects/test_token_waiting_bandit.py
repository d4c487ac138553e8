"""Lives in a bandit: regret by hand, choosers beside closed forms, and a short imitation."""

import numpy as np

from rewardlab.benchmarks.effects import token_waiting_bandit as tb


def test_every_claim_has_its_sides():
    for effect in tb.effects():
        sides = {arm.side for arm in effect.arms}
        assert effect.name.startswith("token_waiting_") and all({c.side, c.against} <= sides for c in effect.claims)


def test_regret_is_counted_and_chance_has_that_of_the_closed_form():
    life = tb.Life()
    life.reset(seed=1)
    other = (life.best + 1) % tb.ARMS
    for said, gap in ((tb.NAMES[life.best], 0), (tb.NAMES[other], tb.HIGH - tb.LOW), ("", tb.HIGH), ("?", tb.HIGH)):
        before = life.regret
        life.step(said)
        assert abs(life.regret - before - gap) < 1e-12
    found = tb.scripted(0, chooser=tb.chance, lives=400)["regret"]
    mean = tb.PULLS * (tb.HIGH - tb.LOW) * (1 - 1 / tb.ARMS)
    assert abs(found - mean) < 4 * (tb.HIGH - tb.LOW) * np.sqrt(tb.PULLS / 400)


def test_choosers_pull_what_they_say():
    rng = np.random.default_rng(0)
    n, total = np.array([4.0, 9.0, 1.0]), np.array([3.0, 6.0, 0.0])
    assert tb.greedy(n, total, 15, rng) == 0 and tb.greedy(np.zeros(3), np.zeros(3), 1, rng) in range(3)
    value = total / n + np.sqrt(np.log(15) / (2 * n))
    assert tb.ucb(n, total, 15, rng) == value.argmax()
    assert {tb.ucb(np.array([1.0, 0.0, 0.0]), np.ones(3), 2, rng) for _ in range(40)} == {1, 2}
    sure = np.full(3, 50.0), np.array([45.0, 5.0, 5.0])
    assert {tb.thompson(*sure, 1, rng) for _ in range(50)} == {0}
    _, said = tb.lived(tb.ucb, 3)
    assert len(said) == 2 * tb.PULLS and said[0]["content"] == "?"
    assert {m["content"] for m in said[1::2][: tb.ARMS]} == set(tb.NAMES)


def test_a_short_imitation_plays_whole_lives():
    found = tb.imitating(0, chooser=tb.ucb, traces=8, epochs=1, lives=4)
    assert 0 <= found["lost"] <= 1 and 0 <= found["regret"] <= tb.PULLS * tb.HIGH
