"""Rewards that depend on who judges: what is known of a person, and the reward for somebody.

    P(1 ≻ 2 | person) = σ(S_1(person) − S_2(person)),    S(person) = Σ_t mask_t r(o_t, a_t, person)

A person is a vector [Z]: a latent type, weights of prototypes. A model finds it from a few answers (`for_user`) or
remembers it from the set that it was fitted to (`for_annotator`); either gives a plain `Reward`. Items are Transitions
[P, 2, T] with `info["label"]` [P] and `info["annotator"]` [P], whole numbers from 0.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Space
from torch import Tensor, nn

from rewardlab.core import nets
from rewardlab.core.arrays import Array, array, is_torch, tensor
from rewardlab.core.batch import Transitions
from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.core.reward import Reward
from rewardlab.rewards.preference.answers import Answers, counted
from rewardlab.rewards.preference.kernel import check_comparisons, preference_logit, segment_scores, usable
from rewardlab.rewards.preference.person import ForPerson

_PARTS = ("encoders", "fit", "norm", "people", "passes")
Step = tuple[Tensor, Tensor, Tensor]
"""A loss to step down, and what it came from: logits and labels of one shape."""


@dataclass(kw_only=True)
class PeopleModel(Reward):
    """A reward that is conditioned on a person; by itself it pays for the mean of those whose judgements it knows.

    Pays are raw scores. Comparisons fix neither their origin nor, where a person never errs, their scale: see
    `WinChance`, or standardise them.

    Args:
        observation_space: of obs. Without it the first batch decides, see `encoder_like`.
        action_space: of the actions, likewise.
        action: whether scores depend on the action.
        lr: of Adam.
        weight_decay: decoupled.
        batch_size: of a step.
        seed: of the network and all draws.

    Attributes:
        people: [U, Z], who the annotators of the last set are.

    Raises:
        BadOption: for an empty batch size.
    """

    observation_space: Space | None = None
    action_space: Space | None = None
    action: bool = True
    lr: float = 1e-3
    weight_decay: float = 0.01
    batch_size: int = 64
    seed: int = 0
    people: np.ndarray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise BadOption(f"batch_size={self.batch_size!r}", where=type(self).__name__, expected="at least 1")
        self._encoders: dict[str, nets.Encoder] = {}
        self._passes, self._device = 0, torch.device("cpu")
        self.people = self.nobody()[None]

    # -- what a method says ---------------------------------------------------------------------------------------

    def nobody(self) -> np.ndarray:
        """Who somebody is of whom nothing is known, [Z] float32."""
        raise NotImplementedError(f"{type(self).__name__} does not say what a person is: define nobody")

    def network(self, width: int, prompt: int, seed: int) -> nn.Module:
        """The network for D = `width` features, of which the first `prompt` are those of obs."""
        raise NotImplementedError(f"{type(self).__name__} has no network: define network")

    def step_scores(self, x: Tensor, person: Tensor) -> Tensor:
        """Scores [*lead] of whitened features [*lead, D] for persons [*lead, Z]."""
        raise NotImplementedError(f"{type(self).__name__} does not say what a step is worth: define step_scores")

    def epoch(self, answers: Answers, rng: np.random.Generator) -> Iterator[Step]:
        """One pass over the set."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it learns: define epoch")

    def persons(self, answers: Answers, count: int) -> np.ndarray:
        """Who 0 .. count − 1 are by their answers, [count, Z]."""
        raise NotImplementedError(f"{type(self).__name__} does not say how it knows a person: define persons")

    def begin(self, answers: Answers) -> None:
        """Called before the first pass of all."""

    def learned(self, answers: Answers) -> np.ndarray:
        """Who the annotators of the set are after learning, [U, Z]."""
        return self.persons(answers, int(answers.who.max()) + 1)

    # -- a reward for somebody ------------------------------------------------------------------------------------

    def for_annotator(self, annotator: int) -> ForPerson:
        """The reward for someone of the set that it was fitted to.

        Raises:
            BadOption: for an annotator that there was not.
        """
        if not 0 <= annotator < len(self.people):
            raise BadOption(
                f"annotator={annotator!r}",
                where=f"{type(self).__name__}.for_annotator",
                expected=f"0 .. {len(self.people) - 1}",
                mend="for_user(answers) for somebody new",
            )
        return ForPerson(self, self.people[annotator])

    def for_user(self, answers: Transitions) -> ForPerson:
        """The reward for somebody new.

        Args:
            answers: [N, 2, T] with `info["label"]` [N], all by one person; N may be 0.
        """
        return ForPerson(self, self.person(answers))

    def person(self, answers: Transitions) -> np.ndarray:
        """Who gave these answers, [Z]."""
        if not len(answers):
            return self.nobody()
        if not len(known := self.answers(self.checked(answers, someone=True), someone=True)):
            return self.nobody()
        return self.persons(known, 1)[0]

    # -- what it pays ---------------------------------------------------------------------------------------------

    def __call__(self, batch: Transitions) -> Array:
        return self.pay_for(batch, self.people.mean(0))

    @torch.no_grad()
    def pay_for(self, batch: Transitions, person: Array) -> Array:
        """What each step is worth to a person [Z], [*lead]."""
        out = self._worth(self.whitened(batch), person)
        return out.to(batch.reward.device) if is_torch(batch.reward) else out.cpu().numpy()

    @torch.no_grad()
    def segment_scores(self, items: Transitions, person: Array | None = None) -> Tensor:
        """Scores S [P, G] of segments [P, G, T] for a person [Z]; for the mean of all without."""
        who = self.people.mean(0) if person is None else person
        out: Tensor = segment_scores(self._worth(self.whitened(items), who), counted(items, self._device))
        return out

    def probabilities(self, pairs: Transitions) -> Array:
        """P(first better) [U, P] by each annotator that is known, float64."""
        gaps = [preference_logit(self.segment_scores(pairs, z)) for z in self.people]
        return array(torch.sigmoid(torch.stack(gaps).to(torch.float64)))

    def _worth(self, x: Tensor, person: Array) -> Tensor:
        z = tensor(person, device=x.device, dtype=x.dtype)
        return self.step_scores(x, z.expand(*x.shape[:-1], len(z)))

    def gap(self, answers: Answers, person: Tensor) -> Tensor:
        """S_1 − S_2 [P] for persons [P, Z]."""
        z = person[:, None, None].expand(*answers.x.shape[:-1], person.shape[-1])
        out: Tensor = preference_logit(segment_scores(self.step_scores(answers.x, z), answers.mask))
        return out

    # -- how it learns --------------------------------------------------------------------------------------------

    def update(self, batch: Transitions) -> dict[str, float]:
        """One epoch over items [P, 2, T]; batches of other axes teach nothing."""
        if len(batch.shape) != 3:
            return {}
        log = self.fit(batch, epochs=1)
        return {f"{self.name}/{k}": v for k, v in (log[-1] if log else {}).items()}

    def fit(
        self, items: Transitions, *, epochs: int = 20, progress: Callable[[dict[str, float]], None] | None = None
    ) -> list[dict[str, float]]:
        """Fit to a set of judged pairs, from where it stands.

        Args:
            items: [P, 2, T]; judgements that cannot be used are left out with a warning.
            epochs: passes over the set.
            progress: called after each epoch with its log.

        Returns:
            Per epoch: "loss", what was stepped down, and "accuracy" on sided judgements, each by its own person.

        Raises:
            BadBatch: for wrong axes, or observations that are not finite.
            MissingColumn: without labels or annotators.
            Diverged: if a loss or gradient is not finite.
        """
        items = self.checked(items)
        if not items.shape[0]:
            return []
        answers = self.answers(items, learn=True)
        rng = np.random.default_rng([self.seed, self._passes])
        if not self._passes:
            self.begin(answers)
        logs = []
        for _ in range(epochs):
            losses, hits, sided = [], 0.0, 0.0
            for loss, logit, label in self.epoch(answers, rng):
                losses.append(self._fit(loss)["loss"])
                right = ((logit.detach() > 0) == (label > 0.5)) & (label != 0.5)
                hits, sided = hits + float(right.sum()), sided + float((label != 0.5).sum())
            self._passes += 1
            accuracy = hits / sided if sided else float("nan")
            logs.append({"loss": float(np.mean(losses)), "accuracy": accuracy})
            if progress is not None:
                progress(logs[-1])
        self.people = self.learned(answers)
        return logs

    def checked(self, items: Transitions, *, someone: bool = False) -> Transitions:
        """The pairs that can be used; with `someone`, all are one person's."""
        where = type(self).__name__
        if not someone:
            return check_comparisons(usable(items, "annotator", self._named, where=where, axes=1), where=where)
        items = usable(items, "label", lambda x: (x >= 0) & (x <= 1), where=where, axes=1)  # few may well be alike
        if items.shape[1] != 2:
            raise BadBatch(f"answers {items.shape}", where=where, expected="pairs [N, 2, T]")
        return items

    def knows(self, annotator: np.ndarray) -> np.ndarray:
        """Which whole numbers [P] can be annotators of a set."""
        return annotator < 2**31

    def _named(self, x: np.ndarray) -> np.ndarray:
        return (x == np.floor(x)) & (x >= 0) & self.knows(x)

    # -- features -------------------------------------------------------------------------------------------------

    def answers(self, items: Transitions, *, learn: bool = False, someone: bool = False) -> Answers:
        """Checked pairs for the network; with `learn`, what whitens features takes them in."""
        x = self._encoded(items)
        if not x.isfinite().all():
            raise BadBatch(
                "observations or actions with NaN or infinity", where=type(self).__name__, expected="numbers"
            )
        mask = counted(items, x.device)
        if learn:
            self._norm.update(x[mask])
        label = tensor(items.info["label"], device=x.device, dtype=torch.float32)
        who = torch.zeros(len(label)) if someone else tensor(items.info["annotator"], device=x.device)
        return Answers(self.white(x), mask, label, who.to(x.device, torch.int64))

    def whitened(self, batch: Transitions) -> Tensor:
        """Features [*lead, D] as the network sees them."""
        return self.white(self._encoded(batch))

    def white(self, x: Tensor) -> Tensor:
        """Features [*lead, D] less their mean over their deviation."""
        return self._norm(x)

    def _encoded(self, batch: Transitions) -> Tensor:
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
        if x.device != self._device:
            self._fit.to(x.device)
            self._device = x.device
        return x

    def _build(self, encoders: dict[str, nets.Encoder]) -> None:
        self._encoders, width = encoders, sum(e.width for e in encoders.values())
        module = self.network(width, encoders["obs"].width, nets.child_seed(self.seed, 0))
        self._fit = nets.Fit(module, self.lr, clip=10.0, weight_decay=self.weight_decay, name=type(self).__name__)
        self._norm = nets.RunningNorm(width)

    # -- what it remembers ----------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        if not self._encoders:
            return {}
        encoders = {k: e.state_dict() for k, e in self._encoders.items()}
        held = (encoders, self._fit.state_dict(), self._norm.state_dict(), self.people.copy(), self._passes)
        return dict(zip(_PARTS, held, strict=True))

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.__post_init__()
        if not state:
            return
        check_keys(state, _PARTS, where=type(self).__name__)
        self._build({k: nets.Encoder.from_state(s) for k, s in state["encoders"].items()})
        self._fit.load_state_dict(state["fit"])
        self._norm.load_state_dict(state["norm"])
        self.people, self._passes = np.array(state["people"], dtype=np.float32), int(state["passes"])
