"""Off-policy actor-critic with a squashed Gaussian: K soft critics, their targets, a temperature, one actor.

    y = r + γ (1 − terminated) (min_k Q̄_k(s', a') − α log π(a'|s')),    a' ~ π
    L_Q = ½ Σ_k E[ (Q_k(s, a) − y)² ],    L_α = −E[ log α (log π(a|s) + H̄) ]

What a method adds is the loss of its actor.

Source: Haarnoja, Zhou, Hartikainen, Tucker, Ha, Tan, Kumar, Zhu, Gupta, Abbeel, Levine, "Soft Actor-Critic Algorithms
and Applications", 2018, Equations 5 and 18; Fujimoto, van Hoof, Meger, "Addressing Function Approximation Error in
Actor-Critic Methods", ICML 2018, Equation 10 (the smaller of two).
"""

import math
from typing import Any

import torch
from stable_baselines3.common.distributions import SquashedDiagGaussianDistribution
from torch import Tensor, nn

from rewardlab.agents.loops.critics import Critics
from rewardlab.agents.loops.descent import Descent
from rewardlab.agents.loops.off_policy import OffPolicy
from rewardlab.agents.loops.squashed import Drawn, draw
from rewardlab.agents.loops.values import Squared, ValueLoss
from rewardlab.core.arrays import Tree
from rewardlab.core.batch import Transitions
from rewardlab.core.nets import child_seed, seeded


def soft_target(reward: Tensor, discount: Tensor, value: Tensor, log_prob: Tensor, temperature: Tensor) -> Tensor:
    """r + γ (V − α log π) [B].

    Args:
        reward: [B].
        discount: [B], 0 where the episode has terminated.
        value: [B] min_k Q̄_k(s', a').
        log_prob: [B] of a'.
        temperature: α, a scalar or [1].
    """
    return reward + discount * (value - temperature * log_prob)


def temperature_loss(log_temperature: Tensor, log_prob: Tensor, target_entropy: float) -> Tensor:
    """−E[ log α (log π + H̄) ]: lowers α while actions [B] are more random than H̄ asks."""
    return -(log_temperature * (log_prob + target_entropy).detach()).mean()


def critic_loss(shown: Tensor, target: Tensor, loss: ValueLoss | None = None) -> Tensor:
    """½ Σ_k E[ loss ] of what K critics show [K, B, width] for targets [B]; squared errors if no loss is named."""
    return 0.5 * (Squared() if loss is None else loss).loss(shown, target.expand(shown.shape[:-1])).mean(-1).sum()


