"""Skills from demonstrations: planted weights come back, clusters that lie apart are found, mistakes are named."""

import numpy as np
import pytest

from rewardlab.agents.loops.units import Field, read
from rewardlab.agents.search.demonstrations import LARGEST, bootstrap, fitted, grouped
from rewardlab.agents.search.planner import ESCAPE, scripted, situations, words
from rewardlab.agents.search.skills import BASIC, act
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.games import GridSkirmish

FIELD = Field(3, 3)


def shown(n=40, steps=20, weights=None):
    """Observations [n · steps, 3, 38] and what the script, or a skill, did."""
    rules, streams = GridSkirmish(), Streams(range(n))
    streams.begin(slice(None))
    state, seen, done = rules.start(n, streams), [], []
    for _ in range(steps):
        seen.append(rules.look(state))
        own = rules.script(state, own=True, weakest=True)
        done.append(own if weights is None else act(weights, read(seen[-1], FIELD), FIELD).reshape(n, 3))
        state = rules.move(state, done[-1], streams)[0]
    return np.concatenate(seen), np.concatenate(done)


def test_planted_weights_come_back():
    rng = np.random.default_rng(0)
    truth, phi = rng.normal(size=12), rng.normal(size=(4000, 6, 12))
    sense = rng.random((4000, 6)) < 0.8
    sense[:, 0] = True
    noise = rng.gumbel(size=(4000, 6))  # the greatest of score + Gumbel noise is a draw from the logit
    done = np.where(sense, phi @ truth + noise, -np.inf).argmax(1)
    found = fitted(phi, sense, done, penalty=1e-3)
    chance = np.where(sense, np.exp(phi @ truth), 0)
    chance /= chance.sum(1, keepdims=True)
    mean = np.einsum("ba,bad->bd", chance, phi)
    second = np.einsum("ba,bad,bae->de", chance, phi, phi) - mean.T @ mean
    error = np.sqrt(np.diag(np.linalg.inv(second)))  # by Fisher's information
    assert (np.abs(found - truth) < 4 * error).all()


def test_clusters_that_lie_apart_are_found():
    rng = np.random.default_rng(1)
    kind = rng.integers(3, size=300)
    x = np.array([[0, 0], [50, 0], [0, 9]])[kind] + rng.normal(size=(300, 2)) * 0.3
    for seed in range(3):
        found = grouped(x, 3, np.random.default_rng(seed))
        if len({(a, b) for a, b in zip(kind, found, strict=True)}) == 3:
            break
    else:
        raise AssertionError("from none of three starts")
    assert len(np.unique(grouped(np.array([[1.0], [2.0], [1.0]]), 5, rng))) == 2


@pytest.mark.parametrize("skill", [BASIC[0], BASIC[4]], ids=lambda s: s.name)
def test_what_a_skill_did_is_done_again(skill):
    obs, done = shown(weights=np.array(skill.weights))
    (copy,) = bootstrap(obs, done, FIELD, clusters=1, penalty=1e-3)
    table = read(obs, FIELD)
    again = act(np.array(copy.weights), table, FIELD)
    assert (again == done.reshape(-1))[
        table.alive
    ].mean() > 0.94  # what is equally good to the skill is not to its copy
    assert np.abs(copy.weights).max() == pytest.approx(LARGEST)


def test_each_kind_of_situation_gives_a_skill_that_is_found_by_its_sub_task():
    obs, done = shown()
    skills = bootstrap(obs, done, FIELD, clusters=5)
    assert len(skills) == 5 and len({s.text for s in skills}) >= 3
    table = read(obs, FIELD)
    every = {scripted([words(s)])[0] for s in np.unique(situations(table, FIELD)[table.alive], axis=0)}
    assert {s.text for s in skills} <= every
    assert bootstrap(obs, done, FIELD) == skills
    assert {s.text for s in bootstrap(obs, done, FIELD, propose=lambda t: [ESCAPE] * len(t))} == {ESCAPE}


def test_mistakes_are_named():
    obs, done = shown(2, 2)
    for change in ({"clusters": 0}, {"penalty": 0.0}):
        with pytest.raises(BadOption, match=next(iter(change))):
            bootstrap(obs, done, FIELD, **change)
    with pytest.raises(BadBatch, match="actions"):
        bootstrap(obs, done[:1], FIELD)
    with pytest.raises(BadBatch, match="no step"):
        bootstrap(np.zeros_like(obs), done, FIELD)
