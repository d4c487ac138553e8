"""Facts: a store of (entity, relation) -> entity, and questions that follow a chain of relations through it.

    x_0 given,  x_j = f(x_{j−1}, r_j),    the answer is x_h

The entities of a chain differ, and the store is uniform otherwise: one who knows k steps of the chain and nothing else
finds each of the E − 1 − k other entities equally likely at its end.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

PEOPLE = (
    "ada", "bob", "cleo", "dan", "eva", "finn", "gina", "hugo", "iris", "jack", "kim", "leo",
    "mia", "noah", "olga", "paul", "queen", "rita", "sam", "tina", "uma", "vera", "will", "zoe",
)  # fmt: skip
RELATIONS = ("friend", "cousin", "boss", "client", "coach", "rival")


@dataclass(frozen=True)
class Question:
    """A store with a question about it.

    Attributes:
        facts: facts[entity][relation], the number of an entity.
        start: the entity that the chain begins with.
        relations: the relation of each step.
    """

    facts: tuple[tuple[int, ...], ...]
    start: int
    relations: tuple[int, ...]

    def chain(self) -> list[int]:
        """The entities from the start to the answer."""
        found = [self.start]
        for relation in self.relations:
            found.append(self.facts[found[-1]][relation])
        return found

    @property
    def answer(self) -> int:
        """The entity at the end of the chain."""
        return self.chain()[-1]

    def words(self) -> str:
        """The question in English."""
        chain = " of ".join(f"the {RELATIONS[r]}" for r in reversed(self.relations))
        return f"Who is {chain} of {PEOPLE[self.start]}?"

    def short(self) -> str:
        """The question in few words: the start and the relations in their order."""
        return " ".join([PEOPLE[self.start], *(RELATIONS[r] for r in self.relations)])


def question(rng: np.random.Generator, entities: int, relations: int, hops: int) -> Question:
    """A store at random with a question of `hops` steps through different entities, fewer than there are."""
    facts = rng.integers(entities, size=(entities, relations))
    chain = rng.choice(entities, size=hops + 1, replace=False)
    asked = rng.integers(relations, size=hops)
    facts[chain[:-1], asked] = chain[1:]
    return Question(tuple(map(tuple, facts.tolist())), int(chain[0]), tuple(asked.tolist()))


def posterior(task: Question, known: Mapping[tuple[int, int], int]) -> np.ndarray:
    """[E] the chance that each entity is the answer, for one who knows some facts of the store.

    Every chain of different entities is equally likely at first; one that known facts contradict is out, and each fact
    that a chain implies beyond the known ones was one of E that could have been.

    Args:
        task: its start, relations and number of entities are known; its facts are not looked at.
        known: (entity, relation) -> entity.
    """
    entities = len(task.facts)
    weight = np.zeros(entities)

    def walk(path: tuple[int, ...], likelihood: float) -> None:
        step = len(path) - 1
        if step == len(task.relations):
            weight[path[-1]] += likelihood
            return
        key = (path[-1], task.relations[step])
        if key in known:
            if known[key] not in path:
                walk((*path, known[key]), likelihood * entities)
            return
        for after in range(entities):
            if after not in path:
                walk((*path, after), likelihood)

    walk((task.start,), 1.0)
    return weight / weight.sum()
