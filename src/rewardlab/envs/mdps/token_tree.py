"""Token tree: sequences small enough to list them all, with a reference that writes them.

    state: the tokens so far,    action: the next one,    L steps
    V(s) = β log Σ_a π_ref(a | s) exp(Q(s, a) / β),    Q = R + E V,    π*(a | s) = π_ref(a | s) exp((Q − V) / β)
    on sequences: π*(y) ∝ π_ref(y) exp(r(y) / β)

What language models are trained by can be checked here against exact answers: the tilted law, advantages of tokens, the
best of n. Rewards are drawn for whole sequences, or for n tokens in a row at each place, or planted at a few places.

Source: Rafailov, Hejna, Park, Finn, "From r to Q*: Your Language Model is Secretly a Q-Function", COLM 2024;
Zhong, Shan, Feng, Xiong, Cheng, Zhao, He, Bian, Wang, "DPO Meets PPO: Reinforced Token Optimization for RLHF", 2024.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption, nearest
from rewardlab.core.mdp import TabularMDP
from rewardlab.core.rng import Streams
from rewardlab.envs.mdps.dice import Tables
from rewardlab.envs.mdps.kernel import Tabular, check_numbers
from rewardlab.envs.mdps.layers import ROUNDING, settled
from rewardlab.envs.world import Card, Columns, State

LAWS = ("leaf", "prefix", "grams", "planted")
MOST = 60_000  # states


@dataclass
class TokenTree(Tabular):
    """Sequences of L tokens out of V, paid at their end or token by token.

    Args:
        tokens: V, 2 to 64.
        length: L, 1 to 1000 tokens, or with a partner L of ours with L of his after them in turn.
        law: "leaf" (a normal number for each sequence), "prefix" (one for each token after each prefix),
            "grams" (one for each run of `gram` tokens, paid when it is
            complete), or "planted" (at `planted` places one token pays 1 and another one -1).
        gram: n, 1 to 6, of "grams".
        planted: places that matter, 1 to L, of "planted".
        deviation: standard deviation of drawn rewards, > 0.
        skew: standard deviation of the reference's log-odds, >= 0; 0 is the uniform reference.
        partner: whether another speaker, who draws his tokens by a table, answers each of ours.
        merge: whether states are one that have the same future: the last n - 1 tokens of "grams", the place of
            "planted". The reference is then drawn for the merged states.
        instance: seed of rewards, reference and partner.
        observation: "index" or "one_hot".

    Raises:
        BadOption: for numbers outside their ranges, another law, a merger of leaves, or too many states.
    """

    tokens: int = 4
    length: int = 4
    law: str = "leaf"
    gram: int = 2
    planted: int = 2
    deviation: float = 1.0
    skew: float = 1.0
    partner: bool = False
    merge: bool = False
    instance: int = 0
    observation: str = "index"

    def __post_init__(self) -> None:
        self._check()
        rng = np.random.default_rng(self.instance)
        V, turns = self.tokens, self.length * (2 if self.partner else 1)
        keep = {"planted": 0, "grams": self.gram - 1}[self.law] if self.merge else turns
        self._keep, self._turns = keep, turns
        size = sum(V ** min(t, keep) for t in range(turns + 1))
        if size > MOST:
            raise BadOption(f"{size:,} states", where="TokenTree", expected=f"at most {MOST:,}", mend="merge=True")
        # Level t holds V^min(t, keep) states: the last tokens, the latest one as the last digit.
        self._first = np.cumsum([0, *(V ** min(t, keep) for t in range(turns + 1))])  # [turns + 2]
        level = np.repeat(np.arange(turns + 1), np.diff(self._first))
        code = np.arange(size) - self._first[level]
        after, pay = np.zeros((size, V), dtype=np.int64), np.zeros((size, V))
        live = level < turns
        later = (code[:, None] * V + np.arange(V)) % V ** np.minimum(level + 1, keep)[:, None]
        after[live] = (self._first[level + 1][:, None] + later)[live]
        self._pay(rng, level, code, pay)
        self.reference = self._law(rng, size)
        """[S, V] what the reference writes; only our own tokens are actions."""
        answers = self._law(rng, size) if self.partner else None
        mine = level % 2 == 0 if self.partner else np.ones(size, dtype=bool)
        self._found(level, after, pay, mine, answers)

    def _check(self) -> None:
        where = "TokenTree"
        check_numbers(
            self, tokens=(2, 64), length=(1, 1000), gram=(1, 6), planted=(1, 1000), deviation=(1e-9, 1e9),
            skew=(0, 100),
        )  # fmt: skip
        if self.law not in LAWS:
            raise BadOption(f"law={self.law!r}", where=where, expected=f"one of {LAWS}", mend=nearest(self.law, LAWS))
        if self.law == "planted":
            check_numbers(self, planted=(1, self.length))
        if self.merge and self.law in ("leaf", "prefix"):
            raise BadOption("merge=True", where=where, expected="False where every sequence has a pay of its own")

    def _law(self, rng: np.random.Generator, size: int) -> np.ndarray:
        logits = self.skew * rng.normal(size=(size, self.tokens))
        weight = np.exp(logits - logits.max(1, keepdims=True))
        return weight / weight.sum(1, keepdims=True)

    def _pay(self, rng: np.random.Generator, level: np.ndarray, code: np.ndarray, pay: np.ndarray) -> None:
        """Write what each token pays in each state, [S, V]."""
        V = self.tokens
        if self.law == "leaf":
            last = level == self._turns - 1
            pay[last] = self.deviation * rng.normal(size=(int(last.sum()), V))
        elif self.law == "prefix":
            live = level < self._turns
            pay[live] = self.deviation * rng.normal(size=(int(live.sum()), V))
        elif self.law == "grams":
            self.gram_table = self.deviation * rng.normal(size=V**self.gram)
            """[V^n] what a run of tokens pays, its last token the last digit."""
            whole = (level >= self.gram - 1) & (level < self._turns)
            run = code[:, None] % V ** (self.gram - 1) * V + np.arange(V)
            pay[whole] = self.gram_table[run[whole]]
        else:
            step = 2 if self.partner else 1
            self.places = np.sort(rng.permutation(self.length)[: self.planted])
            """The places, counted in our own tokens, at which it matters what is written."""
            for place in self.places:
                good, bad = rng.permutation(V)[:2]
                here = level == place * step
                pay[here, good], pay[here, bad] = self.deviation, -self.deviation

    def _found(
        self, level: np.ndarray, after: np.ndarray, pay: np.ndarray, mine: np.ndarray, answers: np.ndarray | None
    ) -> None:
        from scipy import sparse

        V = self.tokens
        own = np.flatnonzero(mine)
        number = np.cumsum(mine) - 1  # of the states in which we write
        terminal = level[own] == self._turns
        rows = np.repeat(np.arange(len(own) * V), 1 if answers is None else V)
        if answers is None:
            columns, chance, gain = number[after[own]].ravel(), np.ones(len(own) * V), pay[own].ravel()
        else:
            between = after[own]  # [own, V] the partner's turn
            between[terminal] = 0
            columns = number[after[between]].ravel()
            chance = answers[between].ravel()
            gain = (pay[own][:, :, None] + pay[between]).ravel()
        shape = (len(own) * V, len(own))
        P = sparse.csr_array((chance, (rows, columns)), shape=shape)
        R: Any = gain.reshape(len(own), V) if answers is None else _mean(chance, gain, rows, columns, shape)
        process = TabularMDP(P, R, gamma=1.0, initial=0, terminal=terminal)
        self.reference, self._level = self.reference[own], level[own]
        self._begin_of = np.flatnonzero(np.diff(self._level, prepend=-1))  # the first state of each level
        best, Q = settled(process, self.length)
        gap = best[:, None] - Q
        gap = np.where((gap < ROUNDING) | terminal[:, None], 0.0, gap)
        self._open(process, observation=self.observation, regret=gap, steps=self.length)
        self._written = Tables(reference=self.reference)

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        new, reward, over, columns = super().move(state, action, rng)
        chance = self._written(rng.device)["reference"][state["state"], action]
        return new, reward, over, {**columns, "reference_probability": chance}

    def soft(self, beta: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """V [S], Q [S, A] and the policy [S, A] that is best when KL from the reference costs β a nat.

        Raises:
            BadOption: unless β > 0.
        """
        if not beta > 0:
            raise BadOption(f"beta={beta!r}", where="TokenTree.soft", expected="above 0")
        m, V = self.process, np.zeros(self.process.num_states)
        log_reference = np.log(self.reference)
        for _ in range(self.length):
            Q = m.R + m.expect(V)
            z = log_reference + Q / beta
            top = z.max(1)
            V = np.where(m.terminal, 0.0, beta * (top + np.log(np.exp(z - top[:, None]).sum(1))))
        policy = np.exp(log_reference + (m.R + m.expect(V) - V[:, None]) / beta)
        policy[m.terminal] = self.reference[m.terminal]
        return V, m.R + m.expect(V), policy

    def sequences(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All V^L sequences [N, L], what each is paid [N], and how likely the reference writes it [N].

        Raises:
            BadOption: with a partner, whose part is not ours, and for more than 10^6 sequences.
        """
        if self.partner or self.tokens**self.length > 10**6:
            raise BadOption("sequences", where="TokenTree", expected="no partner, and at most a million sequences")
        tokens = np.indices((self.tokens,) * self.length).reshape(self.length, -1).T
        m, state = self.process, np.zeros(len(tokens), dtype=np.int64)
        pay, chance = np.zeros(len(tokens)), np.ones(len(tokens))
        for t in range(self.length):
            a = tokens[:, t]
            pay, chance = pay + m.R[state, a], chance * self.reference[state, a]
            state = m.P.indices[state * self.tokens + a]
        return tokens, pay, chance

    def of(self, tokens: Sequence[int]) -> int:
        """The number of the state after these tokens (ours and the partner's in turn)."""
        level, kept = len(tokens), list(tokens)[len(tokens) - min(len(tokens), self._keep) :]
        code = 0
        for token in kept:
            code = code * self.tokens + token
        return int(self._begin_of[level // (2 if self.partner else 1)] + code)

    def _name(self, state: int) -> str:
        level = int(self._level[state])
        if self._keep == 0:
            return f"{level} tokens written; state {state}"
        code, digits = state - int(self._begin_of[np.flatnonzero(self._level[self._begin_of] == level)[0]]), []
        for _ in range(min(level, self._keep)):
            code, digit = divmod(code, self.tokens)
            digits.append(str(digit))
        dots = "... " if level > self._keep else ""
        return f"tokens {dots}{' '.join(reversed(digits)) or '(none)'}; state {state}"

    def card(self) -> Card:
        V, L = self.tokens, self.length
        pays = {
            "leaf": "a number of the whole sequence, at its end",
            "prefix": "a number of each token and all before it",
            "grams": f"a number of each run of {self.gram} tokens, when it is complete",
            "planted": f"{self.deviation:g} for a right, -{self.deviation:g} for a wrong one at {self.planted} places",
        }[self.law]
        told: dict[str, Any] = {"reference_probability": "how likely the reference writes this token here, 0..1"}
        answers = ", each answered by a partner who draws his" if self.partner else ""
        return self._card(
            summary=f"Write {L} tokens out of {V}{answers}; "
            + ("states with the same future are one." if self.merge else "the state is all that was written."),
            state="the tokens so far, level by level, the latest one as the last digit",
            actions={"token": f"0..{V - 1}"},
            reward=pays,
            info=told,
            source="Rafailov, Hejna, Park, Finn, From r to Q*, COLM 2024",
        )


def _mean(chance: np.ndarray, gain: np.ndarray, rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> Any:
    """The pay of each transition, sparse; of answers that lead to one merged state, their mean."""
    from scipy import sparse

    whole, paid = (sparse.csr_array((x, (rows, columns)), shape=shape) for x in (chance, chance * gain))
    return sparse.csr_array((paid.data / whole.data, whole.indices, whole.indptr), shape=shape)
