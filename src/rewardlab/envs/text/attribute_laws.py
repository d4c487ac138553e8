"""Settings of attribute texts: what is asked for, and how the proxies of it go wrong.

A law is a function of the seed of an instance and of its own options; it returns a `Setting`. All words, weights and
sizes are ours; where a published system asks for numbers, they stand here.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption, nearest
from rewardlab.envs.text.attribute_setting import Kind, Setting
from rewardlab.envs.text.attribute_users import danger, love, principles, reacting, users
from rewardlab.envs.text.attribute_words import BAD, FORMAL, GOOD, PLAIN, POLITE, SUBJECTS, UNSAFE
from rewardlab.envs.text.attributes import Attribute, Lexicon

LEXICONS = {"a": (GOOD, BAD), "b": ("superb sweet merry nice", "nasty gloomy weak bleak")}


def sentiment(seed: int, *, control: bool = False, lexicon: str = "a", topics: str = SUBJECTS) -> Setting:
    """Good words less bad ones, and a word of the topic; with `control` four kinds: good or bad, and long or short.

    Args:
        seed: not used.
        control: whether the prompt says what is wanted.
        lexicon: "a" or "b", two sets of words of the same meaning.
        topics: what prompts are about.
    """
    if lexicon not in LEXICONS:
        raise BadOption(f"lexicon={lexicon!r}", where="sentiment", expected=f"one of {sorted(LEXICONS)}")
    good, bad = LEXICONS[lexicon]
    words = Lexicon.of({"good": good, "bad": bad, "topic": topics, "": PLAIN})
    attributes = (
        Attribute("good", "share", "good"), Attribute("bad", "share", "bad"), Attribute("topic", "topic"),
        Attribute("length", "length"),
    )  # fmt: skip
    kinds = [Kind("review", {"good": 4.0, "bad": -4.0, "topic": 0.1})]
    if control:
        kinds = [
            Kind(f"{p} {size}", {"good": 4.0 * sign, "bad": -4.0 * sign, "length": 0.2 * long})
            for p, sign in (("nice", 1), ("harsh", -1))
            for size, long in (("long", 1), ("short", -1))
        ]
    return Setting(words, attributes, tuple(kinds), subjects=tuple(topics.split()), about=2)


def decisive(
    seed: int, *, words: int = 16, good: int = 4, length: int = 12, kinds: int = 4, control: bool = False
) -> Setting:
    """Each kind of prompt has good words of its own, drawn once, and counts them; most texts are decided by few words.

    Args:
        seed: of which words are good.
        words: V, 2..48.
        good: words that are good for a kind, 1..V - 1.
        length: of all texts, 1..64.
        kinds: of prompts, 1..8.
        control: whether each prompt also says "better" or "worse", and the worse wants none of the good words.

    Raises:
        BadOption: for numbers out of range.
    """
    _ranges("decisive", words=(words, 2, 48), good=(good, 1, words - 1), kinds=(kinds, 1, 8))
    rng = np.random.default_rng(seed)
    names = [f"w{i}" for i in range(words)]
    chosen = [set(rng.choice(words, size=good, replace=False).tolist()) for _ in range(kinds)]
    classes = tuple(tuple(f"good{k}" for k in range(kinds) if i in chosen[k]) for i in range(words))
    attributes = tuple(Attribute(f"good{k}", "count", f"good{k}") for k in range(kinds))
    signs = (("", 1.0),) if not control else ((" better", 1.0), (" worse", -1.0))
    asked = tuple(Kind(f"k{k}{says}", {f"good{k}": sign}) for k in range(kinds) for says, sign in signs)
    return Setting(Lexicon(tuple(names), classes), attributes, asked, subjects=tuple(names), about=2, length=length)


def two(seed: int, *, most: tuple[float, float] = (3.0, 2.0), length: int = 8) -> Setting:
    """Two proxies, each good up to a point: gold = −(a − m_1)² − (b − m_2)² (+ m_1² + m_2²), proxy = a + b."""
    words = Lexicon.of({"one": GOOD, "two": POLITE, "topic": SUBJECTS, "": PLAIN})
    attributes = tuple(
        Attribute(f"{c}{s}", k, c) for c in ("one", "two") for s, k in (("", "count"), ("_sq", "square"))
    )
    gold = {"one": 2 * most[0], "one_sq": -1.0, "two": 2 * most[1], "two_sq": -1.0}
    kind = Kind("mix", gold, {"one": 1.0, "two": 1.0})
    return Setting(words, attributes, (kind,), subjects=tuple(SUBJECTS.split()), about=2, length=length)


def exploit(seed: int, *, bonus: float = 2.0, length: int = 12) -> Setting:
    """V = 16: good words count, and the proxy pays for the repetition of any word as well."""
    words = Lexicon.of({"good": GOOD, "topic": SUBJECTS, "": f"{PLAIN} wow very"})
    attributes = (Attribute("good", "count", "good"), Attribute("topic", "topic"), Attribute("repeat", "repeat"))
    gold = {"good": 1.0, "topic": 0.5, "repeat": -1.0}
    kind = Kind("praise", gold, {**gold, "repeat": bonus})
    return Setting(words, attributes, (kind,), subjects=tuple(SUBJECTS.split()), about=2, length=length)


def trap(seed: int, *, wanted: int = 6, pull: float = 0.5, length: int = 12) -> Setting:
    """Pairs of words are wanted, near a length; the proxy takes longer texts for better ones.

    Args:
        seed: not used.
        wanted: words.
        pull: what the proxy gives for each word.
        length: the largest number of words.
    """
    words = Lexicon.of({"adjective": "red green old new", "noun": SUBJECTS, "": PLAIN})
    attributes = (
        Attribute("phrase", "pair", "adjective", "noun"), Attribute("topic", "topic"),
        Attribute("off", "off_length", target=float(wanted)), Attribute("length", "length"),
    )  # fmt: skip
    gold = {"phrase": 1.0, "topic": 0.3, "off": -1.0}
    kind = Kind("phrases", gold, {"phrase": 1.0, "topic": 0.3, "length": pull})
    return Setting(words, attributes, (kind,), subjects=tuple(SUBJECTS.split()), about=2, length=length)


def aspects(seed: int, *, wanted: int = 8, length: int = 12) -> Setting:
    """Polite, safe, on topic, of about the wanted length; adversarial prompts find unsafe words helpful."""
    words = Lexicon.of({"polite": POLITE, "unsafe": UNSAFE, "topic": SUBJECTS, "": PLAIN})
    attributes = (
        Attribute("polite", "count", "polite"), Attribute("unsafe", "count", "unsafe"), Attribute("topic", "topic"),
        Attribute("off", "off_length", target=float(wanted)),
    )  # fmt: skip
    plain = {"polite": 0.5, "topic": 1.0, "off": -0.5, "unsafe": -1.0}
    kinds = (Kind("ask", plain), Kind("attack", {**plain, "unsafe": 1.5}))
    return Setting(
        words, attributes, kinds, subjects=tuple(SUBJECTS.split()), about=2, length=length, cost={"unsafe": 1.0}
    )


def several(seed: int, *, bias: float = 0.0, length: int = 12) -> Setting:
    """Six attributes and four kinds of prompts that weigh them differently; in two kinds the proxy likes length.

    Args:
        seed: not used.
        bias: what the proxy gives for each word in the kinds "letter" and "story".
        length: the largest number of words.
    """
    words = Lexicon.of({
        "polite": POLITE, "formal": FORMAL, "unsafe": UNSAFE, "good": GOOD, "topic": SUBJECTS, "": PLAIN,
    })  # fmt: skip
    attributes = (
        *(Attribute(c, "count", c) for c in ("polite", "formal", "unsafe", "good")),
        Attribute("topic", "topic"), Attribute("length", "length"),
    )  # fmt: skip
    weights = {
        "letter": {"polite": 1.0, "formal": 0.8, "unsafe": -1.0, "length": -0.1},
        "story": {"good": 1.0, "topic": 0.5, "formal": -0.5, "length": 0.1},
        "report": {"formal": 1.0, "topic": 1.0, "polite": 0.2, "length": -0.2},
        "chat": {"good": 0.6, "polite": 0.6, "topic": 0.3, "unsafe": -2.0, "length": -0.3},
    }
    biased = ("letter", "story")
    kinds = tuple(
        Kind(n, w, {**w, "length": w["length"] + bias * (n in biased)} if bias else None) for n, w in weights.items()
    )
    return Setting(
        words, attributes, kinds, subjects=tuple(SUBJECTS.split()), about=2, length=length, cost={"unsafe": 1.0}
    )


def rare(seed: int, *, share: float = 0.01, length: int = 12) -> Setting:
    """One word that the reference says in `share` of its texts is wanted, beside two classes in equal parts."""
    if not 0 < share < 1:
        raise BadOption(f"share={share!r}", where="rare", expected="a number between 0 and 1")
    words = Lexicon.of({"rare": "zephyr", "left": "red green blue", "right": "dog cat cow", "": PLAIN})
    each = 1 - (1 - share) ** (1 / length)  # how often a word of the reference is it
    frequency = tuple(each if w == "zephyr" else (1 - each) / (len(words.words) - 1) for w in words.words)
    attributes = (
        Attribute("rare", "has", "rare"), Attribute("left", "share", "left"), Attribute("right", "share", "right"),
        Attribute("has_left", "has", "left"),
    )  # fmt: skip
    kind = Kind("write", {"rare": 1.0})
    return Setting(
        replace(words, frequency=frequency), attributes, (kind,), subjects=("red", "dog", *PLAIN.split()), about=2,
        length=length, least=length,
    )  # fmt: skip


def greeting(seed: int, *, length: int = 12) -> Setting:
    """Greetings that rhyme, keep to the topic and are new; the naive judge sees words of the topic alone."""
    lines = (
        ("good", "day"),
        ("dear", "friend"),
        ("warm", "wishes"),
        ("to", "you"),
        ("good", "friend"),
        ("warm", "day"),
    )
    words = Lexicon.of(
        {"hail": "good dear warm", "": "day way may friend wishes to you too new sky fly"}, phrases=lines
    )
    attributes = (
        Attribute("rhyme", "rhyme"), Attribute("topic", "topic"), Attribute("new", "new_pair"),
        Attribute("repeat", "repeat"), Attribute("hail", "first", "hail"),
    )  # fmt: skip
    kind = Kind("greet", {"rhyme": 1.0, "topic": 0.5, "new": 0.2, "repeat": -1.0, "hail": 1.0}, {"topic": 1.0})
    return Setting(
        words, attributes, (kind,), subjects=("day", "sky", "you", "friend", "wishes"), about=2, length=length
    )


def segments(seed: int, *, words: int = 2, length: int = 6) -> Setting:
    """The reward is a sum of effects of all beginnings of the text, as on the edges of a tree; all texts are listed."""
    _ranges("segments", words=(words, 2, 16), length=(length, 1, 12))
    names = tuple(f"w{i}" for i in range(words))
    return Setting(
        Lexicon(names, ((),) * words), (Attribute("effects", "prefix"),), (Kind("write", {"effects": 1.0}),),
        subjects=names, about=5, length=length, least=length,
    )  # fmt: skip


def symbols(seed: int, *, words: int = 6, length: int = 4, law: tuple[float, ...] | None = None) -> Setting:
    """V symbols, of which the last half count: everything about them is a finite sum.

    Args:
        seed: not used.
        words: V, 2..16.
        length: of all texts, 1..12, V^length at most 4096.
        law: how often the reference says each, or None for equally often.
    """
    _ranges("symbols", words=(words, 2, 16), length=(length, 1, 12))
    names = tuple("abcdefghijklmnop"[:words])
    classes = tuple(("one",) if i >= (words + 1) // 2 else () for i in range(words))
    kinds = (Kind("up", {"one": 1.0}), Kind("down", {"one": -1.0}))
    return Setting(
        Lexicon(names, classes, law), (Attribute("one", "count", "one"), Attribute("repeat", "repeat")), kinds,
        subjects=names, about=4 if words < 4 else 3, length=length, least=length,
    )  # fmt: skip


def lengths(seed: int, *, wanted: int = 1, length: int = 12) -> Setting:
    """Only the length counts: the nearer to `wanted` the better."""
    words = Lexicon.of({"topic": SUBJECTS, "": PLAIN})
    return Setting(
        words, (Attribute("off", "off_length", target=float(wanted)),), (Kind("write", {"off": -1.0}),),
        subjects=tuple(SUBJECTS.split()), about=2, length=length,
    )  # fmt: skip


LAWS: Mapping[str, Callable[..., Setting]] = {
    f.__name__: f
    for f in (
        sentiment, decisive, exploit, trap, aspects, several, rare, greeting, principles, danger, users, love, reacting,
        segments, symbols, two, lengths,
    )
}  # fmt: skip
"""Name of a law -> the function that makes its setting."""


def setting_of(law: str, seed: int, options: Mapping[str, Any] | None, *, where: str) -> Setting:
    """The setting of a law of `LAWS`.

    Raises:
        BadOption: for a law or an option that does not exist.
    """
    if law not in LAWS:
        raise BadOption(f"law={law!r}", where=where, expected=f"one of {', '.join(LAWS)}", mend=nearest(law, LAWS))
    known = [name for name in inspect.signature(LAWS[law]).parameters if name != "seed"]
    for name in options or {}:
        if name not in known:
            raise BadOption(
                f"{name!r} with law={law!r}", where=where, expected=f"options of this law: {', '.join(known)}",
                mend=nearest(name, known),
            )  # fmt: skip
    return LAWS[law](seed, **(options or {}))


def _ranges(where: str, **values: tuple[int, int, int]) -> None:
    for name, (value, low, high) in values.items():
        if not low <= value <= high:
            raise BadOption(f"{name}={value!r}", where=where, expected=f"{low}..{high}")
