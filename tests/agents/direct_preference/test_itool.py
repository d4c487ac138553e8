"""iTool: pairs part where they say, the search knows values that are enumerated, and the loss is SimPO's from there."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import mapped, random_group
from exact_groups import same, token_gradient

from rewardlab.agents.direct_preference import Tree, itool, parted, simpo, stages, uncertain
from rewardlab.core.errors import BadOption

PARTS = (("f", "g"), ("a", "b"), ("1", "2", "3"))


def grammar(seed):
    """Calls of three fragments with chances, and the references among them."""
    rng = np.random.default_rng(seed)
    chances = {}
    for depth, options in enumerate(PARTS):
        for at in itertools.product(*PARTS[:depth]):
            chances[at] = rng.dirichlet(3 * np.ones(len(options)))
    whole = list(itertools.product(*PARTS))
    right = {whole[k] for k in rng.choice(len(whole), size=3, replace=False)}
    return chances, right


def tree_of(seed, c=1.25):
    chances, right = grammar(seed)
    propose = lambda at: (PARTS[len(at)], chances[at]) if len(at) < 3 else ((), ())  # noqa: E731
    return Tree(propose, lambda whole: float(whole in right), c=c, rng=np.random.default_rng(seed)), chances, right


def truth(at, chances, right):
    """The chance of a right call after a beginning."""
    if len(at) == 3:
        return float(at in right)
    return sum(p * truth((*at, o), chances, right) for o, p in zip(PARTS[len(at)], chances[at], strict=True))


def test_values_are_those_enumerated_and_the_better_child_is_truly_better():
    """Under a search that explores much more than it follows: then values are those of the policy itself."""
    off, good, count = [], 0, 0
    for seed in range(40):
        tree, chances, right = tree_of(seed, c=1e6)
        tree.search(256)
        off += [abs(tree.value(at) - truth(at, chances, right)) for at in tree.visits if tree.visits[at] >= 64]
        for better, worse in tree.pairs(0.2):
            assert better[:-1] == worse[:-1] and better[-1] != worse[-1]
            good += truth(better, chances, right) > truth(worse, chances, right)
            count += 1
    assert max(off) < 0.1 and count > 60 and good / count >= 0.95


def test_with_little_to_explore_the_search_follows_what_pays():
    found = 0
    for seed in range(20):
        tree, _, right = tree_of(seed, c=0.5)
        tree.search(64)
        best = max((at for at in tree.visits if len(at) == 3), key=tree.visits.get, default=())
        found += best in right
        assert tree.visits[()] == 64
        assert all(abs(tree.total[at]) <= tree.visits[at] for at in tree.visits)
    assert found >= 19


def pairs(tokens, seed=0, length=None):
    """A group of pairs with these tokens [P, 2, T]."""
    tokens = np.asarray(tokens)
    group = replace(random_group(*tokens.shape, seed=seed), info={"tokens": tokens})
    mask = (
        np.ones(tokens.shape) if length is None else (np.arange(tokens.shape[-1]) < np.asarray(length)[..., None]) * 1.0
    )
    return replace(group, mask=mask)


def test_the_mask_begins_at_the_first_difference_whatever_stands_in_padding():
    group = pairs(
        [[[1, 2, 3, 4], [1, 2, 5, 4]], [[1, 2, 0, 0], [1, 2, 7, 0]], [[1, 1, 1, 1], [1, 1, 1, 1]]],
        length=[[4, 4], [2, 3], [4, 4]],
    )
    assert parted(group).mask.astype(int).tolist() == [
        [[0, 0, 1, 1], [0, 0, 1, 1]], [[0, 0, 0, 0], [0, 0, 1, 0]], [[0] * 4, [0] * 4],
    ]  # fmt: skip


def test_the_loss_is_that_of_simpo_without_what_is_shared():
    tokens = np.random.default_rng(3).integers(9, size=(5, 2, 6))
    tokens[..., :2] = 1
    tokens[:, 0, 2], tokens[:, 1, 2] = 3, 4
    group = pairs(tokens)
    tail = mapped(group, lambda x: x[..., 2:] if x.ndim == 3 else x)
    same(itool(group), simpo(tail))
    grad = token_gradient(itool, group)
    assert (grad[..., :2] == 0).all() and (np.abs(grad[..., 2:]) > 0).all()
    better = group.pick(tail.logp.mean(-1), group.winner)
    same(itool(group, weight=0.5), simpo(tail) - 0.5 * better)


def test_the_gradient_is_that_of_finite_differences():
    tokens = np.random.default_rng(1).integers(3, size=(2, 2, 4))
    group, step = pairs(tokens, seed=2), 1e-6
    grad = token_gradient(lambda g: itool(g, weight=0.3), group)
    for at in np.ndindex(group.logp.shape):
        bumped = []
        for sign in (1, -1):
            logp = group.logp.copy()
            logp[at] += sign * step
            bumped.append(itool(replace(group, logp=logp), weight=0.3).mean())
        assert abs((bumped[0] - bumped[1]) / (2 * step) - grad[at]) < 1e-7


def test_what_is_uncertain_and_what_is_easy():
    logp = np.log([[0.9, 0.9, 0.1], [0.5, 0.5, 0.5], [0.9, 0.9, 0.9], [0.2, 0.9, 0.9]])
    mask = np.array([[1, 1, 0], [1, 1, 1], [1, 1, 1], [1, 0, 0]])
    assert uncertain(logp, mask, share=0.5).tolist() == [3, 1] and uncertain(logp, mask).tolist() == [3]
    assert [s.tolist() for s in stages([3, 1, 2], 3)] == [[1], [1, 2], [1, 2, 0]]
    for wrong in (0, 1.5):
        with pytest.raises(BadOption, match="share"):
            uncertain(logp, mask, share=wrong)
    for option in ("beta", "gamma", "weight"):
        with pytest.raises(BadOption, match=option):
            itool(pairs(np.zeros((1, 2, 2), int)), **{option: -1.0})
