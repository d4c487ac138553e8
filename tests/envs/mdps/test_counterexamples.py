"""Counterexamples as environments: what is played is the table, and names of tables, pays and numbers are checked."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldEnv
from rewardlab.envs.mdps import Counterexamples
from rewardlab.envs.mdps.counterexample_tables import TABLES


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_pay_of_every_table_is_played(table):
    made = TABLES[table]()
    for pay in made.pays:
        rules = Counterexamples(table=table, pay=pay)
        mdp, R = rules.to_mdp(), made.process.with_reward(made.pays[pay])
        np.testing.assert_array_equal(mdp.R, R.R)
        assert ("true_reward" in rules.card().info) == (pay != made.truth)
        env = WorldEnv(rules, render_mode="ansi")
        state, _ = env.reset(seed=0)
        rng = np.random.default_rng(0)
        for _ in range(25):
            action = int(rng.integers(0, mdp.num_actions))
            assert made.names[state] in env.render()
            after, reward, over, _, info = env.step(action)
            row = state * mdp.num_actions + action
            assert mdp.P[[row]].toarray()[0, after] > 0
            assert info["pseudo_regret"] >= 0
            if mdp.pay is None:
                assert reward == mdp.R[state, action]
            state = after
            if over:
                state, _ = env.reset()
    assert rules.to_mdp(made.truth).solve().value == pytest.approx(rules.true_mdp().solve().value)


def test_numbers_change_the_table():
    assert Counterexamples(table="eventually", numbers={"p": 0.5}).known["discounted"] == pytest.approx(0.5 / 0.55)
    assert "2.40662" in Counterexamples().card().summary


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"table": "loterry"}, "lottery"),
        ({"pay": "progres"}, "progress"),
        ({"numbers": {"wheight": 1.0}}, "numbers"),
    ],
)
def test_mistakes_are_named(options, word):
    with pytest.raises(BadOption, match=word):
        Counterexamples(**options)
