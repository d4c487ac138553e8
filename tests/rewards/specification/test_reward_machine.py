import itertools

import numpy as np
import pytest
from steps import as_torch, online, random_steps, steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption, MissingColumn
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.reward import Task
from rewardlab.core.tabulate import moves_of
from rewardlab.core.testing.processes import random_mdp
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import RewardMachine, compile_ltl, relabel
from rewardlab.rewards.reading import read_reward
from rewardlab.rewards.saving import load_reward, save_reward

EDGES = (
    ("start", "coffee & !office", "carrying", 0.25),
    ("start", "coffee & office", "done", 1.5),
    ("carrying", "office", "done", 1.0),
)
DELIVERY = {"edges": EDGES, "initial": "start", "terminal": ("done",)}


def flags(*rows):
    """[T, 1] bool columns coffee and office from strings such as "c", "co", ""."""
    return {
        "coffee": np.array([["c" in r] for r in rows]),
        "office": np.array([["o" in r] for r in rows]),
    }


def test_edges_pay_once_and_in_order():
    batch = steps((6, 1), **flags("o", "c", "c", "o", "co", "c"))
    machine = RewardMachine(**DELIVERY)
    assert machine.states == ("start", "carrying", "done")
    assert online(machine, batch)["reward_machine"].ravel().tolist() == [0, 0.25, 0, 1, 0, 0]
    assert relabel(batch, machine).reward.ravel().tolist() == [0, 0.25, 0, 1, 0, 0]
    assert online(machine, steps((1, 1), **flags("co")))["reward_machine"].item() == 1.5


def test_an_end_begins_again_and_pays_for_where_it_happened():
    machine = RewardMachine(**DELIVERY, ending={"start": -2.0, "carrying": -1.0})
    ends = np.array([[0, 1, 1, 0, 1, 0]], dtype=bool).T
    for name in ("terminated", "truncated"):
        batch = steps((6, 1), **flags("c", "", "", "c", "o", "o"), **{name: ends})
        assert online(machine, batch)["reward_machine"].ravel().tolist() == [0.25, -1, -2, 0.25, 1, 0]


def test_rows_have_states_of_their_own():
    rng = np.random.default_rng(0)
    coffee, office = rng.random((2, 40, 7)) < 0.2
    batch = steps((40, 7), coffee=coffee, office=office, terminated=rng.random((40, 7)) < 0.1)
    together = online(RewardMachine(**DELIVERY), batch)["reward_machine"]
    for i in range(7):
        u, alone = "start", []
        for t in range(40):
            pay = 0.0
            for source, _, target, reward in EDGES:
                good = {0.25: coffee[t, i] and not office[t, i], 1.5: coffee[t, i] and office[t, i], 1.0: office[t, i]}
                if u == source and good[reward]:
                    u, pay = target, reward
                    break
            alone.append(pay)
            u = "start" if batch.terminated[t, i] else u
        assert alone == together[:, i].tolist()


def labels(batch):
    return {"coffee": batch.next_obs[..., 0] > 0, "office": batch.next_obs[..., 1] > 0}


def test_labels_are_made_of_the_step_and_nan_shows():
    obs = np.array([[1.0, -1], [-1, 1], [np.nan, 1]])
    machine = RewardMachine(**DELIVERY, labels=labels)
    paid = [machine(steps(1, obs=obs[[t]])).item() for t in range(3)]
    assert paid[:2] == [0.25, 1.0] and np.isnan(paid[2])
    check_reward(RewardMachine(**DELIVERY, labels=labels), random_steps(8, np.random.default_rng(0)))


def test_torch_pays_the_same_in_the_type_of_the_batch():
    import torch

    batch = random_steps(9, np.random.default_rng(2))
    ours, theirs = (RewardMachine(**DELIVERY, labels=labels) for _ in "ab")
    for _ in range(3):
        a, b = ours(batch), theirs(as_torch(batch))
        np.testing.assert_array_equal(a, b.numpy())
    single = theirs(as_torch(batch).map(lambda x: x.float() if x.is_floating_point() else x))
    assert single.dtype == torch.float32


def test_the_product_is_the_process_with_the_machine_unrolled_by_hand():
    rng = np.random.default_rng(3)
    for _ in range(5):
        mdp = random_mdp(rng, states=6, actions=2, branching=2, gamma=0.9)
        coffee, office = rng.random((2, 6)) < 0.4
        machine = RewardMachine(**DELIVERY, ending={"start": -0.5})
        P, _ = mdp.dense()
        S, A, U = 6, 2, 3
        big, pay = np.zeros((S * U, A, S * U)), np.zeros((S * U, A, S * U))
        for s, a, s2, u in itertools.product(range(S), range(A), range(S), range(U)):
            w = int(coffee[s2]) + 2 * int(office[s2])
            u2 = machine.compiled.after[u, w]
            big[s * U + u, a, s2 * U + u2] += P[s, a, s2]
            pay[s * U + u, a, s2 * U + u2] = machine.compiled.pay[u, w] - 0.5 * (mdp.terminal[s2] and u2 == 0)
        by_hand = TabularMDP(big, pay, gamma=0.9, initial=0, terminal=np.repeat(mdp.terminal, U))
        table = machine.product(mdp, {"coffee": coffee, "office": office})
        assert table.mdp.solve().value == pytest.approx(by_hand.solve().value, abs=1e-12)


