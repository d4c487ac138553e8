"""The strict checker of rewards: the laws that let one formula pay single steps, vectors and recordings alike."""

import copy
import functools
import pickle
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, replace
from typing import Any, NoReturn

import numpy as np

from rewardlab.core.arrays import Array, array, is_torch, namespace, tree_leaves, tree_map
from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption, BadReward, RewardlabError, nearest
from rewardlab.core.reward import Reward, add
from rewardlab.core.testing.report import Report, judge
from rewardlab.core.testing.trace import same

EXTREMES = (0.0, 1e6, -1e6)


def check_reward(reward: Reward, batch: Transitions, *, skip: Collection[str] = (), collect: bool = False) -> Report:
    """Try every law of this module on copies of a reward.

    Args:
        reward: the reward, as it stands: with what it has learned so far.
        batch: [B] steps with B >= 4, different in all columns that the reward reads.
        skip: names of laws to leave out.
        collect: gather all findings in the report instead of raising the first.

    Raises:
        BadReward: the first law that is broken, unless `collect`.
        BadOption: for an unknown law in `skip`, or a batch that is too small.
    """
    known = [law.__name__ for law in LAWS]
    for name in skip:
        if name not in known:
            raise BadOption(f"unknown law {name!r}", where="check_reward(skip=)", mend=nearest(name, known))
    if len(batch.shape) != 1 or len(batch) < 4:
        raise BadOption(f"a batch of shape {batch.shape}", where="check_reward", expected="[B] with B >= 4")
    report = Report(reward.name)
    laws = [(law.__name__, functools.partial(law, reward, batch)) for law in LAWS if law.__name__ not in skip]
    return judge(report, laws, BadReward, collect=collect)


def pay(reward: Reward, batch: Transitions) -> Array:
    """What a copy of `reward` pays if an episode begins in each row."""
    own = copy.deepcopy(reward)
    own.reset(namespace(batch.reward).ones_like(batch.terminated))
    return own(copy.deepcopy(batch))


def shape_and_dtype(reward: Reward, batch: Transitions) -> None:
    """The pay is a floating array [B] of the batch's own kind, and finite."""
    paid = pay(reward, batch)
    if is_torch(paid) != is_torch(batch.reward) or not (is_torch(paid) or isinstance(paid, np.ndarray)):
        _fault(reward, "shape_and_dtype", f"the pay is a {type(paid).__name__}", "the library of the batch")
    if tuple(paid.shape) != batch.shape or "float" not in str(paid.dtype):
        _fault(reward, "shape_and_dtype", f"the pay is {paid.dtype}{list(paid.shape)}", f"float{list(batch.shape)}")
    if not np.isfinite(array(paid)).all():
        _fault(reward, "shape_and_dtype", "the pay of an ordinary batch is not finite", "finite numbers")


def parts_sum(reward: Reward, batch: Transitions) -> None:
    """The parts sum to the pay."""
    own = copy.deepcopy(reward)
    own.reset(namespace(batch.reward).ones_like(batch.terminated))
    _close(reward, "parts_sum", "the sum of parts()", add(own.parts(copy.deepcopy(batch))), pay(reward, batch))


def repeatable(reward: Reward, batch: Transitions) -> None:
    """A call learns nothing: after a reset, the same batch is paid the same, to the bit."""
    own, begun = copy.deepcopy(reward), namespace(batch.reward).ones_like(batch.terminated)
    own.reset(begun)
    one = copy.deepcopy(own(copy.deepcopy(batch)))
    own.reset(begun)
    if not same(array(one), array(own(copy.deepcopy(batch)))):
        _fault(reward, "repeatable", "the same batch is paid differently the second time", "learning in update() only")


def rows_permute(reward: Reward, batch: Transitions) -> None:
    """Permuted rows are paid the permuted pay."""
    order = np.random.default_rng(0).permutation(len(batch))
    _close(reward, "rows_permute", "permuted rows", pay(reward, batch.rows(order)), pay(reward, batch)[order])


def rows_split(reward: Reward, batch: Transitions) -> None:
    """Parts of a batch, down to single rows, are paid what they get in the whole."""
    whole, cut = pay(reward, batch), len(batch) // 3
    for rows in (slice(None, cut), slice(cut, None), slice(0, 1)):
        _close(reward, "rows_split", f"rows {rows.start or 0}:{rows.stop}", pay(reward, batch.rows(rows)), whole[rows])


def stacked(reward: Reward, batch: Transitions) -> None:
    """[T, N] steps are paid in that shape, each what it gets in a flat batch; rewards with memory take [N] only."""
    if reward.memory:
        return
    half = len(batch) // 2
    steps = batch.rows(slice(0, 2 * half)).map(lambda x: x.reshape((2, half, *x.shape[1:])))
    _close(reward, "stacked", "stacked steps", pay(reward, steps), pay(reward, batch)[: 2 * half].reshape((2, half)))


def input_kept(reward: Reward, batch: Transitions) -> None:
    """No array of the batch is written into."""
    mine, own = copy.deepcopy(batch), copy.deepcopy(reward)
    own.reset(namespace(batch.reward).ones_like(batch.terminated))
    own(mine)
    for part in fields(batch):
        for a, b in zip(tree_leaves(getattr(mine, part.name)), tree_leaves(getattr(batch, part.name)), strict=True):
            if not same(array(a), array(b)):
                _fault(reward, "input_kept", f"the call wrote into {part.name}", "an untouched batch")


