"""One run of a token policy: warm-up by the scripted expert, then groups of dialogues, judged on tasks it never saw.

    success = share of held-out tasks done, one sampled dialogue each

The tasks of training and of judgement are the two splits of the environment, which have none in common.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import torch

from rewardlab.agents.loops import SequenceAgent, TokenPolicy, Words, tiny_llama, warm_up
from rewardlab.agents.loops.tokens.dialogues import Play, synchronous
from rewardlab.agents.loops.tokens.paying import Paying
from rewardlab.agents.loops.tokens.rollouts import Rollouts
from rewardlab.core.batch import Group
from rewardlab.envs.text import demonstrations

HELD_OUT = 10**6  # seeds of judgement begin here


@dataclass(frozen=True)
class TokenTask:
    """A text task with what a tiny policy needs to learn it.

    Attributes:
        name: an id.
        options: parameters of the environment.
        demonstrations: dialogues of the expert that warm the policy up.
        epochs: passes over them.
        batch_size, warm_rate: dialogues of a step of the warm-up, and its step size.
        turns: messages of the agent in one dialogue.
        max_tokens: of one message.
        context: tokens that the policy sees.
        width, layers: of the policy.
        groups, group_size: tasks of an iteration, and dialogues of each.
        learning_rate: of Adam, after the warm-up.
        passes: over the dialogues of one iteration.
        minibatches: of one pass.
        seconds: of CPU time that the groups may take.
        iterations: of groups, in the place of `seconds`; None for as many as there is time for.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    demonstrations: int = 100
    epochs: int = 5
    batch_size: int = 32
    warm_rate: float = 2e-3
    turns: int = 1
    max_tokens: int = 32
    context: int = 96
    width: int = 96
    layers: int = 3
    groups: int = 16
    group_size: int = 8
    learning_rate: float = 1e-3
    passes: int = 2
    minibatches: int = 2
    seconds: float = 200.0
    iterations: int | None = None

    def make(self, split: str = "train") -> gym.Env:
        """The environment, asked in few symbols if its parameters say nothing else."""
        return gym.make(self.name, split=split, **{"brief": True, **self.options})


@dataclass(frozen=True)
class TokenRun:
    """What came of it.

    Attributes:
        before: success after the warm-up, on held-out tasks.
        after: success at the end.
        pay: mean reward of a dialogue at the end, on held-out tasks.
        entropy: nats per token at the end.
        turns: turns that were learned from.
        parameters: weights of the policy.
        seconds: of CPU time, of the groups alone.
        curve: (turns, mean reward of the iteration) on the way.
    """

    before: float
    after: float
    pay: float
    entropy: float
    turns: int
    parameters: int
    seconds: float
    curve: tuple[tuple[int, float], ...]


def token_run(task: TokenTask, objective: Callable[[Group], Any], seed: int, *, judged: int = 256) -> TokenRun:
    """Warm up, judge, learn for `task.seconds` of CPU time, judge.

    Args:
        task: what is learned.
        objective: `Group -> [P]`, or an object with a state.
        seed: of weights, demonstrations, tasks and noise.
        judged: held-out tasks.
    """
    torch.set_num_threads(1)
    policy = warmed(task, seed)
    before = success(task, policy, judged, seed)
    agent, curve, seconds = trained(task, policy, objective, seed)
    count, entropy = sum(p.numel() for p in policy.model.parameters()), agent.told.get("train/entropy", 0.0)
    after = played(task, policy, judged, seed)
    rate, pay = float(after.success.mean()), float(after.reward.mean())
    return TokenRun(before, rate, pay, entropy, agent.num_timesteps, count, seconds, tuple(curve))


def learner(
    task: TokenTask,
    policy: TokenPolicy,
    objective: Callable[[Group], Any],
    seed: int,
    *,
    reward: Paying | None = None,
) -> SequenceAgent:
    """Who plays the groups of a task and learns from them."""
    return SequenceAgent(
        task.make,
        policy,
        objective,
        groups=task.groups,
        group_size=task.group_size,
        epochs=task.passes,
        minibatches=task.minibatches,
        learning_rate=task.learning_rate,
        reference=None,
        reward=reward,
        turns=task.turns,
        max_tokens=task.max_tokens,
        seed=seed,
    )


def trained(
    task: TokenTask,
    policy: TokenPolicy,
    objective: Callable[[Group], Any],
    seed: int,
    *,
    reward: Paying | None = None,
    watch: Callable[[SequenceAgent], Any] | None = None,
) -> tuple[SequenceAgent, list[tuple[int, float]], float]:
    """The agent after its groups, the curve on the way, and the seconds of CPU time.

    Args:
        task, objective, seed: see `token_run`.
        policy: what learns.
        reward: what pays in the environment's place.
        watch: called after each iteration.
    """
    agent = learner(task, policy, objective, seed, reward=reward)
    begun, curve = time.process_time(), list[tuple[int, float]]()
    while time.process_time() - begun < task.seconds if task.iterations is None else agent.iterations < task.iterations:
        agent.learn(1)
        curve.append((agent.num_timesteps, agent.told["rollout/ep_rew_mean"]))
        if watch is not None:
            watch(agent)
    return agent, curve, time.process_time() - begun


def warmed(task: TokenTask, seed: int) -> TokenPolicy:
    """A policy that has seen the expert."""
    env = task.make()
    words = Words(env.unwrapped.rules.vocabulary())  # type: ignore[attr-defined]
    model = tiny_llama(words, width=task.width, layers=task.layers, context=task.context, seed=seed)
    policy = TokenPolicy(model, words)
    shown = demonstrations(env, range(seed * 10_000, seed * 10_000 + task.demonstrations))
    warm_up(policy, shown, epochs=task.epochs, batch_size=task.batch_size, learning_rate=task.warm_rate, seed=seed)
    return policy


@dataclass
class WarmUps:
    """Policies of a task that have seen the expert: each seed's is made once, and copied for every side.

    Attributes:
        task: what they are of.
    """

    task: TokenTask
    _made: dict[int, TokenPolicy] = field(default_factory=dict, repr=False)

    def __call__(self, seed: int) -> TokenPolicy:
        """A new copy of the policy of a seed."""
        torch.set_num_threads(1)
        if seed not in self._made:
            self._made[seed] = warmed(self.task, seed)
        return self._made[seed].copy()


def success(task: TokenTask, policy: TokenPolicy, judged: int, seed: int) -> float:
    """The share of `judged` held-out tasks that sampled dialogues do."""
    return float(played(task, policy, judged, seed).success.mean())


def played(task: TokenTask, policy: TokenPolicy, judged: int, seed: int) -> Rollouts:
    """One sampled dialogue for each of `judged` held-out tasks."""
    envs = [task.make("test") for _ in range(judged)]
    play = Play(turns=task.turns, max_tokens=task.max_tokens)
    seeds = range(HELD_OUT * (seed + 1), HELD_OUT * (seed + 1) + judged)
    return synchronous(policy, envs, list(seeds), play, seed=seed)
