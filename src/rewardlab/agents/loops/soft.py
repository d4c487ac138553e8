"""Off-policy actor-critic with a squashed Gaussian: K soft critics, their targets, a temperature, one actor.

    y = r + γ (1 − terminated) (min_k Q̄_k(s', a') − α log π(a'|s')),    a' ~ π
    L_Q = ½ Σ_k E[ (Q_k(s, a) − y)² ],    L_α = −E[ log α (log π(a|s) + H̄) ]

What a method adds is the loss of its actor.

Source: Haarnoja, Zhou, Hartikainen, Tucker, Ha, Tan, Kumar, Zhu, Gupta, Abbeel, Levine, "Soft Actor-Critic Algorithms
and Applications", 2018, Equations 5 and 18; Fujimoto, van Hoof, Meger, "Addressing Function Approximation Error in
Actor-Critic Methods", ICML 2018, Equation 10 (the smaller of two).
"""

import math
from dataclasses import dataclass
from typing import Any

import stable_baselines3
import torch
from stable_baselines3.common.distributions import SquashedDiagGaussianDistribution
from torch import Tensor, nn
from torch.optim import Optimizer

from rewardlab.agents.loops.critics import Critics
from rewardlab.agents.loops.descent import Descent
from rewardlab.agents.loops.noise import redraw
from rewardlab.agents.loops.off_policy import OffPolicy
from rewardlab.agents.loops.predicting import Asked
from rewardlab.agents.loops.squashed import Drawn, draw, normal
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


@dataclass
class SoftNetworks:
    """The critics as one, their targets, the parameters of both, and how a value is shown and learned."""

    critics: Critics
    targets: Critics
    mine: list[Tensor]
    theirs: list[Tensor]
    loss: ValueLoss


class Descents:
    """Steps of actor, critics and temperature, each down its own gradient.

    Args:
        actor: its optimiser.
        critic: theirs.
        temperature: its own; None for a temperature that stays.
    """

    def __init__(self, actor: Optimizer, critic: Optimizer, temperature: Optimizer | None) -> None:
        self.actor, self.critic = Descent(actor, math.inf), Descent(critic, math.inf)
        self.temperature = None if temperature is None else Descent(temperature, math.inf)
        self.all = [d for d in (self.actor, self.critic, self.temperature) if d is not None]

    def tie(self) -> None:
        """As `Descent.tie`."""
        for d in self.all:
            d.tie()

    def settle(self) -> None:
        """As `Descent.settle`."""
        for d in self.all:
            d.settle()


class SoftOffPolicy(OffPolicy, stable_baselines3.SAC):
    """The part that methods with Stable-Baselines3's `SACPolicy` share; stands in front of `stable_baselines3.SAC`."""

    value_loss: ValueLoss | None
    target_entropy: Any

    def _setup_model(self) -> None:
        super()._setup_model()
        self._setup_critics()

    def _setup_critics(self) -> None:
        loss = Squared() if self.value_loss is None else self.value_loss
        if loss.width > 1:
            widen(self.policy, loss.width, self.lr_schedule(1), self._weights_seed)
        self.networks = SoftNetworks(
            Critics(self.critic),
            Critics(self.critic_target),
            list(self.critic.parameters()),
            list(self.critic_target.parameters()),
            loss,
        )
        self.descent = Descents(self.actor.optimizer, self.critic.optimizer, self.ent_coef_optimizer)  # type: ignore

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
            return Drawn(None, action, log_prob)
        mean, log_std, _ = self.actor.get_action_dist_params(obs)  # type: ignore[arg-type]
        return draw(mean, log_std, normal(mean, self.generator))

    @torch.no_grad()
    def explore(self, obs: Tree, mask: Tensor | None) -> Tensor:
        if self.use_sde:
            return self.actor(obs)  # type: ignore[no-any-return]
        return self._noisy(obs, self.generator)

    def _noisy(self, obs: Tree, generator: torch.Generator) -> Tensor:
        mean, log_std, _ = self.actor.get_action_dist_params(obs)  # type: ignore[arg-type]
        return torch.tanh(torch.addcmul(mean, log_std.exp(), normal(mean, generator)))

    def _policy_answers(self, deterministic: bool) -> bool:
        return deterministic or self.use_sde

    def _answer(self, ask: Asked, state: Any, episode_start: Any, deterministic: bool) -> tuple[Tensor, Any]:
        return self._noisy(ask.obs, self.predicting), state

    def optimizers(self) -> list[Optimizer]:
        temperature = [] if self.ent_coef_optimizer is None else [self.ent_coef_optimizer]
        return [self.actor.optimizer, self.critic.optimizer, *temperature]  # type: ignore

    def train(self, gradient_steps: int, batch_size: int = 64) -> None:
        """So many updates."""
        self.descent.tie()
        super().train(gradient_steps, batch_size)

    def lowest(self, shown: Tensor) -> Tensor:
        """[B]: the smallest value of what K critics show [K, B, width]."""
        return self.networks.loss.decode(shown).amin(0)

    def learn_from(self, batch: Transitions, discount: Tensor, *, move_targets: bool) -> dict[str, Tensor]:
        """One step of temperature, critics and actor, as Stable-Baselines3 orders them; what to log, as scalars.

        Args:
            batch: B steps, actions scaled to [−1, 1].
            discount: [B], 0 where the episode has terminated.
            move_targets: whether the targets follow afterwards.
        """
        if self.use_sde:
            redraw(self.actor, self.generator)
        drawn = self.drawn(batch.obs)
        temperature = self.temperature
        told: dict[str, Tensor] = {"ent_coef": temperature.detach().reshape(())}
        if self.descent.temperature is not None and self.log_ent_coef is not None:
            loss = temperature_loss(self.log_ent_coef, drawn.log_prob, self.target_entropy)
            self.descent.temperature(loss)
            told["ent_coef_loss"] = loss.detach()
        with torch.no_grad():
            following = self.drawn(batch.next_obs)
            beyond = self.lowest(self.networks.targets(batch.next_obs, following.action))
            target = soft_target(batch.reward, discount, beyond, following.log_prob, temperature)
        loss = critic_loss(self.networks.critics(batch.obs, batch.action), target, self.networks.loss)
        told["critic_norm"] = self.descent.critic(loss)
        told["critic_loss"] = loss.detach()
        value = self.lowest(self.networks.critics(batch.obs, drawn.action, frozen=True))
        loss = self.actor_loss(batch.obs, drawn, value, temperature)
        told["actor_norm"] = self.descent.actor(loss)
        told["actor_loss"] = loss.detach()
        if move_targets:
            follow(self.networks.theirs, self.networks.mine, self.tau)
            if self.batch_norm_stats:
                follow(self.batch_norm_stats_target, self.batch_norm_stats, 1.0)
        return told

    @property
    def temperature(self) -> Tensor:
        """α, a scalar or [1], without a gradient."""
        if self.log_ent_coef is not None:
            return self.log_ent_coef.detach().exp()
        return self.ent_coef_tensor


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
