"""Worlds of listed answers: exact laws, tables of pay, and a policy that comes near the best one."""

import json
from pathlib import Path

import numpy as np
import pytest

from rewardlab.benchmarks.effects import written as wr
from rewardlab.benchmarks.effects import written_cooper as cooper
from rewardlab.benchmarks.effects import written_lengths as lengths
from rewardlab.benchmarks.effects import written_limits as limits
from rewardlab.benchmarks.effects import written_people as people
from rewardlab.benchmarks.effects import written_phrases as phrases
from rewardlab.benchmarks.effects import written_proxies as proxies
from rewardlab.benchmarks.effects import written_questions as questions
from rewardlab.benchmarks.effects import written_shifts as shifts
from rewardlab.core.responses import tilted

SMALL = wr.World(("?", "!"), wr.listed("ab", 2))


def test_all_answers_are_listed_and_counted():
    assert SMALL.answers == ("", "a", "b", "aa", "ab", "ba", "bb") and SMALL.longest == 2
    assert wr.counted(SMALL.answers, "ba").sum(0).tolist() == [5, 5]
    assert SMALL.places["ba"] == 5 and SMALL.charset == "!?ab"


def test_the_law_is_that_of_sampled_answers():
    """Of 3,000 answers, each share is within four standard errors of its chance."""
    policy = SMALL.policy(0, width=8)
    law, v = SMALL.law(policy), policy.vocabulary
    assert law.shape == (2, 7) and np.allclose(law.sum(-1), 1)
    context = [*v.message("partner", "!"), *v.begin()]
    made = policy.generate([context] * 3000, max_tokens=2, seeds=range(3000))
    said = [SMALL.places.get(v.decode(tokens), -1) for tokens, _ in made.rows()]
    share = np.bincount([k for k in said if k >= 0], minlength=7) / sum(k >= 0 for k in said)
    error = np.sqrt(law[1] * (1 - law[1]) / sum(k >= 0 for k in said))
    assert (np.abs(share - law[1]) < 4 * error).all()


def test_a_table_pays_its_entries_and_less_for_what_is_not_listed():
    pay = wr.table(np.array([[1.0, 2.0], [3.0, -4.0]]))
    said = wr.Said(np.array([[0, 0], [1, 1]]), np.array([[1, -1], [0, -1]]), *np.zeros((2, 2, 2)))
    assert pay(said).tolist() == [[2.0, 0.0], [3.0, -5.0]]


def test_draws_follow_their_law():
    law = np.array([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5]])
    found = wr.drawn(np.repeat(law, 1000, 0), np.random.default_rng(0)).reshape(2, 1000)
    assert (found[0] == 1).all() and set(found[1]) == {0, 2} and abs((found[1] == 2).mean() - 0.5) < 4 * 0.016


def test_a_beginner_imitates_and_then_comes_nearer_to_the_best_policy():
    reference = np.tile([0.1, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2], (2, 1))
    policy = SMALL.beginner(reference, 1, shown=2000)
    before, random = SMALL.law(policy), SMALL.law(SMALL.policy(1))
    assert np.abs(before - reference).sum() < 0.7 * np.abs(random - reference).sum()
    reward = wr.counted(SMALL.answers, "a").T * [[1.0], [-1.0]]
    best = tilted(before, reward, 1.0)
    wr.learning(SMALL, policy, wr.table(reward), seed=1, beta=1.0, groups=4, size=32, learning_rate=1e-2)(40)
    after = SMALL.law(policy)
    assert np.abs(after - best).sum() < 0.8 * np.abs(before - best).sum()


@pytest.mark.parametrize("asked", [[0], [1], [0, 1]])
def test_only_the_prompts_that_are_asked_come_and_seeds_repeat(asked):
    env = wr.Asking(SMALL, asked)
    assert {env.reset(seed=s)[0] for s in range(30)} == {SMALL.prompts[p] for p in asked}
    assert env.reset(seed=5) == env.reset(seed=5) and env.step("a")[1:4] == (0.0, True, False)


def test_features_of_answers():
    assert wr.spelled(["ab", "b"], "ab").tolist() == [[1, 0, 0, 1], [0, 1, 0, 0]]
    law = np.array([0.2, 0.3, 0.5])
    x = wr.standard(np.array([[1.0, 5.0, -2.0], [0.0, 1.0, 0.0]]), law)
    assert np.allclose(x @ law, 0) and np.allclose(x**2 @ law, 1)


def test_labels_of_pairs_follow_bradley_and_terry():
    utility, law = np.array([0.0, 1.0]), np.array([0.5, 0.5])
    at, label = wr.pairs(utility, law, 20000, np.random.default_rng(0))
    won = label[(at == [1, 0]).all(-1)]
    assert abs(won.mean() - 1 / (1 + np.exp(-1))) < 4 * 0.45 / np.sqrt(len(won))


def every():
    modules = (lengths, proxies, questions, shifts, limits, people, phrases, cooper)
    return [e for module in modules for e in module.effects()]


def test_every_claim_has_its_sides():
    for effect in every():
        sides = {arm.side for arm in effect.arms}
        assert effect.name.startswith("written_") and all({c.side, c.against} <= sides for c in effect.claims)


def test_the_evidence_is_of_these_effects():
    """What is kept was measured with the arms and claims that stand here, by five seeds each."""
    path = Path(wr.__file__).parents[1] / "evidence" / "effects_tokens_waiting_more.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["effects"]
    assert set(kept) == {e.name for e in every()}
    for effect in every():
        found = kept[effect.name]
        assert found["about"] == effect.about
        assert [c["says"] for c in found["claims"]] == [c.says for c in effect.claims]
        assert [(a["side"], len(a["runs"])) for a in found["arms"]] == [(a.side, 5) for a in effect.arms]
