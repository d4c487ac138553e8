"""Mirror descent policy optimisation, off-policy.

    L = E_{s∼D, a∼π}[ log π(a|s) − log πₖ(a|s) − t Q(s, a) ],    π_{k+1} ∝ πₖ exp(t Q) at the optimum

The actor takes m steps towards the policy that Q would have it be, held near a frozen copy of what it was; then the
copy is renewed. With πₖ uniform it is soft actor-critic's loss over α, where t = 1 / α. With a temperature above 0, Q
counts the entropy that follows and L the entropy now (its "soft" version).

Source: Tomar, Shani, Efroni, Ghavamzadeh, "Mirror Descent Policy Optimization", ICLR 2022, Section 4.2 and Algorithm 2;
Tsallis, "Possible generalization of Boltzmann-Gibbs statistics", Journal of Statistical Physics 1988.
"""

from typing import Any

import torch
from torch import Tensor

from rewardlab.agents.loops.soft import SoftOffPolicy
from rewardlab.agents.loops.squashed import Drawn, log_density
from rewardlab.core.arrays import Tree
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.core.nets import seeded


def mirror_actor_loss(closeness: Tensor, value: Tensor, step_size: float) -> Tensor:
    """D − t Q of each state [B].

    Args:
        closeness: [B] log π − log πₖ of the actions drawn, or what stands for it.
        value: [B] Q of these actions.
        step_size: t, above 0.
    """
    return closeness - step_size * value


def tsallis_log(log_ratio: Tensor, q: float) -> Tensor:
    """log_q(x) = (x^{q−1} − 1) / (q − 1) of x = π / πₖ [B]; the logarithm at q = 1.

    Args:
        log_ratio: log x [B].
        q: any number; above 1, actions that were unlikely cost more than under the logarithm.
    """
    return log_ratio if q == 1 else torch.expm1((q - 1) * log_ratio) / (q - 1)


class MDPOOffPolicy(SoftOffPolicy):
    """Mirror descent policy optimisation with the arguments of `stable_baselines3.SAC`, and those of `OffPolicy`.

    Args:
        *args: those of `stable_baselines3.SAC`.
        ent_coef: α; 0 for returns alone, "auto" or above 0 for the soft version.
        step_size: t, above 0.
        mirror_steps: m, updates between two copies of the policy.
        q: of the Tsallis divergence; 1 for Kullback's and Leibler's.
        **kwargs: those of `OffPolicy` and of `stable_baselines3.SAC`.

    Raises:
        BadOption: for numbers outside these bounds, or gSDE, whose densities πₖ has no memory of.
    """

    def __init__(
        self,
        *args: Any,
        ent_coef: str | float = 0.0,
        step_size: float = 1.0,
        mirror_steps: int = 1000,
        q: float = 1.0,
        **kwargs: Any,
    ) -> None:
        if not 0 < step_size < float("inf"):
            raise BadOption(f"step_size={step_size!r}", where="MDPOOffPolicy", expected="above 0", mend="step_size=1.0")
        if isinstance(mirror_steps, bool) or not isinstance(mirror_steps, int) or mirror_steps < 1:
            raise BadOption(
                f"mirror_steps={mirror_steps!r}", where="MDPOOffPolicy", expected="an integer of at least 1"
            )
        if kwargs.get("use_sde"):
            raise BadOption("use_sde=True", where="MDPOOffPolicy", expected="a policy with one density for each action")
        self.step_size, self.mirror_steps, self.q = step_size, mirror_steps, q
        super().__init__(*args, ent_coef=ent_coef, **kwargs)

    def _setup_model(self) -> None:
        super()._setup_model()
        self._updates_begun = getattr(self, "_updates_begun", 0)  # a file may have told it already
        with seeded(self._weights_seed):
            self.anchor = self.policy.make_actor()  # πₖ
        self.anchor.load_state_dict(self.actor.state_dict())
        self.anchor.requires_grad_(False).set_training_mode(False)  # type: ignore[operator]
        self.policy.anchor = self.anchor  # files keep what the policy holds

    def learn_from(self, batch: Transitions, discount: Tensor, *, move_targets: bool) -> dict[str, Tensor]:
        if self._updates_begun % self.mirror_steps == 0:
            self.anchor.load_state_dict(self.actor.state_dict())
        self._updates_begun += 1
        return super().learn_from(batch, discount, move_targets=move_targets)

    def actor_loss(self, obs: Tree, drawn: Drawn, value: Tensor, temperature: Tensor) -> Tensor:
        assert drawn.before is not None
        with torch.no_grad():
            mean, log_std, _ = self.anchor.get_action_dist_params(obs)  # type: ignore[arg-type]
        log_ratio = drawn.log_prob - log_density(mean, log_std, drawn.before)
        soft = value - temperature * drawn.log_prob
        return mirror_actor_loss(tsallis_log(log_ratio, self.q), soft, self.step_size).mean()

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "anchor"]
