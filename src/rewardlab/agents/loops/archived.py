"""`save` and `load` of deep agents: Stable-Baselines3's files, read without unpickling."""

import warnings
from pathlib import Path
from typing import Any, ClassVar, Self

from stable_baselines3.common.base_class import BaseAlgorithm, maybe_make_env
from stable_baselines3.common.utils import get_device, get_system_info

from rewardlab.agents.loops import archive, space_json
from rewardlab.agents.loops.noise import redraw
from rewardlab.agents.loops.unpacking import PICKLE, unpacked, value_loss
from rewardlab.core.errors import BadCheckpoint, BadOption, BadSpace, RewardlabError
from rewardlab.core.shown import shown_space

OBJECTS = ("streams", "value_loss", "reward")  # objects of ours that a file may not hold


class Archived(BaseAlgorithm):
    """A `BaseAlgorithm` whose files plain Stable-Baselines3 reads, and the other way round."""

    parts: ClassVar[tuple[str, ...]] = ()  # attributes with a state beside the networks

    def save(self, path: Any, exclude: Any = None, include: Any = None) -> None:
        """Write a zip as Stable-Baselines3 does, whole or not at all.

        Args:
            path: a file (".zip" is added where it has no suffix), or something to write bytes to.
            exclude: attributes to leave out.
            include: attributes to write although they are left out otherwise.

        Raises:
            BadStore: if the file cannot be written; the old one is untouched.
        """
        descent = getattr(self, "descent", None)
        if descent is not None:
            descent.settle()
        archive.write(self, path, exclude, include)

    @classmethod
    def load(
        cls,
        path: Any,
        env: Any = None,
        device: Any = "auto",
        custom_objects: dict[str, Any] | None = None,
        print_system_info: bool = False,
        force_reset: bool = True,
        *,
        trust_pickle: bool = False,
        **kwargs: Any,
    ) -> Self:
        """The agent of a file that this class or Stable-Baselines3's wrote.

        Args:
            path: the file, with or without ".zip", or something to read bytes from.
            env: what to learn in: as in the constructor; None for predictions alone.
            device: where the tensors go.
            custom_objects: attribute -> what to take in place of the file's.
            print_system_info: show what machine wrote the file.
            force_reset: taken for compatibility; the environment is reset before it is learned in.
            trust_pickle: read the file as Stable-Baselines3 does, which runs whatever code it holds.
            **kwargs: attributes to set before the networks are made, e.g. `streams=`, `learning_rate=`.

        Raises:
            BadCheckpoint: if the file is damaged, of another kind of agent, or holds what only a pickle tells.
            BadSpace: if it was learned in other spaces than those of `env`.
        """
        if trust_pickle:
            return super().load(path, env, device, custom_objects, print_system_info, force_reset, **kwargs)
        where = str(path) if isinstance(path, (str, Path)) else f"{cls.__name__}.load"
        found = archive.read(path, get_device(device))
        if print_system_info:
            get_system_info()
            warnings.warn(f"the file was written on: {found.system}", stacklevel=2)
        made_env = None if env is None else cls._wrap_env(maybe_make_env(env, 0))
        known = {k: v for k, v in (custom_objects or {}).items() if k in found.data}  # as there: nothing new comes in
        data = cls._attributes(found, {**known, **kwargs}, made_env, where)
        _check_streams(found, data, where)
        try:
            return cls._assembled(found, data, made_env, device)
        except RewardlabError:
            raise
        except Exception as e:  # a stranger's numbers may fail in any way
            raise BadCheckpoint(
                f"no {cls.__name__} can be made of it ({type(e).__name__}: {str(e)[:300]})",
                where=where,
                expected=f"what a {cls.__name__} saved" + _not_a(found.own.get("class")),
                mend="the class that wrote the file, with the same policy_kwargs",
            ) from None

    @classmethod
    def _attributes(cls, found: archive.Archive, given: dict[str, Any], env: Any, where: str) -> dict[str, Any]:
        """Attribute -> value of the agent of a file: what is given, what its environment says, the rest as saved."""
        if env is not None:
            given = given | _shared_spaces(found, env, where)
        data = unpacked(cls, found, given)
        data["n_envs"] = data.get("n_envs", 1) if env is None else env.num_envs
        loss = value_loss(found)
        if loss is not None:
            data.setdefault("value_loss", loss)
        return data

    @classmethod
    def _assembled(cls, found: archive.Archive, data: dict[str, Any], env: Any, device: Any) -> Self:
        model = cls._bare(data, env, device)
        model.set_parameters(found.parameters, exact_match=True, device=device)
        for name in model._get_torch_save_params()[1]:
            if found.variables.get(name) is not None:
                getattr(model, name).data.copy_(found.variables[name])
        for name in cls.parts:
            if name in found.parts:  # not in a file of the class that this one builds on
                getattr(model, name).load_state_dict(found.parts[name])
        if model.use_sde:
            redraw(getattr(model, "actor", model.policy), model.generator)
        return model

    @classmethod
    def _bare(cls, data: dict[str, Any], env: Any, device: Any) -> Any:
        """An agent of these attributes with networks that have learned nothing yet."""
        new: Any = cls
        model = new(policy=data["policy_class"], env=env, device=device, _init_setup_model=False)
        vars(model).update(data)
        model._setup_model()
        return model


def _shared_spaces(found: archive.Archive, env: Any, where: str) -> dict[str, Any]:
    """The spaces of an environment, if the agent of the file was made for them."""
    out = {}
    for name, what in (("observation_space", "observations"), ("action_space", "actions")):
        mine: Any
        theirs, item, own = getattr(env, name), found.data.get(name), found.own.get(name)
        out[name] = theirs
        if own is not None:
            mine, same = space_json.built(own), space_json.built(own) == theirs
        elif isinstance(item, dict) and PICKLE in item:
            mine, same = space_json.read(item), space_json.is_printed(theirs, item)
        else:
            continue
        if not same:
            raise BadSpace(
                f"an environment with {what} in {shown_space(theirs)}",
                where=where,
                expected=shown_space(mine) if mine is not None else f"{what} as the agent's: {_told(item)}",
                mend="an environment of the same spaces as the one that it learned in",
            )
    return out


def _check_streams(found: archive.Archive, data: dict[str, Any], where: str) -> None:
    """Raises BadOption where an agent of several reward streams is loaded without them, or with others."""
    told, given = sorted(found.own.get("streams") or ()), sorted(data.get("streams") or ())
    if told != given:
        raise BadOption(
            f"streams {given}",
            where=where,
            expected=f"{told}, as the agent of this file has",
            mend="load(path, streams={name: RewardStream(...)})",
        )


def _told(item: Any) -> str:
    return ", ".join(f"{k.strip(':_')} {item[k]}" for k in (":type:", "_shape", "dtype") if k in item)


def _not_a(kind: str | None) -> str:
    return "" if kind is None else f", not a {kind}"
