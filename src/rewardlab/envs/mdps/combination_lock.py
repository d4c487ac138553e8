"""Combination lock: only the whole code opens, and until then nothing tells right from wrong.

    depth d → d + 1 by the right action, else dead;    r = 1 for the H-th right action

Undirected play opens it with probability A^−H. With several locks the code depends on which one it is.

Source: Kakade, "On the Sample Complexity of Reinforcement Learning", PhD thesis, University College London 2003
(combination lock); Chang, Brantley, Ramamurthy, Misra, Sun, "Learning to Generate Better Than Your LLM",
2023 (a guide that is right with some probability at each step).
"""

from dataclasses import dataclass, replace

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Tree
from rewardlab.core.mdp import TabularMDP
from rewardlab.envs.mdps.kernel import Tabular, check_numbers
from rewardlab.envs.picture import BLUE, FAINT, GOLD, INK, RED, Picture
from rewardlab.envs.world import Card, State


@dataclass
class CombinationLock(Tabular):
    """A lock of H places.

    Args:
        depth: H, 1 to 200, the places of the code and the steps of an episode.
        actions: A, 2 to 64.
        locks: K, 1 to 512 of them, with codes of their own; which one it is, is drawn at the start and seen. The code
            of lock k is (a_d k + b_d) mod A at place d, so that what is learnt of some locks helps with others.
        noticed: False shows only lock and depth, so that a mistake goes unnoticed until the end.
        code: seed of the code.

    Raises:
        BadOption: for numbers outside their ranges.
    """

    depth: int = 10
    actions: int = 3
    locks: int = 1
    noticed: bool = True
    code: int = 0

    def __post_init__(self) -> None:
        check_numbers(self, depth=(1, 200), actions=(2, 64), locks=(1, 512))
        from scipy import sparse

        H, A, K = self.depth, self.actions, self.locks
        rng = np.random.default_rng(self.code)
        slope, base = rng.integers(1, A, H), rng.integers(0, A, H)
        self.codes = (slope * np.arange(K)[:, None] + base) % A
        """[K, H] the right action of each lock at each depth."""
        # Of each lock: H live states by depth, then H - 1 dead ones of depths 1..H-1; at last open and shut, for all.
        each = 2 * H - 1
        S = K * each + 2
        self._each, opened, shut = each, S - 2, S - 1
        after, R = np.full((S, A), shut), np.zeros((S, A))
        first = np.arange(K) * each
        for d in range(H):
            dead = first + H + d if d + 1 < H else np.full(K, shut)
            after[first + d] = dead[:, None]
            after[first + d, self.codes[:, d]] = first + d + 1 if d + 1 < H else opened
            if d:
                after[first + H + d - 1] = dead[:, None]
        R[first + H - 1, self.codes[:, -1]] = 1.0
        P = sparse.csr_array((np.ones(S * A), after.ravel(), np.arange(S * A + 1)), shape=(S * A, S))
        terminal = np.arange(S) >= opened
        initial = np.zeros(S)
        initial[np.arange(K) * each] = 1.0 / K
        process = TabularMDP(P, R, gamma=1.0, initial=initial, terminal=terminal)
        loss = np.zeros((S, A))  # nothing is lost but by the first mistake, and that loses all
        for d in range(H):
            loss[first + d] = 1.0
            loss[first + d, self.codes[:, d]] = 0.0
        self._open(process, goal=np.arange(S) == opened, regret=loss, steps=H)
        if not self.noticed:
            self.observation_space = spaces.Discrete(K * H + 1)
        lock, place = np.divmod(np.arange(S), each)
        seen = np.where(terminal, K * H, lock * H + np.where(place < H, place, place - H + 1))
        self._tables().update(seen=seen)

    @property
    def uniform_success(self) -> float:
        """How often uniformly random actions open the lock: A^-H."""
        return float(self.actions) ** -self.depth

    def guide(self, right: float) -> np.ndarray:
        """The policy [S, A] that is right with this probability in each state, and else wrong uniformly."""
        A = self.actions
        policy = np.full((self.process.num_states, A), 1.0 / A)
        for k in range(self.locks):
            rows = k * self._each + np.arange(self.depth)
            policy[rows] = (1.0 - right) / (A - 1)
            policy[rows, self.codes[k]] = right
        return policy

    def hinted_success(self, share: float) -> float:
        """How often uniformly random actions open it once the first round(share · H) places are given."""
        return float(self.actions) ** -(self.depth - round(share * self.depth))

    def look(self, state: State) -> Tree:
        if self.noticed:
            return state["state"] + 0
        s = state["state"]
        device = None if isinstance(s, np.ndarray) else s.device
        return self._tables(device)["seen"][s]

    def _place(self, state: int) -> tuple[int, int, str]:
        """Lock, depth, and "live", "dead", "open" or "shut"."""
        last = self.process.num_states
        if state >= last - 2:
            return 0, self.depth, "open" if state == last - 2 else "shut"
        key, place = divmod(state, self._each)
        return (key, place, "live") if place < self.depth else (key, place - self.depth + 1, "dead")

    def draw(self, state: State, i: int) -> np.ndarray:
        _, depth, now = self._place(int(state["state"][i]))
        side = min(40.0, 560 / self.depth)
        picture = Picture(120, 600)
        fine = now in ("live", "open") or (not self.noticed and now != "shut")
        for d in range(self.depth):
            colour = (GOLD if now == "open" else BLUE if fine else RED) if d < depth else FAINT
            picture.box(20 + d * side, 40, side * 0.8, 40, colour, corner=4)
        picture.write(self.text(state, i), 300, 100, INK, size=1, middle=True)
        return picture.image()

    def text(self, state: State, i: int) -> str:
        key, depth, now = self._place(int(state["state"][i]))
        told = now if self.noticed or now in ("open", "shut") else "not known yet"
        return f"lock {key}, {depth} of {self.depth} places dialled: {told}"

    def card(self) -> Card:
        H, A, K = self.depth, self.actions, self.locks
        hidden = "" if self.noticed else " It is not seen whether the code was right so far."
        card = self._card(
            summary=f"A code of {H} places with {A} symbols opens the lock; one mistake and it stays shut.{hidden}",
            state=f"{2 * H - 1} for each of {K} locks: {H} live ones by depth, then {H - 1} dead; then open, shut",
            actions={"action": f"the symbol to dial, 0..{A - 1}"},
            reward="1 for the last right symbol of a code that was right throughout, else 0",
            info={"success": "True on the step that opens the lock"},
            source="Kakade, On the Sample Complexity of Reinforcement Learning, 2003",
        )
        if self.noticed:
            return card
        return replace(card, observation={"place": f"lock * {H} + depth, {K * H} at the end, 0..{K * H}"})
