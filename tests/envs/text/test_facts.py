"""Stores of facts: chains follow them, and the belief of one who knows some facts is that of full enumeration."""

import itertools

import numpy as np
import pytest

from rewardlab.envs.text.facts import PEOPLE, RELATIONS, Question, posterior, question


@pytest.mark.parametrize(("entities", "relations", "hops"), [(5, 1, 3), (24, 6, 3), (12, 4, 1)])
def test_chains_follow_the_store_through_different_entities(entities, relations, hops):
    for seed in range(50):
        task = question(np.random.default_rng(seed), entities, relations, hops)
        chain = task.chain()
        assert len(set(chain)) == hops + 1 and chain[0] == task.start and chain[-1] == task.answer
        assert all(task.facts[a][r] == b for a, r, b in zip(chain, task.relations, chain[1:], strict=False))
        assert np.shape(task.facts) == (entities, relations) and len(task.relations) == hops
        assert task.short().split() == [PEOPLE[task.start], *(RELATIONS[r] for r in task.relations)]
        words = task.words().rstrip("?").split(" of ")
        assert [w.split()[-1] for w in reversed(words)] == task.short().split()


def enumerated(entities, hops, known):
    """The law of the answer given known facts, over all stores of one relation and all chains from entity 0."""
    weight = np.zeros(entities)
    for path in itertools.permutations(range(1, entities), hops):
        chain = (0, *path)
        for store in itertools.product(range(entities), repeat=entities):
            facts = list(store)
            for a, b in itertools.pairwise(chain):
                facts[a] = b
            if all(facts[a] == b for (a, _), b in known.items()):
                weight[chain[-1]] += 1
    return weight / weight.sum()


@pytest.mark.parametrize(
    "known",
    [{}, {(0, 0): 2}, {(0, 0): 2, (2, 0): 1}, {(1, 0): 3}, {(1, 0): 1}, {(3, 0): 0}, {(1, 0): 2, (2, 0): 3}],
    ids=str,
)
@pytest.mark.parametrize("hops", [1, 2])
def test_beliefs_are_those_of_enumeration(known, hops):
    task = Question(((0,),) * 4, 0, (0,) * hops)
    assert posterior(task, known) == pytest.approx(enumerated(4, hops, known), abs=1e-12)


def test_one_who_follows_the_chain_is_left_with_the_others():
    task = question(np.random.default_rng(1), 12, 4, 3)
    chain, known = task.chain(), {}
    for k in range(3):
        assert posterior(task, known)[task.answer] == pytest.approx(1 / (11 - k), abs=1e-12)
        known[chain[k], task.relations[k]] = chain[k + 1]
    assert posterior(task, known)[task.answer] == 1


def test_beliefs_are_martingales():
    """What is believed before an answer is the mean of what is believed after it."""
    task = Question(((0,),) * 5, 0, (0, 0))
    for before in ({}, {(0, 0): 2}, {(3, 0): 1}):
        # P(answer to (2, 0) = y) by the chains: enumerated over all stores of five entities
        now = posterior(task, before)
        mean, total = np.zeros(5), 0.0
        for y in range(5):
            chance = _chance(task, before, (2, 0), y)
            if chance:
                mean += chance * posterior(task, {**before, (2, 0): y})
                total += chance
        assert total == pytest.approx(1) and mean == pytest.approx(now, abs=1e-12)


def _chance(task, known, key, y):
    """P(fact key is y | known), over chains of five entities and uniform facts beside them."""
    num = den = 0.0
    for path in itertools.permutations(range(1, 5), 2):
        chain = dict(itertools.pairwise((0, *path)))
        if any(chain.get(a, b) != b for (a, _), b in known.items()):
            continue
        weight = 5.0 ** sum(a in chain for (a, _) in known)
        den += weight
        num += weight * (chain[key[0]] == y if key[0] in chain else 1 / 5)
    return num / den
