"""What agents with a token policy share: answers, steps down an objective, the logger, files.

    θ ← θ − Adam(∇_θ mean_p L_p),    L = objective(group), [P]

Source: Ouyang et al., "Training Language Models to Follow Instructions with Human Feedback", NeurIPS 2022, Section 3.4
(a policy, its reference, an objective over responses).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from rewardlab.agents.loops.tokens import stored
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.loops.tokens.row import encoded
from rewardlab.core import checkpoint
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.nets import Fit, child_seed, weights
from rewardlab.core.objective import Objective, as_objective

Loss = Objective | Callable[[Group], Array]
Reference = TokenPolicy | Literal["initial"] | None


class TokenAgent:
    """A token policy that descends an objective; loops add where the groups come from.

    Args:
        policy: what learns.
        objective: `Group -> [P]`; None for an agent that only acts.
        learning_rate: of Adam.
        max_grad_norm: the largest norm of a gradient; None for no limit.
        weight_decay: decoupled.
        reference: "initial" for the policy as it is now; a `TokenPolicy`, which the objective may move; None for none.
        temperature: of the law that samples and is scored.
        max_tokens: of an answer.
        micro_batch, recompute: see `TokenPolicy.fill`.
        seed: of the noise, and of the order of data.

    Attributes:
        num_timesteps: how much was learned from; the loops say of what.
        updates: steps of the optimiser.
    """

    def __init__(
        self,
        policy: TokenPolicy,
        objective: Loss | None,
        *,
        learning_rate: float,
        max_grad_norm: float | None,
        weight_decay: float,
        reference: Reference,
        temperature: float,
        max_tokens: int,
        micro_batch: int | None,
        recompute: bool,
        seed: int,
    ) -> None:
        self._name = type(self).__name__
        if not isinstance(policy, TokenPolicy):
            raise BadOption(f"policy={type(policy).__name__}", where=self._name, expected="a TokenPolicy")
        if not (reference is None or reference == "initial" or isinstance(reference, TokenPolicy)):
            raise BadOption(f"reference={reference!r}", where=self._name, expected='"initial", a TokenPolicy or None')
        if not temperature > 0:
            raise BadOption(f"temperature={temperature!r}", where=self._name, expected="above 0, to be learned with")
        policy.check(max_tokens=max_tokens, temperature=temperature)
        for name, value in (("learning_rate", learning_rate), ("weight_decay", weight_decay)):
            if not (isinstance(value, (int, float)) and 0 <= value < float("inf")):
                raise BadOption(f"{name}={value!r}", where=self._name, expected="a number of at least 0")
        self.policy, self.temperature, self.max_tokens, self.seed = policy, temperature, max_tokens, seed
        self.micro_batch, self.recompute = micro_batch, recompute
        self.objective = None if objective is None else as_objective(objective)
        self.reference = policy.reference() if reference == "initial" else reference
        self._own_reference = reference == "initial" and policy.lora is None
        self.optimiser = Fit(
            policy.model, learning_rate, clip=max_grad_norm, weight_decay=weight_decay, name=self._name
        )
        self.num_timesteps = self.updates = self._predictions = 0
        self._logger: Any = None

    # -- learning ------------------------------------------------------------------------------------------------

    def scores(self, policy: TokenPolicy, tokens: Tensor, mask: Tensor, window: Tensor) -> Tensor:
        """log π [P, G, T] under a policy that does not learn from it."""
        return policy.logp(tokens, mask, window, temperature=self.temperature, micro_batch=self.micro_batch)

    def descend(self, group: Group) -> dict[str, float]:
        """One step down the objective on a group whose info holds `tokens` and `window`; what to log."""
        assert self.objective is not None
        filled = self.policy.fill(
            group.info["tokens"],
            group.mask,
            group.info["window"],
            temperature=self.temperature,
            micro_batch=self.micro_batch,
            recompute=self.recompute,
            entropy_gradient=getattr(self.objective, "entropy_gradient", False),
        )
        now = replace(group, logp=filled.logp, info={**group.info, "entropy": filled.entropy})
        loss = self.objective(now).mean()
        told = self.optimiser(loss) if loss.requires_grad else {"loss": float(loss), "grad_norm": 0.0}
        self.updates += 1
        with torch.no_grad():
            now = replace(now, logp=filled.logp.detach())
            self.objective.update(now)
            count = now.mask.sum().clamp(min=1)
            log_ratio = (now.logp - now.old_logp) * (now.mask != 0)
            told["approx_kl"] = float((torch.expm1(log_ratio) - log_ratio).sum() / count)
            told["entropy"] = float(filled.entropy.sum() / count)
            told["kl_reference"] = float(now.h.sum() / count)
        return told

    # -- acting --------------------------------------------------------------------------------------------------

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        """The answer to one message, or answers to a list of them; and the dialogues so far, to be handed in again.

        Args:
            observation: the partner's last message, or a list of the last messages of several dialogues.
            state: what the call before returned; None begins dialogues.
            episode_start: not used: hand in None as state.
            deterministic: take the likeliest tokens; else sample.
        """
        single = isinstance(observation, str)
        said = [observation] if single else list(observation)
        past = [[] for _ in said] if state is None else [state] if single else list(state)
        if len(past) != len(said) or not all(isinstance(text, str) for text in said):
            raise BadOption(f"{observation!r:.80}", where=self._name, expected="a text or a list, with its state")
        dialogues = [[*p, {"role": "partner", "content": text}] for p, text in zip(past, said, strict=True)]
        room = self.policy.context - self.max_tokens
        first = self._predictions
        self._predictions += 0 if deterministic else len(said)
        made = self.policy.generate(
            [encoded(self.policy.vocabulary, d, room) for d in dialogues],
            max_tokens=self.max_tokens,
            seeds=[child_seed(self.seed, 1, first + i) for i in range(len(said))],
            temperature=0.0 if deterministic else self.temperature,
        )
        answers = [self.said(self.policy.vocabulary.decode(tokens)) for tokens, _ in made.rows()]
        for dialogue, answer in zip(dialogues, answers, strict=True):
            dialogue.append({"role": "agent", "content": answer})
        return (answers[0], dialogues[0]) if single else (answers, dialogues)

    def said(self, text: str) -> str:
        """What a sampled text is as an action."""
        return text

    # -- what the callbacks of Stable-Baselines3 ask ---------------------------------------------------------------

    @property
    def logger(self) -> Any:
        """Stable-Baselines3's logger; silent before `learn` or `set_logger`."""
        if self._logger is None:
            from stable_baselines3.common.logger import Logger

            self._logger = Logger(folder=None, output_formats=[])
        return self._logger

    def set_logger(self, logger: Any) -> None:
        """Write to a logger of Stable-Baselines3."""
        self._logger = logger

    def get_env(self) -> None:
        """None: dialogues are no `VecEnv`."""

    def get_vec_normalize_env(self) -> None:
        """None: nothing is normalised."""

    # -- files ---------------------------------------------------------------------------------------------------

    def options(self) -> dict[str, Any]:
        """The keyword arguments of the agent that are plain data."""
        return {
            "learning_rate": self.optimiser.lr,
            "max_grad_norm": self.optimiser.clip,
            "weight_decay": self.optimiser.weight_decay,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "micro_batch": self.micro_batch,
            "recompute": self.recompute,
            "seed": self.seed,
        }

    def state_dict(self) -> dict[str, Any]:
        """All that the rest of a run depends on: weights, moments, counters, reference, the objective's state."""
        adam = self.optimiser.state_dict()
        return {
            "policy": self.policy.state_dict(),
            "first": adam["first"],
            "second": adam["second"],
            "counters": [self.num_timesteps, self.updates, self.optimiser.steps, self._predictions],
            "reference": None if self.reference is None or not self._own_reference else self.reference.state_dict(),
            "adapters_off": self.reference is not None and self.policy.lora is not None,
            "objective": _state_of(self.objective),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`; what follows is what would have followed."""
        self.policy.load_state_dict(state["policy"])
        self.num_timesteps, self.updates, steps, self._predictions = map(int, state["counters"])
        held = {"module": weights(self.policy.model), "first": state["first"], "second": state["second"]}
        self.optimiser.load_state_dict({**held, "steps": steps})
        if state["reference"] is not None:
            self.reference = self.policy.reference() if self.reference is None else self.reference
            self.reference.load_state_dict(state["reference"])
            self._own_reference = True
        if state["objective"] is not None and self.objective is not None:
            loading = getattr(self.objective, "load_state_dict", None)
            if loading is None:
                raise BadCheckpoint("a state of another objective", where=self._name, expected="the same objective")
            loading(state["objective"])

    def save(self, path: str | Path) -> None:
        """Write the run to one file, which `load` reads without pickle; objective and reward are code, and are not.

        Raises:
            BadStore: if it cannot be written.
        """
        meta = {"policy": stored.described(self.policy), "options": self.options()}
        checkpoint.save(path, self._name, meta, self.state_dict())


def _state_of(objective: Objective | None) -> Any:
    states = getattr(objective, "state_dict", None)
    return None if states is None else states()


def read(path: str | Path, kind: str, *, device: Any = None) -> tuple[TokenPolicy, dict[str, Any], dict[str, Any]]:
    """Policy, options and state of a file of an agent.

    Raises:
        BadCheckpoint: if it is damaged, or another agent's.
    """
    meta, state = checkpoint.load(path, kind)
    return TokenPolicy(**stored.made(meta["policy"]), device=device), dict(meta["options"]), state
