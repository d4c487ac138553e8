"""Actor-critic policies with a memory: a gated recurrent unit between the features and the two heads.

    h' = GRU(features(o), h),    h = 0 where an episode begins

Actor and critic share the memory. `predict` takes and returns it as `state` [1, B, H], with `episode_start`, as
sb3-contrib's recurrent policies do.

Source: Cho, van Merriënboer, Gulcehre, Bahdanau, Bougares, Schwenk, Bengio, "Learning Phrase Representations using RNN
Encoder-Decoder for Statistical Machine Translation", EMNLP 2014, Section 2.3.
"""

from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.policies import (
    ActorCriticCnnPolicy,
    ActorCriticPolicy,
    MultiInputActorCriticPolicy,
)
from torch import Tensor, nn

from rewardlab.agents.loops.actor_critic import ActorCritic, Judged, OwnActorCritic
from rewardlab.agents.loops.predicting import asked
from rewardlab.core.arrays import Tree, array
from rewardlab.core.errors import BadOption


class GruPolicy(ActorCriticPolicy):
    """An `ActorCriticPolicy` with a memory of H numbers; other arguments as there.

    Args:
        memory_size: H.
    """

    def __init__(self, *args: Any, memory_size: int = 64, **kwargs: Any) -> None:
        self.memory_size = memory_size
        super().__init__(*args, **kwargs)
        if not self.share_features_extractor:
            raise BadOption(
                "share_features_extractor=False", where=type(self).__name__, expected="True: actor and critic share it"
            )

    def _build(self, lr_schedule: Any) -> None:
        width = self.features_dim
        self.memory = nn.GRUCell(width, self.memory_size)
        nn.init.orthogonal_(self.memory.weight_ih)
        nn.init.orthogonal_(self.memory.weight_hh)
        self.features_dim = self.memory_size  # what the heads see
        super()._build(lr_schedule)

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), "memory_size": self.memory_size}

    @torch.no_grad()
    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[np.ndarray, Any]:
        """Actions for observations [B, *obs] (or one), and the memory [1, B, H] after them."""
        ask = asked(self, observation, where=type(self).__name__)
        empty = torch.zeros(ask.rows, self.memory_size, device=self.device)
        held = self.remembered(ask.obs, *ask.memory(state, episode_start, empty))
        latent = self.mlp_extractor.forward_actor(held)
        action = self._get_action_dist_from_latent(latent).get_actions(deterministic=deterministic)
        out = ask.answer(action, self.action_space)
        if isinstance(self.action_space, spaces.Box):
            out = np.clip(out, self.action_space.low, self.action_space.high)
        return out, array(held)[None]

    def remembered(self, obs: Tree, held: Tensor, begun: Tensor) -> Tensor:
        """Memories [N, H] after observations [N, *obs], from `held` [N, H], empty where `begun` [N] holds."""
        features: Any = self.extract_features(obs, self.features_extractor)  # type: ignore[arg-type]
        return self.memory(features, held * ~begun[:, None])  # type: ignore[no-any-return]


class CnnGruPolicy(GruPolicy):
    """`GruPolicy` on pictures."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("features_extractor_class", _default_extractor(ActorCriticCnnPolicy))
        super().__init__(*args, **kwargs)


class MultiInputGruPolicy(GruPolicy):
    """`GruPolicy` on Dict observations."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("features_extractor_class", _default_extractor(MultiInputActorCriticPolicy))
        super().__init__(*args, **kwargs)


def _default_extractor(policy: type[ActorCriticPolicy]) -> Any:
    import inspect

    return inspect.signature(policy.__init__).parameters["features_extractor_class"].default


GRU_POLICIES: dict[str, Any] = {
    "MlpGruPolicy": GruPolicy,
    "CnnGruPolicy": CnnGruPolicy,
    "MultiInputGruPolicy": MultiInputGruPolicy,
}


class RecurrentActorCritic(ActorCritic):
    """`ActorCritic` of a `GruPolicy`: its functions take sequences, and memories go in and out."""

    policy: GruPolicy

    def initial(self, rows: int) -> Tensor:
        return torch.zeros(rows, self.policy.memory_size, device=self.policy.device)

    def act(self, obs: Tree, mask: Tensor | None, held: Tensor, begun: Tensor) -> tuple[Tensor, Tensor]:
        held = self.policy.remembered(obs, held, begun)
        return self._outputs(self.policy.mlp_extractor.forward_actor(held), mask), held

    def both(self, obs: Tree, mask: Tensor | None = None, memory: Any = None) -> tuple[Tensor, Tensor]:
        return self._heads(self._sequence(obs, *memory).flatten(0, 1), mask)

    def judge(
        self, obs: Tree, action: Tensor, mask: Tensor | None, last: Tree, final: Tree | None, memory: Any
    ) -> Judged:
        first, begun, at, rows, fresh = memory
        held = self._sequence(obs, first, begun)
        steps = self.told(*self._heads(held.flatten(0, 1), mask), action)
        now = self._heads(self.policy.remembered(last, held[-1], fresh), None)[1]
        if final is None:
            return Judged(steps, now, None)
        then = self.policy.remembered(final, held[at, rows], torch.zeros_like(at, dtype=torch.bool))
        return Judged(steps, now, self._heads(then, None)[1])

    def _sequence(self, obs: Tree, held: Tensor, begun: Tensor) -> Tensor:
        """Memories [T, N, H] after each of T steps; obs [T * N, *obs] with the oldest first, begun [T, N]."""
        steps, rows = begun.shape
        features: Any = self.policy.extract_features(obs, self.policy.features_extractor)  # type: ignore[arg-type]
        features = features.view(steps, rows, -1)
        out = []
        for t in range(steps):
            held = self.policy.memory(features[t], held * ~begun[t, :, None])
            out.append(held)
        return torch.stack(out)

    def _heads(self, held: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
        """Outputs [B, W] and values [B, K, width] of memories [B, H]."""
        p = self.policy
        return (
            self._outputs(p.mlp_extractor.forward_actor(held), mask),
            self._values(p.mlp_extractor.forward_critic(held)),
        )


def actor_critic(policy: ActorCriticPolicy, space: Any, streams: int, loss: Any) -> ActorCritic:
    """The functions of a policy: with a memory, with a distribution of its own, or with neither."""
    if isinstance(policy, GruPolicy):
        return RecurrentActorCritic(policy, space, streams, loss)
    plain = ActorCritic(policy, space, streams, loss)
    return plain if plain.head is not None else OwnActorCritic(policy, space, streams, loss)
