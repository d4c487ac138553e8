"""Numbers of a step that a reward may be made of, as the description and the signature of an environment show them.

Components of the observation are known before and after a move, so that their change can be paid; an `info` column is
known after it only. Points of the same kind give distances; a number with few values gives one flag for each value; a
picture of codes gives, for each code, whether and how far away it is seen. What a feature is worth a priori follows
from the words of its meaning, never from the name of an environment.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from rewardlab.rewards.language.evolution.card import read_card
from rewardlab.rewards.language.evolution.components import columns, leaf, observed
from rewardlab.rewards.language.evolution.features import Feature, Kind, length

GOOD = (
    "goal target success progress share milestone reached done finish distance key open carry carrying taken "
    "deliver on upright"
)
BAD = "lava fell fall dead deadlock spoil spoilt fail crash collision cost effect broken breaks error unsafe damage"
NONE = "seed number attempt level task episode word random noise drawn mission"
MOVES = "agent walker tip fingertip robot body car ball player taxi gripper"


@dataclass(frozen=True)
class Sheet:
    """What a design may use.

    Attributes:
        features: by name, in the order of the description.
        effort: whether actions are numbers whose size can be charged.
    """

    features: Mapping[str, Feature]
    effort: bool

    def of(self, *kinds: Kind, changing: bool = False) -> list[Feature]:
        """The features of these kinds; only those known before the move too if `changing`."""
        return [f for f in self.features.values() if f.kind in kinds and (f.before or not changing)]


def read_sheet(text: str, signature: Any, *, task: str = "", keep: Callable[[str], bool] | None = None) -> Sheet:
    """The features of an environment.

    Args:
        text: what `describe()` says; may be empty, then names and shapes alone are used.
        signature: `obs`, `action` and `info` with the shape and kind of each leaf.
        task: the wish in words; features whose words it shares are worth more.
        keep: source of a program -> whether it fits the environment; features that do not are left out.
    """
    said = read_card(text)
    wished = _words(f"{task} {said.summary} {said.reward}")
    found: list[Feature] = []
    points: list[Feature] = []
    movers: set[str] = set()
    for whole in (*observed(said, signature.obs), *columns(said, signature.info)):
        made = [_valued(f, words, wished) for f, words in whole]
        found += made
        points += [f for f in made if f.kind is Kind.POINT and len(f.now) > 1]
        movers |= {f.name for f, words in whole if _words(f"{f.name} {words}") & set(MOVES.split())}
    for one, two in combinations(points, 2):
        # Two things that stand: nothing to be paid.
        still = bool(movers & {p.name for p in points}) and not {one.name, two.name} & movers
        found = [*(replace(f, worth=f.worth * (0.1 if still else 1.0)) for f in _apart(one, two)), *found]
    names = {f.name for f in found}
    found = [f for f in found if f.name != "is_success" or "success" not in names]
    named = {f.name: f for f in found if f.low < f.high and (keep is None or keep(_probe(f)))}
    shape, kind = leaf(signature.action)
    return Sheet(named, effort=kind == "float" and len(shape) < 2)


def _apart(one: Feature, two: Feature) -> list[Feature]:
    """How far two places of the same kind are from each other, 0 while one of them is missing."""
    if len(one.now) != len(two.now):
        return []
    both = [one.now, two.now], ([one.before, two.before] if one.before and two.before else [])
    missing = [p for p in (one, two) if p.missing]

    def far(pair: list[tuple[str, ...]]) -> str:
        norm = length([f"({a} - {b})" for a, b in zip(*pair, strict=True)])
        for p in missing:
            norm = f"np.where({(p.now if pair is both[0] else p.before)[0]} < 0, 0.0, {norm})"
        return norm

    size = max(one.high, two.high) - min(one.low, two.low)
    before = (far(both[1]),) if both[1] else ()
    worth = 1.0 + 0.5 * (max(one.worth, two.worth))
    return [Feature(f"{one.name}_to_{two.name}", Kind.DISTANCE, (far(both[0]),), before, 0.0, size, worth)]


def _valued(feature: Feature, words: str, wished: set[str]) -> Feature:
    """With what its words say of its worth and its sign."""
    mine = _words(words)
    good, bad = mine & set(GOOD.split()), mine & set(BAD.split())
    worth = (
        feature.worth
        * (1 + len(good) + len(bad) + len(mine & wished))
        * (0.1 if _words(feature.name) & set(NONE.split()) else 1.0)
    )
    own = _words(feature.name)  # a name says more of what it is than a sentence that may speak of other things too
    says = (own & bad, own & good) if own & (bad | good) else (bad, good)
    sign = 0 if all(says) or not any(says) else -1 if says[0] else 1
    return replace(feature, worth=round(worth, 3), sign=sign)


def _words(text: str) -> set[str]:
    return {w for w in re.findall(r"[a-z]+", text.lower().replace("_", " ")) if len(w) > 1}


def _probe(feature: Feature) -> str:
    """A program that reads nothing but this feature."""
    values = [f"1.0 * {x}" for x in (*feature.now, *feature.before)]
    return f"def reward(obs, action, next_obs, info):\n    return {' + '.join(values)}\n"
