"""Directions and types: what is paid by hand, and short runs."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import written_people as wp


def place(text):
    return wp.WORLD.places[text]


def test_quality_and_length_are_at_odds_beyond_three_letters():
    assert [wp.QUALITY[place(a)] for a in ("g", "ggg", "gggg", "ggggg", "gu")] == [1, 3, 2.5, 2, 0]
    paid = wp.paid_along(wp.REFERENCE)
    assert paid.shape == (9, len(wp.REFERENCE))
    assert paid[0, place("ggg")] > paid[0, place("ggggg")] and paid[-1, place("ggg")] < paid[-1, place("ggggg")]
    assert np.abs(paid @ wp.REFERENCE).max() < 0.1  # standardised on 4,000 draws


def test_prompts_say_nobody_nine_directions_and_values():
    assert wp.ASKED.prompts[wp.NOBODY] == ("?",) and "".join(wp.ASKED.prompts[wp.OWN]) == "123456789"
    assert wp.ASKED.prompts[wp.VALUES] == tuple(f"h{n}" for n in range(6))


@pytest.mark.parametrize("side", ["directions", "one reward", "values"])
def test_a_short_run_of_each_side(monkeypatch, side):
    monkeypatch.setattr(wp, "_beginner", lambda seed: wp.ASKED.policy(seed).state_dict())
    monkeypatch.setattr(wp, "KEPT", 18)
    monkeypatch.setattr(wp, "ROUNDS", 1)
    found = wp.directed(0, side=side, epochs=1)
    assert -1 <= found["order"] <= 1 and found["volume"] >= 0 and np.isfinite(found["least"])


def test_people_judge_by_their_taste_and_half_of_them_never_err():
    rng = np.random.default_rng(0)
    for person in range(8):
        at, label = wp.judged(person, wp.REFERENCE / wp.REFERENCE.sum(), 400, rng)
        gap = wp.TASTES[person % 2][at] @ [1, -1]
        right = ((gap > 0) == label)[gap != 0].mean()
        assert right == 1 if person // 2 % 2 == 0 else 0.6 < right < 1
    assert (
        wp.TASTES[0][place("p")] > wp.TASTES[0][place("pppp")] and wp.TASTES[1][place("p")] < wp.TASTES[1][place("pp")]
    )


@pytest.fixture(scope="module")
def typist():
    """Weights of a policy that has imitated nothing, its law, and models that have hardly learned."""
    with pytest.MonkeyPatch.context() as patch:
        policy = wp.TYPES.policy(0)
        begun = policy.state_dict(), wp.TYPES.law(policy, slice(1))[0]
        patch.setattr(wp, "_typist", lambda seed: begun)
        return begun, wp.known.__wrapped__(0, epochs=1)


@pytest.mark.parametrize("side", ["the truth", "VPL", "VPL without a scale", "one reward"])
def test_new_people_are_served(monkeypatch, typist, side):
    monkeypatch.setattr(wp, "_typist", lambda seed: typist[0])
    monkeypatch.setattr(wp, "known", lambda seed: typist[1])
    monkeypatch.setattr(wp, "NEW", 4)
    found = wp.served(0, side=side, iterations=1)
    assert 0 < found["least"] <= found["wins"] < 1
