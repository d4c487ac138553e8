"""The search proposes what is new, follows the score, and is the same again from the same history."""

import numpy as np
import pytest
from contracts.sheets import GRID, REACH, grid, plainly, reach, sheet_of

from rewardlab.rewards.language.evolution.grammar import Design, Term
from rewardlab.rewards.language.evolution.search import Scored, propose, warm_starts

BATCH = reach(60)
SHEET = sheet_of(REACH, BATCH)


def target():
    return -np.linalg.norm(BATCH.next_obs[:, 1:], axis=-1) - 2.0 * BATCH.info["fell"]


def score(design):
    """How well the pay correlates with a hidden one; -1 for a constant."""
    paid, _ = plainly(design.source(SHEET), BATCH)
    return -1.0 if paid.std() < 1e-9 else float(np.corrcoef(paid, target())[0, 1])


def searched(seed, rounds, k=8):
    history = []
    for r in range(rounds):
        made = propose(history, k, SHEET, np.random.default_rng([seed, r]))
        history += [Scored(d, score(d)) for d in made]
    return history


def test_nothing_is_proposed_twice_and_the_same_seed_proposes_the_same():
    history = searched(0, 4)
    assert len({h.design for h in history}) == len(history) == 32
    assert history == searched(0, 4)


def test_few_of_a_round_differ_in_numbers_only():
    base = Scored(Design((Term("holds", "success", 1.0),)), 1.0)
    made = propose([base], 12, SHEET, np.random.default_rng(0), alike=2)
    assert len(made) == 12 and max(sum(a.kinds == b.kinds for b in made) for a in made) <= 2


def test_selection_finds_a_hidden_reward_better_than_draws():
    evolved = [max(h.score for h in searched(seed, 6)) for seed in range(4)]
    drawn = []
    for seed in range(4):
        pool = [propose([], 8, SHEET, np.random.default_rng([seed, r, 9]))[4:] for r in range(12)]
        drawn.append(max(score(d) for made in pool for d in made))
    assert np.mean(evolved) > np.mean(drawn) and np.mean(evolved) > 0.9


def test_what_failed_is_no_parent():
    bad = Scored(Design((Term("time", "", 0.123),)), float("-inf"))
    made = propose([bad], 20, SHEET, np.random.default_rng(1), crossing=0.0)
    assert not any(t.weight == 0.123 for d in made for t in d.terms) and bad.design not in made


def test_first_designs_come_from_the_words():
    starts = warm_starts(SHEET)
    first = starts[0]
    assert ("nearer", "length_difference", "", False) in first.kinds
    assert all(any(t.feature == "fell" and t.weight < 0 for t in d.terms) for d in starts)
    assert all(any(t.feature == "success" and t.weight > 0 for t in d.terms) for d in starts)
    assert len(set(starts)) == len(starts)


@pytest.mark.parametrize(("text", "batch"), [(GRID, grid()), ("", reach()), ("", grid())])
def test_poor_descriptions_still_give_designs(text, batch):
    sheet = sheet_of(text, batch)
    made = propose([], 5, sheet, np.random.default_rng(0))
    assert len(made) == 5 and all(np.isfinite(plainly(d.source(sheet), batch)[0]).all() for d in made)
