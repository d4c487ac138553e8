"""Random reward programs: from a grammar, and honest and hostile ones mutated. Found faults end in `KNOWN`.

    python tests/core/sandbox/fuzz.py --programs 200000

Each program is refused with `BadProgram`, or compiles and pays what its Python pays on rows where that runs.
"""

import argparse
import gc
import random
import re
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from core.sandbox.honest_rewards import HONEST, steps
from core.sandbox.hostile_rewards import HARMLESS, REFUSED
from core.sandbox.plain_python import accepted

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadProgram, BadReward
from rewardlab.core.sandbox.language import Signature, compile_program

SCALARS = ("obs[0]", "obs[-1]", "action[1]", "next_obs[3]", "info['distance']", "info['height']", "float(info['stage'])",  # noqa: E501
           "float(info['success'])", "info['goal'][2]", "0.5", "2", "-1.0", "3", "1e-3", "len(obs)")  # fmt: skip
VECTORS = ("obs[:3]", "next_obs[2:5]", "info['goal']", "info['fingertip']", "action[:3]", "np.zeros(3)",
           "np.array([1.0, 2.0, 0.5])", "info['feet'][1]", "info['feet'][:, 0][:3]", "np.ones(3)")  # fmt: skip
UNARY = ("np.tanh", "np.abs", "np.exp", "np.sqrt", "np.square", "abs", "float", "np.sign", "np.floor", "np.log1p", "-",
         "np.cos", "int", "math.atan", "not ", "+")  # fmt: skip
REDUCE = ("np.sum", "np.mean", "np.max", "np.min", "np.linalg.norm", "sum", "max", "min", "np.prod", "np.std",
          "np.argmax", "np.any", "np.median", "len")  # fmt: skip
BINARY = ("+", "-", "*", "/", "+", "-", "*", "%", "//", "**")
COMPARE = ("<", ">", "<=", ">=", "==", "!=")


