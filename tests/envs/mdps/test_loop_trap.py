"""Loop trap: the best policy flips at the threshold in closed form, and a difference of potentials springs no trap."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldEnv
from rewardlab.envs.mdps import LoopTrap


@pytest.mark.parametrize("options", [{}, {"lap": 2, "way": 2}, {"lap": 7, "way": 3, "gamma": 0.8}, {"slip": 0.3}])
def test_the_choice_flips_at_the_threshold(options):
    threshold = LoopTrap(**options).threshold
    for factor, laps in ((0.999, False), (1.001, True)):
        rules = LoopTrap(**options, bonus=threshold * factor)
        paid, true = rules.to_mdp(), rules.true_mdp()
        best = paid.solve()
        assert (best.policy[0] == 0) == laps
        g = (1 - rules.slip) * rules.gamma / (1 - rules.slip * rules.gamma)
        around = rules.bonus * g ** (rules.lap - 1) / (1 - g**rules.lap)
        straight = g ** (rules.way - 1)
        # pays come with the step that moves: what slips delays, by g in place of gamma, all but the first of it
        first = 1.0 if not rules.slip else g / rules.gamma
        assert best.value == pytest.approx(first * max(around, straight), rel=1e-9)
        assert true.evaluate(best.policy).value == pytest.approx(0.0 if laps else first * straight, abs=1e-12)
        assert true.solve().policy[0] == 1


def test_potentials_spring_no_trap():
    """Progress pay that is a difference of potentials leaves the choice as it was, however the potential looks."""
    rules = LoopTrap(bonus=0.0)
    m = rules.to_mdp()
    rng = np.random.default_rng(0)
    for _ in range(20):
        phi = 5 * rng.normal(size=m.num_states) * ~m.terminal
        shaped = rules.process.dense()[1] + m.gamma * phi - phi[:, None, None]
        assert m.with_reward(shaped).solve().policy[0] == 1
    # the same progress pay, paid again each lap, does not
    assert LoopTrap(bonus=1.0).to_mdp().solve().policy[0] == 0


def test_play_pays_laps_and_tells_the_truth():
    env = WorldEnv(LoopTrap(lap=2, way=3, bonus=0.5), render_mode="ansi")
    env.reset(seed=0)
    names, pays, true = [env.render()], [], []
    for action in (0, 1, 1, 0, 1, 1, 1):
        _, reward, over, _, info = env.step(action)
        names.append(env.render().split(" of 5")[0])
        pays.append(reward), true.append(info["true_reward"])
    assert pays == [0, 0.5, 0, 0, 0, 0, 1] and true == [0, 0, 0, 0, 0, 0, 1] and over and info["success"]
    assert names[1:] == ["place 1 of the lap", "the fork", "place 1 of the way", "the fork", "place 1 of the way",
                         "place 2 of the way", "the goal"]  # fmt: skip


@pytest.mark.parametrize("options", [{"lap": 1}, {"way": 1}, {"bonus": -1.0}, {"slip": 0.5}, {"gamma": 1.0}])
def test_mistakes_are_named(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        LoopTrap(**options)
