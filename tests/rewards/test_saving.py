"""Saved rewards come back to the bit; hostile files raise one error and import nothing."""

import contextlib
import copy
import json
import pickle
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support_rewards import Centred, Streak, first_and_last, play, walks

from rewardlab.core import checkpoint
from rewardlab.core.algebra import Chain, Scale, Sum
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.reward import Reward, Task
from rewardlab.rewards import (
    RND,
    Clip,
    CountBonus,
    Gate,
    Milestones,
    PaidVector,
    Potential,
    load_reward,
    save_reward,
)
from rewardlab.rewards.saving import DEPTH, described

PLAIN: list[Reward] = [
    Task(),
    Task() + 0.5 * Task() - Task(),
    (2.0 * Task()).then(Clip(-1.0, 1.0)),
    Task() + CountBonus(),
    Sum((Task(), Scale(Chain(Task(), Clip(-0.5, 0.5)), -3))),
]


@pytest.mark.parametrize("reward", PLAIN, ids=lambda r: r.name)
def test_plain_expressions_are_rebuilt(reward: Reward, tmp_path: Path) -> None:
    play(PaidVector(walks(3), reward), 50)
    save_reward(tmp_path / "r", reward)
    again = load_reward(tmp_path / "r")
    assert type(again) is type(reward) and described(again) == described(reward)
    a = play(PaidVector(walks(3), again), 200, seed=4)
    b = play(PaidVector(walks(3), reward), 200, seed=4)
    assert all(np.array_equal(x[1], y[1]) for x, y in zip(a, b, strict=True))


def test_a_whole_pipeline_prints_pickles_saves_and_loads(tmp_path: Path) -> None:
    space = walks(3).single_observation_space
    reward = (
        Task()
        + 0.1 * RND(space=space, hidden=(8,), features=4).annealed(200)
        + Gate(Milestones({"far": 1.0}), "far", at_least=0.5)
    )
    assert repr(reward).startswith("Task() + 0.1 * RND(") and ".annealed(200) + Gate(" in repr(reward)

    def batch(seed: int) -> Transitions:
        rng = np.random.default_rng(seed)
        obs = rng.normal(size=(6, *space.shape))
        over = np.zeros(6, dtype=bool)
        return Transitions(obs, over, rng.normal(size=6), obs, over, over, {"far": rng.integers(0, 2, 6)})

    reward.reset(np.ones(6, dtype=bool))
    reward(batch(0))
    reward.update(batch(1))
    save_reward(tmp_path / "r", reward)
    code = load_reward(tmp_path / "r", into=copy.deepcopy(reward))
    again = pickle.loads(pickle.dumps(reward))
    parts = reward.parts(batch(2))
    assert [*parts] == ["task", "rnd", "milestones"]
    for other in (code, again):
        for name, paid in other.parts(batch(2)).items():
            np.testing.assert_array_equal(paid, parts[name])


def test_stateful_rewards_pay_the_next_thousand_steps_alike(tmp_path: Path) -> None:
    reward = Task() + Centred(scale=0.5) + Streak() + Potential(first_and_last, gamma=0.9)
    driver = PaidVector(walks(3), reward, update_every=4)
    rng = np.random.default_rng(0)
    driver.reset(seed=0)
    for _ in range(22):  # in the middle of episodes
        driver.step(rng.integers(0, 2, 3))
    driver._ledger.pending.clear()
    save_reward(tmp_path / "r", reward)
    again = Task() + Centred(scale=0.5) + Streak() + Potential(first_and_last, gamma=0.9)
    assert load_reward(tmp_path / "r", into=again) is again
    twin = copy.deepcopy(driver)
    twin._ledger.reward = again
    for _ in range(1000):
        actions = rng.integers(0, 2, 3)
        assert np.array_equal(driver.step(actions)[1], twin.step(actions)[1])


def test_code_needs_a_reward_to_load_into(tmp_path: Path) -> None:
    save_reward(tmp_path / "r", Task() + Potential(first_and_last))
    with pytest.raises(BadCheckpoint, match=r"(?s)reward\.terms\[1\]\.phi is code \(function\).*into="):
        load_reward(tmp_path / "r")
    save_reward(tmp_path / "own", Centred())
    with pytest.raises(BadCheckpoint, match=r"(?s)support_rewards:Centred.*into="):
        load_reward(tmp_path / "own")
    assert load_reward(tmp_path / "own", into=Centred()) == Centred()


@pytest.mark.parametrize(
    "other",
    [
        Task(),
        Potential(first_and_last) + Task(),
        Task() + Potential(first_and_last, gamma=0.9),
        Task() + Potential(first_and_last) + Task(),
        Task() + 1.0 * Potential(first_and_last),
    ],
)
def test_another_structure_is_refused(other: Reward, tmp_path: Path) -> None:
    save_reward(tmp_path / "r", Task() + Potential(first_and_last))
    with pytest.raises(BadCheckpoint):
        load_reward(tmp_path / "r", into=other)


@dataclass
class Odd(Reward):
    """Fields of every kind."""

    values: Any = None
    hidden: int = field(default=0, init=False)

    def __call__(self, batch: Transitions) -> Array:
        return batch.reward