def reset_forgets(reward: Reward, batch: Transitions) -> None:
    """`reset` forgets the rows it names and no others."""
    xp = namespace(batch.reward)
    own, some = copy.deepcopy(reward), xp.arange(len(batch)) % 2 == 0
    own.reset(xp.ones_like(batch.terminated))
    first = copy.deepcopy(own(copy.deepcopy(batch)))
    on = copy.deepcopy(own)(copy.deepcopy(batch))  # no reset: the episodes go on
    own.reset(some)
    _close(
        reward, "reset_forgets", "the pay after reset(some rows)", own(copy.deepcopy(batch)), xp.where(some, first, on)
    )


def pickles(reward: Reward, batch: Transitions) -> None:
    """Pickled and deep copies pay the same; so does what takes over its `state_dict`, which holds plain data."""
    expected = pay(reward, batch)
    _close(reward, "pickles", "a pickled copy", pay(pickle.loads(pickle.dumps(reward)), batch), expected)
    state = reward.state_dict()
    strange = _strange(state)
    if strange:
        _fault(reward, "pickles", f"state_dict holds a {strange}", "arrays, numbers, strings and dicts of them")
    other = copy.deepcopy(reward)
    other.load_state_dict(copy.deepcopy(state))
    _close(reward, "pickles", "a reward that took over the state_dict", pay(other, batch), expected)


def finite_at_extremes(reward: Reward, batch: Transitions) -> None:
    """Zeros and ±10^6 in observations and rewards, and ends everywhere, are paid finite numbers."""
    for value in EXTREMES:
        for names in (("obs",), ("next_obs",), ("obs", "next_obs"), ("reward",)):
            extreme = batch
            for name in names:
                extreme = _filled(extreme, name, functools.partial(_constant, value))
            paid = array(pay(reward, extreme))
            if not np.isfinite(paid).all():
                what = f"{' = '.join(names)} = {value:g} is paid {paid[~np.isfinite(paid)][0]}"
                _fault(reward, "finite_at_extremes", what, "finite numbers")
    for name in ("terminated", "truncated"):
        flags = namespace(batch.reward).ones_like(batch.terminated)
        if not np.isfinite(array(pay(reward, replace(batch, **{name: flags})))).all():
            _fault(reward, "finite_at_extremes", f"{name} everywhere is paid a NaN or infinity", "finite numbers")


def nan_shows(reward: Reward, batch: Transitions) -> None:
    """A NaN in a column that the pay depends on is paid as NaN, or refused by name; other rows do not notice."""
    before = array(pay(reward, batch))
    for name in ("obs", "next_obs", "reward"):
        shifts: list[Callable[[Any], Any]] = [
            lambda x: x + 1,
            lambda x: -x - 1,
            lambda x: x * 0 + 1e3,
            lambda x: x - 1e3,
        ]
        moved = [array(pay(reward, _filled(batch, name, f, row=0)))[0] for f in shifts]
        if not _floats(getattr(batch, name)) or all(m == before[0] for m in moved):
            continue  # the pay does not depend on it
        try:
            paid = array(pay(reward, _filled(batch, name, lambda x: x * float("nan"), row=0)))
        except RewardlabError:
            continue
        if not np.isnan(paid[0]):
            _fault(reward, "nan_shows", f"a NaN in {name} is paid {paid[0]:g}", "NaN, or an error that names it")
        _close(reward, "nan_shows", f"a row beside one with a NaN in {name}", paid[1:], before[1:])


LAWS: tuple[Callable[[Reward, Transitions], None], ...] = (
    shape_and_dtype, parts_sum, repeatable, rows_permute, rows_split, stacked, input_kept, reset_forgets, pickles,
    finite_at_extremes, nan_shows,
)  # fmt: skip


def _fault(reward: Reward, law: str, what: str, expected: str) -> NoReturn:
    raise BadReward(
        what, where=f"{reward.name} [{law}]", expected=expected, mend=f"see rewardlab.core.testing.reward.{law}"
    )


def _close(reward: Reward, law: str, what: str, a: Array, b: Array) -> None:
    """Equal to rounding: networks and sums of another length may differ in the last digits."""
    a, b = array(a), array(b)
    if a.shape != b.shape:
        _fault(reward, law, f"{what} is paid in shape {a.shape}", f"shape {b.shape}")
    digits = 1e-5 if "float32" in (str(a.dtype), str(b.dtype)) else 1e-9
    if not np.allclose(a, b, rtol=digits, atol=digits, equal_nan=True):
        i = int(np.argmax(~np.isclose(a, b, rtol=digits, atol=digits, equal_nan=True).ravel()))
        _fault(reward, law, f"{what}: paid {a.ravel()[i]:.9g} at entry {i}", f"{b.ravel()[i]:.9g}")


def _constant(value: float, x: Array) -> Array:
    return namespace(x).full_like(x, value)


def _floats(tree: Any) -> bool:
    return any("float" in str(leaf.dtype) for leaf in tree_leaves(tree))


def _filled(batch: Transitions, name: str, f: Callable[[Array], Array], row: int | None = None) -> Transitions:
    """`batch` with `f` applied to the floats of one column, in all rows or in one."""

    def change(x: Array) -> Array:
        if "float" not in str(x.dtype):
            return x
        new = copy.deepcopy(x)
        new[... if row is None else row] = f(x if row is None else x[row])
        return new

    return replace(batch, **{name: tree_map(change, getattr(batch, name))})


def _strange(x: Any) -> str:
    if isinstance(x, Mapping):
        return next((s for s in map(_strange, x.values()) if s), "")
    plain = x is None or isinstance(x, (bool, int, float, str, np.ndarray, np.generic)) or is_torch(x)
    return "" if plain else type(x).__name__
