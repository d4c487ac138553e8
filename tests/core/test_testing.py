"""The checkers have teeth: each planted fault is found by the law that names it, and no healthy twin is blamed.

`checkers_compared.json` holds what other checkers find of the same 25, as measured by `compare_checkers.py`:
gymnasium 1.4.0 finds 7, stable-baselines3 2.9.2 finds 3 and refuses one healthy twin.
"""

import functools
from dataclasses import dataclass, field

import gymnasium as gym
import numpy as np
import pytest
from core.faulty_envs import FAULTS, ClockDependent, Healthy, InfiniteReward, StepAfterEnd
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import rewardlab
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, BadReward, BadSeed, FaultyEnvironment
from rewardlab.core.reward import Reward, Task
from rewardlab.core.testing import check_env, check_reward, check_vector_env, trace_hash
from rewardlab.core.testing.laws import LAWS, PROCESSES, STRICT
from rewardlab.core.testing.laws_of_conduct import bad_actions_of
from rewardlab.core.testing.trace import canonical, first_difference, same

STEPS = 120  # two episodes of a planted environment


@pytest.mark.parametrize("kind", FAULTS, ids=lambda k: k.__name__)
def test_each_planted_fault_is_found_by_its_law_and_its_twin_is_not_blamed(kind):
    own = FAULTS[kind] in PROCESSES
    sick = check_env(functools.partial(kind, True), steps=STEPS, processes=own, collect=True)
    assert FAULTS[kind] in sick.findings, sick
    finding = str(sick.findings[FAULTS[kind]])
    assert finding.startswith(f"{kind.__name__} [{FAULTS[kind]}]: ")
    assert "\n  expected: " in finding
    assert "\n  mend: " in finding
    well = check_env(functools.partial(kind, False), steps=STEPS, processes=own, collect=True)
    assert not well.findings, well


def test_twenty_five_faults_are_planted():
    assert len(FAULTS) == 25
    assert set(FAULTS.values()) <= {law.__name__ for law in LAWS}


def test_the_first_finding_is_raised():
    with pytest.raises(FaultyEnvironment, match=r"InfiniteReward \[finite_reward\]: step 32: reward -inf"):
        check_env(functools.partial(InfiniteReward, True), steps=STEPS)


def test_the_report_is_readable():
    report = check_env(functools.partial(ClockDependent, True), steps=STEPS, collect=True)
    assert not report
    assert str(report).startswith("ClockDependent: 24 laws hold, 1 is broken\n  ok ") and repr(report) == str(report)
    assert (
        "  BROKEN  clock: a run in a process at another time of day differs\n"
        "            expected: equal to the bit\n            mend: " in str(report)
    )


def test_what_cannot_be_checked_is_refused():
    for env, wrong in (
        (gym.make_vec("rewardlab/DeepSea-v0", num_envs=2), "WorldVectorEnv is no single environment"),
        (None, "NoneType is no single environment"),
        (int, "the factory made int"),
    ):
        with pytest.raises(BadOption, match=wrong):
            check_env(env)
    for steps in (0, -3, 2.5, True):
        with pytest.raises(BadOption, match="expected: an integer of at least 1"):
            check_env(Healthy(), steps=steps)
    with pytest.raises(BadSeed, match="check_env: seed -1"):
        check_env(Healthy(), seed=-1)
    with pytest.raises(BadOption, match=r"unknown law 'clok'(.|\n)*did you mean 'clock'"):
        check_env(Healthy(), skip="clok")
    assert "clock" not in check_env(Healthy(), steps=1, processes=False, skip="clock").passed


def test_gymnasium_s_own_remarks_come_without_colours_and_its_refusal_of_a_seed_is_a_finding():
    report = check_env("CartPole-v1", steps=STEPS, processes=False, collect=True)
    assert any(n.startswith("Gymnasium: A Box observation space") for n in report.notes)
    assert "\x1b" not in str(report)
    assert report.findings["seed_types"].what.startswith("seed np.int64(3) was refused: Seed must be a python integer")


