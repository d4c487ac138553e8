"""Adversarial bandit: K arms whose losses are chosen beforehand, or against the player, and of which one is shown.

    loss of arm k in round t:  l_t,k in [0, 1],    or  φ_k · θ_t  with features φ_k
    regret after t rounds = Σ_{s≤t} l_{s, a_s} − min_k Σ_{s≤t} l_s,k

Nothing is assumed of the losses, so that only randomised players have small regret against all sequences. The features
are φ = (u, 1)/√2 and θ = (v, 1)/√2 with |u| = 1 and |v| ≤ 1, which keeps losses in [0, 1].

Source: Auer, Cesa-Bianchi, Freund, Schapire, "The Nonstochastic Multiarmed Bandit Problem", SIAM Journal on Computing
2002, Section 2; Awerbuch, Kleinberg, "Adaptive Routing with End-to-End Feedback", STOC 2004 (linear losses).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree, namespace
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.domains import one_hot
from rewardlab.envs.bandits.ground import Tables, bars, demand, dot, times, whole
from rewardlab.envs.bandits.loss_sequences import ADAPTIVE, check_law, direction, sequences
from rewardlab.envs.world import Card, Columns, Rules, State

_WHERE = "AdversarialBandit"


@dataclass
class AdversarialBandit(Rules):
    """K arms, T rounds, losses of any kind.

    `pseudo_regret` is by how much the regret against the best arm so far grew in this round: it may be negative, and
    its sum over the episode is the regret against the best fixed arm of the whole episode in hindsight.

    Args:
        arms: K >= 2.
        dimension: d >= 2 of the features, None for arms without features.
        sequence: a law of `rewardlab.envs.bandits.loss_sequences`, or "adaptive": in each round the arms that were
            played most so far lose 1 and the others 0; with features, v points to the mean of all plays so far.
        options: of the law.
        spread: share of chance in the sequence, 0..1.
        rounds: T >= 1.
        sequences: M >= 1; each episode has one of M sequences, which are the same for all rows and episodes.
        feedback: "bandit" shows the loss of the played arm, "full" those of all arms.
        instance: seed of sequences and features.

    Raises:
        BadOption: for numbers outside these ranges, or for a law or feedback that there is not.
    """

    arms: int = 8
    dimension: int | None = None
    sequence: str = "switching"
    options: Mapping[str, Any] | None = None
    spread: float = 0.3
    rounds: int = 1000
    sequences: int = 1
    feedback: str = "bandit"
    instance: int = 0

    torch: ClassVar[bool] = True
    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        whole(_WHERE, rounds=self.rounds, sequences=self.sequences)
        whole(_WHERE, least=2, arms=self.arms)
        demand(
            self.feedback in ("bandit", "full"), f"feedback={self.feedback!r}",
            where=_WHERE, expected='"bandit" or "full"',
        )  # fmt: skip
        check_law(self.sequence, self.options, where=_WHERE, adaptive=True)
        k, experts = self.arms, self.dimension is None
        self.features: np.ndarray | None = None
        if self.dimension is not None:
            whole(_WHERE, least=2, dimension=self.dimension)
            rng = np.random.default_rng([self.instance, 2**32 - 1])  # the seeds from [instance, 0] are the sequences'
            u = np.stack([direction(rng, self.dimension - 1, False) for _ in range(k)])
            self.features = np.concatenate([u, np.ones((k, 1))], axis=1) / np.sqrt(2.0)  # [K, d]
        self.losses: np.ndarray | None = None
        if self.sequence != ADAPTIVE:
            s, _ = sequences(
                self.sequence, self.options, count=self.sequences, rounds=self.rounds,
                dimension=k if experts else self.dimension - 1,  # type: ignore[operator]
                experts=experts, spread=self.spread, instance=self.instance, where=_WHERE,
            )  # fmt: skip
            worth = s if self.features is None else s @ (np.sqrt(2.0) * self.features[:, :-1].T)
            self.losses = np.clip((1.0 + worth) / 2.0, 0.0, 1.0)  # [M, T, K]
        self.observation_space = spaces.Box(0.0, 1.0, (2 * k + 1,), np.float32)
        self.action_space = spaces.Discrete(k)
        u = np.zeros((k, 1)) if self.features is None else np.sqrt(2.0) * self.features[:, :-1]
        self._tables = Tables(
            losses=np.zeros((1, k)) if self.losses is None else self.losses.reshape(-1, k), u=u, turned=u.T
        )

    # -- the game ------------------------------------------------------------------------------------------------------

    def start(self, n: int, rng: Streams) -> State:
        xp = rng.xp
        zero = xp.zeros_like(rng.seed[:n])
        number = xp.astype(zero, xp.float64)
        each = xp.stack([number] * self.arms, axis=1)
        which = rng.integers(self.sequences) if self.sequences > 1 else zero
        return dict.fromkeys(("shown", "seen", "sum", "counts"), each) | {
            "which": which, "round": zero, "lost": number, "regret": number,
        }  # fmt: skip

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        xp, own = rng.xp, self._tables(rng.device)
        if self.losses is None:
            losses = self._answer(state["counts"], own, xp)
        else:
            t = xp.minimum(state["round"], xp.full_like(state["round"], self.rounds - 1))
            losses = own["losses"][state["which"] * self.rounds + t]
        played = one_hot(action, losses)
        loss = dot(played, losses)
        total, lost = state["sum"] + losses, state["lost"] + loss
        best = xp.min(total, axis=1)
        regret = lost - best
        full = self.feedback == "full"
        after = {
            "shown": losses + 0.0 if full else losses * played,
            "seen": xp.ones_like(played) if full else played,
            "sum": total,
            "counts": state["counts"] + played,
            "which": state["which"],
            "round": state["round"] + 1,
            "lost": lost,
            "regret": regret,
        }
        columns = {
            "loss": loss,
            "comparator_loss": best,
            "pseudo_regret": regret - state["regret"],
            "dynamic_regret": loss - xp.min(losses, axis=1),
        }
        if full:
            columns["losses"] = losses + 0.0
        return after, -loss, after["round"] >= self.rounds, columns

    def _answer(self, counts: Array, own: Mapping[str, Array], xp: Any) -> Array:
        """[n, K] losses against the plays so far; in the first round all arms are equal."""
        if self.features is None:
            return xp.astype(counts == xp.max(counts, axis=1)[:, None], xp.float64)
        v = times(counts, own["turned"])
        size = xp.sqrt(dot(v, v))[:, None]
        v = v / xp.where(size > 1e-9, size, xp.ones_like(size))
        return xp.clip((1.0 + times(v, own["u"])) / 2.0, 0.0, 1.0)

    def look(self, state: State) -> Tree:
        xp = namespace(state["shown"])
        share = xp.astype(state["round"], xp.float64) / self.rounds
        return xp.astype(xp.concat([state["shown"], state["seen"], share[:, None]], axis=1), xp.float32)

    # -- what is known of it -------------------------------------------------------------------------------------------

    def best_fixed(self) -> tuple[np.ndarray, np.ndarray]:
        """The best arm of each whole sequence [M], and its loss [M].

        Raises:
            BadOption: for an adaptive sequence, which depends on the play.
        """
        total = self._known().sum(1)
        return total.argmin(1), total.min(1)

    def _known(self) -> np.ndarray:
        if self.losses is None:
            raise BadOption("an adaptive sequence", where=_WHERE, expected="one that does not depend on the play")
        return self.losses

    def to_mdp(self) -> Any:
        """The exact `TabularMDP` of one who knows the sequence: its number and the round, then the end; gamma = 1.

        Raises:
            BadOption: for an adaptive sequence.
        """
        from scipy import sparse

        from rewardlab.core.mdp import TabularMDP

        m, t, k = self._known().shape
        end = m * t
        state = np.arange(end)
        onward = np.append(np.where(state % t == t - 1, end, state + 1), end)
        P = sparse.csr_array(
            (np.ones((end + 1) * k), np.repeat(onward, k), np.arange((end + 1) * k + 1)), shape=((end + 1) * k, end + 1)
        )
        R = np.concatenate([-self._known().reshape(end, k), np.zeros((1, k))])
        initial = np.append(np.where(state % t == 0, 1.0 / m, 0.0), 0.0)
        return TabularMDP(P, R, gamma=1.0, initial=initial, terminal=np.arange(end + 1) == end)

    def draw(self, state: State, i: int) -> np.ndarray:
        t = max(int(state["round"][i]), 1)
        title = f"round {int(state['round'][i])} of {self.rounds}    regret {float(state['regret'][i]):.4g}"
        total = np.asarray(state["sum"][i])
        counts = np.asarray(state["counts"][i])
        return bars(title, counts / t, total / t, best=int(total.argmin()), words=("share of plays", "mean loss"))

    def text(self, state: State, i: int) -> str:
        t = int(state["round"][i])
        known = [
            f"arm {k} lost {float(state['shown'][i][k]):.4f}" for k in range(self.arms) if float(state["seen"][i][k])
        ]
        return "\n".join([f"round {t} of {self.rounds}", *known])

    def card(self) -> Card:
        k = self.arms
        random = optimal = None
        if self.losses is not None:
            random = -float(self.losses.mean(2).sum(1).mean())
            optimal = -float(self.losses.min(2).sum()) if self.sequences == 1 else None
        info = {
            "loss": "the loss of the played arm, 0..1",
            "comparator_loss": "loss of the best fixed arm in all rounds so far",
            "pseudo_regret": "growth of the regret against the best fixed arm so far; may be negative",
            "dynamic_regret": "loss minus that of the best arm of this round, >= 0",
        }
        if self.feedback == "full":
            info["losses"] = f"[{k}] the losses of all arms, 0..1"
        return Card(
            summary=f"{k} arms with losses in 0..1 that follow no law one may rely on; {self.rounds} rounds.",
            observation={
                f"loss[{k}]": "what was shown of the last losses, 0 where nothing was",
                f"seen[{k}]": "1 where the loss was shown, else 0",
                "time": "share of the rounds that are over, 0..1",
            },
            action={"action": f"the arm to play, 0..{k - 1}"},
            reward="The true reward is minus the loss of the played arm.",
            info=info,
            random_return=random,
            optimal_return=optimal,
            source="Auer and others, The Nonstochastic Multiarmed Bandit Problem, SIAM Journal on Computing 2002",
        )
