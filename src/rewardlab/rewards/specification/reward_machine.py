"""Reward machines.

    u' = δ_u(u, L(s, a, s')),    r = δ_r(u, L(s, a, s'))

A finite machine reads which propositions hold after each step, and pays for the edges that it takes: tasks of several
stages, orders and prohibitions, which no function of the state alone can pay. Its states, shown to the agent with
`ProductObservation`, make the task Markov again. Here edges pay numbers (simple reward machines).

Source: Toro Icarte, Klassen, Valenzano, McIlraith, "Using Reward Machines for High-Level Task Specification and
Decomposition in Reinforcement Learning", ICML 2018, Definition 3.1; Toro Icarte, Klassen, Valenzano, McIlraith, "Reward
Machines: Exploiting Reward Function Structure in Reinforcement Learning", JAIR 2022 (counterfactual experiences);
Camacho, Toro Icarte, Klassen, Valenzano, McIlraith, "LTL and Beyond: Formal Languages for Reward Function Specification
in Reinforcement Learning", IJCAI 2019 (formulas to machines); Bacchus, Kabanza, "Using Temporal Logics to Express
Search Control Knowledge for Planning", Artificial Intelligence 2000 (formula progression); De Giacomo, Vardi, "Linear
Temporal Logic and Linear Dynamic Logic on Finite Traces", IJCAI 2013 (the meaning of formulas).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadCheckpoint
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward
from rewardlab.core.tabulate import PaidTable, tabulate
from rewardlab.rewards.specification.building import compiled, plain_edges, plain_names, plain_pays
from rewardlab.rewards.specification.machine import Edge, Labels, Machine, read_words, unknowable
from rewardlab.rewards.specification.machine_file import read_machine
from rewardlab.rewards.specification.product import with_machine_state
from rewardlab.rewards.specification.progression import automaton, guard


@dataclass
class RewardMachine(Reward):
    """Pays what the edges of a machine pay.

    In a step in which no guard of the state holds the machine waits and pays nothing. A terminal state pays nothing any
    more; the environment's episode goes on.

    Args:
        edges: (state, guard, next state, reward) each; guards are formulas over propositions with & | ! ( ).
        initial: the state that every episode begins in.
        terminal: states without edges.
        labels: tells which propositions hold after a step, {name: [B] bool}; None where they are info columns of
            the same names.
        ending: state -> what is paid on top where an episode ends, by termination or truncation, in that state.
        propositions: all names that guards may use, at most 12; as the guards have them if not given.
        strict: whether each state needs an edge for every case.

    Raises:
        BadOption: for guards that hold at once, states out of reach, unknown states or propositions, bad formulas,
            rewards that are not finite; with `strict` for cases without an edge.
        MissingColumn: when called, for a proposition that nobody tells.
        BadBatch: when called, for a proposition that is no flag per step.
    """

    edges: tuple[Edge, ...]
    initial: str
    terminal: tuple[str, ...] = ()
    labels: Labels | None = None
    ending: Mapping[str, float] = field(default_factory=dict)
    propositions: tuple[str, ...] = ()
    strict: bool = False
    memory: ClassVar[bool] = True
    knowledge: ClassVar[str] = "the task's stages, and what marks them"

    def __post_init__(self) -> None:
        self.edges = plain_edges(self.edges)
        self.terminal = plain_names(self.terminal, "terminal")
        self.propositions = plain_names(self.propositions, "propositions")
        self.ending = plain_pays(self.ending)
        self._machine = compiled(
            self.edges, self.initial, self.terminal, self.ending, self.propositions,
            strict=self.strict,
        )  # fmt: skip
        self._state = EpisodeMemory(float(self._machine.initial), where="RewardMachine")  # u [N]

    @classmethod
    def from_yaml(cls, source: str | Path, labels: Labels | None = None) -> "RewardMachine":
        """A machine from a YAML file, or from a text of several lines; see `specification.machine_file`.

        Raises:
            BadOption: for what is no such file, naming the line, and for a machine that has something wrong.
        """
        return cls(**read_machine(source), labels=labels)

    def __call__(self, batch: Transitions) -> Array:
        state = self._state.read(batch.reward)
        xp = namespace(state)
        after, pay = self._machine.step(xp.astype(state, xp.int64), self.words(batch), batch.done, state)
        self._state.write(xp.astype(after, state.dtype))
        hidden = self.hidden(batch)
        return pay if hidden is None else xp.where(hidden, xp.full_like(pay, float("nan")), pay)

    def words(self, batch: Transitions) -> Array:
        """[B] integers, the propositions that hold after each step as bits."""
        return read_words(self._machine.propositions, self.labels, batch, "RewardMachine")

    def hidden(self, batch: Transitions) -> Array | None:
        """[B] bool: steps with a NaN in what `labels` may read; a comparison would silently call it false."""
        return None if self.labels is None else unknowable(batch)

    @property
    def compiled(self) -> Machine:
        """The machine as tables."""
        return self._machine

    @property
    def states(self) -> tuple[str, ...]:
        """The names of the machine's states; memory and products count them in this order."""
        return self._machine.states

    def potential(self, gamma: float) -> np.ndarray:
        """[U] the most that each state can still earn on edges, discounted, if every word could be had at will.

        Raises:
            BadOption: for gamma = 1 where the machine has a cycle, naming state and guard.
        """
        return self._machine.potential(gamma, "RewardMachine.potential")

    def product(self, mdp: TabularMDP, columns: Mapping[str, Array] | None = None, obs: Tree = None) -> PaidTable:
        """The exact product of a process and this machine; arguments as in `core.tabulate.tabulate`."""
        return tabulate(mdp, self, obs=obs, columns=columns)

    def counterfactuals(self, batch: Transitions) -> Transitions:
        """What the same steps would have been in each state of the machine that is not terminal.

        Args:
            batch: [B] steps of any kind, as the environment shows them.

        Returns:
            [U' · B] steps of the product, the B steps of the first state first. The reward is the machine's alone;
            a step into a terminal state terminates, as nothing is paid any more.
        """
        m, words, parts = self._machine, self.words(batch), []
        xp, n = namespace(batch.reward), len(self._machine.states)
        for u in np.flatnonzero(~m.terminal):
            now = xp.full_like(words, int(u))
            after, pay = m.step(now, words, batch.done, batch.reward * 1.0)
            ends = batch.terminated
            for v in np.flatnonzero(m.terminal):
                ends = ends | (after == int(v))
            before, beyond = with_machine_state(batch.obs, now, n), with_machine_state(batch.next_obs, after, n)
            parts.append(replace(batch, obs=before, reward=pay, next_obs=beyond, terminated=ends))
        return Transitions.concat(parts)

    def reset(self, begun: Array) -> None:
        self._state.reset(begun)

    def state_dict(self) -> dict[str, Any]:
        return self._state.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        value = np.asarray(state.get("value", 0.0))
        if value.dtype.kind not in "fiu" or not np.isin(value, np.arange(len(self.states))).all():
            raise BadCheckpoint(
                "no states of this machine", where="RewardMachine", expected=f"0..{len(self.states) - 1}"
            )
        self._state.load_state_dict(state)


