"""Vase: rules against a slow walker, exact returns of both ways, and what cannot be undone."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.gridworlds.tables.trap import earned
from rewardlab.envs.gridworlds.vase import Vase
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

TWO = "AVG\n.V.\n..."


def test_rows_move_as_a_slow_walker_does():
    rules = Vase(layout=TWO, vase=0.7, effort=0.1)
    envs = WorldVectorEnv(rules, 48, autoreset_mode="NextStep")
    obs, _ = envs.reset(seed=0)
    rng = np.random.default_rng(0)
    place, broken = [(0, 0)] * 48, [set() for _ in range(48)]
    over, breaks = np.zeros(48, dtype=bool), 0
    for _ in range(120):
        action = rng.integers(0, 4, 48)
        obs, reward, terminated, _, info = envs.step(action)
        for i in range(48):
            if over[i]:
                place[i], broken[i] = (0, 0), set()
                continue
            down, right = ((-1, 0), (0, 1), (1, 0), (0, -1))[action[i]]
            r, c = min(max(place[i][0] + down, 0), 2), min(max(place[i][1] + right, 0), 2)
            place[i] = (r, c)
            new = TWO.split("\n")[r][c] == "V" and (r, c) not in broken[i]
            breaks += new
            broken[i] |= {(r, c)} if new else set()
            won = (r, c) == (0, 2)
            np.testing.assert_allclose(reward[i], won - 0.1, atol=1e-15)
            np.testing.assert_allclose(info["true_reward"][i], won - 0.1 - 0.7 * new, atol=1e-15)
            assert info["side_effect"][i] == new and info["success"][i] == terminated[i] == won
            assert obs[i] == (r * 3 + c) * 4 + ((0, 1) in broken[i]) + 2 * ((1, 1) in broken[i])
        over = terminated.copy()
    assert breaks > 100


def test_the_short_way_is_paid_better_and_truly_worth_less():
    rules = Vase()
    paid = rules.to_mdp().with_gamma(1.0)
    true = paid.with_reward(rules.true_rewards())
    honest, hack = rules.honest_policy(), rules.hack_policy()
    np.testing.assert_allclose([earned(paid, p, 50) for p in (hack, honest)], [1 - 6 * 0.02, 1 - 10 * 0.02])
    np.testing.assert_allclose([earned(true, p, 50) for p in (hack, honest)], [1 - 6 * 0.02 - 1, 1 - 10 * 0.02])
    np.testing.assert_allclose(paid.solve().value, 0.88, rtol=1e-12)
    np.testing.assert_allclose(true.solve().value, 0.80, rtol=1e-12)
    np.testing.assert_allclose(true.evaluate(paid.solve().policy).value, -0.12, rtol=1e-12)


def test_a_vase_worth_less_than_the_detour_is_broken_by_the_best_truth_too():
    for vase, kept in ((0.079, False), (0.081, True)):  # the way round costs four steps more, 0.08
        rules = Vase(vase=vase)
        true = rules.to_mdp().with_gamma(1.0).with_reward(rules.true_rewards())
        np.testing.assert_allclose(true.solve().value, 0.8 if kept else 0.88 - vase, rtol=1e-12)


def test_no_state_with_a_broken_vase_leads_back_to_a_whole_one():
    rules = Vase(layout=TWO)
    P = rules.to_mdp().P.tocoo()
    state, after, broken = P.row // 4, P.col, rules.states["broken"]
    live = rules.to_mdp().occupancy(np.full((rules.size, 4), 0.25)).sum(1)[state] > 0
    assert (broken[state[live]] & ~broken[after[live]] == 0).all()
    assert (broken[after[live]] > broken[state[live]]).any()


def test_honest_play_breaks_nothing_from_a_start_with_all_whole():
    rules = Vase(layout="A.V.G\n..V..\n..V..\n.....")
    visits = rules.to_mdp().occupancy(rules.honest_policy()).sum(1)
    assert visits[rules.states["broken"] > 0].sum() == 0
    visits = rules.to_mdp().occupancy(rules.hack_policy()).sum(1)
    assert visits[rules.states["broken"] > 0].sum() > 0


def test_text_and_picture_tell_whole_from_broken():
    env = WorldEnv(Vase(layout=TWO), render_mode="ansi")
    env.reset(seed=0)
    assert env.render() == TWO
    env.step(2)
    env.step(1)
    env.step(3)
    assert env.render() == ".VG\nAx.\n..."
    rules = Vase()
    cell = 2 * 7 + 3
    whole, broken = (rules.draw({"state": np.array([2 * 14 + k])}, 0) for k in (0, 1))
    part = slice(48 * (cell // 7), 48 * (cell // 7 + 1)), slice(48 * (cell % 7), 48 * (cell % 7 + 1))
    blue = [(f[part] == (52, 101, 164)).all(-1).sum() for f in (whole, broken)]
    assert blue[0] > 2 * blue[1] > 0


@pytest.mark.parametrize(
    "fields",
    [
        {"vase": -0.1},
        {"effort": float("inf")},
        {"layout": "AVG"},  # no way round
        {"layout": "A.G"},
        {"layout": "A.V"},
        {"layout": "AG\n.." + "\nVV" * 5},
    ],
)
def test_mistakes_are_named(fields):
    with pytest.raises(BadOption, match="Vase"):
        Vase(**fields)
