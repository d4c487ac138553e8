"""The skirmish program: battles judged as single ones, intervals, what is told; and the record that is kept."""

import json

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.agents import Compass
from rewardlab.agents.loops.units import Field, read
from rewardlab.agents.search.skills import BASIC, act
from rewardlab.benchmarks import skirmish
from rewardlab.benchmarks.skirmish import (
    BATTLE,
    CLAIMS,
    HELD,
    Skirmish,
    battles,
    budget,
    by_chance,
    demonstrated,
    interval,
    main,
    taught,
    won,
)
from rewardlab.core.catalogue import ROOT
from rewardlab.core.errors import BadOption


def test_a_battle_is_won_as_alone():
    field, weights = Field(3, 3), np.array(BASIC[-1].weights)

    def policy(obs):
        return act(weights, read(obs, field), field).reshape(len(obs), -1)

    found = won(policy, {"hops": 1}, 12, 40)
    assert 0 < found.sum() < 12
    for i in range(12):
        env, over = gym.make(BATTLE, hops=1), False
        obs, info = env.reset(seed=40 + i)
        while not over:
            obs, _, terminated, truncated, info = env.step(policy(obs[None])[0])
            over = terminated or truncated
        assert found[i] == info["success"]


def test_training_ends_after_so_many_battles():
    ends = []
    agent, learn = Compass(battles(), seed=0), Compass.learn

    def counted(total, callback):
        def both(told):
            ends.append(int(told["step"].done.sum()))
            return callback(told)

        return learn(agent, total, callback=both)

    agent.learn = counted
    taught(agent, 120)
    assert sum(ends) >= 120 > sum(ends[:-1])


def test_chance_draws_a_skill_every_few_steps():
    obs = gym.make_vec(BATTLE, num_envs=40).reset(seed=0)[0]
    policy, again = by_chance(BASIC, 0), by_chance(BASIC, 0)
    actions = [policy(obs) for _ in range(2 * HELD)]
    for t in range(HELD):
        np.testing.assert_array_equal(actions[t], actions[0])
        np.testing.assert_array_equal(actions[HELD + t], actions[HELD])
    assert (actions[0] != actions[HELD]).any()
    np.testing.assert_array_equal(again(obs), actions[0])


def test_a_demonstration_gives_the_same_skills_again_and_others_for_other_seeds():
    one = demonstrated(0, 20)
    assert len(one) == 5 and one == demonstrated(0, 20) != demonstrated(1000, 20)


def test_an_interval_is_that_of_seeds_and_battles():
    rng = np.random.default_rng(0)
    alike = np.repeat(rng.permutation(np.arange(1000) < 300)[None], 3, axis=0)
    low, high = interval(alike)
    error = (0.3 * 0.7 / 3000) ** 0.5  # seeds that are alike add nothing
    assert low == pytest.approx(0.3 - 1.96 * error, abs=0.004) and high == pytest.approx(0.3 + 1.96 * error, abs=0.004)
    apart = np.arange(1000)[None] < np.array([[0], [500], [1000]])
    low, high = interval(apart)
    assert low < 0.01 and high > 0.99  # three times the worst seed in 1 of 27 draws
    assert interval(alike, alike) == [0.0, 0.0]
    low, high = interval(alike, ~alike)
    assert low < -0.4 < high


def test_what_is_told(tmp_path, capsys, monkeypatch):
    better = {one for one, _ in CLAIMS[:1]}
    names = {name for pair in CLAIMS for name in pair}

    def arms(options, seed):
        rng = np.random.default_rng(seed)
        return {name: rng.random(options.games) < (0.9 if name in better else 0.2) for name in sorted(names)}

    monkeypatch.setattr(skirmish, "arms", arms)
    monkeypatch.setattr(skirmish.interval, "__defaults__", (None, 200))
    assert main(Skirmish(games=50, seeds=2, out=str(tmp_path / "s.json"))) == 0
    told, said = json.loads((tmp_path / "s.json").read_text()), capsys.readouterr()
    assert told == json.loads(said.out) and said.err.startswith("about ")
    assert told["claims"][0]["shows"] and not told["claims"][1]["shows"]
    assert told["won"][CLAIMS[0][0]]["mean"] == pytest.approx(0.9, abs=0.1) and told["options"]["games"] == 50
    better.clear()
    assert main(Skirmish(games=50, seeds=2)) == 1


def test_every_claim_is_about_arms_that_are_tried():
    options = Skirmish(games=2, seeds=1, episodes=1, longer=1)
    found = skirmish.arms(options, 0)
    assert {name for pair in CLAIMS for name in pair} <= set(found)
    assert all(x.shape == (2,) and x.dtype == bool for x in found.values())
    assert budget(Skirmish(seeds=6)) == pytest.approx(2 * budget(Skirmish(seeds=3)))
    assert 1 < budget(Skirmish()) < 10


def test_some_arms_may_be_tried_alone_and_are_the_same():
    options = Skirmish(games=4, seeds=1, episodes=1, longer=1, only="demonstrated, f;sees little, one")
    found = skirmish.arms(options, 0)
    assert list(found) == ["demonstrated, fixed", *(f"sees little, one skill, hops {hops}" for hops in (3, 1, 0))]
    told = skirmish.measure(options)
    assert told["options"]["only"] == options.only and set(told["won"]) == set(found)
    few = [("sees little, one skill, hops 3", "sees little, one skill, hops 1"),
           ("sees little, one skill, hops 1", "sees little, one skill, hops 0")]  # fmt: skip
    assert [(c["more"], c["less"]) for c in told["claims"]] == few


@pytest.mark.parametrize(("name", "value"), [("games", 1), ("seeds", 0), ("episodes", 0), ("longer", 0)])
def test_wrong_options_are_named(name, value):
    with pytest.raises(BadOption, match=f"{name}={value}"):
        main(Skirmish(**{name: value}))


def test_the_record_that_is_kept_says_what_its_numbers_say():
    kept = json.loads((ROOT / "benchmarks/evidence/skirmish.json").read_text(encoding="utf-8"))
    assert kept["options"] == {"games": 200, "seeds": 3, "episodes": 4000, "longer": 2} and kept["cpu_minutes"] < 15
    assert [(c["more"], c["less"]) for c in kept["claims"]] == list(CLAIMS)
    for claim in kept["claims"]:
        shares = [kept["won"][claim[k]]["mean"] for k in ("more", "less")]
        assert claim["difference"] == pytest.approx(shares[0] - shares[1], abs=1e-3)
        assert claim["shows"] == (claim["interval"][0] > 0)
    shows = {(c["more"], c["less"]): c["shows"] for c in kept["claims"]}
    assert shows[CLAIMS[0][0], "VDN"] and shows["written by hand, adaptive", "written by hand, fixed"]
    assert kept["won"]["sees all, adaptive, hops 3"] == kept["won"]["sees all, adaptive, hops 0"]


def test_the_record_of_ten_seeds_says_what_its_numbers_say():
    kept = json.loads((ROOT / "benchmarks/evidence/skirmish_adaptation.json").read_text(encoding="utf-8"))
    assert kept["options"]["seeds"] == 10 and all(len(w["seeds"]) == 10 for w in kept["won"].values())
    assert len(kept["claims"]) == 3
    for claim in kept["claims"]:
        pairs = zip(*(kept["won"][claim[k]]["seeds"] for k in ("more", "less")), strict=True)
        assert claim["difference"] == pytest.approx(np.mean([a - b for a, b in pairs]), abs=1e-3)
        assert claim["shows"] == (claim["interval"][0] > 0)
