"""The loop over recorded comparisons: a token policy descends an objective on pairs or lists of responses.

    Group [P, G, T] of P prompts with G given responses each,    log π_ref computed once

`num_timesteps` counts comparisons. Nothing is sampled, so `old_logp = ref_logp`.

Source: Rafailov et al., "Direct Preference Optimization: Your Language Model is Secretly a Reward Model", NeurIPS 2023,
Section 4 (the pipeline: a reference, recorded pairs, an objective).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from rewardlab.agents.loops.callbacks import Callback, listen, progress
from rewardlab.agents.loops.tokens.agent import Loss, Reference, TokenAgent, read
from rewardlab.agents.loops.tokens.checks import counts, whole_number
from rewardlab.agents.loops.tokens.groups import tasks
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.loops.tokens.row import encoded
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadOption


@dataclass(frozen=True)
class Comparison:
    """A prompt, responses to it, and what they are worth.

    Attributes:
        prompt: a message of the partner, or a dialogue of messages `{"role", "content"}`.
        responses: G texts.
        rewards: G numbers, the larger the better: scores, ranks or labels.
        info: further columns of the group: name -> a number; G numbers; or G rows of numbers, one for each token of a
            response, in the order of `vocabulary.spoken(text)`, the end included.
    """

    prompt: str | Sequence[Mapping[str, str]]
    responses: Sequence[str]
    rewards: Sequence[float]
    info: Mapping[str, Any] = field(default_factory=dict)


class PreferenceAgent(TokenAgent):
    """A token policy that learns from recorded comparisons.

    Args:
        comparisons: each with the same number of responses; None for an agent that only acts.
        policy: what learns.
        objective: `Group -> [P]`, e.g. of `agents.direct_preference`.
        batch_size: comparisons per step.
        learning_rate: of Adam.
        max_grad_norm: the largest norm of a gradient; None for no limit.
        weight_decay: decoupled.
        reference: "initial" the policy as it is now; a `TokenPolicy`; None: 0 everywhere, for objectives that
            need none.
        moving: True for a reference that the objective moves: it is then scored anew in every step.
        temperature: of the law.
        max_tokens: of an answer in `predict`.
        micro_batch, recompute: see `TokenPolicy.fill`.
        seed: of the order.

    Attributes:
        told: what the last step told.

    Raises:
        BadOption: for comparisons of different sizes, or responses that do not fit into the context or the vocabulary.
    """

    def __init__(
        self,
        comparisons: Sequence[Comparison] | None,
        policy: TokenPolicy,
        objective: Loss | None,
        *,
        batch_size: int = 16,
        learning_rate: float = 1e-4,
        max_grad_norm: float | None = 1.0,
        weight_decay: float = 0.0,
        reference: Reference = "initial",
        moving: bool = False,
        temperature: float = 1.0,
        max_tokens: int = 64,
        micro_batch: int | None = None,
        recompute: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__(
            policy,
            objective,
            learning_rate=learning_rate,
            max_grad_norm=max_grad_norm,
            weight_decay=weight_decay,
            reference=reference,
            temperature=temperature,
            max_tokens=max_tokens,
            micro_batch=micro_batch,
            recompute=recompute,
            seed=seed,
        )
        counts(self._name, batch_size=batch_size)
        self.batch_size, self.moving = batch_size, moving
        self.told: dict[str, float] = {}
        self.group = None if comparisons is None else compared(policy, comparisons)
        self._referred = False

    def learn(self, total_timesteps: int, callback: Callback | None = None, progress_bar: bool = False) -> Self:
        """Learn from at least `total_timesteps` more comparisons, in passes over all of them.

        Args:
            total_timesteps: at least 0; `epochs * len(comparisons)` for so many passes.
            callback: called after each step with `self`, `group`, `told` and `total_timesteps`; ends training by
                returning False. Or a callback of Stable-Baselines3.
            progress_bar: show one.

        Raises:
            BadOption: without comparisons or an objective, or for a bad number or callback.
            Diverged: if a loss is not finite; nothing was stepped by it.
        """
        total_timesteps = whole_number(total_timesteps, where=self._name)
        if self.group is None or self.objective is None:
            raise BadOption(
                "no comparisons or no objective to learn with", where=self._name, mend="load(path, data, ...)"
            )
        self._refer()
        until, count = self.num_timesteps + total_timesteps, len(self.group.reward)
        call, end = listen(callback, self, total_timesteps)
        with progress(progress_bar, total_timesteps) as bar:
            while self.num_timesteps < until:
                epoch, at = divmod(self.num_timesteps, count)
                order = np.random.default_rng([self.seed, epoch]).permutation(count)
                part = tasks(self.group, order[at : at + self.batch_size])
                if self.moving and self.reference is not None:
                    part = self._with(part, self._scored(part))
                self.told = self.descend(part)
                self.num_timesteps += len(part.reward)
                for name, value in self.told.items():
                    self.logger.record(f"train/{name}", value)
                self.logger.dump(self.num_timesteps)
                if bar is not None:
                    bar.update(len(part.reward))
                now = {"self": self, "group": part, "told": self.told, "total_timesteps": total_timesteps}
                go_on = None if call is None else call(now)
                if go_on is not None and not go_on:
                    break
        end()
        return self

    def _refer(self) -> None:
        """Score all responses under the reference, once."""
        if not self._referred and self.reference is not None and not self.moving:
            assert self.group is not None
            self.group = self._with(self.group, self._scored(self.group))
        self._referred = True

    def _scored(self, group: Group) -> Any:
        assert self.reference is not None
        return self.scores(self.reference, group.info["tokens"], group.mask, group.info["window"])

    @staticmethod
    def _with(group: Group, ref_logp: Any) -> Group:
        return Group(group.logp, ref_logp, ref_logp, group.mask, group.reward, group.info)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        super().load_state_dict(state)
        self._referred = False

    def options(self) -> dict[str, Any]:
        return {**super().options(), "batch_size": self.batch_size, "moving": self.moving}

    @classmethod
    def load(
        cls,
        path: str | Path,
        env: Sequence[Comparison] | None = None,
        *,
        objective: Loss | None = None,
        reference: Reference = None,
        device: Any = None,
    ) -> Self:
        """The agent that `save` wrote; with the same comparisons and objective it goes on to the bit.

        Args:
            path: the file.
            env, objective: comparisons and loss, to go on learning; None for an agent that acts.
            reference: where it was a policy of its own; an initial one is in the file.
            device: where it runs.

        Raises:
            BadCheckpoint: if the file is damaged, or another agent's.
        """
        policy, options, state = read(path, cls.__name__, device=device)
        if reference is None and state["adapters_off"]:
            reference = "initial"
        made = cls(env, policy, objective, reference=reference, **options)
        made.load_state_dict(state)
        return made


def compared(policy: TokenPolicy, comparisons: Sequence[Comparison]) -> Group:
    """Comparisons as a group [P, G, T] with the policy's tokens, nothing of it scored yet.

    Raises:
        BadOption: see `PreferenceAgent`.
    """
    vocabulary, where = policy.vocabulary, "PreferenceAgent"
    sizes = {(len(c.responses), len(c.rewards)) for c in comparisons}
    if len(sizes) != 1 or len(set(next(iter(sizes)))) != 1 or not next(iter(sizes))[0]:
        raise BadOption(
            f"{len(comparisons)} comparisons of {sorted(sizes)} responses and rewards",
            where=where,
            expected="at least one, all with the same number of responses, and a reward for each",
        )
    rows, columns, spoken_in = [], dict[str, list[Any]](), list[list[list[int]]]()
    for n, c in enumerate(comparisons):
        said = [{"role": "partner", "content": c.prompt}] if isinstance(c.prompt, str) else [dict(m) for m in c.prompt]
        spoken = [vocabulary.spoken(text) for text in c.responses]
        room = policy.context - max(map(len, spoken))
        if room <= len(vocabulary.opening()) + len(vocabulary.begin()):
            raise BadOption(
                f"a response of comparison {n} is too long", where=where, expected=f"{policy.context} tokens"
            )
        prompt = encoded(vocabulary, said, room)
        rows += [(prompt + s, [0] * len(prompt) + [1] * len(s)) for s in spoken]
        for name in c.info:
            columns.setdefault(name, []).append(c.info[name])
        spoken_in.append(spoken)
    short = [name for name, values in columns.items() if len(values) < len(comparisons)]
    if short:
        raise BadOption(f"info {short} of some comparisons only", where=where, expected="the same columns in all")
    lead, longest = (len(comparisons), next(iter(sizes))[0]), max(len(ids) for ids, _ in rows)
    device = policy.device
    tokens = torch.tensor([ids + [vocabulary.pad] * (longest - len(ids)) for ids, _ in rows], device=device)
    mask = torch.tensor([own + [0] * (longest - len(own)) for _, own in rows], dtype=torch.float32, device=device)
    window = torch.tensor([[0] * len(ids) + [-1] * (longest - len(ids)) for ids, _ in rows], device=device)
    tokens, mask, window = (x.reshape(*lead, longest) for x in (tokens, mask, window))
    reward = torch.tensor([list(map(float, c.rewards)) for c in comparisons], device=device)
    info = {k: _column(k, v, spoken_in, mask) for k, v in columns.items()}
    zero = torch.zeros_like(mask)
    return Group(zero, zero, zero, mask, reward, {**info, "tokens": tokens, "window": window})


def _column(name: str, values: list[Any], spoken: list[list[list[int]]], mask: Tensor) -> Tensor:
    """A column [N], [N, G], or [N, G, T] with 0 where no token of a response stands.

    Raises:
        BadOption: for a row of another length than its response.
    """
    of_tokens = [isinstance(v, (list, tuple, np.ndarray)) and all(np.ndim(x) == 1 for x in v) for v in values]
    if not all(of_tokens):
        return torch.as_tensor(np.asarray(values), device=mask.device)
    out = torch.zeros_like(mask)
    for n, (value, texts) in enumerate(zip(values, spoken, strict=True)):
        for g, ids in enumerate(texts):
            row = np.asarray(value[g] if g < len(value) else [], dtype=np.float32)
            if len(row) != len(ids) or len(value) != len(texts):
                raise BadOption(
                    f"info[{name!r}] of comparison {n} has {len(row)} numbers for response {g}",
                    where="PreferenceAgent",
                    expected=f"{len(ids)}, one for each token, in {len(texts)} rows",
                    mend="len(policy.vocabulary.spoken(text))",
                )
            out[n, g, mask[n, g] != 0] = torch.as_tensor(row, device=mask.device)
    return out
