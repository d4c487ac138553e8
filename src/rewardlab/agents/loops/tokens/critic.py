"""A critic of tokens: what a dialogue is still worth before each token that the agent says.

    V(s_t) = w·h_{t−1} + b,    L_V = ½ mean_t max((V − R)², (clipped V − R)²),    A, R by generalised advantages

A small model of its own, such as a copy of the policy, or a head on the policy's trunk, which then does not move by it.

Source: Ziegler et al., "Fine-Tuning Language Models from Human Preferences", 2019, Section 2; Ouyang et al., "Training
Language Models to Follow Instructions with Human Feedback", NeurIPS 2022, Appendix C (tokens as steps, the price of
each token's divergence in its reward).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import torch
from torch import Tensor, nn

from rewardlab.agents.loops.tokens import stored
from rewardlab.agents.loops.tokens.credit import gae, value_loss, whitened
from rewardlab.agents.loops.tokens.heads import Heads
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.nets import Fit, weights

NUMBERS = ("gamma", "lam", "clip", "price", "learning_rate", "max_grad_norm", "whiten")


class TokenCritic:
    """Values of tokens, and the advantages that come of them.

    Args:
        trunk: whose hidden states are read: a `TokenPolicy` with the vocabulary of the one that learns, such as
            `policy.copy()` or a smaller one, which learns from the values; or that policy itself, and a head learns.
        gamma: γ of one own token, 0 to 1.
        lam: λ, 0 to 1.
        clip: how far a value is followed from where it was in one iteration; None for any way.
        price: β ≥ 0 of log π_old − log π_ref, taken off each token's reward.
        whiten: whether advantages are brought to mean 0 and deviation 1 over the tokens of an iteration.
        learning_rate: of Adam.
        max_grad_norm: the largest norm of a gradient; None for no limit.

    Raises:
        BadOption: for values outside their ranges.
    """

    def __init__(
        self,
        trunk: TokenPolicy,
        *,
        gamma: float = 1.0,
        lam: float = 0.95,
        clip: float | None = 0.2,
        price: float = 0.0,
        whiten: bool = True,
        learning_rate: float = 1e-3,
        max_grad_norm: float | None = 1.0,
    ) -> None:
        where = type(self).__name__
        for name, value, top in (("gamma", gamma, 1), ("lam", lam, 1), ("price", price, float("inf"))):
            if not (isinstance(value, (int, float)) and 0 <= value <= top):
                raise BadOption(f"{name}={value!r}", where=where, expected=f"0 to {top}")
        if clip is not None and not clip > 0:
            raise BadOption(f"clip={clip!r}", where=where, expected="above 0, or None")
        if not isinstance(trunk, TokenPolicy):
            raise BadOption(f"trunk={type(trunk).__name__}", where=where, expected="a TokenPolicy")
        self.trunk, self.gamma, self.lam, self.clip, self.price = trunk, gamma, lam, clip, price
        self.whiten, self.learning_rate, self.max_grad_norm = whiten, learning_rate, max_grad_norm
        self.micro_batch: int | None = None
        self.recompute = False
        self._fitted(Heads(trunk))

    def _fitted(self, heads: Heads) -> None:
        self.heads = heads
        module: nn.Module = heads if heads.learns else heads.head
        self.optimiser = Fit(module, self.learning_rate, clip=self.max_grad_norm, name=type(self).__name__)

    def join(self, policy: TokenPolicy, *, micro_batch: int | None = None, recompute: bool = False) -> None:
        """Become the critic of a policy.

        Raises:
            BadOption: for a trunk with another vocabulary, or a shorter context.
        """
        if self.trunk.vocabulary.state_dict() != policy.vocabulary.state_dict() or self.trunk.context < policy.context:
            raise BadOption(
                "a trunk of another vocabulary or a shorter context",
                where=type(self).__name__,
                expected="those of the policy",
                mend="TokenCritic(policy.copy())",
            )
        self.micro_batch, self.recompute = micro_batch, recompute
        if (self.trunk.model is policy.model) is self.heads.learns:
            self._fitted(Heads(self.trunk, learns=self.trunk.model is not policy.model))

    def judged(self, group: Group, truncated: Tensor) -> Group:
        """A group with further columns [P, G, T]: `advantage`, `value` and `target`.

        Args:
            group: with `tokens`, `window` and `step_reward`, ending in what the agent would answer next where a limit
                ended the dialogue.
            truncated: bool [P, G], ended by a limit.
        """
        own, tokens, window = group.mask != 0, group.info["tokens"], group.info["window"]
        last = (window >= 0).sum(-1, keepdim=True) - 1  # [P, G, 1]
        end = torch.zeros_like(own).scatter(-1, last.clamp(min=0), truncated[..., None])
        with torch.no_grad():
            read = self._after(tokens, _before(own) | end, window)
        value = _shifted(read) * own
        beyond = torch.where(truncated, read.gather(-1, last.clamp(min=0))[..., 0], 0.0)
        reward = group.info["step_reward"] - self.price * (group.old_logp - group.ref_logp) * own
        advantage = gae(reward, value, beyond, group.mask, gamma=self.gamma, lam=self.lam)
        columns = {
            "advantage": whitened(advantage, group.mask) if self.whiten else advantage,
            "value": value,
            "target": advantage + value,
        }
        return replace(group, info={**group.info, **columns})

    def descend(self, group: Group) -> dict[str, float]:
        """One step of the values towards their targets, on a group that was judged; what to log."""
        own = group.mask != 0
        read = self._after(group.info["tokens"], _before(own), group.info["window"])
        target, old = group.info["target"], group.info["value"]
        told = self.optimiser(value_loss(_shifted(read), old, target, group.mask, self.clip))
        off, all_of_it = ((target - x)[own].var(correction=0) for x in (old, torch.zeros_like(old)))
        explained = float(1 - off / all_of_it) if own.any() and float(all_of_it) > 0 else 0.0
        return {"value_loss": told["loss"], "value_grad_norm": told["grad_norm"], "explained_variance": explained}

    def values(self, tokens: Tensor, mask: Tensor, window: Tensor | None = None) -> Tensor:
        """V(s_t) [*lead, T] before each token that counts, 0 elsewhere, without a gradient."""
        with torch.no_grad():
            return _shifted(self._after(tokens, _before(mask != 0), window)) * (mask != 0)

    def _after(self, tokens: Tensor, at: Tensor, window: Tensor | None) -> Tensor:
        found: Tensor = self.heads(tokens, at, window, micro_batch=self.micro_batch, recompute=self.recompute)
        return found[..., 0]

    # -- files ---------------------------------------------------------------------------------------------------

    def options(self) -> dict[str, Any]:
        """All that makes it anew, as JSON."""
        trunk = stored.described(self.trunk) if self.heads.learns else None
        return {"trunk": trunk, **{name: getattr(self, name) for name in NUMBERS}}

    @classmethod
    def made(cls, options: Mapping[str, Any] | None, policy: TokenPolicy) -> Self | None:
        """The critic of `options`, with its first weights; on the trunk of `policy` where it had none of its own."""
        if options is None:
            return None
        trunk = policy
        if options["trunk"] is not None:
            trunk = TokenPolicy(**stored.made(options["trunk"]), device=policy.device)
        return cls(trunk, **{name: options[name] for name in NUMBERS})

    def state_dict(self) -> dict[str, Any]:
        """Weights, moments and the number of steps."""
        adam = self.optimiser.state_dict()
        return {**self.heads.numbers(), "first": adam["first"], "second": adam["second"], "steps": adam["steps"]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over a `state_dict`; what follows is what would have followed.

        Raises:
            BadCheckpoint: for the state of something else.
        """
        if set(state) != {"head", "trunk", "first", "second", "steps"} or (state["trunk"] is None) is self.heads.learns:
            raise BadCheckpoint(f"a state with {sorted(state)}", where=type(self).__name__, expected="a critic's")
        self.heads.take(state)
        held = {k: state[k] for k in ("first", "second", "steps")}
        self.optimiser.load_state_dict({"module": weights(self.optimiser.module), **held})


def _before(own: Tensor) -> Tensor:
    """Where the state of the next token is read: on the token before it."""
    return torch.cat([own[..., 1:], torch.zeros_like(own[..., :1])], -1)


def _shifted(after: Tensor) -> Tensor:
    """What was read after each token, at the token that comes next."""
    return torch.cat([torch.zeros_like(after[..., :1]), after[..., :-1]], -1)
