"""What an environment says of itself, read back from the text of `describe()`.

A line of a block names a component and says what it means: "distance: m, from the fingertip to the target". Ranges
("0..1"), places ("[8:10]") and codes ("4 in the taxi") stand within the meaning.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

BLOCKS = ("Observation", "Action", "Info")


@dataclass(frozen=True)
class Said:
    """The parts of a description.

    Attributes:
        summary: what the task is.
        blocks: "Observation", "Action", "Info" -> component -> meaning.
        reward: the task's own reward, in words.
    """

    summary: str = ""
    blocks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    reward: str = ""

    def block(self, title: str) -> Mapping[str, str]:
        """The components of one block, {} if the description has none."""
        return self.blocks.get(title, {})


def read_card(text: str) -> Said:
    """The parts of a description; what is not in the form of a card is left out, not guessed."""
    blocks: dict[str, dict[str, str]] = {}
    title, summary, reward = "", [], ""
    for line in text.splitlines():
        if line.strip().rstrip(":") in BLOCKS and line.rstrip().endswith(":"):
            title = line.strip().rstrip(":")
            blocks[title] = {}
        elif line.startswith("  ") and title and ":" in line:
            name, _, meaning = line.strip().partition(":")
            blocks[title][name.strip()] = meaning.strip()
        elif line.startswith("Reward:"):
            title, reward = "", line.removeprefix("Reward:").strip()
        elif line.strip():
            title = ""
            if not blocks:
                summary.append(line.strip())
    return Said(" ".join(summary), blocks, reward)


def span(meaning: str) -> tuple[float, float] | None:
    """The first range "low..high" of a meaning, None without one."""
    found = re.search(r"(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)", meaning)
    return (float(found[1]), float(found[2])) if found else None


def place(meaning: str) -> tuple[int, int] | None:
    """The places [first, last) that a meaning begins with: "[8:10] x, y" or "[3] torque"; None without."""
    found = re.match(r"\[(\d+)(?::(\d+))?\]", meaning)
    if not found:
        return None
    first = int(found[1])
    return first, int(found[2]) if found[2] else first + 1


def digits(meaning: str, summary: str = "") -> dict[str, tuple[int, int]]:
    """The numbers that one number is made of: "row * 5 + column, 0..24" is {"row": (5, 0), "column": (1, 5)}.

    Args:
        meaning: nested sums and products, names of what is counted and whole numbers.
        summary: where "5 x 6 cells" says what "width" and "height" are.

    Returns:
        Name -> (divisor, modulus): x // divisor % modulus; a modulus of 0 is none. {} if the meaning is no such sum.
    """
    text = re.split(r"[;,]", meaning)[0].strip()
    sizes = re.search(r"(\d+) x (\d+)", summary)
    for name, size in zip(("height", "width"), sizes.groups() if sizes else (), strict=False):
        text = re.sub(rf"\b{name}\b", size, text)
    found: list[tuple[str, int]] = []  # from the last digit to the first, with its modulus
    while step := re.fullmatch(r"(.+) \* (\d+) \+ ([a-z][a-z ]*)", text):
        found.append((step[3], int(step[2])))
        text = step[1]
        text = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    if not found or not re.fullmatch(r"[a-z][a-z ]*", text):
        return {}
    out, divisor = {}, 1
    for name, modulus in found:
        out[name] = (divisor, modulus)
        divisor *= modulus
    return {text: (divisor, 0), **dict(reversed(out.items()))}


def codes(meaning: str, most: int = 12) -> dict[int, str]:
    """What single values mean: "0 right, 1 down" is {0: "right", 1: "down"}; all of "0..10" if no words are given."""
    named = {int(n): word.strip() for n, word in re.findall(r"(?<![.\d])(\d+) ([a-z][a-z ]*)", meaning)}
    if named:
        return named
    limits = span(meaning)
    if limits and limits[0] == int(limits[0]) and 0 < limits[1] - limits[0] < most:
        return dict.fromkeys(range(int(limits[0]), int(limits[1]) + 1), "")
    return {}
