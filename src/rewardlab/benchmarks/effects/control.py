"""Effects on control: agents that are trained and judged on the true reward of their environment."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from gymnasium.vector import VectorEnv, VectorWrapper
from stable_baselines3.common.callbacks import BaseCallback

from rewardlab.agents.deep import DQN, MDPO, PPO, SAC, Lion, MDPOOffPolicy
from rewardlab.agents.loops.values import HLGauss, Squared, ValueLoss
from rewardlab.benchmarks import zoo
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each
from rewardlab.benchmarks.evaluation import evaluate, make_vec
from rewardlab.benchmarks.suites import learning

EMPTY = "rewardlab/MiniGrid-Empty-8x8-v0"
LION, ADAM, ZOO = "PPO with Lion", "PPO", "as in the zoo"
LION_SETTING = "a fifth of Adam's step size"
TEN = "MDPO, ten steps"
MIRROR = "MDPO (step size 1, annealed) has PPO's hyper-parameters without its clipping"
CHECKS, EPISODES = 5, 20
NOISE = 5.0
"""Deviation of what is added to CartPole's reward, which is 1."""
LOSSES: tuple[tuple[str, ValueLoss], ...] = (("HL-Gauss", HLGauss(-20.0, 120.0)), ("squared error", Squared()))
SIDES = (LOSSES[0][0], LOSSES[1][0])
Make = Callable[[VectorEnv, int, dict[str, Any]], Any]
"""Rows, a seed and the hyper-parameters of the zoo -> an agent."""


class Noisy(VectorWrapper):
    """Rows whose rewards have normal noise on them.

    Args:
        env: NumPy rows.
        deviation: of the noise.
        seed: of the noise.
    """

    def __init__(self, env: VectorEnv, deviation: float, seed: int) -> None:
        super().__init__(env)
        self.deviation, self.noise = deviation, np.random.default_rng(seed)

    def step(self, actions: Any) -> Any:
        """One step."""
        obs, reward, *rest = self.env.step(actions)
        return obs, reward + self.deviation * self.noise.normal(size=reward.shape), *rest


class Checks(BaseCallback):
    """Judges the agent while it learns, at equal distances.

    Args:
        every: transitions between two judgements.
        judge: agent -> its return.
    """

    def __init__(self, every: int, judge: Callable[[Any], float]) -> None:
        super().__init__()
        self.every, self.judge = every, judge
        self.found: list[float] = []

    def _on_step(self) -> bool:
        if self.num_timesteps >= self.every * (len(self.found) + 1):
            self.found.append(self.judge(self.model))
        return True


