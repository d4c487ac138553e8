"""Critics of whole answers beside groups, on a dialogue of two turns: how many turns of the partner they need.

    ask for a hidden letter, −0.1, and say it, +1:  0.9 at best,    say one of two letters at once:  0.5

Every side begins with the same policy, which asks every other time and says what it is told, and may use the same
number of turns; what that costs to compute is told, and not held equal. The loss comes first and the gain in the turn
after: a learner of single turns (γ = 0) must stop asking.

Source: Zhou, Zanette, Pan, Levine, Kumar, "ArCHer: Training Language Model Agents via Hierarchical Multi-Turn RL", ICML
2024, Section 5.2 (fewer turns than methods of tokens).
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import gymnasium as gym
import torch
from gymnasium import spaces

from rewardlab.agents.deep import ArCHer
from rewardlab.agents.loops import Characters, SequenceAgent, TokenCritic, TokenPolicy, tiny_llama, warm_up
from rewardlab.agents.loops.tokens.dialogues import Play, synchronous
from rewardlab.agents.policy_gradient import grpo, ppo, reinforce
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each

TURNS = 1000
GOOD = 0.8
RATE = 1e-3
PASSES: dict[str, Any] = {"epochs": 3, "minibatches": 2}
PLAY: dict[str, Any] = {"turns": 2, "max_tokens": 2}
Learner = Callable[[TokenPolicy, int], SequenceAgent]


class AskFirst(gym.Env[str, str]):
    """A hidden letter, a or b: q asks for it and costs 0.1, naming it pays 1, and all else ends the dialogue."""

    action_space = spaces.Text(1, min_length=0, charset="?abq")
    observation_space = spaces.Text(1, min_length=0, charset="?abq")

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[str, dict[str, Any]]:
        super().reset(seed=seed)
        self.letter, self.asked = "ab"[int(self.np_random.integers(2))], False
        return "?", {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        if action == "q" and not self.asked:
            self.asked = True
            return self.letter, -0.1, False, False, {"success": False}
        right = action == self.letter
        return "", float(right), True, False, {"success": right}


def beginner(seed: int) -> TokenPolicy:
    """A policy of some thousand weights that asks every other time, and guesses else."""
    words = Characters("?abq")
    policy = TokenPolicy(tiny_llama(words, width=16, layers=2, heads=2, context=32, seed=seed), words)
    asking = [[("partner", "?"), ("agent", "q"), ("partner", x), ("agent", x)] for x in "ab"]
    guessing = [[("partner", "?"), ("agent", x)] for x in "ab"]
    shown = [[{"role": who, "content": said} for who, said in d] for d in (*asking, *guessing)]
    warm_up(policy, shown, epochs=200, learning_rate=1e-2, batch_size=4, seed=seed)
    return policy


def archer(policy: TokenPolicy, seed: int, *, gamma: float = 0.95) -> SequenceAgent:
    """Two critics of answers; 32 dialogues an iteration, one of each task."""
    few: dict[str, Any] = {"critic_steps": 20, "answers": 64, "critic_learning_rate": 3e-3, **PASSES, **PLAY}
    return ArCHer(AskFirst, policy, gamma=gamma, groups=32, learning_rate=RATE, seed=seed, **few)


def grouped(policy: TokenPolicy, seed: int, *, objective: Any, copies: int, critic: bool = False) -> SequenceAgent:
    """An objective; 32 dialogues an iteration, some of each task."""
    values = TokenCritic(policy.copy(), learning_rate=1e-2) if critic else None
    many: dict[str, Any] = {"groups": 32 // copies, "group_size": copies, **PASSES}
    return SequenceAgent(
        AskFirst, policy, objective, critic=values, reference=None, learning_rate=RATE, seed=seed, **many, **PLAY
    )


SIDES: tuple[tuple[str, Learner | None, float], ...] = (
    ("beginner", None, 2.0),
    ("ArCHer", archer, 14.0),
    ("ArCHer of single turns", partial(archer, gamma=0.0), 18.0),
    ("GRPO", partial(grouped, objective=grpo, copies=4), 3.0),
    ("REINFORCE", partial(grouped, objective=reinforce, copies=1), 3.0),
    ("PPO", partial(grouped, objective=ppo, copies=1, critic=True), 4.0),
)


def effects() -> list[Effect]:
    """What is measured."""
    arms = [Arm(side, f"step size {RATE}", each(partial(measured, learner=make)), s) for side, make, s in SIDES]
    claims = [
        *(Claim(f"{x} earns more than a beginner", "return", x, "beginner") for x in ("ArCHer", "PPO", "GRPO")),
        *(
            Claim(f"ArCHer earns more than {x} after as many turns", "return", "ArCHer", x)
            for x in ("GRPO", "REINFORCE", "PPO")
        ),
        Claim("without a future it asks less than a beginner", "asks", "ArCHer of single turns", "beginner", False),
        Claim(f"ArCHer earns {GOOD} after a third of PPO's turns", "turns", "ArCHer", "PPO", False, 1 / 3),
    ]
    about = f"ask for a letter and say it, 0.9, or guess, 0.5; {TURNS} turns from a policy that does both"
    return [Effect("token_archer", about, arms, claims)]


def measured(seed: int, *, learner: Learner | None, turns: int = TURNS, judged: int = 512) -> Measured:
    """The mean return of sampled dialogues, and the share that asks; of a beginner where nothing learns.

    `turns` is how many turns it took until three iterations on end earned `GOOD` on average; all of them if they never
    did.
    """
    torch.set_num_threads(1)
    policy, begun = beginner(seed), time.process_time()
    if learner is None:
        return earned(policy, judged, seed)
    agent, last, reached = learner(policy, seed), list[float](), turns
    while agent.num_timesteps < turns:
        agent.learn(1)
        last = [*last[-2:], agent.told["rollout/ep_rew_mean"]]
        if len(last) == 3 and sum(last) / 3 >= GOOD:
            reached = min(reached, agent.num_timesteps)
    seconds = time.process_time() - begun
    return {**earned(policy, judged, seed), "turns": float(reached), "seconds": seconds}


def earned(policy: TokenPolicy, judged: int, seed: int) -> dict[str, float]:
    """The mean return of sampled dialogues, and the share that asks."""
    seeds = list(range(10**6 * (seed + 1), 10**6 * (seed + 1) + judged))
    made = synchronous(policy, [AskFirst() for _ in range(judged)], seeds, Play(**PLAY), seed=seed)
    return {"return": float(made.reward.mean()), "asks": float((made.turns == 2).float().mean())}
