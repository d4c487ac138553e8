"""Delayed chain: the first action decides what the last step pays; all between is noise.

    r_t = ± noise, each with probability 1/2, for t < N;    r_N = 1 after a right first action, else −1

Who learns from the pays at hand learns from noise: the right action has to be credited over N steps.

Source: Oh, Hessel, Czarnecki, Xu, van Hasselt, Singh, Silver, "Discovering Reinforcement Learning Algorithms", NeurIPS
2020, Appendix (delayed chain); Osband et al., "Behaviour Suite for Reinforcement Learning", ICLR 2020 (umbrella).
"""

from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps.kernel import Tabular, check_numbers
from rewardlab.envs.world import Card


@dataclass
class DelayedChain(Tabular):
    """One decision, N steps, one pay that matters.

    Args:
        length: N, 1 to 1000 steps after the first one; an episode has N + 1.
        actions: A, 2 to 64; the first one is right.
        noise: what each step between pays or costs, >= 0.
        gamma: discount in [0, 1].

    Raises:
        BadOption: for numbers outside their ranges.
    """

    length: int = 10
    actions: int = 2
    noise: float = 0.0
    gamma: float = 1.0

    def __post_init__(self) -> None:
        check_numbers(self, length=(1, 1000), actions=(2, 64), noise=(0, 1e6), gamma=(0, 1))
        if not isinstance(self.length, int):
            raise BadOption(f"length={self.length!r}", where="DelayedChain", expected="an integer")
        from scipy import sparse

        N, A = self.length, self.actions
        # 0 the fork; then ((branch · N + depth) · 2 + coin) + 1 for depths 1..N - 1 and 0; at last right and wrong.
        S = 1 + 4 * N + 2
        rows, columns, chance, pay = [], [], [], []

        def add(state: int, action: int, after: int, p: float, r: float) -> None:
            rows.append(state * A + action)
            columns.append(after)
            chance.append(p)
            pay.append(r)

        for a in range(A):
            for coin in range(2):
                add(0, a, self._number(int(a > 0), 0, coin), 0.5, self.noise * (1 - 2 * coin))
            for branch in range(2):
                for depth in range(N):
                    for coin in range(2):
                        here = self._number(branch, depth, coin)
                        if depth == N - 1:
                            add(here, a, S - 2 + branch, 1.0, 1.0 - 2.0 * branch)
                        else:
                            for next_coin in range(2):
                                after = self._number(branch, depth + 1, next_coin)
                                add(here, a, after, 0.5, self.noise * (1 - 2 * next_coin))
            for end in (S - 2, S - 1):
                add(end, a, end, 1.0, 0.0)
        shape = (S * A, S)
        P = sparse.csr_array((chance, (rows, columns)), shape=shape)
        R = sparse.csr_array((pay, (rows, columns)), shape=shape)
        terminal = np.arange(S) >= S - 2
        process = TabularMDP(P, R, gamma=self.gamma, initial=0, terminal=terminal)
        loss = np.zeros((S, A))
        loss[0, 1:] = 2.0 * self.gamma**N
        self._open(process, goal=np.arange(S) == S - 2, regret=loss, steps=N + 1)

    def _number(self, branch: int, depth: int, coin: int) -> int:
        return 1 + (branch * self.length + depth) * 2 + coin

    def _name(self, state: int) -> str:
        last = self.process.num_states
        if state in (0, last - 2, last - 1):
            return "the fork" if state == 0 else "the right end" if state == last - 2 else "the wrong end"
        branch, depth = divmod((state - 1) // 2, self.length)
        return f"place {depth + 1} after the {'wrong' if branch else 'right'} action"

    def card(self) -> Card:
        N, A = self.length, self.actions
        between = f", before that plus or minus {self.noise:g} at random" if self.noise else ", before that nothing"
        return self._card(
            summary=f"The first of {A} actions decides what the step {N} later pays; no other action matters.",
            state=f"0 the fork; 1 + (branch * {N} + depth) * 2 + the last coin; then the right, the wrong end",
            actions={"action": f"0..{A - 1}; at the fork 0 is right"},
            reward=f"At the end 1, or -1 after a wrong first action{between}",
            info={"success": "True at the right end"},
            source="Oh et al., Discovering Reinforcement Learning Algorithms, NeurIPS 2020",
        )
