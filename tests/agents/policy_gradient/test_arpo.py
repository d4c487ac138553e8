"""ARPO: the rescue of failed groups, and the store of successes."""

from dataclasses import replace

import numpy as np
import pytest
from contracts.objective_row import as_torch, random_group
from exact_groups import same, token_gradient

from rewardlab.agents.policy_gradient import Successes, grpo, rescued
from rewardlab.core import checkpoint
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption

G = 6
REWARD = np.zeros((5, G))
REWARD[1, 2] = REWARD[3, 0] = 1.0  # prompts 1 and 3 hold a success
GROUP = replace(random_group(5, G), reward=REWARD)
STORED = replace(random_group(5, 1, seed=9), reward=np.ones((5, 1)))
AVAILABLE = np.array([True, True, False, True, True])


@pytest.mark.parametrize("of", [lambda g: g, lambda g: as_torch(g, learns=())])
def test_one_member_of_each_failed_group_is_exchanged(of):
    out = rescued(of(GROUP), of(STORED), AVAILABLE, np.random.default_rng(0))
    assert np.asarray(out.reward).sum(-1).tolist() == [1, 1, 0, 1, 1]
    for p in range(5):
        if p in (0, 4):
            at = int(np.asarray(out.reward)[p].argmax())
            for name in ("logp", "old_logp", "ref_logp", "mask"):
                np.testing.assert_array_equal(getattr(out, name)[p, at], getattr(STORED, name)[p, 0])
            np.testing.assert_array_equal(out.info["turn"][p, at], STORED.info["turn"][p, 0])
            rest = np.arange(G) != at
            np.testing.assert_array_equal(np.asarray(out.logp)[p, rest], GROUP.logp[p, rest])
        else:
            np.testing.assert_array_equal(out.logp[p], GROUP.logp[p])


def test_the_advantages_of_a_rescued_group():
    out = rescued(GROUP, STORED, AVAILABLE, np.random.default_rng(0))
    out = replace(out, old_logp=out.logp)
    a = -token_gradient(lambda g: grpo(g, epsilon=0.0), out)[..., 0] * out.mask.sum(-1) * 5 * G
    for p in (0, 4):
        same(a[p], np.where(out.reward[p] > 0, np.sqrt(G - 1), -1 / np.sqrt(G - 1)))


def test_a_group_with_a_success_is_that_of_grpo_to_the_bit():
    out = rescued(GROUP, STORED, AVAILABLE, np.random.default_rng(0))
    same(grpo(out)[[1, 2, 3]], grpo(GROUP)[[1, 2, 3]], rtol=0, atol=0)


def test_the_stored_success_learns():
    stored, group = as_torch(STORED), as_torch(GROUP)
    grpo(rescued(group, stored, AVAILABLE, np.random.default_rng(0))).sum().backward()
    moved = stored.logp.grad.abs().sum((1, 2))
    assert (moved[[0, 4]] > 0).all() and (moved[1:4] == 0).all()


def test_any_member_may_be_exchanged():
    times = np.zeros(G)
    for seed in range(600):
        times += rescued(GROUP, STORED, AVAILABLE, np.random.default_rng(seed)).reward[0]
    assert np.abs(times - 100).max() < 5 * np.sqrt(600 * 5 / 36)  # 5 standard errors


def test_the_store_keeps_the_newest_of_each_task_for_a_while():
    store, rng = Successes(capacity=2, max_age=3), np.random.default_rng(0)
    assert store.draw("a", rng) is None
    for name in ("old", "mid", "new"):
        store.push("a", name)
    assert {store.draw("a", rng) for _ in range(50)} == {"mid", "new"}
    store.update()
    store.push("a", "newest")
    assert {store.draw("a", rng) for _ in range(50)} == {"new", "newest"}
    for _ in range(3):
        store.update()
    assert {store.draw("a", rng) for _ in range(50)} == {"newest"}
    store.update()
    assert store.draw("a", rng) is None and store.draw("b", rng) is None


def test_a_store_goes_on_to_the_bit(tmp_path):
    store, told = Successes(capacity=2, max_age=3), {"text": "a b", "ids": np.arange(3), "at": (1, 2.5, None)}
    kept = replace(STORED, info={**STORED.info, "seed": np.array([[7]] * 5)})
    for task, response in (("a", told), (3, kept), ((3, "b"), as_torch(STORED)), ("a", [told])):
        store.push(task, response)
        store.update()
    checkpoint.save(tmp_path / "store", "store", {}, store.state_dict())
    again = Successes(capacity=2, max_age=3)
    again.load_state_dict(checkpoint.load(tmp_path / "store", "store")[1])
    for late in range(4):
        for task in ("a", 3, (3, "b"), "none"):
            one, other = (s.draw(task, np.random.default_rng(late)) for s in (store, again))
            assert type(one) is type(other)
            if isinstance(one, Group):
                for name in ("logp", "old_logp", "ref_logp", "mask", "reward"):
                    x, y = getattr(one, name), getattr(other, name)
                    assert type(x) is type(y) and x.dtype == y.dtype
                    np.testing.assert_array_equal(np.asarray(x.detach() if hasattr(x, "detach") else x), np.asarray(y))
                assert one.info.keys() == other.info.keys()
            elif one is not None:
                one, other = (x[0] if isinstance(x, list) else x for x in (one, other))
                assert one.keys() == other.keys() and one["at"] == other["at"] and one["text"] == other["text"]
                np.testing.assert_array_equal(one["ids"], other["ids"])
        for s in (store, again):
            s.update()
            s.push("a", told)
    assert store.draw(3, np.random.default_rng(0)) is None and again.draw(3, np.random.default_rng(0)) is None
    with pytest.raises(BadCheckpoint):
        again.load_state_dict({"now": 1})


def test_shapes_and_numbers_are_checked():
    with pytest.raises(BadBatch, match="stored"):
        rescued(GROUP, GROUP, AVAILABLE, np.random.default_rng(0))
    for bad in ({"capacity": 0}, {"max_age": -1}):
        with pytest.raises(BadOption, match=next(iter(bad))):
            Successes(**bad)
