"""`Context`: what a designer is told of a task: its card, what a program may read, and how it is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from rewardlab.core.errors import BadOption

if TYPE_CHECKING:
    from rewardlab.core.sandbox import Signature


HEADER = "def reward(obs, action, next_obs, info):"
LANGUAGE = """Write one Python function for ONE step:

def reward(obs, action, next_obs, info):
    ...
    return total, {"name of a term": value, ...}

- obs is what was seen before the action, next_obs after it; info holds the columns listed above, as they are after the
  step. `reward` (the task's own), `terminated` and `truncated` may be parameters too.
- It returns a number, or a number and a dictionary of its named terms, which should add up to it.
- `np` (NumPy) and `math` are there; no imports, classes, `while`, `try`, files or attributes of other objects.
- Loops run over fixed ranges or the components of an array. Helper functions and constants may stand above it.
- It must be finite for all numbers up to 1e6 of either sign: clip what goes into exp and log, guard divisions.
- It must not be constant; the larger the better. Keep terms between about -1 and 1 per step.
- Read only what is listed: nothing else exists."""
PYTHON = """Write one Python function for ONE step:

def reward(obs, action, next_obs, info):
    ...
    return total, {"name of a term": value, ...}

- obs is what was seen before the action, next_obs after it; info holds the columns listed above, as they are after the
  step. `reward` (the task's own), `terminated` and `truncated` may be parameters too.
- It returns a number, or a number and a dictionary of its named terms, which should add up to it.
- `np` (NumPy) and `math` are there; the standard library and NumPy may be imported; classes, `while`, `try` and helper
  functions are allowed. It runs in a locked process: no files, network, threads, processes or output.
- It depends on its arguments alone: no memory of earlier steps, no chance, no clock.
- It must be quick: well below a millisecond for a step.
- It must be finite for all numbers up to 1e6 of either sign: clip what goes into exp and log, guard divisions.
- It must not be constant; the larger the better. Keep terms between about -1 and 1 per step.
- Read only what is listed: nothing else exists."""
Language = Literal["numeric", "python"]
"""In what programs are written: the reward language, or whole Python, which only the jail runs."""
SYSTEM = (
    "You are a reward engineer. You write dense reward functions in Python for reinforcement learning, from which an "
    "agent learns the task that is described. Answer with one fenced python block and little else."
)


@dataclass(frozen=True)
class Context:
    """A task as a designer sees it.

    Attributes:
        env: the id.
        task: what is wanted, in a sentence.
        card: the description of the environment, as text.
        signature: what a program may read.
        language: in what programs are written.

    Raises:
        BadOption: for a language that is none of the two.
    """

    env: str
    task: str
    card: str
    signature: "Signature"
    language: Language = "numeric"

    def __post_init__(self) -> None:
        if self.language not in ("numeric", "python"):
            raise BadOption(f"language={self.language!r}", where="Context", expected='"numeric" or "python"')

    def text(self) -> str:
        """Description, columns and rules of the language, in this order."""
        rules = LANGUAGE if self.language == "numeric" else PYTHON
        return f"Environment: {self.env}\n{self.card}\n\n{self.columns()}\n\n{rules}\n\nTask: {self.task}"

    def columns(self) -> str:
        """What a program may read, with shapes and kinds."""
        lines = ["A program may read (for one step):"]
        lines += _described("obs, next_obs", self.signature.obs)
        lines += _described("action", self.signature.action)
        lines += [f'  info["{k}"]: {_leaf(v)}' for k, v in self.signature.info.items()]
        return "\n".join(lines)


def _described(name: str, tree: Any) -> list[str]:
    if isinstance(tree, tuple):
        return [line for i, v in enumerate(tree) for line in _described(name.replace(",", f"[{i}],") + f"[{i}]", v)]
    if isinstance(tree, Mapping):
        both = name.split(", ")
        return [f"  {', '.join(f'{n}[{chr(34)}{k}{chr(34)}]' for n in both)}: {_leaf(v)}" for k, v in tree.items()]
    return [f"  {name}: {_leaf(tree)}"]


def _leaf(leaf: Any) -> str:
    shape, kind = leaf.shape, leaf.kind
    word = {"float": "number", "int": "integer", "bool": "bool"}.get(kind, kind)
    if not shape:
        return f"one {word}"
    return f"array of {' x '.join(map(str, shape))} {word}s" + (
        f", indices 0..{shape[0] - 1}" if len(shape) == 1 else ""
    )
