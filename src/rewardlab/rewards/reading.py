"""`read_reward`: a reward from the text of an expression, as it is printed: "Task() + 0.1 * CountBonus(beta=2)".

The text is read, never run: it may hold the names that `rewardlab.rewards` exports, plain values, + - * /, and the
methods `.then` and `.annealed`. So a command line and a settings file can name any reward that holds no code. A
designed reward is named by its file, "reward.py" alone or Programmed("reward.py") within an expression: the sandbox
compiles it.
"""

import ast
import operator
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rewardlab.core.errors import BadOption, RewardlabError, UnknownName, nearest
from rewardlab.core.lazy import contents
from rewardlab.core.reward import Reward

_METHODS = ("then", "annealed")
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_LONGEST = 4000  # characters
_FILE = re.compile(r"[^()+*]*\.py")


def read_reward(text: str, env: Any = None) -> Reward:
    """The reward that `text` describes.

    Args:
        text: e.g. "Task() + 0.1 * (CountBonus() + Progress('distance')).annealed(10000)", or the path of a designed
            reward.
        env: what it is to pay in, an id or an environment: a designed reward is compiled for it; None compiles it for
            the environment that its file names.

    Raises:
        BadProgram: for a designed reward that leaves the reward language, or reads what the environment does not have.
        BadStore: for a file that cannot be read.
        UnknownName: for a name that `rewardlab.rewards` does not have, with the nearest ones.
        BadOption: for anything but an expression of rewards and plain values, saying where.
    """
    if _FILE.fullmatch(text.strip()):
        return _designed(text.strip(), env)
    if len(text) > _LONGEST:
        raise _bad(f"{len(text)} characters", f"at most {_LONGEST}")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        raise _bad(f"{text[:60]!r} cannot be read: {getattr(e, 'msg', e)}", "one expression") from None
    try:
        made = _value(tree.body, env)
    except RewardlabError:
        raise
    except RecursionError:
        raise _bad("too deeply nested", "a plain expression") from None
    except Exception as e:  # a constructor may refuse in any way
        raise _bad(f"{text[:60]!r}: {type(e).__name__}: {e}", "arguments that fit") from None
    if not isinstance(made, Reward):
        raise _bad(f"{text[:60]!r} is a {type(made).__name__}", "a reward", "add Task() for the environment's own")
    return made


def _designed(path: str, env: Any) -> Reward:
    """The reward in a file of the designer's."""
    import importlib

    made: Reward = importlib.import_module("rewardlab.rewards.language.reward_file").load_reward(path, env)
    return made


def names() -> dict[str, str]:
    """What an expression may name: name -> module."""
    found = contents(Path(__file__).with_name("__init__.py"))
    return {k: m for k, m in found.items() if m.split(".")[1] == "core" or _family(m)}


def _family(module: str) -> bool:
    parts = module.split(".")
    return len(parts) > 2 and parts[2] not in ("drivers", "callbacks", "saving", "reading", "metrics")


def _value(node: ast.expr, env: Any) -> Any:
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, (bool, int, float, str))):
        return node.value
    if isinstance(node, ast.Tuple):
        return tuple(_value(x, env) for x in node.elts)
    if isinstance(node, ast.List):
        return [_value(x, env) for x in node.elts]
    if isinstance(node, ast.Dict) and all(k is not None for k in node.keys):
        return {_value(k, env): _value(v, env) for k, v in zip(node.keys, node.values, strict=True) if k is not None}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        inner = _value(node.operand, env)
        return -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _value(node.left, env), _value(node.right, env)
        if not all(isinstance(x, (Reward, int, float)) for x in (left, right)):
            raise _bad(f"{ast.unparse(node)[:60]!r} calculates with something else", "rewards and numbers")
        return _BINARY[type(node.op)](left, right)
    if isinstance(node, ast.Name):
        return _named(node.id)
    if isinstance(node, ast.Call):
        return _called(node, env)
    raise _bad(f"{ast.unparse(node)[:60]!r} has no place here", "rewards, plain values, + - * /, .then and .annealed")


def _called(node: ast.Call, env: Any) -> Any:
    if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
        raise _bad(f"{ast.unparse(node)[:60]!r} unpacks its arguments", "arguments written out")
    if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
        owner = _value(node.func.value, env)
        if not isinstance(owner, Reward):
            raise _bad(f"{ast.unparse(node)[:60]!r} is called on a {type(owner).__name__}", "a reward")
        target = getattr(owner, node.func.attr)
    elif isinstance(node.func, ast.Name):
        target = _named(node.func.id)
    else:
        raise _bad(f"{ast.unparse(node.func)[:60]!r} is called", "a name of rewardlab.rewards, .then or .annealed")
    arguments = [_value(a, env) for a in node.args]
    alone = arguments[0] if len(arguments) == 1 and not node.keywords else None
    designed = isinstance(node.func, ast.Name) and node.func.id == "Programmed" and isinstance(alone, str)
    if designed and _FILE.fullmatch(str(alone)):
        return _designed(str(alone), env)
    return target(*arguments, **{str(k.arg): _value(k.value, env) for k in node.keywords})


def _named(name: str) -> Any:
    known = names()
    if name not in known:
        raise UnknownName(f"nothing is called {name!r}", where="read_reward", mend=nearest(name, known))
    import importlib

    return getattr(importlib.import_module(known[name]), name)


def _bad(what: str, expected: str, mend: str = "Task() + 0.1 * CountBonus()") -> BadOption:
    return BadOption(what, where="read_reward", expected=expected, mend=mend)
