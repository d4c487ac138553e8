"""Python's own functions."""

from typing import Any

from rewardlab.core.sandbox.language import arithmetic, limits
from rewardlab.core.sandbox.language.functions import elementwise, reductions
from rewardlab.core.sandbox.language.graph import Number, Value
from rewardlab.core.sandbox.language.refusal import refuse
from rewardlab.core.sandbox.language.values import Record, Ref, Type


def extreme(op: str, m: Any, *items: Any, **more: Any) -> Any:
    """`min` and `max` of numbers; NaN if one is NaN."""
    default = more.pop("default", None)
    if more:
        refuse(f"min and max have no argument {next(iter(more))!r} here", m.line)
    found = m.sequence(items[0]) if len(items) == 1 else list(items)
    if not found:
        return m.number(default) if default is not None else refuse("min or max of nothing", m.line)
    out = m.scalar(found[0])
    for x in found[1:]:
        x = m.scalar(x)
        if isinstance(x, Value) or isinstance(out, Value):
            out = elementwise.extreme("maximum" if op == "max" else "minimum", m, out, x)
        elif x != x or (x > out if op == "max" else x < out):
            out = x
    return out


def total(m: Any, items: Any, start: Any = 0) -> Number:
    """`sum`, from the left."""
    out = m.number(start)
    found = m.sequence(items)
    for x in found:
        x = m.number(x)
        if arithmetic.kind_of(x) == "bool":
            x = arithmetic.cast(m.g, x, "int")
        out = x if type(out) is int and out == 0 and isinstance(x, Value) else arithmetic.binary(m.g, "add", out, x)
    return out


def length(m: Any, x: Any) -> int:
    """`len`."""
    if isinstance(x, Value):
        return x.shape[0] if x.shape else refuse("len of a number", m.line)
    if isinstance(x, Record):
        return len(x.items)
    return len(m.content(x)) if isinstance(x, Ref) else len(m.sequence(x))


def to_float(m: Any, x: Any = 0.0) -> Number:
    """`float`."""
    if isinstance(x, str) and x.strip().lower() in ("inf", "-inf", "+inf", "nan", "infinity", "-infinity"):
        return float(x)
    return arithmetic.to_float(m.g, m.scalar(x))


def to_int(m: Any, x: Any = 0) -> Number:
    """`int`."""
    return arithmetic.cast(m.g, m.scalar(x), "int")


def to_bool(m: Any, x: Any = False) -> Number:
    """`bool`."""
    return m.truth(x)


def rounding(m: Any, x: Any, ndigits: Any = None) -> Number:
    """`round`, halves to even."""
    x = m.scalar(x)
    out = elementwise.rounding(m, x, 0 if ndigits is None else ndigits)
    return out if isinstance(out, Value) or ndigits is not None else arithmetic.whole(m.g, out)


def power(m: Any, a: Any, b: Any) -> Number:
    """`pow`."""
    return arithmetic.power(m.g, m.number(a), m.number(b))


def numbers(m: Any, *bounds: Any) -> range:
    """`range` of known integers."""
    if not 1 <= len(bounds) <= 3:
        refuse("range takes one to three integers", m.line)
    found = [m.integer(b, "a bound of range", -limits.INTEGER, limits.INTEGER) for b in bounds]
    if len(found) == 3 and not found[2]:
        refuse("the step of a range is 0", m.line)
    out = range(*found)
    if not -limits.ITEMS <= len(range(*found[:2])) // abs(found[2] if len(found) == 3 else 1) <= limits.ITEMS:
        refuse(f"a range of more than {limits.ITEMS:,} integers", m.line)
    return out


def enumerated(m: Any, items: Any, start: Any = 0) -> tuple:
    """`enumerate`."""
    first = m.integer(start, "start", -limits.INTEGER // 2, limits.INTEGER // 2)
    return tuple((first + i, v) for i, v in enumerate(m.sequence(items)))


def zipped(m: Any, *items: Any, strict: Any = False) -> tuple:
    """`zip`."""
    found = [m.sequence(v) for v in items]
    if m.flag(strict, "strict") and len({len(v) for v in found}) > 1:
        refuse("zip of different lengths", m.line)
    return tuple(zip(*found, strict=False))


def any_of(m: Any, items: Any) -> Number:
    """`any`."""
    if isinstance(items, Value):
        return reductions.logic("any", m, items)
    out: Any = False
    for x in m.sequence(items):
        out = arithmetic.either(m.g, out, m.truth(x))
    return out


def all_of(m: Any, items: Any) -> Number:
    """`all`."""
    if isinstance(items, Value):
        return reductions.logic("all", m, items)
    out: Any = True
    for x in m.sequence(items):
        out = arithmetic.both(m.g, out, m.truth(x))
    return out


def ordered(m: Any, items: Any, *, reverse: Any = False) -> Any:
    """`sorted`, of known numbers or strings or of an array."""
    found = m.sequence(items)
    backwards = m.flag(reverse, "reverse")
    if any(isinstance(v, Value) for v in found):
        x = m.g.apply("sort", m.array(tuple(found), 1), static=(0,))
        x = m.g.apply("flip", x, static=(0,)) if backwards else x
        return m.new_list(m.sequence(x))
    plain = all(type(v) is str for v in found) or all(arithmetic.is_number(v) for v in found)
    if not plain:
        refuse("sorted is for numbers or for strings", m.line)
    return m.new_list(sorted(found, reverse=backwards))


def backwards(m: Any, items: Any) -> tuple:
    """`reversed`."""
    return tuple(m.sequence(items))[::-1]


def isinstance_of(m: Any, x: Any, kinds: Any) -> bool:
    """`isinstance`, answered while compiling."""
    wanted = m.sequence(kinds) if isinstance(kinds, tuple) else [kinds]
    if not all(isinstance(k, Type) for k in wanted):
        refuse("isinstance needs a type", m.line)
    if isinstance(x, Value):
        mine = {"array"} if x.shape else {x.kind}
    elif isinstance(x, (Ref, Record)):
        mine = {getattr(x, "kind", "dict")}
    else:
        mine = {type(x).__name__} | ({"int"} if isinstance(x, bool) else set())
    return any(k.kind in mine for k in wanted)


def new_list(m: Any, items: Any = ()) -> Ref:
    """`list`."""
    return m.new_list(m.sequence(items))


def new_tuple(m: Any, items: Any = ()) -> tuple:
    """`tuple`."""
    return tuple(m.sequence(items))


def new_dict(m: Any, items: Any = None, /, **more: Any) -> Ref:
    """`dict`."""
    return m.new_dict({**(m.mapping(items) if items is not None else {}), **more})


def _min(m: Any, *items: Any, **more: Any) -> Any:
    return extreme("min", m, *items, **more)


def _max(m: Any, *items: Any, **more: Any) -> Any:
    return extreme("max", m, *items, **more)


TABLE: elementwise.Table = {
    "abs": elementwise.absolute, "min": _min, "max": _max, "sum": total, "len": length, "round": rounding, "pow": power,
    "range": numbers, "enumerate": enumerated, "zip": zipped, "any": any_of, "all": all_of, "sorted": ordered,
    "reversed": backwards, "isinstance": isinstance_of,
}  # fmt: skip
TYPES = {
    "float": Type("float", "float", to_float), "int": Type("int", "int", to_int),
    "bool": Type("bool", "bool", to_bool), "list": Type("list", "list", new_list),
    "tuple": Type("tuple", "tuple", new_tuple), "dict": Type("dict", "dict", new_dict), "str": Type("str", "str"),
}  # fmt: skip