def test_fields_of_every_kind_are_told_apart(tmp_path: Path) -> None:
    kinds = [None, True, 1, 1.0, "1", (1,), [1], {"1": 1}, {"1": (1.5, None)}, float("nan"), Task(), first_and_last]
    seen = [json.dumps(described(Odd(v))) for v in kinds]
    assert len(set(seen)) == len(seen)
    for v in kinds:
        save_reward(tmp_path / "r", Odd(v))
        assert load_reward(tmp_path / "r", into=Odd(v)) is not None
        with pytest.raises(BadCheckpoint):
            load_reward(tmp_path / "r", into=Odd("another"))


def test_a_failed_load_leaves_the_reward_as_it_was(tmp_path: Path) -> None:
    reward = Sum((Centred(), Streak()))
    reward.terms[0].total, reward.terms[0].seen = 3.0, 2
    state = {"0_centred": {"total": 9.0, "seen": 9}, "1_streak": {"wrong": 1}}
    checkpoint.save(tmp_path / "r", "reward", {"expression": described(reward)}, state)
    with pytest.raises(BadCheckpoint, match=r"does not fit: .*1_streak"):
        load_reward(tmp_path / "r", into=reward)
    assert reward.terms[0].total == 3.0 and reward.terms[0].seen == 2


def node(name: Any, **given_fields: Any) -> dict[str, Any]:
    return {"class": name, "fields": given_fields}


TASK = node("rewardlab.core.reward:Task")


def deep(levels: int) -> dict[str, Any]:
    expression = TASK
    for _ in range(levels):
        expression = node("rewardlab.core.algebra:Scale", reward={"reward": expression}, weight=1.0)
    return expression


HOSTILE = [
    None, [], "rewardlab.core.reward:Task", {}, {"class": 1, "fields": {}}, {"class": "x", "fields": []},
    node("os:system"), node("subprocess:Popen", args=["true"]), node("antigravity:x"), node("this:s"),
    node("rewardlab.core.reward:Reward"), node("rewardlab.core.algebra:Composite"), node("rewardlab.core.reward:add"),
    node("rewardlab.core.store:write_atomic"), node("rewardlab.rewards.saving:load_reward"),
    node("rewardlab.rewards:Task"),
    node("rewardlab.rewards.shaping.potential.__builtins__:exec"), node("rewardlab.core.reward:Task.__init__"),
    node("rewardlab.core.reward:"), node(":Task"), node("rewardlab..core.reward:Task"), node("../x:Task"),
    node("rewardlab.core.reward:Task", extra=1),
    node("rewardlab.core.algebra:Scale"), node("rewardlab.core.reward:Scale", reward=TASK, weight=1.0),
    node("rewardlab.core.algebra:Scale", reward={"reward": TASK}, weight="much"),
    node("rewardlab.core.algebra:Scale", reward={"reward": TASK}, weight=True),
    node("rewardlab.core.algebra:Scale", reward={"reward": node("os:system")}, weight=1.0),
    node("rewardlab.core.algebra:Scale", reward=3, weight=1.0),
    node("rewardlab.core.reward:Sum", terms=3), node("rewardlab.core.reward:Sum", terms={"tuple": [1]}),
    node("rewardlab.core.reward:Sum", terms={"tuple": [{"code": "x"}]}),
    node("rewardlab.core.reward:Sum", terms={"list": 1}),
    node("rewardlab.core.reward:Sum", terms={"float": "1e5"}),
    node("rewardlab.core.reward:Sum", terms={"a": 1, "b": 2}),
    node("rewardlab.rewards.shaping.potential:Potential", phi="os.system", gamma=0.9),
    deep(DEPTH + 2), deep(150),
]  # fmt: skip


@pytest.mark.parametrize("expression", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_expressions_raise_one_error_and_import_nothing(expression: Any, tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "r", "reward", {"expression": expression}, {})
    before = set(sys.modules)
    with pytest.raises(BadCheckpoint):
        load_reward(tmp_path / "r")
    assert all(
        m.startswith("rewardlab.") for m in set(sys.modules) - before if "." in m or m in ("antigravity", "this")
    )
    assert "antigravity" not in sys.modules and "this" not in sys.modules
    with pytest.raises(BadCheckpoint):
        load_reward(tmp_path / "r", into=Task() + Streak())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["class", "fields", "reward", "terms", "weight", "tuple", "list", "dict", "float", "code"]), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=25)
@given(json_values, json_values)
def test_any_json_is_either_a_reward_or_one_error(terms: Any, state: Any) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r"
        for expression in (
            terms,
            node("rewardlab.core.reward:Sum", terms=terms),
            node("rewardlab.core.algebra:Scale", reward={"reward": TASK}, weight=terms),
        ):
            checkpoint.save(path, "reward", {"expression": expression}, state if isinstance(state, dict) else {})
            with contextlib.suppress(BadCheckpoint):
                assert isinstance(load_reward(path), Reward)


def test_what_is_no_reward_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadOption):
        save_reward(tmp_path / "r", Task)  # type: ignore[arg-type]
    save_reward(tmp_path / "r", Task())
    with pytest.raises(BadOption):
        load_reward(tmp_path / "r", into=Task)  # type: ignore[arg-type]
    with pytest.raises(BadCheckpoint, match="no such file"):
        load_reward(tmp_path / "nothing")
    checkpoint.save(tmp_path / "agent", "agent", {}, {})
    with pytest.raises(BadCheckpoint, match="agent"):
        load_reward(tmp_path / "agent")
    data = bytearray((tmp_path / "r").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "r").write_bytes(data)
    with pytest.raises(BadCheckpoint):
        load_reward(tmp_path / "r")
