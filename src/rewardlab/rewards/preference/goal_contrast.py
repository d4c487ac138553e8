"""Goal-conditioned reward model: a contrast of states beside comparisons, so that prefixes too have a value.

    L = −log σ(r_w − r_l) + λ L_C,    L_C = −log σ(f(h_t, h_t+)) − log σ(−f(h_t, h_l)),    f(h, g) = cos(A h, A g) / τ
    Q(prefix) = cos(A h_last, G),    G = mean of A h at the ends of preferred segments

States h of a preferred segment are drawn to its own later ones, t+ > t, and away from any of the other segment. The
best f is the log ratio of both densities of g: Q says how likely a prefix leads to what is preferred, at each step and
without a head of its own.

Source: Nath, Slack, Da, Ma, Zhang, Whitehead, Hendryx, "Learning Goal-Conditioned Representations for Language Reward
Models", NeurIPS 2024, Section 3. Evidence: `benchmarks.effects.token_waiting_chains`, a small transformer that writes
sums of eight steps: 0.39 of them are right, 0.97 where of four continuations that of the largest Q is kept, and 0.03
with the goal of wrong ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium.spaces import Space
from torch import Tensor, nn

from rewardlab.core import nets
from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.memory import EpisodeMemory
from rewardlab.core.reward import Reward
from rewardlab.rewards.preference.kernel import check_comparisons, preference_logit, preference_loss
from rewardlab.rewards.preference.prefix_network import PrefixNetwork, drawn, last, lengths

_PARTS = ("encoders", "fit", "norm", "goal", "updates", "memory")


def contrast(towards: Array, away: Array) -> Array:
    """−log σ(f+) − log σ(−f−), of logits of any one shape."""
    return preference_loss(towards, 1.0) + preference_loss(away, 0.0)


@dataclass(kw_only=True)
class GoalContrast(Reward):
    """Pays each step the Q of its episode so far, in [−1, 1]; 0 before any lesson.

    Items are Transitions [P, 2, T] with `info["label"]` [P] and perhaps `info["mask"]` [P, 2, T], in which the steps
    that count come first. Whole segments are scored by a head on their last state. Ties teach no contrast.

    Args:
        observation_space: of obs. Without it the first batch decides, see `encoder_like`.
        action_space: of the actions, likewise.
        action: whether states depend on the actions.
        hidden: H, width of states.
        projection: width of A h.
        lam: λ >= 0, weight of the contrast.
        temperature: τ > 0.
        lr: of Adam.
        batch_size: items of a step.
        seed: of the network, the order of items and the positions drawn.

    Attributes:
        goal: G [projection]; set it to steer towards another goal, see `ends`.

    Raises:
        BadOption: for a number outside its range.
    """

    memory: ClassVar[bool] = True

    observation_space: Space | None = None
    action_space: Space | None = None
    action: bool = True
    hidden: int = 64
    projection: int = 64
    lam: float = 0.5
    temperature: float = 0.1
    lr: float = 3e-4
    batch_size: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.hidden, self.projection, self.batch_size) < 1 or not (self.lam >= 0 and self.temperature > 0):
            shown = ", ".join(
                f"{k}={getattr(self, k)!r}" for k in ("hidden", "projection", "batch_size", "lam", "temperature")
            )
            raise BadOption(shown, where="GoalContrast", expected="sizes >= 1, lam >= 0, temperature > 0")
        self._encoders: dict[str, nets.Encoder] = {}
        self._states = EpisodeMemory(0.0, (self.hidden,), where="GoalContrast")
        self.goal, self._updates = torch.zeros(self.projection), 0

    # -- what it says ---------------------------------------------------------------------------------------------

    def reset(self, begun: Array) -> None:
        self._states.reset(begun)

    @torch.no_grad()
    def __call__(self, batch: Transitions) -> Array:
        before = tensor(self._states.read(batch.reward), dtype=torch.float32)  # [H, N]
        x = self._encoded(batch)
        state = self._network.step(self._norm(x), before.T.to(x.device))
        self._states.write(_as(state.T, batch.reward))
        return _as(self._near(state), batch.reward)

    @torch.no_grad()
    def prefix_values(self, items: Transitions) -> Tensor:
        """Q [P, G, T] after each step of segments."""
        return self._near(self._hidden(items))

    @torch.no_grad()
    def prefix_scores(self, items: Transitions) -> Tensor:
        """The head's scores [P, G, T] after each step of segments; it was taught the last one alone."""
        return self._network.scores(self._hidden(items))

    def segment_scores(self, items: Transitions) -> Tensor:
        """Scores r [P, G] of whole segments."""
        return last(self.prefix_scores(items), lengths(items))

    @torch.no_grad()
    def ends(self, items: Transitions) -> Tensor:
        """A h [P, G, projection] at the ends of segments; the mean over examples of what is wanted is a goal."""
        return last(self._network.project(self._hidden(items)), lengths(items))

    def probabilities(self, pairs: Transitions) -> Array:
        """P(first better) [1, P], by the one model there is."""
        return array(torch.sigmoid(preference_logit(self.segment_scores(pairs)).to(torch.float64)))[None]

    # -- how it learns --------------------------------------------------------------------------------------------

    def update(self, batch: Transitions) -> dict[str, float]:
        """One epoch over items [P, 2, T]; batches of other axes teach nothing."""
        if len(batch.shape) != 3:
            return {}
        logs = self.fit(batch, epochs=1)
        return {f"{self.name}/{k}": v for k, v in (logs[-1] if logs else {}).items()}

    def fit(self, items: Transitions, *, epochs: int = 20) -> list[dict[str, float]]:
        """Fit to a set of judged items, from where it stands; then G is taken from their preferred segments.

        Args:
            items: [P, 2, T]; judgements that cannot be used are left out with a warning.
            epochs: passes over the set.

        Returns:
            Per epoch: "loss" of the comparisons, "contrast" without its weight, and "accuracy" on sided ones.

        Raises:
            BadBatch: for wrong axes, or observations that are not finite.
            MissingColumn: without judgements.
            Diverged: if a loss or gradient is not finite.
        """
        items = check_comparisons(items, where="GoalContrast")
        if not items.shape[0]:
            return []
        x = self._encoded(items)
        if not x.isfinite().all():
            raise BadBatch("observations or actions with NaN or infinity", where="GoalContrast", expected="numbers")
        length = lengths(items).to(x.device)  # [P, 2]
        self._norm.update(x[torch.arange(x.shape[2], device=x.device) < length[..., None]])
        label = tensor(items.info["label"], device=x.device, dtype=torch.float32)
        order, places = (np.random.default_rng([self.seed, self._updates, k]) for k in (0, 1))
        logs = []
        for _ in range(epochs):
            sums = np.zeros(3)
            for index in torch.from_numpy(order.permutation(len(x))).to(x.device).split(self.batch_size):
                states = self._network(self._norm(x[index]))  # [B, 2, T, H]
                logit = preference_logit(last(self._network.scores(states), length[index]))
                loss, apart = preference_loss(logit, label[index]).mean(), torch.zeros(())
                if self.lam:  # without it nothing is drawn or added: what remains is Bradley-Terry to the bit
                    apart = self._contrast(states, label[index], length[index], places)
                self._fit(loss + self.lam * apart)
                right = ((logit > 0) == (label[index] > 0.5)).to(torch.float32).sum()
                sums += [float(loss.detach()) * len(index), float(apart.detach()) * len(index), float(right)]
            logs.append(dict(zip(("loss", "contrast", "accuracy"), (sums / len(x)).tolist(), strict=True)))
        self._updates += 1
        sided = label != 0.5
        if sided.any():
            ends = self.ends(items)
            self.goal = torch.where((label > 0.5)[:, None], ends[:, 0], ends[:, 1])[sided].mean(0)
        return logs

    def goals(self, other: Tensor, length: Tensor, places: np.random.Generator) -> Tensor:
        """The negative goals [B, H]: a state of each segment not preferred, [B, T, H] of lengths [B]."""
        return last(other, drawn(length, places) + 1)

    def _contrast(self, states: Tensor, label: Tensor, length: Tensor, places: np.random.Generator) -> Tensor:
        """The mean contrast of some items, of which those count that have a side and two steps of it."""
        first = label > 0.5
        better, worse = (torch.where(side[:, None, None], states[:, 0], states[:, 1]) for side in (first, ~first))
        long, short = (torch.where(side, length[:, 0], length[:, 1]) for side in (first, ~first))
        source = drawn((long - 1).clamp(min=1), places)  # t in 0 .. L − 2
        later = source + 1 + drawn((long - 1 - source).clamp(min=1), places)  # t+ in t + 1 .. L − 1
        here, ahead = (last(better, t + 1) for t in (source, torch.minimum(later, long - 1)))
        away = self.goals(worse, short, places)
        a, g, n = (nn.functional.normalize(self._network.project(h), dim=-1) for h in (here, ahead, away))
        losses = contrast((a * g).sum(-1) / self.temperature, (a * n).sum(-1) / self.temperature)
        counts = ((label != 0.5) & (long > 1)).to(losses.dtype)
        out: Tensor = (losses * counts).sum() / counts.sum().clamp(min=1)
        return out

    # -- the network ----------------------------------------------------------------------------------------------

    def _encoded(self, batch: Transitions) -> Tensor:
        """Features [*lead, D], not yet whitened."""
        columns = {"obs": batch.obs} | ({"action": batch.action} if self.action else {})
        if not self._encoders:
            spaces = {"obs": self.observation_space, "action": self.action_space}
            self._build(
                {
                    k: nets.encoder_like(v, batch.shape) if (s := spaces[k]) is None else nets.encoder(s)
                    for k, v in columns.items()
                }
            )
        x = torch.cat([self._encoders[k](v, batch.shape) for k, v in columns.items()], -1)
        if x.device != self.goal.device:
            self._fit.to(x.device)
            self.goal = self.goal.to(x.device)
        return x

    def _build(self, encoders: dict[str, nets.Encoder]) -> None:
        self._encoders, width = encoders, sum(e.width for e in encoders.values())
        self._network = PrefixNetwork(width, self.hidden, self.projection, seed=nets.child_seed(self.seed, 0))
        self._fit = nets.Fit(self._network, self.lr, clip=10.0, name="GoalContrast")
        self._norm = nets.RunningNorm(width)

    def _hidden(self, items: Transitions) -> Tensor:
        x = self._encoded(replace(items, info={}))
        found: Tensor = self._network(self._norm(x))
        return found

    def _near(self, states: Tensor) -> Tensor:
        """cos(A h, G) [*lead]; 0 while there is no goal."""
        return nn.functional.cosine_similarity(self._network.project(states), self.goal.to(states.device), dim=-1)

    # -- what it remembers ----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        if not self._encoders:
            return {}
        encoders = {k: e.state_dict() for k, e in self._encoders.items()}
        goal = np.array(array(self.goal))
        held = (encoders, self._fit.state_dict(), self._norm.state_dict(), goal, self._updates)
        return dict(zip(_PARTS, (*held, self._states.state_dict()), strict=True))

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.__post_init__()
        if not state:
            return
        check_keys(state, _PARTS, where="GoalContrast")
        self._build({k: nets.Encoder.from_state(s) for k, s in state["encoders"].items()})
        self._fit.load_state_dict(state["fit"])
        self._norm.load_state_dict(state["norm"])
        self.goal, self._updates = torch.as_tensor(np.array(state["goal"])), int(state["updates"])
        self._states.load_state_dict(state["memory"])


def _as(x: Tensor, like: Array) -> Array:
    return x.to(like.device) if is_torch(like) else x.cpu().numpy()
