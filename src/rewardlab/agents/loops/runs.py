"""Whole training runs in one file: a resumed run goes on as if it had never stopped.

The file holds networks, optimisers, memories, rewards, normalisers, generators, counters and where the environment
stands: plain data and tensors in `core.checkpoint`'s format, no code. On the CPU, in the same versions on the same kind
of machine, every number after it is the number that would have come.
"""

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.base_class import maybe_make_env
from stable_baselines3.common.save_util import data_to_json, is_json_serializable

from rewardlab.agents.loops import archive
from rewardlab.agents.loops.episodes import Episodes
from rewardlab.agents.loops.plain import Unplain, pack, settable, unpack
from rewardlab.agents.loops.unpacking import PICKLE, unpacked, value_loss
from rewardlab.agents.loops.worlds import set_world_state, world_state
from rewardlab.core import checkpoint
from rewardlab.core.errors import BadCheckpoint, BadOption, RewardlabError

KIND = "training run"
MADE = (  # what the agent makes anew, or what is written elsewhere
    *("env", "policy", "device", "rollout_buffer", "replay_buffer", "networks", "descent", "stream", "stored"),
    *("policy_class", "policy_kwargs", "observation_space", "action_space", "streams", "value_loss", "lr_schedule"),
    *("clip_range", "clip_range_vf", "exploration_schedule", "learning_rate", "train_freq", "_vec_normalize_env"),
    *("_logger", "_custom_logger", "_locals", "_act", "_losses", "_batch", "_explained", "_bounds", "_last_obs"),
    *("_straight", "_moody"),
    *("action_noise", "start_time", "verbose", "tensorboard_log", "_last_good", "batch_norm_stats", "_straight"),
    *("batch_norm_stats_target", "replay_buffer_class", "rollout_buffer_class"),
)
COUNTED = (
    *("num_timesteps", "start_time", "exploration_rate", "verbose", "tensorboard_log", "seed", "n_envs", "policy"),
    "action_noise",
)


def save_run(agent: Any, path: str | Path, *, fresh_episodes: bool = False) -> None:
    """Write all that the rest of a run depends on, between two rollouts; a file is replaced whole or not at all.

    Args:
        agent: a deep agent of ours, after `learn` or from a callback's `on_rollout_start`.
        path: the file to replace.
        fresh_episodes: write it although the environment cannot be looked into; a resumed run then begins new episodes.

    Raises:
        BadCheckpoint: if the environment cannot be written down, or something else that the run depends on.
        BadStore: if the file cannot be written; the old one is untouched.
    """
    if getattr(agent, "_obs", None) is None:
        raise BadOption("an agent that has not begun to learn", where="save_run", mend="agent.save(path)")
    try:
        world: Any = world_state(agent.env)
    except BadCheckpoint:
        if not fresh_episodes:
            raise
        world = None
    if getattr(agent, "descent", None) is not None:
        agent.descent.settle()
    plain, objects = _gathered(agent)
    state = {
        "parameters": pack(agent.get_parameters()),
        "variables": {name: pack(_of(agent, name)) for name in agent._get_torch_save_params()[1]},
        "plain": plain,
        "objects": objects,
        "generators": _generators(agent),
        "world": world,
        "stream": pack({k: getattr(agent.stream, k) for k in ("over", "masked", "steps")}),
        "extra": pack(_extra(agent)),
    }
    checkpoint.save(path, KIND, _described(agent), state)


def resume_run(
    agent: Any, path: str | Path, env: Any = None, *, device: Any = "auto", fresh_episodes: bool = False
) -> Any:
    """The agent of a file of `save_run`, to go on with `learn(total - agent.num_timesteps, reset_num_timesteps=False)`.

    Torch's, NumPy's and Python's own generators take over their states as well.

    Args:
        agent: an agent made as the one that was saved, which takes over everything; or its class. Rewards and streams
            of rewards are code, and need an agent.
        path: the file.
        env: for a class: an environment made as the one that was learned in.
        device: for a class: where the tensors go.
        fresh_episodes: begin new episodes where the file does not say how those that were running stood.

    Raises:
        BadCheckpoint: if the file is damaged, of another agent or environment, or does not say where the environment
            stands. An agent that was given is then not to be used.
    """
    meta, state = checkpoint.load(path, KIND)
    where = str(path)
    if state.get("world") is None and not fresh_episodes:
        raise BadCheckpoint(
            "it does not say where the environment stood", where=where, mend="fresh_episodes=True: new episodes begin"
        )
    try:
        if isinstance(agent, type):
            agent = _made(agent, meta, env, device)
        elif env is not None:
            agent.set_env(env)
        _check_same(agent, meta, where)
        _filled(agent, state)
    except RewardlabError:
        raise
    except Exception as e:  # a stranger's state may fail in any way
        raise BadCheckpoint(
            f"it does not fit this agent ({type(e).__name__}: {str(e)[:200]})",
            where=where,
            expected=f"a run of a {type(agent).__name__} made like this one",
        ) from None
    agent._last_good = where
    return agent


# -- writing -----------------------------------------------------------------------------------------------------


def _described(agent: Any) -> dict[str, Any]:
    """The settings of an agent as JSON."""
    names = [*agent._get_torch_save_params()[0], *agent._get_torch_save_params()[1]]
    left = {
        *agent._excluded_save_params(),
        *(n.partition(".")[0] for n in names),
        "ep_info_buffer",
        "ep_success_buffer",
    }
    data = {
        k: v
        for k, v in vars(agent).items()
        if k not in left and not k.startswith("_") and (k in archive.WRITTEN or is_json_serializable(v))
    }
    text = json.loads(data_to_json(data))
    for item in text.values():
        if isinstance(item, dict) and PICKLE in item:
            item[PICKLE] = ""
    return {"class": type(agent).__name__, "data": text, "own": archive.own_part(agent), "torch": torch.__version__}