class Grammar:
    """Programs with nested branches, loops that are left early, helpers, lists and dicts.

    Integers of the step are made floats: NumPy's divide by zero and get zero, those of the language do not.
    """

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.names, self.loops, self.helpers = rng, ["a"], 0, 0
        self.scalars, self.vectors, self.inside = SCALARS, VECTORS, False

    def number(self, depth: int = 0) -> str:
        """An expression for one number."""
        r = self.rng
        if depth > 2 or r.random() < 0.3:
            return r.choice((*self.scalars, *self.names, *self.names))
        kind = r.randrange(9)
        if kind < 3:
            return f"({self.number(depth + 1)} {r.choice(BINARY)} {self.number(depth + 1)})"
        if kind == 3:
            op, x = r.choice(UNARY), self.number(depth + 1)
            return f"float({op}({x}))" if op == "not " else f"{op}({x})"
        if kind == 4:
            op, x = r.choice(REDUCE), self.vector(depth + 1)
            return f"float({op}({x}))" if op in ("np.any", "np.argmax") else f"{op}({x})"
        if kind == 5:
            return f"({self.number(depth + 1)} if {self.truth(depth + 1)} else {self.number(depth + 1)})"
        if kind == 6:
            op = r.choice(("max", "min", "np.maximum", "np.hypot"))
            return f"{op}({self.number(depth + 1)}, {self.number(depth + 1)})"
        if kind == 7 and self.helpers:
            return f"helper{r.randrange(self.helpers)}({self.number(depth + 1)}, {self.number(depth + 1)})"
        return f"np.clip({self.number(depth + 1)}, -1, {r.choice('123')})"

    def vector(self, depth: int = 0) -> str:
        """An expression for three numbers."""
        r = self.rng
        if depth > 2 or r.random() < 0.5:
            return r.choice(self.vectors)
        kind = r.randrange(5)
        if kind < 2:
            return f"({self.vector(depth + 1)} {r.choice('+-*/')} {self.vector(depth + 1)})"
        if kind == 2:
            choice = f"{self.vector(depth + 1)} > {self.number(depth + 1)}"
            return f"np.where(np.array({choice}), {self.vector(depth + 1)}, {self.number(depth + 1)})"
        if kind == 3:
            return f"np.array([{self.number(depth + 1)}, {self.number(depth + 1)}, 1.0])"
        if r.random() < 0.3:
            return f"np.array([{self.number(depth + 1)} for x in {self.vector(depth + 1)}])"
        return f"np.tanh({self.vector(depth + 1)})"

    def truth(self, depth: int = 0) -> str:
        """A condition."""
        r = self.rng
        if depth > 1 or r.random() < 0.7:
            return f"{self.number(depth + 1)} {r.choice(COMPARE)} {self.number(depth + 1)}"
        return f"({self.truth(depth + 1)} {r.choice(('and', 'or'))} {r.choice(('', 'not '))}{self.truth(depth + 1)})"

    def block(self, depth: int) -> list[str]:
        """Statements."""
        r, out = self.rng, []
        for _ in range(r.randint(1, 3)):
            kind = r.randrange(12)
            if kind < 4 or depth > 2:
                name = r.choice((*self.names, f"v{len(self.names)}"))
                out.append(f"{name} = {self.number()}")
                if name not in self.names:
                    self.names.append(name)
            elif kind == 4:
                out.append(f"{r.choice(self.names)} {r.choice('+-*')}= {self.number()}")
            elif kind < 7:
                held = list(self.names)
                out += [f"if {self.truth()}:", *("    " + s for s in self.block(depth + 1))]
                if r.random() < 0.5:
                    self.names = list(held)
                    out += ["else:", *("    " + s for s in self.block(depth + 1))]
                self.names = held
            elif kind == 7:
                self.loops += 1
                held = list(self.names)
                x = f"x{self.loops}"
                source = r.choice((self.vector(1), "range(3)", f"[{self.number()}, {self.number()}]"))
                self.names.append(x)
                out += [f"for {x} in {source}:", *("    " + s for s in self.block(depth + 1))]
                self.names = held
                self.loops -= 1
            elif kind == 8 and self.loops:
                out += [f"if {self.truth()}:", f"    {r.choice(('break', 'continue'))}"]
            elif kind == 9 and depth:
                out.append(f"return {self.number()}")
                return out
            elif self.inside:
                out.append(f"{r.choice(self.names)} = {self.number()}")
            elif kind == 10:
                out.append(f"parts[{r.choice(('k', 'm'))!r}] = {self.number()}")
            elif depth == 0:
                out.append(f"items.append({self.number()})")
            else:
                out.append(f"items[0] = {self.number()}")
        return out

    def program(self) -> str:
        """A whole program."""
        helpers = []
        self.scalars, self.vectors, self.inside = ("p", "q", "0.5", "2"), ("[p, q, 1.0]", "np.array([q, p, q])"), True
        for i in range(self.rng.randrange(3)):
            self.names = ["p", "q"]
            body = "\n    ".join(self.block(2))
            helpers.append(f"def helper{i}(p, q=1.0):\n    {body}\n    return {self.number(3)}\n")
        self.scalars, self.vectors, self.inside = SCALARS, VECTORS, False
        self.helpers, self.names = len(helpers), ["a"]
        body = "\n    ".join(self.block(0))
        head = "def reward(obs, action, next_obs, info):\n    a = 1.0\n    parts = {'k': 0.0}\n    items = [a]"
        tail = f"    return {self.number()} + sum(items) + parts['k']\n"
        return "\n".join([*helpers, head, f"    {body}", tail])


TEXTS = [
    *HONEST.values(),
    *(p for f, ps in REFUSED.items() if f != "texts" for p in ps),
    *(p for p, _ in HARMLESS.values()),
]
TEXTS = [t for t in TEXTS if "torch" not in t and "acc=[]" not in t]  # a default that Python keeps between steps
LINES = [line for t in TEXTS for line in t.split("\n") if line.startswith("    ")]
TOKENS = re.compile(r"\w+|\*\*|//|[<>=!]=|[^\w\s]")
WORDS = sorted({w for t in TEXTS for w in TOKENS.findall(t) if len(w) < 30})


def mutated(rng: random.Random) -> str:
    """A text of the corpora with a few tokens or lines changed."""
    text = rng.choice(TEXTS)
    for _ in range(rng.randint(1, 3)):
        kind = rng.randrange(6)
        lines = text.split("\n")
        i = rng.randrange(len(lines))
        if kind == 0:
            del lines[i]
            text = "\n".join(lines)
        elif kind == 1:
            text = "\n".join([*lines[:i], rng.choice(LINES), *lines[i:]])
        elif kind == 2:
            j = rng.randrange(len(lines))
            lines[i], lines[j] = lines[j], lines[i]
            text = "\n".join(lines)
        else:
            found = list(TOKENS.finditer(text))
            if found:
                m = rng.choice(found)
                text = text[: m.start()] + rng.choice(WORDS) + text[m.end() :]
    return text


