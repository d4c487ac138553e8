"""ArCHer: a critic of whole answers drives a policy gradient of their tokens.

    L_Q = E_D Σ_k (Q_k(s, a) − r − γ min_j V̄_j(s′))²,    no V̄ where the world ended
    L_V = E_{s∼D, a∼π} Σ_k (V_k(s) − min_j Q̄_j(s, a))²
    A = Q(s, a) − V(s),    L_π = −E_{s∼D, a∼π} Σ_h min(ρ_h A, min(max(ρ_h, 1 − ε), 1 + ε) A)

A step of the upper process is a message of the agent. Its transitions are kept and learned from again, whoever said
them; answers to kept states are said anew by the policy as it is, so values and gradient are those of the policy. Q̄ and
V̄ follow by Polyak's average. Worth its cost where dialogues have several turns and turns of an environment are dear;
the horizon of the token gradient is one answer. A is the mean over the two critics. What Section 3.4 adds is left out:
a baseline within an answer, and the offline losses.

Source: Zhou, Zanette, Pan, Levine, Kumar, "ArCHer: Training Language Model Agents via Hierarchical Multi-Turn RL", ICML
2024, Section 3, Equations 1 to 3, Algorithm 1.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from rewardlab.agents.loops.sequence import SequenceAgent
from rewardlab.agents.loops.tokens.agent import read
from rewardlab.agents.loops.tokens.checks import counts
from rewardlab.agents.loops.tokens.groups import on, tasks
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.loops.tokens.replay import Replay, Turns, answered
from rewardlab.agents.loops.tokens.turn_critic import TurnCritic
from rewardlab.agents.parts import ratio, reduce, surrogate
from rewardlab.agents.parts.checked import column
from rewardlab.core.arrays import Array
from rewardlab.core.batch import Group
from rewardlab.core.errors import BadOption
from rewardlab.core.nets import child_seed

OWN = ("gamma", "tau", "critic_learning_rate", "critic_steps", "critic_batch", "answers", "capacity", "delay", "clip")
REFUSED = {"objective", "select", "critic", "reference"}


class ArCHer(SequenceAgent):
    """A token policy with two critics of whole answers.

    Args:
        env, policy: as for `SequenceAgent`.
        gamma: γ of a turn, 0 to 1.
        tau: of Polyak's average, above 0 and at most 1.
        critic_learning_rate: of Adam, for the critics.
        critic_steps: of the critics in one iteration.
        critic_batch: dialogues of a step of Q, and answers of a step of V.
        answers: that are said anew in one iteration, to states of kept dialogues.
        capacity: dialogues that are kept.
        delay: iterations in which the critics alone learn.
        clip: ε, how far ratios are followed from 1.
        groups, group_size: dialogues of an iteration.
        epochs, minibatches: passes of the policy over the new answers, and parts of a pass.
        learning_rate: of Adam, for the policy.
        options: further ones of `SequenceAgent`, but for `objective`, `select`, `critic` and `reference`.

    Raises:
        BadOption: for values outside their ranges.
    """

    def __init__(
        self,
        env: Any,
        policy: TokenPolicy,
        *,
        gamma: float = 0.95,
        tau: float = 0.1,
        critic_learning_rate: float = 1e-3,
        critic_steps: int = 50,
        critic_batch: int = 32,
        answers: int = 128,
        capacity: int = 10_000,
        delay: int = 2,
        clip: float = 0.2,
        groups: int = 32,
        group_size: int = 1,
        epochs: int = 3,
        minibatches: int = 1,
        learning_rate: float = 3e-4,
        **options: Any,
    ) -> None:
        if REFUSED & set(options):
            raise BadOption(f"{sorted(REFUSED & set(options))}", where="ArCHer", expected="options that it can use")
        options |= {"groups": groups, "group_size": group_size, "epochs": epochs, "minibatches": minibatches}
        super().__init__(env, policy, self.loss, reference=None, learning_rate=learning_rate, **options)
        counts(self._name, critic_steps=critic_steps, critic_batch=critic_batch, answers=answers, capacity=capacity)
        counts(self._name, delay=delay, least=0)
        self.gamma, self.tau, self.clip, self.critic_steps = gamma, tau, clip, critic_steps
        self.critic_batch, self.answers, self.capacity, self.delay = critic_batch, answers, capacity, delay
        self.critic_learning_rate = critic_learning_rate
        self.replay = Replay(capacity, policy.vocabulary.pad)
        self.turn_critic = TurnCritic(
            policy,
            gamma=gamma,
            tau=tau,
            learning_rate=critic_learning_rate,
            seed=child_seed(self.seed, 2),
            micro_batch=self.micro_batch,
            recompute=self.recompute,
        )

    # -- learning ------------------------------------------------------------------------------------------------

    def loss(self, group: Group) -> Array:
        """L_π of each answer, [P]."""
        a = column(group, "advantage", by="ArCHer")
        return reduce.constant_length(surrogate.clip(ratio.token(group), a, self.clip, self.clip), group.mask)

    def improve(self, group: Group) -> dict[str, float]:
        """Keep the dialogues; steps of the critics, then of the policy; means of what was told."""
        assert self.rollouts is not None
        self.replay.push(self.rollouts)
        turns, made = self.answered()
        rng = np.random.default_rng([self.seed, self.iterations, 4])
        losses, steps = list[float](), list[dict[str, float]]()
        for _ in range(self.critic_steps):
            kept = self.replay.draw(self.critic_batch, rng, self.policy.device)
            new = turns.rows(rng.integers(self.answers, size=self.critic_batch))
            losses.append(self.turn_critic.step(kept, new)["loss"])
        q, v = self.turn_critic.judged(turns)
        advantage = q - v  # [M, 1]
        made = replace(made, info={**made.info, "advantage": advantage[..., None] * made.mask})
        for _ in range(self.epochs if self.iterations > self.delay else 0):
            for part in np.array_split(rng.permutation(self.answers), min(self.minibatches, self.answers)):
                steps.append(self.descend(tasks(made, part)))
        told = {"critic_loss": float(np.mean(losses)), "value": float(v.mean()), "advantage": float(advantage.mean())}
        return {**told, **{k: float(np.mean([s[k] for s in steps])) for k in (steps[0] if steps else {})}}

    def answered(self) -> tuple[Turns, Group]:
        """New answers of the policy to M kept states: as transitions [M, 1] without pay, and as a group [M, 1, T]."""
        contexts = self.replay.states(self.answers, np.random.default_rng([self.seed, self.iterations, 3]))
        made = self.policy.generate(
            contexts,
            max_tokens=self.play.max_tokens,
            seeds=[child_seed(self.seed, 3, self.iterations, i) for i in range(self.answers)],
            temperature=self.play.temperature,
            top_p=self.play.top_p,
        )
        turns, group = answered(contexts, list(made.rows()), self.policy.vocabulary.pad)
        return turns.to(self.policy.device), on(group, self.policy.device)

    # -- files ---------------------------------------------------------------------------------------------------

    def options(self) -> dict[str, Any]:
        held = {k: v for k, v in super().options().items() if k != "critic"}
        return {**held, **{k: getattr(self, k) for k in OWN}}

    def state_dict(self) -> dict[str, Any]:
        own = {"turn_critic": self.turn_critic.state_dict(), "replay": self.replay.state_dict()}
        return {**super().state_dict(), **own}

    def load_state_dict(self, state: Any) -> None:
        super().load_state_dict(state)
        self.turn_critic.load_state_dict(state["turn_critic"])
        self.replay.load_state_dict(state["replay"])

    @classmethod
    def load(cls, path: str | Path, env: Any = None, *, device: Any = None, **code: Any) -> Self:  # type: ignore[override]
        """The agent that `save` wrote; with the same environment and other code it goes on to the bit.

        Args:
            path: the file.
            env: to go on learning; None for an agent that acts. New dialogues begin.
            device: where it runs.
            code: `reward`, `fit`, `transcripts`, `tensorboard_log`, `verbose`.

        Raises:
            BadCheckpoint: if the file is damaged, or another agent's.
        """
        policy, options, state = read(path, cls.__name__, device=device)
        made = cls(env, policy, **options, **code)
        made.load_state_dict(state)
        return made