def _gathered(agent: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Attributes that are plain, and the states of those that are objects."""
    modules, tensors = agent._get_torch_save_params()
    left = {*MADE, *modules, *tensors, *(n.partition(".")[0] for n in modules)}
    within = {id(m) for m in agent.policy.modules()}
    plain: dict[str, Any] = {}
    objects: dict[str, Any] = {}
    for name, value in vars(agent).items():
        if name in left or id(value) in within or isinstance(value, type):
            continue
        if hasattr(value, "state_dict") and hasattr(value, "load_state_dict"):
            objects[name] = pack(value.state_dict())
            continue
        if callable(value) and not isinstance(value, torch.Tensor):  # a function made of settings
            continue
        try:
            plain[name] = pack(value)
        except Unplain as e:
            raise BadCheckpoint(
                f"its {name!r} holds {e}", where=type(agent).__name__, expected="arrays, numbers and text"
            ) from None
    return plain, objects


def _generators(agent: Any) -> dict[str, Any]:
    return {
        "torch": pack(torch.get_rng_state()),
        "numpy": pack(np.random.get_state(legacy=False)),  # noqa: NPY002  # others' code draws from it
        "python": pack(random.getstate()),
        "actions": pack(vars(agent.action_space).get("_np_random")),
    }


def _extra(agent: Any) -> dict[str, Any]:
    """What parts of an agent hold beside their states."""
    return {
        "begun": getattr(getattr(agent, "rewarding", None), "_begun", None),
        "original": getattr(getattr(agent, "stored", None), "_original", None),
        "earned": getattr(getattr(agent, "stored", None), "earned", None),
    }


def _of(agent: Any, name: str) -> Any:
    for step in name.split("."):
        agent = getattr(agent, step)
    return agent


# -- reading -----------------------------------------------------------------------------------------------------


def _made(cls: Any, meta: Mapping[str, Any], env: Any, device: Any) -> Any:
    if env is None:
        raise BadOption("no environment", where="resume_run", mend="resume_run(cls, path, env)")
    if meta["own"]["streams"] or meta["own"].get("reward"):
        raise BadOption(
            "rewards of the agent are code, which a file does not hold",
            where="resume_run",
            expected="an agent made as the one that was saved",
            mend=f"resume_run({cls.__name__}(..., with its rewards), path)",
        )
    made = cls._wrap_env(maybe_make_env(env, 0))  # as the constructor does
    found = archive.Archive(dict(meta["data"]), dict(meta["own"]))
    data = unpacked(cls, found, {"n_envs": made.num_envs})
    loss = value_loss(found)
    if loss is not None:
        data.setdefault("value_loss", loss)
    return cls._bare(data, made, device)


def _check_same(agent: Any, meta: Mapping[str, Any], where: str) -> None:
    """Refuse the run of another agent, naming what differs."""
    mine = _described(agent)
    pairs = [("class", meta["class"], mine["class"])]
    own = sorted({*meta["own"], *mine["own"]} - {"format"})
    pairs += [(k, meta["own"].get(k), mine["own"].get(k)) for k in own]
    theirs = meta["data"]
    for name in sorted({*theirs, *mine["data"]} - set(COUNTED)):
        one, two = theirs.get(name), mine["data"].get(name)
        if isinstance(one, dict) and PICKLE in one:  # objects: only what they are
            one = one.get("value_schedule", one.get(":type:"))
            two = two.get("value_schedule", two.get(":type:")) if isinstance(two, dict) else two
        pairs.append((name, one, two))
    for name, one, two in pairs:
        if json.dumps(one) != json.dumps(two):
            raise BadCheckpoint(
                f"its {name} is {str(one)[:120]}",
                where=where,
                expected=f"{str(two)[:120]}, as of the agent that is to go on",
                mend="make agent and environment as they were when the run was saved",
            )


def _filled(agent: Any, state: Mapping[str, Any]) -> None:
    device = agent.device
    if state["world"] is not None:
        agent.env.reset()  # rows and buffers are there
        set_world_state(agent.env, state["world"])
    agent.set_parameters(unpack(state["parameters"], None, device), exact_match=True, device=device)
    for name, value in state["variables"].items():
        _of(agent, name).data.copy_(unpack(value, None, device))
    for name, value in state["plain"].items():
        if not settable(type(agent), name) and name != "predicting":
            raise BadCheckpoint(f"a value for {name!r}", where=type(agent).__name__, expected="settings and counters")
        setattr(agent, name, unpack(value, getattr(agent, name, None), device))
    for name, value in state["objects"].items():
        if name == "episodes":
            agent.episodes = Episodes(agent.n_envs)
        elif name == "noise":
            agent.noise = agent._made_noise()
        getattr(agent, name).load_state_dict(unpack(value, None, device))
    extra = unpack(state["extra"], None, device)
    if getattr(agent, "rewarding", None) is not None:
        agent.rewarding._begun = extra["begun"]
    if getattr(agent, "stored", None) is not None:
        agent.stored._original, agent.stored.earned = extra["original"], extra["earned"]
    agent.stream = agent._made_stream()
    for name, value in unpack(state["stream"], None, device).items():
        setattr(agent.stream, name, value)
    agent._last_obs = agent._obs
    if state["world"] is None:
        agent._obs = agent._last_obs = None
    drawn = state["generators"]
    torch.set_rng_state(unpack(drawn["torch"]))
    np.random.set_state(unpack(drawn["numpy"]))  # noqa: NPY002
    random.setstate(unpack(drawn["python"]))
    if drawn["actions"] is not None:
        agent.action_space._np_random = unpack(drawn["actions"])
