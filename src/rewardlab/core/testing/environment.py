"""The strict checker of single environments."""

import contextlib
import copy
import functools
import warnings
from collections.abc import Callable, Collection
from typing import Any

import gymnasium as gym

from rewardlab.core.errors import BadOption, FaultyEnvironment, nearest
from rewardlab.core.rng import check_seed
from rewardlab.core.testing.laws import LAWS, PROCESSES, STRICT
from rewardlab.core.testing.report import Report, judge
from rewardlab.core.testing.subject import Subject


def check_env(
    env: "gym.Env | str | Callable[[], gym.Env]",
    *,
    steps: int = 300,
    seed: int = 0,
    strict: bool = True,
    processes: bool = True,
    skip: Collection[str] = (),
    collect: bool = False,
) -> Report:
    """Try every law of `rewardlab.core.testing.laws` on an environment.

    Args:
        env: an id, a factory without arguments (best: other instances are made by it), or an instance; further
            instances of an instance are made from its spec, or else by deep copies, so hand over an unused one.
        steps: how long each run is; faults that show late need long ones.
        seed: of environment and actions.
        strict: also the laws that Gymnasium does not ask for (refusals, seeds, copies).
        processes: also the laws that need a second Python (about a second).
        skip: names of laws to leave out.
        collect: gather all findings in the report instead of raising the first.

    Returns:
        The laws that hold, the findings, and remarks; `str` of it is readable.

    Raises:
        FaultyEnvironment: the first law that is broken, unless `collect`.
        BadOption: for an unknown law in `skip`, fewer than one step, or what is no single environment.
        BadSeed: for a seed that is no integer in [0, 2^64).
    """
    known = [law.__name__ for law in LAWS]
    skip = [skip] if isinstance(skip, str) else skip
    for name in skip:
        if name not in known:
            raise BadOption(f"unknown law {name!r}", where="check_env(skip=)", mend=nearest(name, known))
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise BadOption(f"steps={steps!r}", where="check_env", expected="an integer of at least 1", mend="steps=300")
    seed = check_seed(seed, where="check_env")
    left_out = {*skip, *(() if strict else STRICT), *(() if processes else PROCESSES)}
    subject = Subject(*_maker(env), seed=seed, steps=steps)
    report = Report(subject.name, notes=subject.notes)
    wanted = [law for law in LAWS if law.__name__ not in left_out]

    def named(law: Callable[[Subject], None]) -> Callable[[], None]:
        def hold() -> None:
            subject.name = f"{report.name} [{law.__name__}]"
            law(subject)

        return hold

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Gymnasium's remarks are notes of the report
        if any(law.__name__ in PROCESSES for law in wanted):
            with contextlib.suppress(Exception):  # tried again, and reported, by the law itself
                _ = subject.children  # they play while the other laws are tried
        try:
            return judge(report, [(law.__name__, named(law)) for law in wanted], FaultyEnvironment, collect=collect)
        finally:
            subject.end()


def _maker(env: Any) -> tuple[Callable[[], gym.Env], str]:
    if isinstance(env, str):
        spec = copy.deepcopy(gym.spec(env))
        spec.disable_env_checker = True
        return functools.partial(gym.make, spec), env
    if isinstance(env, gym.Env):
        if env.spec is not None:
            make = functools.partial(gym.make, env.spec, disable_env_checker=True)
            with contextlib.suppress(Exception):  # a wrapper that its spec cannot make again
                make().close()
                return make, env.spec.id
        return functools.partial(copy.deepcopy, env), str(env)
    if not callable(env) or isinstance(env, gym.vector.VectorEnv):
        raise BadOption(
            f"{type(env).__name__} is no single environment",
            where="check_env",
            expected="an id, an environment, or a function that makes one",
            mend="check_vector_env checks vector environments",
        )
    made = env()
    if not isinstance(made, gym.Env):
        raise BadOption(f"the factory made {type(made).__name__}", where="check_env", expected="a gymnasium.Env")
    return env, type(made).__name__
