"""Key rooms as tables: a level whose situations are numbered, with captions and steps in words, for tabular agents."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorEnv, VectorWrapper

from rewardlab.agents.tabular.q_learning import QLearning
from rewardlab.benchmarks.effects.effect import Measured
from rewardlab.core.reward import Reward
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.key_room import KeyRoom
from rewardlab.envs.gridworlds.pictures import captions
from rewardlab.envs.gridworlds.search.enumerate_states import expand, rows_of
from rewardlab.envs.rules import Rules, State
from rewardlab.envs.world import WorldVectorEnv
from rewardlab.rewards import GridText, PaidVector

GOALS = {"take the key": "subgoal_key", "open the door": "subgoal_door", "reach the chest": "subgoal_chest"}
"""Sub-goal in words -> the flag that says so."""
STEPS, ROWS = 200, 16
_NO_MOVE = codes.DONE


@dataclass
class ListedRoom(Rules):
    """A level of the key room whose observation is the number of the situation, key and door flags included.

    Args:
        size: cells of a side, walls included.
        level: the seed of the level.
        distractors: probability of a message that says nothing of a quiet step.
        held_out: captions from phrases that are held out.
        varied: whether an event is called by several phrases in a level, which are counted apart.
    """

    size: int = 9
    level: int = 0
    distractors: float = 0.2
    held_out: bool = False
    varied: bool = False

    def __post_init__(self) -> None:
        self.room = KeyRoom(room_width=self.size, room_height=self.size)
        found = self.room.enumeration(self.level)
        self.mdp, self.states, self.actions = found.mdp, found.states, _NO_MOVE
        S = self.mdp.num_states  # the last is the end
        after, reward, ended = expand(self.room, self.states, np.arange(self.actions))
        every = self.mdp.P.indices.reshape(S, -1)[:, : self.actions]
        self.after = every.astype(np.int64)
        self.pay = np.append(reward, np.zeros(self.actions)).reshape(S, -1)
        self.ended = np.append(ended, np.ones(self.actions, dtype=bool)).reshape(S, -1)
        event = self.room.inform(after)["event"]
        self.event = np.append(event, np.zeros(self.actions, dtype=np.int64)).reshape(S, -1)
        field = self.states["field"]
        done = np.stack([field[:, codes.TOOK] > 0, field[:, codes.OPENED] > 0], axis=1)
        self.flags = np.concatenate([done, [[True, True]]])
        self.begin = int(self.mdp.initial.argmax())
        self.observation_space = spaces.Discrete(S)
        self.action_space = spaces.Discrete(self.actions)

    @cached_property
    def to_go(self) -> np.ndarray:
        """[S] steps to the chest on a shortest way; 0 at the end."""
        V = self.mdp.solve().V
        with np.errstate(divide="ignore"):
            steps = np.log(np.maximum(V, 1e-300)) / np.log(self.mdp.gamma) + 1
        return np.where(self.mdp.terminal, 0.0, steps)

    def start(self, n: int, rng: Streams) -> State:
        return {"at": np.full(n, self.begin), "clock": np.zeros(n, dtype=np.int64)}

    def move(self, state: State, action: Any, rng: Streams) -> Any:
        at, clock = state["at"], state["clock"] + 1
        after, event = self.after[at, action], self.event[at, action]
        won = self.ended[at, action]
        said = self._captions(event, clock, self.distractors)
        if not self.varied:
            strays = np.isin(said, captions.DISTRACTORS)
            said = np.where(strays, said, self._captions(event, 0 * clock, 0.0))
        flags = self.flags[after]
        columns = {
            "caption": said,
            "step": at * self.actions + action,
            "subgoal": flags.sum(-1) + won,
            "to_go": self.to_go[after],
        }
        return {"at": after, "clock": clock}, self.pay[at, action], won, columns

    def _captions(self, event: np.ndarray, clock: np.ndarray, distractors: float) -> np.ndarray:
        seed = np.full(len(event), self.level, dtype=np.uint64)
        return captions.captions(event, seed, clock.astype(np.uint64), distractors=distractors, held_out=self.held_out)

    def look(self, state: State) -> np.ndarray:
        return state["at"].copy()

    # -- steps in words ----------------------------------------------------------------------------------------------

    def risen(self, step: np.ndarray) -> np.ndarray:
        """[B, 3] bool: whether the steps (situation · actions + action) achieve key, door, chest."""
        at, action = np.divmod(step, self.actions)
        after, won = self.after[at, action], self.ended[at, action]
        rise = self.flags[after] & ~self.flags[at] & ~won[:, None]
        return np.concatenate([rise, won[:, None]], axis=1)

    def told(self, step: np.ndarray, *, map: bool = True, full: bool = False) -> np.ndarray:
        """[B] the steps in words and letters (objects), as the agent sees them or on the whole level."""
        from rewardlab.core.batch import Transitions

        at, action = np.divmod(step, self.actions)
        rules = KeyRoom(room_width=self.size, room_height=self.size, observation="full") if full else self.room
        after, _, _ = expand(rules, rows_of(self.states, at), np.arange(self.actions))
        here = np.arange(len(at)) * self.actions + action
        images = [rules.look(s) for s in (rows_of(self.states, at), rows_of(after, here))]
        before, then = (x["image"] if isinstance(x, dict) else x for x in images)
        flag = np.zeros(len(at), dtype=bool)
        return GridText(goal="chest", map=map)(Transitions(before, action, flag * 1.0, then, flag, flag))


class Counting(VectorWrapper):
    """Rows whose episodes are counted, in the order in which they end.

    Attributes:
        won: whether each episode reached its end.
        steps: transitions that had passed by then.
    """

    def __init__(self, env: VectorEnv) -> None:
        super().__init__(env)
        self.won: list[bool] = []
        self.steps: list[int] = []
        self._passed = 0

    def step(self, actions: Any) -> Any:
        """One step."""
        out = self.env.step(actions)
        self._passed += self.num_envs
        done = np.flatnonzero(out[2] | out[3])
        self.won += out[2][done].tolist()
        self.steps += [self._passed] * len(done)
        return out


def learned(room: ListedRoom, reward: Reward, seed: int, *, steps: int, **options: Any) -> Measured:
    """Q-learning on a level: success in the last fifth of the steps, and what it took to reach 90 % of 50 episodes."""
    envs = Counting(PaidVector(WorldVectorEnv(room, ROWS, max_episode_steps=STEPS), reward))
    settings = {"learning_rate": 0.2, "epsilon": 1.0, "final_epsilon": 0.05, "decay_steps": steps // 2} | options
    QLearning(envs, seed=seed, **settings).learn(steps)
    won, when = np.array(envs.won, dtype=float), np.array(envs.steps)
    late = won[when > 0.8 * steps]
    mean = np.convolve(won, np.full(50, 1 / 50), mode="valid") if len(won) >= 50 else np.zeros(0)
    reached = np.flatnonzero(mean >= 0.9)
    return {
        "success": float(late.mean()) if len(late) else 0.0,
        "episodes_to_90": float(reached[0] + 50) if len(reached) else float(len(won)),
        "kilosteps_to_90": float(when[reached[0] + 49] if len(reached) else steps) / 1000,
    }