def test_an_instance_an_id_and_a_factory_are_checked_alike():
    for env in (Healthy(), functools.partial(Healthy, False), "rewardlab/DeepSea-v0", gym.make("rewardlab/DeepSea-v0")):
        assert len(check_env(env, steps=STEPS, processes=False).passed) == len(LAWS) - len(PROCESSES)
    assert rewardlab.testing.check_env is check_env


def test_a_wrapper_is_checked_as_it_stands():
    class Doubled(gym.RewardWrapper):
        def reward(self, reward):
            return float("nan") if self.env.unwrapped.clock == 7 else 2 * reward

    for env in (Doubled(gym.make("rewardlab/DeepSea-v0")), lambda: Doubled(Healthy())):
        if isinstance(env, gym.Env):
            env.env.unwrapped.clock = 7
        with pytest.raises(FaultyEnvironment, match=r"\[finite_reward\]: step \d+: reward nan"):
            check_env(env, steps=STEPS, processes=False)


def test_gymnasiums_own_environments_pass_when_we_are_not_strict():
    for name in ("CartPole-v1", "FrozenLake-v1", "Pendulum-v1"):
        assert check_env(name, steps=STEPS, strict=False, processes=False)
        found = check_env(name, steps=STEPS, processes=False, collect=True).findings
        assert {"seed_types", "bad_actions"} <= set(found) <= STRICT


def test_laws_can_be_left_out():
    report = check_env(functools.partial(StepAfterEnd, True), steps=STEPS, skip=("step_after_end",), processes=False)
    assert "step_after_end" not in report.passed
    with pytest.raises(BadOption, match="did you mean 'step_after_end'"):
        check_env(Healthy(), skip=("step_after_and",))


def test_an_exception_of_the_environment_is_a_finding():
    class Broken(Healthy):
        def pay(self):
            return [][self.clock]

    with pytest.raises(FaultyEnvironment, match="IndexError: list index out of range") as caught:
        check_env(Broken, steps=STEPS)
    assert isinstance(caught.value.__cause__, IndexError)


def test_globals_are_left_as_they_were():
    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    check_env(Healthy, steps=STEPS, processes=False)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


@pytest.mark.filterwarnings("ignore:.*Casting input x")
def test_no_bad_action_is_a_good_one():
    for space in (
        spaces.Discrete(3, start=-1), spaces.Box(-1, 1, (2,), np.float32), spaces.MultiDiscrete([2, 3]),
        spaces.MultiBinary(2), spaces.Text(5), spaces.Box(-np.inf, np.inf, (1,), np.float64),
    ):  # fmt: skip
        env = gym.Env()
        env.action_space = space
        bad = bad_actions_of(env)
        assert len(bad) >= 5
        assert not any(b in space for b in bad)
    env.action_space, env.metadata = spaces.Text(5), {"any_text": True}
    assert not any(isinstance(b, str) for b in bad_actions_of(env))


# -- traces ------------------------------------------------------------------------------------------------------------


def test_traces_do_not_depend_on_the_order_of_dicts():
    assert canonical({"a": 1, "b": {"x": 2.0, "y": None}}) == canonical({"b": {"y": None, "x": 2.0}, "a": 1})


def test_what_differs_is_different():
    values = [
        0, 0.0, -0.0, False, None, "", "0", [], [0], [[0]], {}, {"a": 0}, np.zeros(1), np.zeros(1, np.float32),
        np.zeros((1, 1)), np.zeros(2), 1e-300, float("nan"), float("inf"), b"", "\ud800", ("ab", "c"), ("a", "bc"),
    ]  # fmt: skip
    coded = [canonical(v) for v in values]
    assert len(set(coded)) == len(values)
    for a, x in enumerate(values):
        for b, y in enumerate(values):
            assert same(x, y) == (a == b), (x, y)