def train(seed: int, *, algorithm: str, env: str, make: Make, budget: int, noise: float = 0.0) -> Measured:
    """The return after training, and its mean over `CHECKS` moments of it."""
    torch.set_num_threads(1)
    case = learning.case(algorithm, env, learning.OURS)
    envs, fresh = make_vec(case, case.num_envs), make_vec(case, EPISODES)
    rows = Noisy(envs, noise, seed) if noise else envs
    agent = make(rows, seed, zoo.recipe(algorithm, env).arguments)
    agent.stochastic = algorithm == "ppo" and isinstance(envs.single_action_space, spaces.Discrete)

    def judge(model: Any) -> float:
        return evaluate(model, fresh, seed=10_000 + seed, episodes=EPISODES)[0]

    checks = Checks(budget // CHECKS, judge)
    agent.learn(budget, callback=checks)
    found = {"after": judge(agent), "during": float(np.mean(checks.found))}
    envs.close()
    fresh.close()
    return found


def ppo(rows: VectorEnv, seed: int, given: dict[str, Any]) -> Any:
    """As in the zoo."""
    return PPO(env=rows, seed=seed, device="cpu", **given)


def lion(rows: VectorEnv, seed: int, given: dict[str, Any]) -> Any:
    """With Lion at a fifth of the step size."""
    rate = given["learning_rate"]
    given |= {"learning_rate": (lambda left: rate(left) / 5) if callable(rate) else rate / 5}
    return ppo(rows, seed, given | {"policy_kwargs": given.get("policy_kwargs", {}) | {"optimizer_class": Lion}})


def mdpo(
    rows: VectorEnv, seed: int, given: dict[str, Any], *, whole: int | None = None, rate: float | None = None
) -> Any:
    """PPO's hyper-parameters without its clipping; `whole` steps on all of a rollout, or PPO's on parts of it."""
    rest = {k: v for k, v in given.items() if k != "clip_range"} | ({} if rate is None else {"learning_rate": rate})
    if whole is not None:
        rest |= {"n_epochs": whole, "batch_size": given["n_steps"] * rows.num_envs}
    return MDPO(env=rows, seed=seed, device="cpu", **rest)


def trpo(rows: VectorEnv, seed: int, given: dict[str, Any]) -> Any:
    """Stable-Baselines3's trust region, with what it shares with PPO's hyper-parameters and its own defaults."""
    from sb3_contrib import TRPO

    from rewardlab.core.bridge import ToVecEnv

    shared = ("policy", "n_steps", "gamma", "gae_lambda", "learning_rate", "policy_kwargs")
    rest = {name: given[name] for name in shared if name in given}
    return TRPO(env=ToVecEnv(rows), seed=seed, device="cpu", batch_size=given["batch_size"], **rest)


def soft(rows: VectorEnv, seed: int, given: dict[str, Any], *, kind: Callable[..., Any]) -> Any:
    """An agent of SAC's family, with SAC's hyper-parameters."""
    return kind(env=rows, seed=seed, device="cpu", **given)


def dqn(
    rows: VectorEnv, seed: int, given: dict[str, Any], *, loss: ValueLoss, widths: Sequence[int] | None = None
) -> Any:
    """As in the zoo, with another loss, and perhaps other layers."""
    if widths:
        given = given | {"policy_kwargs": given.get("policy_kwargs", {}) | {"net_arch": list(widths)}}
    return DQN(env=rows, seed=seed, device="cpu", value_loss=loss, **given)


def widen(seed: int, *, loss: ValueLoss, **what: Any) -> Measured:
    """What DQN's return over training is with 32 units in each layer, with 256, and how much the width costs."""
    found = {n: train(seed, make=partial(dqn, loss=loss, widths=(n, n)), **what)["during"] for n in (32, 256)}
    return {"narrow": found[32], "wide": found[256], "lost": found[32] - found[256]}


def _arm(side: str, setting: str, seconds: float, **what: Any) -> Arm:
    return Arm(side, setting, each(partial(train, **what)), seconds)


def lion_effects() -> list[Effect]:
    """PPO with Lion instead of Adam."""
    what = {"algorithm": "ppo", "env": EMPTY, "budget": 100_000}
    about = f"PPO in {EMPTY}, 100k steps, hyper-parameters of the zoo; Lion takes a fifth of Adam's step size"
    arms = (_arm(LION, LION_SETTING, 12.0, make=lion, **what), _arm(ADAM, ZOO, 12.0, make=ppo, **what))
    return [Effect("lion_empty", about, arms, _within())]


def cartpole_effects() -> list[Effect]:
    """Lion and mirror descent beside PPO, which both share."""
    what = {"algorithm": "ppo", "env": "CartPole-v1", "budget": 50_000}
    about = f"CartPole-v1, 50k steps, hyper-parameters of the zoo; {LION} takes a fifth of Adam's step size; {MIRROR}"
    arms = (_arm(LION, LION_SETTING, 15.0, make=lion, **what), *_mirror_arms(15.0, what))
    return [Effect("lion_mdpo_cartpole", about, arms, [*_within(), *_mirror_claims()])]


def hopper_effects() -> list[Effect]:
    """Mirror descent beside PPO."""
    what = {"algorithm": "ppo", "env": "Hopper-v5", "budget": 100_000}
    about = f"Hopper-v5, 100k steps, hyper-parameters of the zoo; {MIRROR}; {TEN} are the paper's"
    ten = _arm(TEN, "step size 1, learning rate 3e-4", 20.0, make=partial(mdpo, whole=10, rate=3e-4), **what)
    claims = [*_mirror_claims(), Claim("nor is it with ten whole-batch steps", "after", TEN, ADAM)]
    return [Effect("mdpo_hopper", about, [*_mirror_arms(38.0, what), ten], claims, seeds=3)]


def _within() -> list[Claim]:
    return [Claim("Lion's return is within 10 % of Adam's", "after", LION, ADAM, times=0.9)]


def _mirror_arms(seconds: float, what: dict[str, Any]) -> list[Arm]:
    return [
        _arm(ADAM, ZOO, seconds, make=ppo, **what),
        _arm("MDPO", "step size 1", seconds, make=mdpo, **what),
        _arm("MDPO, one step", "step size 1", seconds / 2, make=partial(mdpo, whole=1), **what),
        _arm("TRPO", "Stable-Baselines3's", seconds, make=trpo, **what),
    ]


def _mirror_claims() -> list[Claim]:
    one = "with one step for a rollout it is lower by 30 %"
    return [
        Claim("MDPO's return after training is no lower than PPO's", "after", "MDPO", ADAM),
        Claim("nor is its mean over training", "during", "MDPO", ADAM),
        Claim("nor is its return after training lower than TRPO's", "after", "MDPO", "TRPO"),
        Claim(one, "after", "MDPO, one step", "MDPO", higher=False, times=0.7),
    ]


def soft_effects() -> list[Effect]:
    """Off-policy mirror descent beside SAC."""
    what = {"algorithm": "sac", "env": "Pendulum-v1", "budget": 8_000}
    arms = [
        _arm(side, ZOO, 120.0, make=partial(soft, kind=kind), **what)
        for side, kind in (("MDPO, off-policy", MDPOOffPolicy), ("SAC", SAC))
    ]
    claims = [
        Claim(f"off-policy MDPO's return {when} is no lower than SAC's", measure, "MDPO, off-policy", "SAC")
        for measure, when in (("after", "after training"), ("during", "over training"))
    ]
    about = "Pendulum-v1, 8k steps, both with the zoo's hyper-parameters of SAC"
    return [Effect("mdpo_pendulum", about, arms, claims, seeds=3)]


def wide_effects() -> list[Effect]:
    """What eight times the width costs DQN, by its loss."""
    arms = [
        Arm(side, ZOO, each(partial(widen, loss=loss, algorithm="dqn", env="CartPole-v1", budget=20_000)), 36.0)
        for side, loss in LOSSES
    ]
    claims = [
        Claim(
            "eight times the width costs DQN less return over training with HL-Gauss",
            "lost",
            higher=False,
            side=SIDES[0],
            against=SIDES[1],
        )
    ]
    about = "DQN in CartPole, 20k steps, two layers of 32 units and of 256; HL-Gauss has 51 bins on [-20, 120]"
    return [Effect("hl_gauss_wide", about, arms, claims)]


def noisy_effects() -> list[Effect]:
    """DQN with and without noise on its rewards, by its loss."""
    found = []
    for name, noise in (("hl_gauss_dqn_noisy", NOISE), ("hl_gauss_dqn", 0.0)):
        what = {"algorithm": "dqn", "env": "CartPole-v1", "budget": 20_000, "noise": noise}
        arms = [_arm(side, ZOO, 24.0, make=partial(dqn, loss=loss), **what) for side, loss in LOSSES]
        claims = [
            Claim(f"DQN's return {when} is higher with HL-Gauss", measure, side=SIDES[0], against=SIDES[1])
            for measure, when in (("after", "after training"), ("during", "over training"))
        ]
        about = f"DQN in CartPole, 20k steps, rewards with normal noise of deviation {noise:g}"
        found.append(Effect(name, f"{about}; HL-Gauss has 51 bins on [-20, 120]", arms, claims))
    return found