def test_counterfactuals_are_the_steps_of_the_product():
    rng = np.random.default_rng(4)
    mdp = random_mdp(rng, states=5, actions=2, branching=2)
    coffee, office = rng.random((2, 5)) < 0.5
    machine = RewardMachine(**DELIVERY)
    batch = moves_of(mdp, columns={"coffee": coffee, "office": office})
    many = machine.counterfactuals(batch).check()
    B, m = len(batch), machine.compiled
    assert len(many) == 2 * B  # not in the terminal state
    for u in range(2):
        part = many.rows(slice(u * B, (u + 1) * B))
        word = coffee[batch.next_obs] + 2 * office[batch.next_obs]
        assert (part.obs == batch.obs * 3 + u).all() and (part.action == batch.action).all()
        assert (part.next_obs == batch.next_obs * 3 + m.after[u, word]).all()
        assert (part.reward == m.pay[u, word]).all()
        assert (part.terminated == (batch.terminated | (m.after[u, word] == 2))).all()
    torch_many = machine.counterfactuals(as_torch(batch))
    assert (torch_many.next_obs.numpy() == many.next_obs).all() and (torch_many.reward.numpy() == many.reward).all()


def test_one_sweep_of_counterfactuals_gives_the_exact_values_of_the_product():
    rng = np.random.default_rng(5)
    P = np.zeros((6, 2, 6))
    for s, a in itertools.product(range(6), range(2)):
        P[s, a, rng.integers(6)] = 1.0
    P[0, 0], P[0, 1] = np.eye(6)[1], np.eye(6)[2]
    mdp = TabularMDP(P, np.zeros((6, 2)), gamma=0.9, initial=0)
    coffee, office = np.arange(6) % 3 == 1, np.arange(6) % 3 == 2
    machine = RewardMachine(**DELIVERY)
    many = machine.counterfactuals(moves_of(mdp, columns={"coffee": coffee, "office": office}))
    Q = np.zeros((18, 2))
    for _ in range(300):  # Q-learning with rate 1, as the process is deterministic
        Q[many.obs, many.action] = many.reward + 0.9 * ~many.terminated * Q[many.next_obs].max(1)
    exact = machine.product(mdp, {"coffee": coffee, "office": office}).mdp.solve()
    assert Q[0].max() == pytest.approx(exact.value, abs=1e-9) and exact.value > 0.3


YAML = """
initial: start
terminal: [done]
edges:
  - [start, coffee & !office, carrying, 0.25]
  - [start, coffee & office, done, 1.5]
  - {from: carrying, when: office, to: done, reward: 1}
"""


def test_yaml_gives_the_same_machine(tmp_path):
    (tmp_path / "m.yaml").write_text(YAML)
    plain = RewardMachine(**DELIVERY)
    assert RewardMachine.from_yaml(YAML) == plain == RewardMachine.from_yaml(tmp_path / "m.yaml")
    assert RewardMachine.from_yaml(str(tmp_path / "m.yaml")) == plain
    assert RewardMachine.from_yaml(YAML, labels=labels).labels is labels


def test_it_prints_is_read_and_is_saved(tmp_path):
    expression = Task() + 0.5 * RewardMachine(**DELIVERY)
    assert repr(read_reward(repr(expression))) == repr(expression)
    assert repr(read_reward("compile_ltl('F success')")) == repr(compile_ltl("F success"))
    batch = steps((3, 1), **flags("c", "o", "o"))
    online(expression, batch.rows(slice(0, 1)))
    save_reward(tmp_path / "r", expression)
    loaded = load_reward(tmp_path / "r")
    assert loaded(batch.rows(1)).item() == 0.5  # in the middle of its episode


