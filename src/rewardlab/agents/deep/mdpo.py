"""Mirror descent policy optimisation, on-policy.

    L = −E[ (π / πₖ) A ] + E[ KL(π ‖ πₖ) ] / tₖ,    π_{k+1} ∝ πₖ exp(tₖ A) at the optimum

A trust region without clipping or line search: several steps on the linearised return, held near the last policy by a
divergence that weighs more the smaller tₖ. Its gradient vanishes at πₖ, so that one step alone is a plain policy
gradient; it takes several to feel it.

Source: Tomar, Shani, Efroni, Ghavamzadeh, "Mirror Descent Policy Optimization", ICLR 2022, Equation 9 and Algorithm 1.
"""

from typing import Any, ClassVar

import stable_baselines3
import torch
from gymnasium import spaces
from torch import Tensor

from rewardlab.agents.loops.on_policy import OnPolicy
from rewardlab.agents.loops.rollouts import Minibatch
from rewardlab.core.errors import BadOption


def mirror_step(log_policy: Tensor, advantage: Tensor, step_size: float) -> Tensor:
    """log π_{k+1} [S, A]: the policy that maximises E_π[A] − KL(π ‖ πₖ) / t in each state.

    Args:
        log_policy: log πₖ [S, A].
        advantage: [S, A], of πₖ.
        step_size: t > 0.
    """
    return (log_policy + step_size * advantage).log_softmax(-1)


def proximal_loss(ratio: Tensor, advantage: Tensor, divergence: Tensor, step_size: float) -> Tensor:
    """−ρ A + KL / t of each step [B]."""
    return divergence / step_size - ratio * advantage


class MDPO(OnPolicy):
    """Mirror descent policy optimisation.

    Args:
        policy: "MlpPolicy", "CnnPolicy", "MultiInputPolicy" or a class.
        env: an id, a `gym.Env`, a Gymnasium `VectorEnv` or a `VecEnv`.
        learning_rate: a number, or a function of the progress that remains.
        n_steps: T of a rollout.
        batch_size: steps in a minibatch.
        n_epochs: passes over a rollout; with the minibatches they make the steps towards each mirror step.
        gamma: discount in [0, 1].
        gae_lambda: λ in [0, 1].
        step_size: t₀ > 0.
        anneal: tₖ falls linearly to 0 as training ends; False keeps t₀.
        normalize_advantage: in each minibatch.
        ent_coef: weight of the entropy.
        vf_coef: weight of the loss of the values.
        max_grad_norm: the largest norm of a gradient.
        **kwargs: of `OnPolicy` and of Stable-Baselines3's `OnPolicyAlgorithm`.

    Raises:
        BadOption: for a step size that is not above 0, or for gSDE, whose divergence is not known in closed form.
    """

    policy_aliases: ClassVar[dict[str, Any]] = stable_baselines3.PPO.policy_aliases

    def __init__(
        self,
        policy: Any,
        env: Any,
        learning_rate: Any = 3e-4,
        n_steps: int = 2048,
        batch_size: int = 64,
        n_epochs: int = 10,
        gamma: float = 0.99,
        gae_lambda: float = 0.95,
        step_size: float = 1.0,
        anneal: bool = True,
        normalize_advantage: bool = True,
        ent_coef: float = 0.0,
        vf_coef: float = 0.5,
        max_grad_norm: float = 0.5,
        **kwargs: Any,
    ) -> None:
        if not step_size > 0:
            raise BadOption(f"step_size={step_size!r}", where="MDPO", expected="above 0", mend="step_size=1.0")
        if kwargs.get("use_sde"):
            raise BadOption("use_sde=True", where="MDPO", expected="a policy whose divergence has a closed form")
        self.batch_size, self.n_epochs, self.normalize_advantage = batch_size, n_epochs, normalize_advantage
        self.step_size, self.anneal = step_size, anneal
        given = {"learning_rate": learning_rate, "n_steps": n_steps, "gamma": gamma, "gae_lambda": gae_lambda}
        given |= {"ent_coef": ent_coef, "vf_coef": vf_coef, "max_grad_norm": max_grad_norm}
        given |= {"use_sde": False, "sde_sample_freq": -1} | kwargs
        kinds = (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)
        super().__init__(policy, env, supported_action_spaces=kinds, **given)

    def begin_update(self) -> dict[str, float]:
        share = self.n_steps * self.n_envs / max(self._total_timesteps, 1)
        remaining = max(self._current_progress_remaining, share) if self.anneal else 1.0
        self._step_size = self.step_size * remaining
        return {"train/step_size": self._step_size}

    def objective(self, batch: Minibatch, outputs: Tensor, log_prob: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        assert self.networks.head is not None
        divergence = self.networks.head.divergence(outputs, batch.outputs)
        ratio = torch.exp(log_prob - batch.log_prob)
        loss = proximal_loss(ratio, batch.advantage, divergence, self._step_size).mean()
        return loss, {"divergence": divergence.detach().mean()}
