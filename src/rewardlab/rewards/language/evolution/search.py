"""Evolution of rewards: parents by tournament, children by small edits, an eye on variety.

    children of round r = vary(winners of tournaments among the scored of rounds < r)

The first designs are read off the words of the description. Where no parent stands above the median of all that was
tried, the score is a plateau, and designs are drawn anew. The grammar was designed on DoorKey-5x5, SparseReacher and
MountainCar, the search on SparseGrid and FourRooms; what is said of it is measured elsewhere. Everything is a function
of the history and of the generator, so that a search that was cut goes on to the same end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.rewards.language.evolution.features import Feature, Kind
from rewardlab.rewards.language.evolution.grammar import Design, Term, normal, rounded
from rewardlab.rewards.language.evolution.sheet import Sheet
from rewardlab.rewards.language.evolution.variation import cross, draw, mutate


@dataclass(frozen=True)
class Scored:
    """A design and what came of it.

    Attributes:
        design: the design.
        score: larger is better; -inf if it could not be used.
    """

    design: Design
    score: float


def propose(
    history: Sequence[Scored],
    k: int,
    sheet: Sheet,
    rng: np.random.Generator,
    *,
    elites: int = 8,
    tournament: int = 3,
    crossing: float = 0.3,
    fresh: float = 0.15,
    alike: int = 3,
) -> list[Design]:
    """The next designs, none of which was tried before.

    Args:
        history: all that was tried, in its order; empty for the first round.
        k: how many designs are wanted.
        sheet: what a design may use.
        rng: the only source of chance.
        elites: parents are the best that many, of each set of terms at most `alike`.
        tournament: how many of them are compared for each parent.
        crossing: share of children with two parents.
        fresh: share of designs drawn anew.
        alike: how many of the next designs may have the same terms with other numbers.
    """
    tried = {h.design for h in history}
    first = [] if history else [d for d in warm_starts(sheet) if d not in tried][: max(1, k // 2)]
    pool = _leading(_parents(history, elites, alike), history)
    out: list[Design] = []
    for attempt in range(200 * k):
        if len(out) == k:
            break
        if len(out) < len(first):
            child = first[len(out)]
        elif not pool or rng.random() < fresh:
            child = draw(sheet, rng)
        else:
            child = _winner(pool, tournament, rng)
            if len(pool) > 1 and rng.random() < crossing:
                child = cross(child, _winner(pool, tournament, rng), rng)
                child = mutate(child, sheet, rng) if rng.random() < 0.5 else child
            else:
                child = mutate(child, sheet, rng)
        crowded = sum(child.kinds == d.kinds for d in out) >= alike and attempt < 100 * k
        if child not in tried and child not in out and not crowded:
            out.append(child)
    return out


def warm_starts(sheet: Sheet) -> list[Design]:
    """Designs that the words of a description suggest, the plainest first.

    Distances are to shrink, wanted flags to be gained, the work to be done; what is called a harm is charged; and the
    task's success is paid, if the description names it.
    """
    ranked = sorted((f for f in sheet.features.values() if f.worth >= 1), key=lambda f: -f.worth)
    changing = [t for f in ranked if f.before and (t := _plain(f, change=True))]
    standing = [t for f in ranked if not f.before and (t := _plain(f, change=False))]
    harms = [t for t in (*changing, *standing) if t.weight < 0 and t.form in ("holds", "gained")][:1]
    success = [t for f in ranked if f.name == "success" and (t := _plain(f, change=False))]
    good = [t for t in (*changing, *standing) if t not in harms and t not in success]
    charge = [Term("effort", weight=-0.01)] if sheet.effort else []
    changing, standing = ([t for t in ts if t in good] for ts in (changing, standing))
    offers = [
        (changing[:1], []),
        (standing[:1], []),
        (good[:3], []),
        (changing[:2], charge),
        (standing[:3], []),
        (good[:4], [Term("time", weight=-0.01)]),
    ]
    out: list[Design] = []
    for terms, costs in offers:
        design = normal([rounded(t) for t in (*terms, *harms, *success, *costs)])
        if (terms or harms) and design not in out:
            out.append(design)
    return out


def _plain(feature: Feature, *, change: bool) -> Term | None:
    """The plainest pay for a feature whose direction is known."""
    name, size = feature.name, feature.size
    if feature.kind is Kind.DISTANCE:
        return Term("nearer", name, 3.0 / size) if change else Term("far", name, -0.1)
    if feature.kind is Kind.FLAG and feature.sign:
        if change:
            return Term("gained", name, 1.0 * feature.sign)
        if feature.sign < 0 or name == "success":
            return Term("holds", name, 1.0 * feature.sign)
        return Term("lacks", name, -0.1)  # what is paid while it lasts would make an agent stay
    if feature.kind is Kind.SHARE and feature.sign >= 0:
        return Term("rise", name, 1.0) if change else Term("short", name, -0.1)
    return None


def _parents(history: Sequence[Scored], elites: int, alike: int) -> list[Scored]:
    """The best, of each set of terms at most `alike`, the earlier of equals first."""
    ranked = sorted((h for h in history if np.isfinite(h.score)), key=lambda h: -h.score)
    out: list[Scored] = []
    for h in ranked:
        if len(out) < elites and sum(h.design.kinds == o.design.kinds for o in out) < alike:
            out.append(h)
    return out


def _leading(pool: Sequence[Scored], history: Sequence[Scored]) -> list[Scored]:
    """The parents that are above the median of all that was tried: on a plateau there is nobody to learn from."""
    scores = [h.score for h in history if np.isfinite(h.score)]
    middle = float(np.median(scores)) if scores else 0.0
    return [h for h in pool if h.score > middle]


def _winner(pool: Sequence[Scored], tournament: int, rng: np.random.Generator) -> Design:
    """The best of some that are drawn."""
    drawn = rng.integers(len(pool), size=tournament)
    return max((pool[i] for i in drawn), key=lambda h: h.score).design
