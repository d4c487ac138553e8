"""What rewards by sub-goals share: who judges them, what an episode has credited, and that as the state of a machine.

    hit_k = β_k(s, a, s') ∧ ¬ credited_k,    credited_k ← credited_k ∨ β_k

β_k is the judge's answer to (sub-goal k, the step in words). Each such pair is asked once and remembered; a step that
the judge fails on achieves nothing, and may be asked about again.
"""

import itertools
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, namespace, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward, replayed
from rewardlab.rewards.language.captioned import Words, words_of
from rewardlab.rewards.language.judging import Item, Judge, verdicts

_SHOWN = 12
"""The largest number of sub-goals whose 2^m sets an agent is shown."""


class Verifier:
    """Which sub-goals steps achieve: the judge's answers, each pair asked once.

    Args:
        judge: who is asked.
        subgoals: m sub-goals in words.
        most: answers that are remembered; then all are forgotten.

    Attributes:
        asked: pairs that the judge was asked.
        errors: pairs that it gave no answer to.
        last_error: what it said when it failed last, or "".
    """

    def __init__(self, judge: Judge, subgoals: Sequence[str], most: int = 200_000) -> None:
        self.judge, self.subgoals, self.most = judge, tuple(subgoals), most
        self.asked = self.errors = 0
        self.last_error = ""
        self._known: dict[Item, bool] = {}

    def achieved(self, told: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """[m, *lead] bool: the sub-goals that these steps [*lead] achieve, of those `wanted` [m, *lead]."""
        found = np.zeros(wanted.shape, dtype=bool)
        places = [(place, (self.subgoals[place[0]], told[place[1:]])) for place in map(tuple, np.argwhere(wanted))]
        self.ask([item for _, item in places])
        for place, item in places:
            found[place] = self._known.get(item, False)
        return found

    def ask(self, items: Sequence[Item]) -> None:
        """Ask about those pairs that nobody knows yet, in one call."""
        fresh = [item for item in dict.fromkeys(items) if item not in self._known]
        if not fresh:
            return
        if len(self._known) + len(fresh) > self.most:
            self._known.clear()
            fresh = list(dict.fromkeys(items))
        self.asked += len(fresh)
        try:
            said = verdicts(self.judge, fresh)
        except Exception as e:  # whatever a judge does, training goes on
            said = np.full(len(fresh), np.nan)
            if not self.last_error:
                warnings.warn(f"a judge failed, steps count as not achieved: {e}", RuntimeWarning, stacklevel=2)
            self.last_error = f"{type(e).__name__}: {e}"
        self.errors += int(np.isnan(said).sum())
        self._known |= {item: x > 0.5 for item, x in zip(fresh, said.tolist(), strict=True) if x == x}


@dataclass(frozen=True, eq=False)
class CreditedSets:
    """The sets of credited sub-goals as states of a machine, numbered by their bits.

    Attributes:
        states: names of the 2^m sets.
        initial: the empty set.
    """

    states: tuple[str, ...]
    initial: int = 0

    def move(self, u: Array, words: Array) -> Array:
        """The sets [B] after steps that achieve the sets `words` [B]."""
        return u | words


@dataclass
class Credited(Reward):
    """What rewards by sub-goals share; not a reward itself.

    Args:
        subgoals: m >= 1 different sub-goals in words.
        judge: labels (sub-goal, step in words): 1 if the step has just achieved the sub-goal, else 0.
        transition: the `info` column of steps in words, or a function of steps to texts, such as `GridText`.
        bonus: c of each sub-goal.

    Raises:
        BadOption: for no sub-goals, or the same twice.
        MissingColumn: when called, for a column that the environment does not give.
    """

    subgoals: tuple[str, ...]
    judge: Judge
    transition: Words = "transition"
    bonus: float = 0.1
    memory: ClassVar[bool] = True
    knowledge: ClassVar[str] = "sub-goals in words"

    def __post_init__(self) -> None:
        self.subgoals = tuple(self.subgoals)
        if not self.subgoals or len(set(self.subgoals)) != len(self.subgoals):
            raise BadOption(
                f"subgoals={self.subgoals}", where=type(self).__name__, expected="at least one, none of them twice"
            )
        self.verifier = Verifier(self.judge, self.subgoals)
        self._credited = EpisodeMemory(shape=(len(self.subgoals),), where=type(self).__name__)  # 0 or 1 [m, N]

    def credit(self, batch: Transitions) -> tuple[Array, Array]:
        """Take in a step: what was credited before it and what is now, [m, N] of 0 and 1, in the kind of the pay."""
        before = self._credited.read(batch.reward)
        told = words_of(self.transition, batch, by=self.name)
        hit = self.verifier.achieved(told, array(before) == 0)
        xp = namespace(before)
        flags = tensor(hit, device=before.device) if is_torch(before) else hit
        after = xp.where(flags, xp.ones_like(before), before)
        self._credited.write(after)
        return before, after

    def recorded(self, batch: Transitions) -> dict[str, Array]:
        told = words_of(self.transition, batch, by=self.name)
        texts = dict.fromkeys(told.reshape(-1).tolist())
        self.verifier.ask([(goal, text) for text in texts for goal in self.subgoals])  # one call for all
        return replayed(self, batch)

    def reset(self, begun: Array) -> None:
        self._credited.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return self._credited.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        if not np.isin(np.asarray(state.get("value", 0.0)), (0, 1)).all():
            raise BadCheckpoint("no flags", where=self.name, expected="0 or 1 for each sub-goal and row")
        self._credited.load_state_dict(state)

    # -- what an agent may be shown: `ProductObservation(Paid(env, reward), reward)` -----------------------------------

    @property
    def compiled(self) -> CreditedSets:
        """The sets of credited sub-goals as states of a machine: with them in sight the paid process is Markov.

        Raises:
            BadOption: for more than 12 sub-goals.
        """
        if len(self.subgoals) > _SHOWN:
            raise BadOption(
                f"{len(self.subgoals)} sub-goals", where=self.name, expected=f"at most {_SHOWN} that can be shown"
            )
        bits = itertools.product((False, True), repeat=len(self.subgoals))
        names = ["; ".join(g for g, up in zip(self.subgoals, b[::-1], strict=True) if up) or "none" for b in bits]
        return CreditedSets(tuple(names))

    def words(self, batch: Transitions) -> np.ndarray:
        """[B] integers: the sub-goals that these steps achieve, the first as the lowest bit."""
        told = words_of(self.transition, batch, by=self.name)
        hit = self.verifier.achieved(told, np.ones((len(self.subgoals), *told.shape), dtype=bool))
        return (hit * (1 << np.arange(len(self.subgoals))).reshape(-1, *(1 for _ in told.shape))).sum(0)

    def hidden(self, batch: Transitions) -> None:
        """No step hides its words."""
        return
