"""Hidden values: beliefs by counting conversations, and a blind optimum between what is safe and what is known."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.bargaining import Law, believed, blind_value
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.negotiation import Negotiation, Table, splits


def test_beliefs_are_how_often_each_partner_talks_so():
    rules = Negotiation(most=1, rounds=3)
    counts = (1, 1, 1)
    kinds, known = rules.partners(counts)
    assert known.prior.sum() == pytest.approx(1) and len(kinds) == 215
    assert np.allclose(known.offers.sum(axis=1), 1) and not known.accepts[-1].any()
    rng, heard = np.random.default_rng(0), {}
    offer = (1, 0, 0)
    for _ in range(6000):  # partners at random, who refuse one offer and make one of theirs
        k = int(rng.choice(len(kinds), p=known.prior))
        openings = rules.offers(counts, kinds[k], 0)
        opening = openings[int(rng.integers(len(openings)))]
        after = rules.hear(Table(counts, (1, 1, 1), kinds[k], opening), (0, opening), "offer 1 0 0", rng)
        if not after.over:
            heard.setdefault((opening, after.memory[1]), []).append(kinds[k])
    checked = 0
    for (opening, reply), which in heard.items():
        if len(which) < 300:
            continue
        law = believed(known, opening, [(offer, reply)])
        for item in range(3):  # how likely the partner wants this item most of all
            top = np.array([v[item] > max(v[:item] + v[item + 1 :]) for v in kinds])
            p = law[top].sum()
            seen = np.mean([v[item] > max(v[:item] + v[item + 1 :]) for v in which])
            assert abs(seen - p) <= 4 * np.sqrt(p * (1 - p) / len(which)) + 1e-9
            checked += 1
    assert checked >= 3


def test_one_who_is_not_told_earns_less_than_one_who_knows_and_no_less_than_what_is_safe():
    rules = Negotiation(most=1, rounds=3)
    kinds, known = rules.partners((1, 1, 1))
    gap = []
    for mine, opening in (((3, 1, 2), (0, 1, 0)), ((5, 0, 1), (0, 0, 1)), ((1, 1, 1), (1, 0, 0))):
        weight = believed(known, opening, [])
        share = [Table((1, 1, 1), mine, (1, 1, 1), opening).share(o) for o in known.splits]
        blind = blind_value(known, share, opening)
        told = sum(w * rules.value(Table((1, 1, 1), mine, v, opening)) for w, v in zip(weight, kinds, strict=True) if w)
        safe = share[known.splits.index(opening)]
        assert safe - 1e-12 <= blind <= told + 1e-12
        gap.append(told - blind)
    assert max(gap) > 1e-3


def test_with_one_kind_of_partner_nothing_is_hidden():
    rules = Negotiation(most=1, rounds=3, split="all")
    for seed in range(6):
        task = rules._task(rng_of(seed))
        kinds, known = rules.partners(task.counts)
        one = np.array([float(v == task.theirs) for v in kinds])
        sure = Law(known.splits, one, known.accepts, known.offers)
        share = [task.share(o) for o in splits(task.counts)]
        assert blind_value(sure, share, task.opening) == pytest.approx(rules.value(task), abs=1e-12)


def test_a_sequence_of_two_turns_by_hand():
    # two kinds of partner, one item each way: the first accepts all offers, the second none; both then offer (0, 0, 0)
    accepts = np.zeros((2, 2, 2))
    accepts[0, :, 0] = 1
    offers = np.zeros((2, 2, 2))
    offers[:, 0] = 1
    known = Law(((0, 0, 0), (1, 0, 0)), np.array([0.25, 0.75]), accepts, offers)
    assert blind_value(known, [0.0, 1.0], (0, 0, 0)) == pytest.approx(0.25)
    assert blind_value(known, [0.4, 1.0], (0, 0, 0)) == pytest.approx(0.25 + 0.75 * 0.4)
    assert believed(known, (0, 0, 0), [((1, 0, 0), (0, 0, 0))]) == pytest.approx([0, 1])
    assert believed(known, (0, 0, 0), [(None, (0, 0, 0))]) == pytest.approx([0.25, 0.75])


def test_what_no_partner_says_and_what_is_too_large_is_refused():
    rules = Negotiation()
    _, known = rules.partners((1, 1, 1))
    with pytest.raises(BadOption, match="turns"):
        blind_value(known, [0.0] * 8, (0, 0, 0))
    with pytest.raises(BadOption, match="some partner"):
        believed(known, (0, 0, 0), [(None, (1, 1, 1))])
