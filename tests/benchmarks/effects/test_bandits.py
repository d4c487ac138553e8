"""Effects of structure in bandits: small runs of each, and features that are shown in place of vectors."""

import numpy as np

from rewardlab.agents import DynLinUCB, LastSwitchPlanner, LinUCB, RepeatedElimination
from rewardlab.benchmarks.effects import bandits
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import ContextBandit


def test_the_true_map_is_worth_knowing():
    lost = {m: bandits.shared_map(0, tasks=2, method=m, maps=20, rounds=60)["regret"] for m in ("true map", "GFUCB")}
    assert lost["true map"] > 0 and 0 < lost["GFUCB"] < 60 * 2


def test_features_stand_where_vectors_stood():
    rules = ContextBandit(link="maps", tasks=3, maps=4, pulls=5)
    envs = bandits.Shown(WorldVectorEnv(rules, 2), rules.phi)
    obs, _ = envs.reset(seed=0)
    assert obs.shape == (2, 3, 10, 3) and envs.observation_space.shape == obs.shape
    raw = WorldVectorEnv(rules, 2).reset(seed=0)[0]
    np.testing.assert_allclose(obs, rules.phi(raw.astype(float)))
    for _ in range(5):
        obs, *_, info = envs.step(envs.action_space.sample() * 0)
    assert np.asarray(info["final_obs"][0]).shape == (3, 10, 3)
    agent = LinUCB(bandits.Shown(WorldVectorEnv(rules, 2), rules.phi), seed=0).learn(40)
    assert agent.dimension == 3 and agent.num_timesteps == 40


def test_what_is_measured_is_what_was_lost():
    found = bandits.hidden_state(0, make=lambda *a, **k: DynLinUCB(*a, rho_bar=0.5, c1=0.1, c2=0.5, **k), rounds=200)
    assert 0 < found["half"] < found["regret"]
    found = bandits.repeated_play(0, make=lambda *a, **k: RepeatedElimination(*a, burn=20, **k), rounds=200)
    assert found["regret"] > 0 and abs(found["late"]) < 1  # losses lie in [0, 1]
    found = bandits.tiring_arms(0, make=lambda *a, **k: LastSwitchPlanner(*a, horizon=100, **k), rounds=200)
    assert 0.2 < found["share"] < 1.1