class SoftOffPolicy(OffPolicy):
    """The part that methods with Stable-Baselines3's `SACPolicy` share; stands in front of `stable_baselines3.SAC`."""

    value_loss: ValueLoss | None
    target_entropy: Any

    def _setup_model(self) -> None:
        super()._setup_model()
        self._setup_critics()

    def _setup_critics(self) -> None:
        loss = Squared() if self.value_loss is None else self.value_loss
        self._loss: ValueLoss = loss
        if loss.width > 1:
            widen(self.policy, loss.width, self.lr_schedule(1), self._weights_seed)
        self.critics, self.target_critics = Critics(self.critic), Critics(self.critic_target)
        self._actor_descent = Descent(self.actor.optimizer, math.inf)
        self._critic_descent = Descent(self.critic.optimizer, math.inf)
        self._temperature_descent = (
            None if self.ent_coef_optimizer is None else Descent(self.ent_coef_optimizer, math.inf)
        )
        self._mine, self._theirs = list(self.critic.parameters()), list(self.critic_target.parameters())

    # -- what a method writes ------------------------------------------------------------------------------------

    def actor_loss(self, obs: Tree, drawn: Drawn, value: Tensor, temperature: Tensor) -> Tensor:
        """The loss of the actor, a scalar.

        Args:
            obs: [B, *obs].
            drawn: the actor's actions there, with gradients.
            value: [B] min_k Q_k of them, with gradients.
            temperature: α, without.
        """
        raise NotImplementedError

    # -- the update ----------------------------------------------------------------------------------------------

    def drawn(self, obs: Tree) -> Drawn:
        """Actions of the actor for observations [B, *obs]."""
        if type(self.actor.action_dist) is not SquashedDiagGaussianDistribution:  # a distribution of its own: gSDE
            action, log_prob = self.actor.action_log_prob(obs)  # type: ignore[arg-type]
            return Drawn(self.actor.action_dist.gaussian_actions, action, log_prob)  # type: ignore[attr-defined]
        mean, log_std, _ = self.actor.get_action_dist_params(obs)  # type: ignore[arg-type]
        return draw(mean, log_std, self._noise(mean))

    def _noise(self, like: Tensor) -> Tensor:
        return torch.randn(like.shape, generator=self.generator, device=like.device, dtype=like.dtype)

    def lowest(self, shown: Tensor) -> Tensor:
        """[B]: the smallest value of what K critics show [K, B, width]."""
        return self._loss.decode(shown).amin(0)

    def learn_from(self, batch: Transitions, discount: Tensor, *, move_targets: bool) -> dict[str, Tensor]:
        """One step of temperature, critics and actor, as Stable-Baselines3 orders them; what to log, as scalars.

        Args:
            batch: B steps, actions scaled to [−1, 1].
            discount: [B], 0 where the episode has terminated.
            move_targets: whether the targets follow afterwards.
        """
        if self.use_sde:
            self.actor.reset_noise()
        drawn = self.drawn(batch.obs)
        temperature = self.temperature
        told: dict[str, Tensor] = {"ent_coef": temperature.detach().reshape(())}
        if self._temperature_descent is not None:
            loss = temperature_loss(self.log_ent_coef, drawn.log_prob, self.target_entropy)
            self._temperature_descent(loss)
            told["ent_coef_loss"] = loss.detach()
        with torch.no_grad():
            following = self.drawn(batch.next_obs)
            beyond = self.lowest(self.target_critics(batch.next_obs, following.action))
            target = soft_target(batch.reward, discount, beyond, following.log_prob, temperature)
        loss = critic_loss(self.critics(batch.obs, batch.action), target, self._loss)
        told["critic_norm"] = self._critic_descent(loss)
        told["critic_loss"] = loss.detach()
        value = self.lowest(self.critics(batch.obs, drawn.action, frozen=True))
        loss = self.actor_loss(batch.obs, drawn, value, temperature)
        told["actor_norm"] = self._actor_descent(loss)
        told["actor_loss"] = loss.detach()
        if move_targets:
            follow(self._theirs, self._mine, self.tau)
            if self.batch_norm_stats:
                follow(self.batch_norm_stats_target, self.batch_norm_stats, 1.0)
        return told

    @property
    def temperature(self) -> Tensor:
        """α, a scalar or [1], without a gradient."""
        if self.log_ent_coef is not None:
            return self.log_ent_coef.detach().exp()
        return self.ent_coef_tensor

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), *_HELD]


_HELD = (
    "critics",
    "target_critics",
    "_actor_descent",
    "_critic_descent",
    "_temperature_descent",
    "_mine",
    "_theirs",
    "_loss",
)


@torch.no_grad()
def follow(targets: list[Tensor], sources: list[Tensor], tau: float) -> None:
    """θ̄ ← θ̄ + τ (θ − θ̄) for each pair."""
    torch._foreach_lerp_(targets, sources, tau)


def widen(policy: Any, width: int, lr: float, seed: int) -> None:
    """Give the critics of a `SACPolicy` that many outputs, and a fresh optimiser."""
    with seeded(child_seed(seed, 0)):
        for critic in (policy.critic, policy.critic_target):
            for network in critic.q_networks:
                last = network[-1]
                network[-1] = nn.Linear(last.in_features, width).to(last.weight.device)
    policy.critic_target.load_state_dict(policy.critic.state_dict())
    old = policy.critic.optimizer
    held = {id(p) for g in old.param_groups for p in g["params"]}
    shared = {id(p) for p in policy.critic.features_extractor.parameters() if id(p) not in held}
    mine = [p for p in policy.critic.parameters() if id(p) not in shared]
    policy.critic.optimizer = policy.optimizer_class(mine, lr=lr, **policy.optimizer_kwargs)
