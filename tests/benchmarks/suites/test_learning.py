"""The learning suite: two loops, the same algorithm, hyper-parameters, seeds and rows."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import stable_baselines3

from rewardlab.agents import deep
from rewardlab.benchmarks import zoo
from rewardlab.benchmarks.evaluation import make_vec
from rewardlab.benchmarks.suites import learning
from rewardlab.benchmarks.train import train_one

PAIRS = list(zip(learning.CASES[::2], learning.CASES[1::2], strict=True))


def label(pair: tuple) -> str:
    return f"{pair[0].agent_name}-{pair[0].env.rpartition('/')[2]}"


@pytest.mark.parametrize("pair", PAIRS, ids=label)
def test_the_loop_alone_differs(pair: tuple) -> None:
    ours, theirs = (c.spec(0) for c in pair)
    assert ours["method"].endswith("ours") and theirs["method"].endswith("SB3") and len(pair[0].seeds) >= 5
    assert ours["agent"]["keywords"] == theirs["agent"]["keywords"]
    assert {k for k in ours if ours[k] != theirs[k]} == {"method", "agent"}
    algorithm, env = ours["agent"]["keywords"]["algorithm"], ours["env"]
    assert ours["agent"]["keywords"]["entry"] == zoo.entries(algorithm)[env]


@pytest.mark.parametrize("pair", [PAIRS[0], PAIRS[3], PAIRS[8]], ids=label)
def test_agents_are_of_their_classes_with_the_entrys_numbers(pair: tuple) -> None:
    for case, home in zip(pair, (deep, stable_baselines3), strict=True):
        envs = make_vec(case, case.num_envs)
        agent = case.agent(envs, 1)
        assert type(agent) is getattr(home, case.agent_name) and agent.n_envs == case.num_envs
        assert agent.stochastic == (case.agent_name == "PPO" and hasattr(envs.single_action_space, "n"))
        entry = case.agent.keywords["entry"]
        assert agent.gamma == entry.get("gamma", 0.99)
        if entry["learning_rate"] == "lin_0.001":
            assert agent.lr_schedule(0.5) == pytest.approx(0.0005)
        envs.close()


def test_both_loops_run_in_the_harness(tmp_path: Path) -> None:
    for case in PAIRS[0]:
        record = train_one(replace(case, budget=512, evaluations=1, episodes=2), 0, tmp_path)
        assert len(record["curve"]) == 2 and record["curve"][-1][0] == 512 and record["final"] > 5


def test_normalised_entries_are_trained_and_judged_normalised_in_both_loops(tmp_path: Path) -> None:
    for case in PAIRS[0]:
        entry = case.agent.keywords["entry"] | {"normalize": "dict(norm_reward=False)", "gamma": 0.5}
        envs = make_vec(case, case.num_envs)
        factory = partial(case.agent.func, algorithm="ppo", entry=entry)
        agent = factory(envs, 0)
        normal = agent.get_vec_normalize_env()
        assert normal is not None and not normal.norm_reward and (normal.gamma, agent.gamma) == (0.5, 0.5)
        record = train_one(replace(case, agent=factory, budget=512, evaluations=1, episodes=2), 0, tmp_path)
        assert record["final"] > 5