def wrapped(found: float, true: float) -> bool:
    """Whether NumPy's 64 bits were too few for a power of integers, where floats go on: nothing warns of it."""
    if not (np.isfinite(found) and np.isfinite(true)) or abs(found) < 2**63 or abs(true) > 2**63:
        return False
    left = (int(found) - int(true)) % 2**64
    return min(left, 2**64 - left) <= 1e-12 * abs(found)


def check(source: str, signature: Signature, batch: Transitions) -> str:
    """ "refused", "accepted", "compared"; an error if the program breaks a promise."""
    try:
        program = compile_program(source, signature)
    except BadProgram:
        return "refused"
    compared = False
    for i, true in enumerate(accepted(source, batch)):
        if true is None:  # its Python raises there
            continue
        try:
            found = float(program(batch.rows(slice(i, i + 1)))[0])
        except BadReward:
            found = float("nan")
        if not np.isfinite(found) and (not np.isfinite(true) or "/" in source or "%" in source):
            continue  # NumPy's integers divide by zero and get zero; here they divide as floats
        # NumPy computes functions of truth values in 16 bits
        room = 2e-3 if "f_cast_float" in program.code and "np." in source else 1e-9
        if not abs(found - true) <= room * max(1.0, abs(true)):
            if wrapped(found, true):
                continue
            if accepted(source, batch, by_zero="raise")[i] is None:
                continue  # the same, when what came of it was compared or cut, so that it ended as a finite number
            raise AssertionError(f"row {i}: {found} for {true}\n{source}\n{program.code}")
        compared = True
    _often(program, batch)
    return "compared" if compared else "accepted"


def _often(program: Any, batch: Transitions) -> None:
    """The first call goes the long way, the others the direct one: all pay what the rows pay alone, and own it."""
    try:
        first = program(batch).copy()
        alone = [program(batch.rows(slice(i, i + 1)))[0] for i in range(len(first))]
        (second, parts), third = program.both(batch), program(batch)
    except BadReward:
        return
    if not (np.array_equal(first, second) and np.array_equal(first, third)):
        raise AssertionError(f"{first} is {second} and {third} when called again\n{program.source}")
    far = (np.abs(first - alone) > 1e-9 * np.maximum(1.0, np.abs(first))) & (np.abs(first) <= 2**53)
    if np.any(far):
        # The least of 0.0 and -0.0 is either of them, and what is divided by it tells which.
        divided = [x is None for x in accepted(program.source, batch, by_zero="raise")]
        if not np.all(np.array(divided)[far]):
            raise AssertionError(f"{first} is {alone} row by row\n{program.source}")
    every = [second, *parts.values(), third, batch.reward, batch.obs, *batch.info.values()]
    if any(np.shares_memory(x, y) for x in (second, *parts.values(), third) for y in every if y is not x):
        raise AssertionError(f"memory is shared\n{program.source}")


def world(seed: int) -> tuple[Signature, Transitions]:
    """A few rows, some of them with round numbers."""
    rng = np.random.default_rng(seed)
    batch = steps(
        lambda shape: np.where(rng.random(shape) < 0.3, rng.integers(-2, 3, shape), rng.normal(size=shape)), 3
    )
    return Signature.of_batch(batch), batch


def run(programs: int, seed: int) -> dict[str, float]:
    """How many were refused, accepted and compared, and the slowest refusal or compilation in seconds."""
    rng = random.Random(seed)
    signature, batch = world(seed)
    counts: dict[str, float] = {"refused": 0, "accepted": 0, "compared": 0, "slowest": 0.0}
    gc.disable()  # what it would look through is not of the program that is timed
    try:
        for k in range(programs):
            source = Grammar(rng).program() if k % 2 else mutated(rng)
            began = time.process_time()
            counts[check(source, signature, batch)] += 1
            counts["slowest"] = max(counts["slowest"], time.process_time() - began)
            if k % 2000 == 1999:
                gc.collect()
    finally:
        gc.enable()
    return counts


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(run(options.programs, options.seed))