def compile_ltl(formula: str, labels: Labels | None = None) -> RewardMachine:
    """The machine that pays 1 once an episode satisfies a formula of linear temporal logic on finite traces.

    X: after the next step, which there must be. F: after some step from now on. G: after all. a U b: b at some time,
    and a until then. The machine pays as soon as no future can change the verdict, and is then in a terminal state;
    what is only known at the end of the episode (such as `G !lava`) is paid there.

    Args:
        formula: such as "F (coffee & X F office) & G !lava"; at most 8 propositions.
        labels: as for `RewardMachine`.

    Raises:
        BadOption: for no formula, or one that every or no episode satisfies.
    """
    found = automaton(formula, where="compile_ltl")
    edges = []
    for u in np.flatnonzero(~found.decided):
        for v in dict.fromkeys(found.after[u].tolist()):
            if v != u:
                met = float(found.decided[v] and found.accepts[v])
                edges.append((found.states[u], guard(found.after[u] == v, found.propositions), found.states[v], met))
    open_ends = np.flatnonzero(found.accepts & ~found.decided)
    return RewardMachine(
        edges=tuple(edges),
        initial=found.states[0],
        terminal=tuple(found.states[u] for u in np.flatnonzero(found.decided)),
        labels=labels,
        ending={found.states[u]: 1.0 for u in open_ends},
        propositions=found.propositions,
    )
