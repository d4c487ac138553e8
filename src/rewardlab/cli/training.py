"""`rewardlab train`: one agent on one environment, with what it earns before and after."""

import importlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from rewardlab.cli import names
from rewardlab.core.agent import as_vector_env
from rewardlab.core.catalogue import Entry
from rewardlab.core.errors import BadOption, BadSpace
from rewardlab.core.files import make_folder
from rewardlab.core.reward import Reward, Task
from rewardlab.core.rng import check_seed
from rewardlab.core.shown import shown_space

if TYPE_CHECKING:
    from stable_baselines3.common.base_class import BaseAlgorithm

Act = Callable[[Any], Any]  # observations [N, *obs] -> actions [N, *action]
EVALUATION = 500_000  # evaluation rows are seeded so far from those that are trained on
ACTIONS: dict[str, tuple[type[spaces.Space], ...]] = {
    **dict.fromkeys(("ppo", "a2c"), (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)),
    "dqn": (spaces.Discrete,),
    **dict.fromkeys(("sac", "td3", "ddpg"), (spaces.Box,)),
}
"""The actions that each algorithm of Stable-Baselines3 has policies for."""
LONGEST = 10_000  # steps after which an evaluation gives up on an episode that does not end


def train(
    env: names.EnvName,
    *,
    agent: str = "ppo",
    reward: str = "task",
    bonus: str = "",
    weight: float = 0.1,
    steps: int = 20_000,
    num_envs: int = 8,
    seed: int = 0,
    episodes: int = 20,
    out: Path | None = None,
) -> None:
    """Train an agent; print its true return before and after, beside that of random play; save it.

    The true return is the environment's own, whatever the agent is paid.

    Example: rewardlab train DeepSea-v0 --bonus count --weight 0.1 --steps 50000

    Args:
        env: any Gymnasium id.
        agent: ppo, a2c, dqn, sac, td3, ddpg, or one of `rewardlab list --kind agents`.
        reward: what the agent is paid, by name, or the file of a designed reward: "task" is the environment's own.
        bonus: a reward to add, by name, e.g. count or rnd, or the file of a designed reward.
        weight: of the bonus.
        steps: transitions, counted over all rows.
        num_envs: rows that are stepped together.
        seed: of everything.
        episodes: how many are played at each evaluation.
        out: the folder for the agent and TensorBoard; runs/ENV-AGENT-SEED if not given.
    """
    for name, value in (("steps", steps), ("num-envs", num_envs), ("episodes", episodes)):
        names.at_least_one(f"--{name}", value, where="rewardlab train")
    check_seed(seed, where="rewardlab train --seed")
    if not math.isfinite(weight):
        raise BadOption(f"--weight {weight}", where="rewardlab train", expected="a finite number", mend="--weight 0.1")
    env_id = names.environment(env)
    kind = names.agent(agent)
    paid = names.make_reward(reward, env_id)
    if bonus:
        paid = paid + weight * names.make_reward(bonus, env_id)
    folder = out or Path("runs") / f"{env_id.replace('/', '-')}-{agent}-{seed}"
    print(f"{env_id}: {agent}, paid by {' + '.join(_terms(paid))}, {num_envs} rows, seed {seed}")
    _show("random play", *returns(env_id, None, episodes, seed))
    if isinstance(kind, str):
        _baselines(kind, env_id, paid, steps=steps, rows=num_envs, seed=seed, episodes=episodes, folder=folder)
    else:
        _ours(kind, env_id, paid, steps=steps, rows=num_envs, seed=seed, episodes=episodes, folder=folder)
    if paid.learns or paid.memory:
        from rewardlab.rewards import save_reward

        save_reward(folder / "reward.ckpt", paid)
        print(f"reward: {folder / 'reward.ckpt'}")
    print(f"curves: tensorboard --logdir {folder}")


def _terms(reward: Reward) -> list[str]:
    from rewardlab.core.algebra import Scale, Sum

    terms = reward.terms if isinstance(reward, Sum) else (reward,)
    return [f"{t.weight:g} {t.name}" if isinstance(t, Scale) else t.name for t in terms]


