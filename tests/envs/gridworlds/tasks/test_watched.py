"""Watched tasks: what `after` is told, with rows that rest; and that pure steps note what rows in memory note."""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.kernel.missions import Missions
from rewardlab.envs.gridworlds.key_room import KeyRoom
from rewardlab.envs.gridworlds.lava_diamond import LavaDiamond
from rewardlab.envs.gridworlds.tasks.drawn import Sketch
from rewardlab.envs.gridworlds.tasks.watched import WatchedTask
from rewardlab.envs.world import WorldVectorEnv


@dataclass
class Turner(WatchedTask):
    """Pays for the third turn to the left of an episode."""

    own = ("turns", "begun")

    def __post_init__(self):
        self._set_up(5, 5, Missions.of(["turn"]), rule=codes.STANDARD)
        self._deal_levels(20)

    def sketch(self, random):
        drawn = Sketch(5, 5, random)
        drawn.mission = "turn"
        return drawn

    def before(self, batch):
        return {"heading": batch.field[:, codes.HEADING].copy()}

    def after(self, batch, rows, before, actions):
        turned = (batch.field[:, codes.HEADING] - before["heading"]) % 4 == 3
        assert (turned == (actions == codes.LEFT))[rows].all()
        batch.field[rows, codes.P0] += turned[rows]
        won = batch.field[rows, codes.P0] == 3
        batch.reward[rows], batch.ended[rows] = won * 1.0, won

    def begun(self, batch, rows):
        assert (batch.field[rows, codes.P0] == 0).all()
        batch.field[rows, codes.P1] = 100

    def own_columns(self, batch):
        return {"turns": batch.field[:, codes.P0].astype(np.int64), "begun": batch.field[:, codes.P1] == 100}


def test_rows_end_and_pay_by_what_is_noted():
    envs, rng = WorldVectorEnv(Turner(), 5), np.random.default_rng(0)
    _, info = envs.reset(seed=0)
    turns, ends = np.zeros(5, dtype=int), 0
    assert info["begun"].all()
    for _ in range(60):
        action = rng.integers(0, 3, 5)
        _, reward, ended, cut, info = envs.step(action)
        turns += action == codes.LEFT
        assert (reward == (turns == 3)).all()
        assert (ended == (turns == 3)).all()
        if (ended | cut).any():
            last = info["final_info"]
            assert (last["turns"][ended] == 3).all()
            assert (last["success"] == ended).all()
        turns[ended | cut] = 0
        ends += ended.sum()
        assert info["turns"].tolist() == turns.tolist()
        assert info["begun"].all()
    assert ends > 20


def test_rows_that_rest_are_left_alone():
    envs = WorldVectorEnv(Turner(), 2, autoreset_mode="NextStep")
    envs.reset(seed=0)
    for _ in range(3):
        _, _, ended, _, _ = envs.step(np.array([codes.LEFT, codes.RIGHT]))
    assert ended.tolist() == [True, False]
    _, reward, ended, _, info = envs.step(np.array([codes.LEFT, codes.LEFT]))  # row 0 is reset, its action ignored
    assert (reward == 0).all()
    assert not ended.any()
    assert info["turns"].tolist() == [0, 1]


def test_pure_steps_note_the_same():
    rules, rng = Turner(), np.random.default_rng(1)
    envs, state, streams = WorldVectorEnv(rules, 3), rules.first(0, 1, 2), Streams([0, 1, 2])
    envs.reset(seed=0)
    for _ in range(2):
        action = rng.integers(0, 3, 3)
        state, reward, ended, _ = rules.move(state, action, streams)
        _, pay, over, _, info = envs.step(action)
        assert rules.inform(state)["turns"].tolist() == info["turns"].tolist()
        assert (reward == pay).all()
        assert (ended == over).all()


def test_kinds_are_those_of_the_whole_grid():
    for rules in (KeyRoom(room_width=12, room_height=5), LavaDiamond(size=25)):
        batch, rng = rules.at(rules.first(*range(20))), np.random.default_rng(0)
        grids = batch.grids() & 15
        for _ in range(20):
            at = rng.integers(0, rules.width * rules.height, 20)
            assert (rules.kinds(batch, at) == grids.reshape(20, -1)[np.arange(20), at]).all()
