"""The audit: every mistake that it must see, each beside a healthy twin that it must not blame."""

import json
from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import pytest

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption, BadReward, MissingColumn
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Reward
from rewardlab.core.tabulate import tabulate
from rewardlab.core.testing.processes import random_mdp
from rewardlab.rewards import Clip, Milestones, Potential, Progress, Task
from rewardlab.rewards.metrics import audit
from rewardlab.rewards.metrics.auditing.loops import paying_loop
from rewardlab.rewards.metrics.auditing.policies import as_table, best_within, uniform
from rewardlab.rewards.metrics.auditing.potentials import potential_form

GAMMA = 0.9
PHI = np.random.default_rng(5).normal(size=12)


@dataclass
class There(Reward):
    """Pays whenever a step arrives in a cell."""

    cell: int
    weight: float = 1.0

    def __call__(self, batch):
        return self.weight * (batch.next_obs == self.cell)


@dataclass
class Uncorrected(Reward):
    """A potential difference that gives terminal states a potential too."""

    def __call__(self, batch):
        return GAMMA * PHI[batch.next_obs] - PHI[batch.obs]


def phi(obs):
    return PHI[obs]


def corridor(left: float = 0.0, right: float = 1.0, cells: int = 9, gamma: float = GAMMA) -> TabularMDP:
    """Cells in a row, begun in the middle; both ends end the episode and pay."""
    P = np.zeros((cells, 2, cells))
    for s in range(cells):
        P[s, 0, max(s - 1, 0)] = P[s, 1, min(s + 1, cells - 1)] = 1
    R = np.zeros(P.shape)
    R[1, 0, 0], R[cells - 2, 1, cells - 1] = left, right
    ends = np.isin(np.arange(cells), (0, cells - 1))
    return TabularMDP(P, R, gamma=gamma, initial=cells // 2, terminal=ends)


# -- the four mistakes that it must catch ------------------------------------------------------------------------------


def test_a_bonus_that_makes_a_loop_pay_is_caught_and_a_milestone_is_not():
    found = audit(corridor(), Task() + There(3, 0.5), gamma=GAMMA)
    loop = next(f for f in found.findings if f.name == "loop")
    assert not found.passed and loop.grade == "fault"
    assert set(loop.data["states"]) in ({3, 4}, {2, 3}) and loop.data["paid"] == pytest.approx(0.5)
    # round and round: 0.5 for every step that arrives in cell 3, every second one
    delay = GAMMA if loop.data["states"][0] == 3 else 1.0
    assert loop.data["looping"] == pytest.approx(delay * 0.5 / (1 - GAMMA**2))
    assert found.regret == (1.0, 1.0)
    flag = (np.arange(9) == 3).astype(float)
    table = tabulate(corridor(), Task() + Milestones({"flag": 0.5}), columns={"flag": flag})
    assert paying_loop(table) is None


def test_a_shaping_term_with_a_wrong_gamma_is_caught_and_named():
    healthy = audit(corridor(), Task() + Potential(phi, gamma=GAMMA), gamma=GAMMA)
    assert healthy.passed and not healthy.has("gamma")
    assert any(f.name == "potential" and f.grade == "good" for f in healthy.findings)
    found = audit(corridor(), Task() + Potential(phi, gamma=0.99), gamma=GAMMA)
    wrong = next(f for f in found.findings if f.name == "gamma")
    assert wrong.data["gamma"] == 0.99 and "0.9:" in wrong.words and found.has("gamma")


def test_a_proxy_that_prefers_a_wrong_end_is_caught():
    proxy = There(0, 2.0) + Task()
    found = audit(corridor(left=0.0, right=1.0), proxy, gamma=GAMMA)
    end = next(f for f in found.findings if f.name == "end")
    assert end.grade == "fault" and "state 1, action 0" in end.words and "state 7, action 1" in end.words
    assert found.regret == (1.0, 1.0) and found.distances["starc"] > 0.3
    healthy = audit(corridor(), Task() + There(8, 2.0), gamma=GAMMA)
    assert healthy.passed and not any(f.name == "end" for f in healthy.findings)


def test_a_reward_that_drowns_the_task_is_caught():
    big = audit(corridor(), Task() + 1000 * Potential(phi, gamma=GAMMA), gamma=GAMMA)
    scale = next(f for f in big.findings if f.name == "scale")
    assert scale.grade == "warning" and scale.data["share"] < 0.01  # the optimum is kept: heard, but hardly
    small = audit(corridor(), Task() + 0.05 * Potential(phi, gamma=GAMMA), gamma=GAMMA)
    assert not small.has("scale")


def test_a_potential_at_the_ends_is_caught():
    found = audit(corridor(), Task() + Uncorrected(), gamma=GAMMA)
    assert found.has("terminal") and not found.has("gamma")


# -- exact truth -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_potentials_pass_on_random_processes_and_have_no_distance(seed):
    mdp = random_mdp(np.random.default_rng(seed), terminal=2)
    found = audit(mdp, 2.0 * Task() + Potential(phi, gamma=GAMMA), gamma=GAMMA)
    assert found.passed and found.regret == (0.0, 0.0)
    assert found.distances["starc"] < 1e-6
    form = potential_form(tabulate(mdp, 2.0 * Task() + Potential(phi, gamma=GAMMA)))
    assert form.exact and form.corrected and form.scale == pytest.approx(2.0) and form.gamma == GAMMA


@pytest.mark.parametrize("seed", range(10))
def test_the_regret_is_that_of_the_policy_which_the_reward_prefers(seed):
    mdp = random_mdp(np.random.default_rng(seed))
    other = random_mdp(np.random.default_rng(seed + 100)).R
    liked = mdp.with_reward(other).solve().policy
    best, worst = mdp.solve().value, -mdp.with_reward(-mdp.R).solve().value
    expected = (best - mdp.evaluate(liked).value) / (best - worst)

    class Other(Reward):
        def __call__(self, batch):
            return other[batch.obs, batch.action]

    found = audit(mdp, Other(), gamma=GAMMA)
    assert found.regret == (pytest.approx(expected), pytest.approx(expected))
    assert found.passed == (expected < 1e-6)


def test_behaviours_are_exact_averages():
    mdp = corridor()
    found = audit(mdp, Task() + There(3, 0.5), gamma=GAMMA, policies={"left": np.zeros(9, dtype=int)})
    left = next(b for b in found.behaviours if b.name == "left")
    # from 4 by 3, 2, 1 to 0: four steps, the first of which is paid
    assert left.paid == pytest.approx(0.5) and left.true == 0.0
    weights = GAMMA ** np.arange(4)
    assert left.steps == pytest.approx(weights.sum()) and left.sparsity == pytest.approx(
        weights[1:].sum() / weights.sum()
    )
    assert (left.low, left.high) == (0.0, 0.5) and left.shares == {"task": 0.0, "there": 1.0}


def test_the_worst_of_equally_liked_policies_counts():
    class Constant(Reward):
        def __call__(self, batch):
            return batch.reward * 0.0 + (batch.terminated * 1.0)

    found = audit(corridor(), Constant(), gamma=GAMMA)  # both ends are liked alike, only one is right
    assert found.regret[0] < 1e-9 and found.regret[1] > 0.9 and not found.passed


def test_behaviours_are_ranked_as_the_truth_ranks_them_or_not():
    assert audit(corridor(), Task() + Potential(phi, gamma=GAMMA), gamma=GAMMA).ranking == pytest.approx(1.0)
    assert audit(corridor(), -Task(), gamma=GAMMA).ranking == pytest.approx(-1.0)
    assert audit("rewardlab/Camper-v0", Task()).ranking < 1.0


def test_policies_come_in_three_forms_and_others_are_refused():
    mdp = corridor()
    obs = np.arange(9)
    for policy in (np.ones(9, dtype=int), np.tile([0.0, 1.0], (9, 1)), lambda o: np.ones(len(o), dtype=int)):
        np.testing.assert_array_equal(as_table(policy, mdp, obs, name="p"), np.tile([0.0, 1.0], (9, 1)))
    for policy in (np.ones(3, dtype=int), np.full(9, 7), np.full((9, 2), 0.7)):
        with pytest.raises(BadOption, match="policy 'p'"):
            as_table(policy, mdp, obs, name="p")
    np.testing.assert_array_equal(uniform(mdp), np.full((9, 2), 0.5))


def test_the_best_within_keeps_to_what_is_allowed():
    mdp = corridor()
    allowed = np.ones((9, 2), dtype=bool)
    allowed[5, 1] = False  # the way to the right is closed
    assert best_within(mdp, allowed).value == pytest.approx(0.0)
    assert best_within(mdp, np.ones((9, 2), dtype=bool)).value == pytest.approx(mdp.solve().value)
    assert best_within(mdp, np.ones((9, 2), dtype=bool), worst=True).value == pytest.approx(0.0)


# -- environments ------------------------------------------------------------------------------------------------------


def test_an_environment_is_audited_by_its_table_with_columns_from_play():
    found = audit("rewardlab/Cliff-v0", Task() + Milestones({"fell": 500.0}), gamma=0.99)
    assert found.exact and found.has("optimum") and found.regret[0] > 0.005  # one fall an episode pays now
    healthy = audit("rewardlab/Cliff-v0", Task() + Milestones({"success": 1.0}), gamma=0.99)
    assert healthy.regret == (pytest.approx(0.0, abs=1e-9), pytest.approx(0.0, abs=1e-9))


def test_a_sensor_that_can_be_fooled_is_seen_through():
    found = audit("rewardlab/TomatoGrid-v0", Task(), gamma=0.99)
    liked = next(b for b in found.behaviours if b.name == "reward-optimal")
    assert not found.passed and found.regret[0] > 0.9 and liked.paid > 8 * liked.true
    assert any(f.name == "proxy" for f in found.findings)


def test_without_a_table_it_judges_from_play_and_says_so():
    def reach(obs):
        return np.zeros((len(obs), 2), dtype=np.float32)

    found = audit("rewardlab/SparseReacher-v0", Task() + Progress("distance"), steps=40, policies={"still": reach})
    assert not found.exact and "no tabular form" in found.why and "from play" in str(found)
    assert [b.name for b in found.behaviours] == ["random", "still"] and found.regret is None


def test_play_sees_what_the_table_sees():
    exact = audit("rewardlab/Cliff-v0", Task() + 0.5 * Progress("success", sign=1.0, gamma=0.99), gamma=0.99)
    played = audit(
        "rewardlab/Cliff-v0", Task() + 0.5 * Progress("success", sign=1.0, gamma=0.99), exact=False, steps=800
    )
    one, two = exact.behaviours[0], played.behaviours[0]
    assert two.size == pytest.approx(one.size, rel=0.1) and two.low == one.low
    assert two.shares["task"] == pytest.approx(one.shares["task"], abs=0.02)


def test_play_sees_a_loop_that_was_walked_and_a_wrong_ranking():
    @dataclass
    class Camp(Reward):
        def __call__(self, batch):
            return 1.0 * (batch.next_obs == 30)

    def walk(obs):  # up and down between 30 and 18
        return np.where(obs == 30, 0, np.where(obs == 18, 2, np.where(obs < 30, 1, 0)))

    def home(obs):  # the safe way: up, right, down
        row, column = np.divmod(obs, 12)
        return np.where(column == 11, 2, np.where(row > 0, 0, 1))

    found = audit(
        "rewardlab/Cliff-v0", Task() + 9 * Camp(), exact=False, steps=300, policies={"camp": walk, "home": home}
    )
    assert {f.name for f in found.findings if f.grade == "fault"} >= {"ranking"}
    healthy = audit("rewardlab/Cliff-v0", Task(), exact=False, steps=300, policies={"camp": walk, "home": home})
    assert healthy.passed


def test_it_is_saved_as_words_numbers_and_a_picture(tmp_path):
    found = audit("rewardlab/DeepSea-v0", Task() + There(45, 0.2), gamma=0.99)
    place = found.save(tmp_path / "audit")
    told = json.loads((place / "audit.json").read_text())
    assert told["passed"] == found.passed and told["findings"][0]["name"] == found.findings[0].name
    assert (place / "audit.txt").read_text() == f"{found}\n" and "verdict: " in str(found)
    assert (place / "audit.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" and len(
        (place / "audit.png").read_bytes()
    ) > 10_000


def test_the_same_audit_twice_says_the_same():
    def run():
        return audit("rewardlab/WindyStochastic-v0", Task() + Milestones({"success": 1.0}), gamma=0.99)

    assert json.dumps(run().to_json()) == json.dumps(run().to_json())


def test_a_reward_is_audited_as_it_stands():
    from rewardlab.rewards import CountBonus

    bonus = CountBonus()
    audit("rewardlab/DeepSea-v0", Task() + 0.1 * bonus)
    audit("rewardlab/DeepSea-v0", Task() + 0.1 * bonus, exact=False, steps=20)
    assert not bonus.state_dict()["table"].any()


def test_single_and_vector_environments_are_taken():
    one = audit(gym.make("rewardlab/DeepSea-v0"), Task())
    many = audit(gym.make_vec("rewardlab/DeepSea-v0", num_envs=4), Task())
    assert one.findings == many.findings and one.distances == many.distances


# -- mistakes of the caller --------------------------------------------------------------------------------------------


def test_mistakes_are_named():
    with pytest.raises(BadOption, match="int is no reward"):
        audit(corridor(), 3)
    for gamma in (-0.1, 1.5, True):
        with pytest.raises(BadOption, match="gamma="):
            audit(corridor(), Task(), gamma=gamma)
    with pytest.raises(MissingColumn, match="falls"):
        audit("rewardlab/Cliff-v0", Task() + Milestones({"falls": 1.0}))
    with pytest.raises(BadOption, match="exact=False"):
        audit(corridor(), Task(), exact=False)
    with pytest.raises(BadOption, match="function of observations"):
        audit("rewardlab/SparseReacher-v0", Task(), policies={"p": np.zeros(3)})


def test_a_nan_names_the_part_and_the_step():
    class Broken(Reward):
        def __call__(self, batch):
            return np.where(batch.obs == 5, np.nan, 0.0)

    with pytest.raises(BadReward, match="part 'broken' pays nan in state 5"):
        audit(corridor(), Task() + Broken(), gamma=GAMMA)


def test_a_clipped_reward_has_one_part():
    found = audit(corridor(right=5.0), Task().then(Clip(-1, 1)), gamma=GAMMA)
    assert found.passed and found.behaviours[0].shares.keys() == {"task"}


@pytest.mark.parametrize("env", ["rewardlab/DeepSea-v0", "rewardlab/FourRooms-v0"])
def test_the_distance_of_a_reward_alone(env):
    from rewardlab.rewards.metrics.auditing.distances import distances

    same = distances(env, 3.0 * Task())
    assert same["starc"] == pytest.approx(0.0, abs=1e-6) and same.get("epic", 0.0) == pytest.approx(0.0, abs=1e-6)
    assert distances(env, -1.0 * Task())["starc"] == pytest.approx(1.0, abs=1e-6)
    assert distances(env, 3.0 * Task()) == audit(env, 3.0 * Task(), steps=16).distances


def test_without_a_table_there_is_no_distance():
    from rewardlab.rewards.metrics.auditing.distances import distances

    assert distances("rewardlab/SparseReacher-v0", Task()) == {}
