"""Drawing, changing and crossing designs: seeded by the generator that is given, each step one small edit."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from rewardlab.rewards.language.evolution.features import Feature, Kind
from rewardlab.rewards.language.evolution.grammar import FORMS, Design, Form, Term, normal, rounded
from rewardlab.rewards.language.evolution.sheet import Sheet

X = TypeVar("X")
MOST = 6
"""Terms of a design."""
WEIGHTS = (0.01, 3.0)
"""Weights are drawn log-uniformly."""
GATED = 0.2
"""Share of drawn terms with a gate."""


def draw(sheet: Sheet, rng: np.random.Generator, *, most: int = 4) -> Design:
    """A design of 1 to `most` terms from the prior."""
    return normal([draw_term(sheet, rng) for _ in range(1 + int(rng.integers(most)))])


def draw_term(sheet: Sheet, rng: np.random.Generator) -> Term:
    """A term from the prior: features by what their words are worth, forms by how often rewards have them."""
    offers = [f for f in FORMS.values() if f.kinds or (f.name != "effort" or sheet.effort)]
    pairs: list[tuple[Form, Feature]] = [
        (f, x) for f in offers if f.kinds for x in sheet.of(*f.kinds, changing=f.change)
    ]
    plain: list[tuple[Form, None]] = [(f, None) for f in offers if not f.kinds]
    # The forms of a feature share its worth, so that one that fits many forms is not drawn more often for that.
    total = {x.name: 0.0 for _, x in pairs}
    for f, x in pairs:
        total[x.name] += f.often
    odds = [x.worth * f.often / total[x.name] for f, x in pairs]
    mean = float(np.mean([x.worth for x in sheet.features.values()])) if sheet.features else 1.0
    odds += [mean * f.often for f, _ in plain]
    form, feature = _pick([*pairs, *plain], odds, rng)
    term = Term(form.name, feature.name if feature else "", draw_weight(form, feature, rng))
    if feature:
        term = replace(term, scale=_scale(feature, rng), target=_target(feature, rng))
        if rng.random() < GATED:
            term = gated(term, sheet, rng)
    return rounded(term)


def draw_weight(form: Form, feature: Feature | None, rng: np.random.Generator) -> float:
    """Log-uniform; its sign is the form's, else the one that the feature's words speak for, against them 1 in 10."""
    size = float(np.exp(rng.uniform(*np.log(WEIGHTS))))
    if form.name in ("effort", "time"):
        size *= 0.1
    said = form.sign or (feature.sign if feature else 0)
    odds = 0.5 + 0.4 * said
    return size if rng.random() < odds else -size


def gated(term: Term, sheet: Sheet, rng: np.random.Generator) -> Term:
    """The term while, or unless, a flag holds, or the nearer the more."""
    offers = [f for f in sheet.of(Kind.FLAG, Kind.DISTANCE) if f.name != term.feature]
    if not offers:
        return term
    gate = _pick(offers, [f.worth * (1.0 if f.kind is Kind.FLAG else 0.25) for f in offers], rng)
    return replace(term, gate=gate.name, closed=bool(rng.random() < 0.5))


def mutate(design: Design, sheet: Sheet, rng: np.random.Generator) -> Design:
    """One to three edits: a weight, a sign, a scale or target, a feature or form, a gate, a term more or less."""
    child = design
    while child == design:  # an edit may come to nothing
        child = _edited(design, sheet, rng)
    return child


def _edited(design: Design, sheet: Sheet, rng: np.random.Generator) -> Design:
    terms = list(design.terms)
    for _ in range(1 + int(rng.geometric(0.6) > 1) + int(rng.random() < 0.15)):
        i = int(rng.integers(len(terms)))
        edit = rng.random()
        if edit < 0.3:
            terms[i] = replace(terms[i], weight=terms[i].weight * float(np.exp(rng.normal(0.0, 0.8))))
        elif edit < 0.35:
            terms[i] = replace(terms[i], weight=-terms[i].weight)
        elif edit < 0.5:
            terms[i] = _moved(terms[i], sheet, rng)
        elif edit < 0.65:
            terms[i] = replace(draw_term(sheet, rng), weight=terms[i].weight)
        elif edit < 0.75:
            terms[i] = replace(terms[i], gate="", closed=False) if terms[i].gate else gated(terms[i], sheet, rng)
        elif edit < 0.9 and len(terms) < MOST:
            terms.append(draw_term(sheet, rng))
        elif len(terms) > 1:
            terms.pop(i)
    return normal([rounded(_fit(t, sheet)) for t in terms])


def cross(one: Design, two: Design, rng: np.random.Generator) -> Design:
    """Each term of both parents with probability ½, at least one, at most `MOST`; shared terms from the first."""
    held = {t.what for t in one.terms}
    pool = [*one.terms, *(t for t in two.terms if t.what not in held)]
    taken = [t for t in pool if rng.random() < 0.5] or [pool[int(rng.integers(len(pool)))]]
    return normal(taken[:MOST])


def lean(best: Design, worst: Design, sheet: Sheet, rng: np.random.Generator) -> Design:
    """Near the best and away from the worst: its terms with weights near theirs, and with probability ½ a new one.

    A term that only the worst has is never taken; where both share a term, the weight is moved further away from the
    worst's than it was.
    """
    bad = {t.what: t.weight for t in worst.terms}
    shunned = set(bad) - {t.what for t in best.terms}
    terms = []
    for t in best.terms:
        step = float(rng.normal(0.0, 0.4))
        if t.what in bad and bad[t.what] * t.weight > 0 and bad[t.what] != t.weight:
            step = abs(step) * (1.0 if abs(t.weight) > abs(bad[t.what]) else -1.0)
        terms.append(rounded(replace(t, weight=t.weight * float(np.exp(step)))))
    if len(terms) > 1 and rng.random() < 0.2:
        terms.pop(int(rng.integers(len(terms))))
    if len(terms) < MOST and rng.random() < 0.5:
        fresh = draw_term(sheet, rng)
        terms += [fresh] if fresh.what not in shunned else []
    return normal(terms)


def _moved(term: Term, sheet: Sheet, rng: np.random.Generator) -> Term:
    """Another scale or target, or another form for the same feature."""
    if not term.feature:
        return term
    feature = sheet.features[term.feature]
    if term.target and rng.random() < 0.8:
        at = int(rng.integers(len(term.target)))
        step = rng.normal(0.0, 0.15) * (feature.high - feature.low)
        values = list(term.target)
        values[at] = _whole(float(np.clip(values[at] + step, feature.low, feature.high)), feature)
        return replace(term, target=tuple(values))
    if term.form in ("near", "nearing") and rng.random() < 0.5:
        return replace(term, scale=term.scale * float(np.exp(rng.normal(0.0, 0.8))))
    offers = [
        f
        for f in FORMS.values()
        if feature.kind in f.kinds and (feature.before or not f.change) and f.name != term.form
    ]
    if not offers:
        return term
    form = _pick(offers, [f.often for f in offers], rng)
    return replace(term, form=form.name, weight=draw_weight(form, feature, rng))


def _fit(term: Term, sheet: Sheet) -> Term:
    """A gate never stands on its own feature."""
    return (
        replace(term, gate="", closed=False) if term.gate == term.feature or term.gate not in sheet.features else term
    )


def _scale(feature: Feature, rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(1.0), np.log(20.0)))) / feature.size


def _target(feature: Feature, rng: np.random.Generator) -> tuple[float, ...]:
    if feature.kind is not Kind.POINT:
        return ()
    return tuple(_whole(float(rng.uniform(feature.low, feature.high)), feature) for _ in feature.now)


def _whole(x: float, feature: Feature) -> float:
    """A whole number where the range is one of whole numbers larger than a unit."""
    return float(round(x)) if feature.high > 2 and feature.high == int(feature.high) else x


def _pick(items: Sequence[X], odds: Sequence[float], rng: np.random.Generator) -> X:
    p = np.asarray(odds, dtype=float)
    return items[int(rng.choice(len(items), p=p / p.sum()))]