def _baselines(
    kind: str, env_id: str, reward: Reward, *, steps: int, rows: int, seed: int, episodes: int, folder: Path
) -> None:
    """One of Stable-Baselines3's algorithms, on rows that are paid by `reward`."""
    import stable_baselines3 as sb3
    import torch

    from rewardlab.agents import deep
    from rewardlab.core.bridge import ToVecEnv
    from rewardlab.rewards import PaidVector, RewardPartsCallback

    torch.set_num_threads(1)  # networks this small lose more by waiting for each other than they win
    envs = PaidVector(as_vector_env(env_id, num_envs=rows), reward)
    bridged = ToVecEnv(envs, info_keys=("reward_parts", "task_reward"))
    _fits(kind, bridged.action_space, env_id)
    own = hasattr(deep, kind.upper())  # the same algorithm, whose data stay where they are
    algorithm: Any = getattr(deep if own else sb3, kind.upper())
    venv: Any = envs if own else bridged
    options: dict[str, Any] = {"seed": seed, "device": "cpu", "tensorboard_log": str(folder)}
    if kind == "ppo":
        whole = 64 // math.gcd(64, rows)  # steps of all rows that make whole batches of 64
        options["n_steps"] = max(1, min(2048, steps) // rows // whole) * whole  # about 2048 transitions, over all rows
    elif kind == "dqn":
        options["gradient_steps"] = rows  # the default's one gradient step for four transitions
    elif kind != "a2c":
        options["gradient_steps"] = -1  # one per transition
    try:
        model: BaseAlgorithm = algorithm(_policy(envs.single_observation_space), venv, **options)
    except BadSpace:
        raise
    except AssertionError as e:  # how Stable-Baselines3 says that a space does not fit
        raise BadSpace(str(e), where=f"{kind} on {env_id}", mend="rewardlab train --help names other agents") from None
    make_folder(folder)
    greedy = kind not in ("ppo", "a2c")  # a policy of probabilities is judged as it acts

    def act(obs: Any) -> Any:
        return model.predict(obs, deterministic=greedy)[0]

    _show("untrained", *returns(env_id, act, episodes, seed))
    bar = progress(steps)
    try:
        model.learn(steps, callback=[bar] if own else [bar, RewardPartsCallback()])
    except KeyboardInterrupt:
        raise stopped(folder) from None
    finally:
        bar.bar.close()
        venv.close()
    values, unfinished = returns(env_id, act, episodes, seed)
    _show(f"after {model.num_timesteps} steps", values, unfinished)
    if len(values):
        model.logger.record("eval/mean_true_return", float(values.mean()))
    model.logger.dump(model.num_timesteps)  # with what was recorded since the last interval
    model.logger.close()
    model.save(folder / "agent.zip")
    home = "rewardlab.agents" if own else "stable_baselines3"
    print(f"agent: {folder / 'agent.zip'} ({home}.{kind.upper()}.load)")


def _fits(kind: str, space: spaces.Space, env_id: str) -> None:
    """Refuse an algorithm that has no policy for such actions, and name those that have one."""
    if not isinstance(space, ACTIONS[kind]):
        others = [k for k, kinds in ACTIONS.items() if isinstance(space, kinds)]
        raise BadSpace(
            f"actions in {shown_space(space)}",
            where=f"{kind} on {env_id}",
            expected=" or ".join(k.__name__ for k in ACTIONS[kind]),
            mend=f"--agent {', '.join(others)}" if others else "take a numeric view of the environment",
        )


def _policy(space: spaces.Space) -> str:
    """The name of Stable-Baselines3's policy for such observations."""
    from stable_baselines3.common.preprocessing import is_image_space

    if isinstance(space, spaces.Dict):
        return "MultiInputPolicy"
    # its convolutions need 36 pixels
    return "CnnPolicy" if is_image_space(space) and sorted(space.shape or ())[1] >= 36 else "MlpPolicy"


def _ours(
    kind: Entry, env_id: str, reward: Reward, *, steps: int, rows: int, seed: int, episodes: int, folder: Path
) -> None:
    """An agent of the catalogue, on rows that are paid by `reward`."""
    from rewardlab.benchmarks.scalars import Scalars
    from rewardlab.rewards import PaidVector

    envs = PaidVector(as_vector_env(env_id, num_envs=rows), reward)
    agent: Any = getattr(importlib.import_module(kind.module), kind.name)(envs, seed=seed)
    make_folder(folder)

    def act(obs: Any) -> Any:
        return agent.predict(obs, deterministic=True)[0]

    _show("untrained", *returns(env_id, act, episodes, seed))
    every = max(rows, steps // 100)
    shown = 0
    latest: dict[str, float] = {}

    def log(step: dict[str, Any]) -> None:
        nonlocal shown
        done, info, now = step["dones"], step["info"], agent.num_timesteps
        if done.any():
            latest["rollout/ep_rew_mean"] = float(info["episode"]["r"][done].mean())
            latest["rollout/ep_true_mean"] = float(info["episode_true"]["r"][done].mean())
        if now - shown >= every:
            shown = now
            latest.update({f"reward/{name}": float(np.mean(pay)) for name, pay in info["reward_parts"].items()})
            board.write(now, latest)

    with Scalars(folder / kind.name) as board:
        try:
            agent.learn(steps, callback=log, progress_bar=True)
        except KeyboardInterrupt:
            raise stopped(folder) from None
        finally:
            envs.close()
    _show(f"after {agent.num_timesteps} steps", *returns(env_id, act, episodes, seed))
    path = folder / "agent.ckpt"
    agent.save(path)
    print(f"agent: {path} (from {kind.module} import {kind.name}; {kind.name}.load)")


def stopped(folder: Path) -> KeyboardInterrupt:
    """What is said after Ctrl-C."""
    return KeyboardInterrupt(f"stopped: no agent was saved; the curves so far are in {folder}")


def progress(steps: int) -> Any:
    """A Stable-Baselines3 callback that shows a bar of `steps` transitions."""
    from stable_baselines3.common.callbacks import BaseCallback
    from tqdm import tqdm

    class Bar(BaseCallback):
        """The bar: how far, how fast, and the last episodes' pay."""

        def __init__(self) -> None:
            super().__init__()
            self.bar = tqdm(total=steps, unit="step")

        def _on_step(self) -> bool:
            self.bar.update(min(self.num_timesteps, steps) - self.bar.n)
            return True

    return Bar()


def returns(env_id: str, act: Act | None, episodes: int, seed: int) -> tuple[np.ndarray, int]:
    """True returns of the first episode of each of `episodes` rows, and how many of these did not end.

    `act` None plays at random. All calls of one seed play the same episodes.
    """
    from rewardlab.rewards import PaidVector

    envs = PaidVector(as_vector_env(env_id, num_envs=episodes), Task())
    envs.action_space.seed(seed)
    obs, _ = envs.reset(seed=seed + EVALUATION)
    total, open_ = np.full(episodes, np.nan), np.ones(episodes, dtype=bool)
    for _ in range(LONGEST):
        obs, _, terminated, truncated, info = envs.step(envs.action_space.sample() if act is None else act(obs))
        ended = open_ & (terminated | truncated)
        if ended.any():
            total[ended] = info["episode_true"]["r"][ended]
            open_ &= ~ended
        if not open_.any():
            break
    envs.close()
    return total[~open_], int(open_.sum())


def _show(label: str, values: np.ndarray, unfinished: int) -> None:
    n = len(values)
    error = values.std(ddof=1) / np.sqrt(n) if n > 1 else 0.0
    mean = f"{values.mean():10.4g} ± {error if error > 1e-9 else 0:.2g}" if n else "         -"
    late = f", {unfinished} did not end within {LONGEST} steps" if unfinished else ""
    print(f"{label:>24}: true return {mean} ({n} episode{'' if n == 1 else 's'}{late})")
