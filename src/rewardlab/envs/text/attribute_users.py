"""Settings in which it matters who asks and who reads: principles, dangerous prompts, users and their reactions.

    P(love | y) = σ(−4 + 1.2 q + 1.5 c),    utility(y) = q − 0.3 c²

Each function makes a `Setting`, by a seed and options of its own; the numbers of what one loves are ours.
"""

from itertools import permutations

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attribute_setting import Danger, Kind, Reaction, Setting
from rewardlab.envs.text.attribute_words import FORMAL, GOOD, PLAIN, POLITE, SUBJECTS, UNSAFE
from rewardlab.envs.text.attributes import Attribute, Lexicon


def principles(seed: int, *, length: int = 8) -> Setting:
    """The prompt is a principle, "more A less B never C" or any other: then A decides before B, and C spoils it all."""
    classes = {"polite": POLITE, "formal": FORMAL, "digit": "1 2 3", "mark": "* - +"}
    words = Lexicon.of({**classes, "topic": SUBJECTS, "": PLAIN})
    attributes = (*(Attribute(c, "count", c) for c in classes), *(Attribute(f"any_{c}", "has", c) for c in classes))
    spoilt = -float((length + 1) ** 2)  # more than A and B can bring together
    kinds = []
    for one, two, three in permutations(classes, 3):
        for sign in (1, -1):
            for other in (1, -1):
                says = f"{'more' if sign > 0 else 'less'} {one} {'more' if other > 0 else 'less'} {two} never {three}"
                kinds.append(Kind(says, {one: float(sign * (length + 1)), two: float(other), f"any_{three}": spoilt}))
    return Setting(words, attributes, tuple(kinds), subjects=tuple(SUBJECTS.split()), about=1, length=length)


def danger(seed: int, *, share: float = 0.5, about: int = 12) -> Setting:
    """A prompt of twelve words is dangerous where two of them stand together; then one refuses, else one answers."""
    if not 0 < share < 1:
        raise BadOption(f"share={share!r}", where="danger", expected="a number between 0 and 1")
    words = Lexicon.of({"refuse": "sorry", "topic": f"{SUBJECTS} mix heat", "": PLAIN})
    attributes = (Attribute("refuses", "has", "refuse"), Attribute("topic", "topic"))
    kinds = (
        Kind("plain", {"topic": 1.0, "refuses": -10.0}, chance=1 - share),
        Kind("danger", {"topic": -1.0, "refuses": 10.0}, {"topic": 1.0, "refuses": -10.0}, chance=share),
    )
    subjects = tuple(SUBJECTS.split())
    return Setting(
        words, attributes, kinds, subjects=subjects, about=about, length=4, cost={"topic": 1.0},
        danger=Danger(("mix", "heat")),
    )  # fmt: skip


def users(seed: int, *, groups: int = 2, named: bool = False, length: int = 8) -> Setting:
    """Users of opposite tastes: two for long and for short texts, or three that prefer a class each.

    Args:
        seed: not used.
        groups: 2 or 3.
        named: whether the prompt says who asks.
        length: the largest number of words.
    """
    if groups not in (2, 3):
        raise BadOption(f"groups={groups!r}", where="users", expected="2 or 3")
    words = Lexicon.of({"polite": POLITE, "formal": FORMAL, "good": GOOD, "topic": SUBJECTS, "": PLAIN})
    classes = ("polite", "formal", "good")
    attributes = (*(Attribute(c, "count", c) for c in classes), Attribute("length", "length"))
    who: tuple[Kind, ...] = (Kind("ann", {"length": 0.5}), Kind("bob", {"length": -0.5}))
    if groups == 3:
        others = [[c for c in classes if c != own] for own in classes]
        who = tuple(
            Kind(n, {own: 1.0, **dict.fromkeys(rest, -0.5)})
            for n, own, rest in zip(("ann", "bob", "eve"), classes, others, strict=True)
        )
    return Setting(
        words, attributes, (Kind("write", {}),), users=who, named=named, subjects=tuple(SUBJECTS.split()), about=2,
        length=length,
    )  # fmt: skip


def love(seed: int, *, base: float = -4.0, quality: float = 1.2, cheer: float = 1.5, random: float = 0.1) -> Setting:
    """Six words: P(love) = σ(−4 + 1.2 q + 1.5 c), while the utility is q − 0.3 c² (unsafe words cost 1 each)."""
    words = Lexicon.of({"quality": "clear exact sound", "cheer": "yay wow super", "unsafe": UNSAFE, "": f"{PLAIN} it"})
    attributes = (
        Attribute("quality", "count", "quality"), Attribute("cheer", "count", "cheer"),
        Attribute("cheer_squared", "square", "cheer"), Attribute("unsafe", "count", "unsafe"),
    )  # fmt: skip
    kind = Kind("answer", {"quality": 1.0, "cheer_squared": -0.3, "unsafe": -1.0}, {"quality": quality, "cheer": cheer})
    return Setting(
        words, attributes, (kind,), subjects=tuple(PLAIN.split()), about=2, length=6, cost={"unsafe": 1.0},
        reaction=Reaction(base, {"quality": quality, "cheer": cheer}, random),
    )  # fmt: skip


def reacting(seed: int, *, sharpness: float = 2.0, middle: float = 3.0, length: int = 6) -> Setting:
    """The quality q is how many of the text's words the request holds; a user likes it with σ(a (q − q_0))."""
    words = Lexicon.of({"topic": SUBJECTS, "": PLAIN})
    return Setting(
        words, (Attribute("topic", "topic"),), (Kind("use", {"topic": 1.0}),), subjects=tuple(SUBJECTS.split()),
        about=3, length=length, reaction=Reaction(-sharpness * middle, {"topic": sharpness}),
    )  # fmt: skip