def test_what_is_equal_is_the_same():
    assert same(np.int64(3), 3)
    assert same(np.array(2.5), 2.5)
    assert same(float("nan"), -float("nan"))
    assert same(np.array([np.nan]), -np.array([np.nan]))
    assert same(np.arange(6)[::2], np.array([0, 2, 4]))
    assert same(np.array(["a", None], dtype=object), ("a", None))
    assert same(np.arange(3, dtype=">i4"), np.arange(3, dtype="<i4"))


def test_rounding_keeps_significant_digits():
    a, b = np.array([1.23456789e-9, 3e20]), np.array([1.23456788e-9, 3e20])
    assert canonical(a) != canonical(b)
    assert canonical(a, digits=6) == canonical(b, digits=6) != canonical(a * 1.0001, digits=6)
    assert canonical(-1e-300 * 1e-300, digits=6) == canonical(0.0)


def test_a_difference_is_named():
    a = [(0, {}), (1, 0.0, False, False, {"x": 1})]
    assert first_difference(a, a) == ""
    assert first_difference(a, [(0, {}), (1, 0.5, False, False, {"x": 1})]) == "record 1, reward: 0.0 and 0.5"
    assert first_difference(a, a[:1]) == "2 and 1 records"
    assert first_difference(a, a[:1] * 2) == "record 1: one resets and the other steps"


def test_the_hash_sees_a_single_bit():
    class Nudged(Healthy):
        def pay(self):
            return np.nextafter(super().pay(), 0.0).item() if self.clock == 39 else super().pay()

    hashes = [trace_hash(env, 0, 100) for env in (Healthy(), Healthy(), Nudged())]
    assert hashes[0] == hashes[1] != hashes[2]
    assert len(hashes[0]) == 64


# -- vectors -----------------------------------------------------------------------------------------------------------


class Tampered(SyncVectorEnv):
    """A sound vector environment with one planted fault."""

    fault = ""

    def step(self, actions):
        obs, reward, terminated, truncated, info = super().step(actions)
        done = terminated | truncated
        if self.fault == "final_obs is the next one" and done.any() and "final_obs" in info:
            info["final_obs"][done] = list(obs[done])
        if self.fault == "mask forgotten" and "clock" in info:
            info["_clock"][:] = True
            info["_clock"][0] = False
        if self.fault == "reward of another dtype":
            reward = reward.astype(np.float32)
        if self.fault == "truncated for terminated" and done.any():
            terminated, truncated = truncated, terminated
        if self.fault == "rows swapped" and self.autoreset_mode is AutoresetMode.SAME_STEP:
            obs = obs[::-1].copy()
        return obs, reward, terminated, truncated, info

    def reset(self, *, seed=None, options=None):
        if self.fault == "partial reset resets all" and options and "reset_mask" in options:
            options["reset_mask"][:] = True
        if self.fault == "one seed for all" and isinstance(seed, int):
            seed = [seed] * self.num_envs
        return super().reset(seed=seed, options=options)


VECTOR_FAULTS = {
    "": None,
    "final_obs is the next one": "like_sync, SAME_STEP",
    "mask forgotten": "like_sync, NEXT_STEP",
    "reward of another dtype": "like_sync, DISABLED",
    "truncated for terminated": "like_sync, NEXT_STEP",
    "rows swapped": "like_single, SAME_STEP",
    "partial reset resets all": "like_sync, DISABLED",
    "one seed for all": "like_single, SAME_STEP",
}


@pytest.mark.parametrize("fault", VECTOR_FAULTS)
def test_planted_vector_faults_are_found(fault):
    def make(mode):
        envs = Tampered([Healthy] * 3, autoreset_mode=mode)
        envs.fault = fault
        return envs

    report = check_vector_env(make, Healthy, steps=STEPS, collect=True)
    assert len(report.passed) + len(report.findings) == 4
    assert (VECTOR_FAULTS[fault] in report.findings) if fault else report, report