def test_mistakes_are_named():
    def make(*edges, **more):
        return RewardMachine(edges=edges, initial="u", **more)

    for edges, more, said in (
        ([("u", "a", "v", 1), ("u", "b", "w", 0)], {}, r"'u' both 'a' and 'b' hold on 'a & b'"),
        ([("u", "a", "v", 1)], {"strict": True}, r"state 'u' none of the guards \['a'\] holds on '!a'"),
        ([("u", "a", "v", 1), ("x", "a", "u", 1)], {}, r"no way leads from 'u' to \['x'\]"),
        ([("u", "a & bb", "v", 1)], {"propositions": ("a", "b")}, "guard 'a & bb' has the unknown proposition 'bb'"),
        ([("u", "a &", "v", 1)], {}, "state 'u': 'a &' has its end"),
        ([("u", "a", "v", np.nan)], {}, "finite reward"),
        ([("u", "a", "v")], {}, "edge"),
        ([("u", 1, "v", 1.0)], {}, "edge"),
        ([], {}, "no edges"),
        ([("u", "a", "v", 1)], {"terminal": ("w",)}, "unknown state 'w'"),
        ([("u", "a", "v", 1)], {"terminal": "v"}, "tuple of names"),
        ([("u", "a", "v", 1), ("v", "a", "u", 1)], {"terminal": ("v",)}, "leaves the terminal state 'v'"),
        ([("u", "a", "v", 1)], {"terminal": ("u",)}, "terminal"),
        ([("u", "a", "v", 1)], {"terminal": ("v",), "ending": {"v": 1.0}}, "'v' is terminal"),
        ([("u", "a", "v", 1)], {"ending": {"u": float("inf")}}, "ending"),
        ([("u", " & ".join(f"p{i}" for i in range(13)), "v", 1)], {}, "13 propositions"),
    ):
        with pytest.raises(BadOption, match=said):
            make(*edges, **more)
    with pytest.raises(MissingColumn, match="coffee"):
        RewardMachine(**DELIVERY)(steps(2, cofee=[True, True], office=[True, True]))
    with pytest.raises(MissingColumn, match="no label 'coffee'"):
        RewardMachine(**DELIVERY, labels=lambda batch: {})(steps(2))
    with pytest.raises(BadBatch, match="'coffee' is float64"):
        RewardMachine(**DELIVERY)(steps(2, coffee=[np.nan, 1.0], office=[True, True]))
    with pytest.raises(BadBatch, match="shape"):
        RewardMachine(**DELIVERY)(steps(2, coffee=[True], office=[True, True]))
    with pytest.raises(BadCheckpoint, match="no states of this machine"):
        RewardMachine(**DELIVERY).load_state_dict({"value": np.array([7.0])})


def test_two_guards_may_hold_at_once_where_both_do_the_same():
    machine = RewardMachine(edges=[("u", "a", "v", 1), ("u", "b", "v", 1)], initial="u")
    assert machine(steps(2, a=[True, False], b=[True, False])).tolist() == [1, 0]


# -- formulas --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("F (a & X F b)", lambda a, b: any(a[i] and b[j] for i in range(5) for j in range(i + 1, 5))),
        ("G !a", lambda a, b: not any(a)),
        ("F b & G !a", lambda a, b: any(b) and not any(a)),
        ("!b U a", lambda a, b: any(a[i] and not any(b[:i]) for i in range(5))),
        ("G (a -> X b)", lambda a, b: all(not a[i] or (i < 4 and b[i + 1]) for i in range(5))),
        ("F G a", lambda a, b: a[4]),
    ],
)
def test_a_formula_pays_one_in_the_episodes_that_satisfy_it_and_nothing_else(text, verdict):
    every = np.array(list(itertools.product([False, True], repeat=10)))  # [1024, 10]
    a, b = every[:, :5].T, every[:, 5:].T  # [5, 1024]
    ends = np.arange(5)[:, None] + np.zeros(1024) == 4
    batch = steps((5, 1024), a=a, b=b, terminated=ends)
    paid = online(compile_ltl(text), batch)["reward_machine"]
    assert (paid.sum(0) == [verdict(x, y) for x, y in zip(a.T, b.T, strict=True)]).all()
    assert 10 < paid.sum() < 1014


def test_a_task_is_paid_when_it_is_done_and_a_promise_when_the_episode_ends():
    batch = steps((4, 1), a=[[False], [True], [True], [False]], terminated=[[0], [0], [0], [1]])
    assert online(compile_ltl("F a"), batch)["reward_machine"].ravel().tolist() == [0, 1, 0, 0]
    assert online(compile_ltl("G (a | !a & F a) | !a"), batch)["reward_machine"].ravel().tolist() == [1, 0, 0, 0]
    assert online(compile_ltl("F !a"), batch)["reward_machine"].ravel().tolist() == [1, 0, 0, 0]
    assert online(compile_ltl("G (a -> F !a)"), batch)["reward_machine"].ravel().tolist() == [0, 0, 0, 1]


def test_compiled_formulas_keep_the_laws():
    batch = random_steps(12, np.random.default_rng(0))
    batch = batch.paying(batch.reward, a=batch.info["flag"], b=batch.info["stage"] > 1)
    for text in ("F (a & X b)", "G (a -> b)"):
        check_reward(compile_ltl(text), batch)
