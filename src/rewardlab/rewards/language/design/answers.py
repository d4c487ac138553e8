"""From an answer to a program: which part of a text is the reward, and what was left out.

Models fence their code, or do not; write several blocks, or prose alone; wrap it all in JSON. What is no program is
refused with a reason that can be sent back as it stands.
"""

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rewardlab.core.errors import BadProgram

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n(.*?)(?:^[ \t]*\1`*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_UNARY = re.compile(r"(?:[-+~]\s*){100}|(?:not\s+){100}")  # the parser's stack is not to be tried
_LONGEST = 200_000  # characters of an answer that are looked at
_KEYS = ("code", "reward", "reward_function", "program", "source", "answer", "content")
_METHOD = "a method of a class"


@dataclass(frozen=True)
class Found:
    """The program in an answer.

    Attributes:
        source: its text.
        dropped: what else there was, in sentences.
    """

    source: str
    dropped: tuple[str, ...] = ()


def program_of(answer: str, *, names: Sequence[str] = ("reward",)) -> Found:
    """The last block of an answer that defines the functions asked for.

    Args:
        answer: what was answered.
        names: functions that the program must define, all of them.

    Raises:
        BadProgram: if there is none, saying what was there instead.
    """
    text = _unwrapped(answer[:_LONGEST].replace("\r\n", "\n").strip("\n").rstrip())
    if not text.strip():
        raise _bad("the answer is empty", names)
    blocks = [m.group(2).strip("\n") for m in _FENCE.finditer(text)]
    fenced = bool(blocks)
    blocks = [b for b in blocks if b.strip()] if fenced else [_from_code_on(text)]
    if not blocks:
        raise _bad("the code block is empty", names)
    faults = [_fault(b, names) for b in blocks]
    fitting = [i for i, fault in enumerate(faults) if not fault]
    if not fitting:
        what = faults[-1] if fenced else _plainly(faults[-1], text)
        raise _bad(what, names, blocks=len(blocks))
    chosen = fitting[-1]
    dropped = [
        f"code block {i + 1} of {len(blocks)} was dropped: {fault or f'block {chosen + 1} comes after it'}"
        for i, fault in enumerate(faults)
        if i != chosen
    ]
    return Found(_dedented(blocks[chosen]), tuple(dropped))


def _unwrapped(text: str) -> str:
    """The text inside of JSON, if that is what the answer is."""
    bare = _FENCE.fullmatch(text.strip())
    inner = bare.group(2).strip() if bare else text.strip()
    if not inner.startswith(("{", '"')):
        return text
    try:
        held = json.loads(inner)
    except (ValueError, RecursionError):
        return text
    for _ in range(4):
        if isinstance(held, str):
            return held.strip()
        if not isinstance(held, dict):
            return text
        texts = [held[k] for k in _KEYS if isinstance(held.get(k), (str, dict))]
        texts += [v for v in held.values() if isinstance(v, str) and "def " in v]
        if not texts:
            return text
        held = texts[0]
    return text


def _from_code_on(text: str) -> str:
    """An answer without a fence, from its first line of code on."""
    lines = text.split("\n")
    starts = [i for i, line in enumerate(lines) if re.match(r"\s*(import |from \w+ import |def |[A-Z_]+ *= )", line)]
    if not starts:
        return text
    rest = lines[starts[0] :]
    for end in range(len(rest), 0, -1):  # prose may follow: the longest piece that can be read is the program
        piece = "\n".join(rest[:end])
        if (rest[end - 1].strip() or end == 1) and _tree(piece) is not None:
            return piece
    return "\n".join(rest)


def _dedented(source: str) -> str:
    import textwrap

    return textwrap.dedent(source.expandtabs(4)).strip("\n") + "\n"


def _tree(source: str) -> ast.Module | None:
    if len(source) > 20_000 or max(map(source.count, "([{")) > 2000 or _UNARY.search(source):
        return None
    try:
        return ast.parse(_dedented(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _fault(source: str, names: Sequence[str]) -> str:
    """Why a block is not the program; "" if it is. Syntax is judged later, with its line."""
    tree = _tree(source)
    if tree is None:
        lacking = [n for n in names if not re.search(rf"\bdef\s+{n}\s*\(", source)]
        return f"it does not define {' and '.join(lacking)}" if lacking else ""
    defined = [n.name for n in tree.body if isinstance(n, ast.FunctionDef)]
    lacking = [n for n in names if n not in defined]
    if not lacking:
        return ""
    for n in tree.body:
        if isinstance(n, ast.ClassDef) and any(getattr(m, "name", "") in lacking for m in n.body):
            return f"{lacking[0]} is {_METHOD} there, not a function"
    if defined:
        return f"it defines {', '.join(defined[:4])} and not {' and '.join(lacking)}"
    return f"it does not define {' and '.join(lacking)}"


def _plainly(fault: str, text: str) -> str:
    """What to call an answer without a fence that is no program."""
    return fault if re.search(r"\bdef\s+\w+\s*\(", text) else "the answer is prose without code"


def _bad(what: str, names: Sequence[str], *, blocks: int = 1) -> BadProgram:
    several = f" (the last of {blocks} code blocks)" if blocks > 1 else ""
    return BadProgram(
        what + several,
        where="the answer",
        expected="one ```python block that defines " + " and ".join(f"{n}(...)" for n in names),
        mend="answer with that block alone",
    )
