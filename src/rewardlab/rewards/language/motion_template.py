"""The template in which a motion is described: plain sentences with blanks, the same for every oracle.

A description is a few of these sentences between two marks. Reading one gives statements, each of which is one call of
the reward coder's functions; what is no sentence of the template is refused.
"""

import re
from dataclasses import dataclass

from rewardlab.core.errors import BadProgram
from rewardlab.rewards.language.bodies import Body

START, END = "[start of description]", "[end of description]"
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_SENTENCES = {
    "height": ("The torso should be {} m high.", "set_torso_height({})"),
    "pitch": ("The torso should lean {} rad forward.", "set_torso_pitch({})"),
    "stand": ("The foot '{}' should be on the ground.", "set_foot({!r}, 0.0, True)"),
    "lift": ("The foot '{}' should be {} m off the ground.", "set_foot({!r}, {}, False)"),
    "joint": ("The joint '{}' should be at {} rad.", "set_joint_target({!r}, {}, 20.0)"),
    "near": ("The '{}' should be at the '{}'.", "min_l2_distance({!r}, {!r}, 20.0)"),
    "forget": ("Nothing of what was said before holds any more.", "reset_reward()"),
    "execute": ("Do it for {} s.", "execute({})"),
}


@dataclass(frozen=True)
class Statement:
    """One sentence of a description.

    Attributes:
        kind: "height", "pitch", "stand", "lift", "joint", "near", "forget" or "execute".
        values: what stands in its blanks: names and numbers.
    """

    kind: str
    values: tuple[str | float, ...] = ()

    def __str__(self) -> str:
        return _SENTENCES[self.kind][0].format(*(f"{v:g}" if isinstance(v, float) else v for v in self.values))

    @property
    def call(self) -> str:
        """The call that says the same."""
        return _SENTENCES[self.kind][1].format(*self.values)


def template(body: Body) -> str:
    """The sentences that there are for a body, as a describer is told them."""
    lines = []
    for kind, (sentence, _) in _SENTENCES.items():
        names = {"stand": (body.feet,), "lift": (body.feet,), "joint": (body.joints,), "near": (body.points,) * 2}
        if not _known(kind, body):
            continue
        blanks = [f"CHOICE: {', '.join(choice)}" for choice in names.get(kind, ())]
        blanks = [f"[{b}]" for b in blanks] + ["[NUMBER]"] * (sentence.count("{}") - len(blanks))
        lines.append(sentence.format(*blanks))
    return "\n".join(lines)


def write(statements: list[Statement]) -> str:
    """A description."""
    return "\n".join([START, *(str(s) for s in statements), END])


def read(text: str, body: Body) -> list[Statement]:
    """The statements of a description; what stands before and after its marks is passed over.

    Raises:
        BadProgram: without marks or sentences, or with the line that is no sentence of the template.
    """
    inside = re.search(rf"{re.escape(START)}\n?(.*?){re.escape(END)}", text, flags=re.S)
    if inside is None:
        raise BadProgram("no description", where="description", expected=f"{START} ... {END}")
    found = []
    for number, line in enumerate(inside[1].splitlines(), start=1):
        if not line.strip():
            continue
        statement = _statement(line.strip(), body)
        if statement is None:
            raise BadProgram(
                f"{line.strip()!r:.100}", where=f"description, line {number}", expected="a sentence of the template"
            )
        found.append(statement)
    if not found:
        raise BadProgram("an empty description", where="description", expected="at least one sentence")
    return found


def _known(kind: str, body: Body) -> bool:
    """Whether a body has what a sentence speaks of."""
    needs = {"height": body.height, "pitch": body.pitch, "stand": body.feet, "lift": body.feet, "joint": body.joints,
             "near": body.points}  # fmt: skip
    return bool(needs.get(kind, True))


def _statement(line: str, body: Body) -> Statement | None:
    for kind, (sentence, _) in _SENTENCES.items():
        pattern = re.escape(sentence).replace(r"'\{\}'", "'([^']*)'").replace(r"\{\}", _NUMBER)
        match = re.fullmatch(pattern, line)
        if match and _known(kind, body):
            names = sentence.count("'{}'")
            values = [v if k < names else float(v) for k, v in enumerate(match.groups())]
            return Statement(kind, tuple(values))
    return None