def test_a_vector_factory_needs_a_single_one():
    with pytest.raises(BadOption, match="single=None"):
        check_vector_env(lambda mode: SyncVectorEnv([Healthy], autoreset_mode=mode))


# -- rewards -----------------------------------------------------------------------------------------------------------


@dataclass
class Sound(Reward):
    """Pays the distance gone; the switch names the law that it then breaks."""

    fault: str = ""
    gone: np.ndarray = field(default_factory=lambda: np.zeros(0))
    calls: int = 0
    memory = True

    def reset(self, begun):
        self.gone = np.where(begun, 0.0, self.gone if len(self.gone) == len(begun) else np.zeros(len(begun)))
        if self.fault == "reset_forgets":
            self.gone = np.zeros(len(begun))

    def __call__(self, batch):
        self.calls += 1
        step = np.abs(batch.next_obs - batch.obs).sum(-1)
        self.gone = self.gone + step
        pay = step + 0.1 * self.gone
        if self.fault == "shape_and_dtype":
            return pay[:, None]
        if self.fault == "repeatable":
            return pay + 1e-3 * self.calls
        if self.fault == "rows_permute":
            return pay + 0.01 * np.arange(len(pay))
        if self.fault == "rows_split":
            return pay - pay.mean()
        if self.fault == "input_kept":
            batch.obs[:] = 0
        if self.fault == "finite_at_extremes":
            return pay + np.log(step)
        if self.fault == "nan_shows":
            return np.nan_to_num(pay)
        return pay

    def parts(self, batch):
        pay = self(batch)
        return {"a": pay, "b": pay} if self.fault == "parts_sum" else {"a": 0.25 * pay, "b": 0.75 * pay}

    def state_dict(self):
        return {"gone": self.gone, **({"pickled": b"code"} if self.fault == "pickles" else {})}

    def load_state_dict(self, state):
        self.gone = state["gone"]


REWARD_LAWS = [
    "shape_and_dtype", "parts_sum", "repeatable", "rows_permute", "rows_split", "input_kept", "reset_forgets",
    "pickles", "finite_at_extremes", "nan_shows",
]  # fmt: skip


@pytest.fixture
def batch():
    draws = np.random.default_rng(0)
    return Transitions(
        obs=draws.normal(size=(12, 3)), action=draws.integers(2, size=12), reward=draws.normal(size=12),
        next_obs=draws.normal(size=(12, 3)), terminated=draws.random(12) < 0.3, truncated=np.zeros(12, bool),
    )  # fmt: skip


@pytest.mark.parametrize("law", REWARD_LAWS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_planted_reward_faults_are_found(law, batch):
    report = check_reward(Sound(fault=law), batch, collect=True)
    assert law in report.findings, report
    assert not check_reward(Sound(), batch, collect=True).findings


def test_a_sound_reward_in_torch(batch):
    import torch

    assert len(check_reward(0.5 * Task() + Task(), batch.map(torch.as_tensor)).passed) == 11


def test_stacked_steps_are_paid_alike(batch):
    class Flat(Reward):
        def __call__(self, batch):
            return batch.reward if batch.reward.ndim == 1 else batch.reward[::-1]

    with pytest.raises(BadReward, match=r"flat \[stacked\]: stacked steps: paid"):
        check_reward(Flat(), batch)


def test_a_batch_for_the_reward_checker_has_rows(batch):
    with pytest.raises(BadOption, match=r"expected: \[B\] with B >= 4"):
        check_reward(Task(), batch.rows(slice(3)))
    with pytest.raises(BadOption, match="unknown law"):
        check_reward(Task(), batch, skip=("nothing",))


def test_the_batch_is_the_callers(batch):
    before = batch.map(np.copy)
    check_reward(Sound(fault="input_kept"), batch, collect=True)
    assert (before.obs == batch.obs).all()
