"""Small rewards of every kind, and a batch for them: for the tests of rewards and of their algebra."""

from dataclasses import dataclass, field

import numpy as np

from rewardlab.core.arrays import array
from rewardlab.core.batch import Transitions
from rewardlab.core.reward import Reward, Task


@dataclass
class Cell(Reward):
    """Pays the observation."""

    def __call__(self, batch):
        return batch.obs * 1.0


@dataclass
class HTTPCost(Reward):
    """Pays minus the action; its name tests the snake case."""

    def __call__(self, batch):
        return -1.0 * batch.action


@dataclass
class Square(Reward):
    """A stage that is not linear."""

    def __call__(self, batch):
        return batch.reward**2


@dataclass
class Steps(Reward):
    """Memory: pays how many steps the episode has had."""

    memory = True
    count: np.ndarray = field(default_factory=lambda: np.zeros(0), init=False)

    def __call__(self, batch):
        self.count = self.count + 1
        return self.count * 1.0

    def reset(self, begun):
        begun = array(begun)
        if len(self.count) != len(begun):
            self.count = np.zeros(len(begun))
        self.count = np.where(begun, 0.0, self.count)

    def state_dict(self):
        return {"count": self.count}

    def load_state_dict(self, state):
        self.count = np.array(state["count"])


@dataclass
class Mean(Reward):
    """Learns the mean of what the stage below paid, and pays it."""

    total: float = field(default=0.0, init=False)
    seen: int = field(default=0, init=False)

    def __call__(self, batch):
        return batch.reward * 0 + self.total / max(self.seen, 1)

    def update(self, batch):
        self.total += float(batch.reward.sum())
        self.seen += batch.reward.size
        return {"mean": self.total / self.seen}

    def state_dict(self):
        return {"total": self.total, "seen": self.seen}

    def load_state_dict(self, state):
        self.total, self.seen = state["total"], state["seen"]


def batch(*shape, make=np.asarray, ends=()):
    obs = np.arange(float(np.prod(shape))).reshape(shape)
    over = np.zeros(shape, dtype=bool)
    for place in ends:
        over[place] = True
    return Transitions(
        make(obs), make(obs % 3), make(obs * 0.5 - 1), make(obs + 1), make(over), make(np.zeros(shape, dtype=bool))
    )


def learned():
    return Task() + 0.1 * Mean() + Cell().then(Mean()) + Steps()
