"""A grammar of rewards: sums of few weighted terms, each of a form that rewards are made of by hand.

    R = Σ_i w_i f_i(x, x') g_i,    f: nearer, near, far, gained, holds, rise, level, effort, ...    g: a gate or 1

A design is a value: it is written as readable source in the reward language with one named part for each term, and is
read back from that source.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rewardlab.rewards.language.evolution.features import Feature, Kind
from rewardlab.rewards.language.evolution.sheet import Sheet

HEADER = "def reward(obs, action, next_obs, info):"


@dataclass(frozen=True)
class Form:
    """A way to make pay of a feature.

    Attributes:
        name: as it stands in the source.
        kinds: of features that it takes; none for those that take no feature.
        text: the pay before its weight: {x} after the move, {y} before it, {s} the scale, {n} the feature's size.
        change: whether it needs the feature before the move.
        sign: of the weight, if the form itself says it; 0 follows the feature's words.
        often: the a-priori weight in the draw of forms.
    """

    name: str
    kinds: tuple[Kind, ...]
    text: str
    change: bool = False
    sign: int = 1
    often: float = 1.0


FORMS = {
    f.name: f
    for f in (
        Form("nearer", (Kind.DISTANCE,), "({y} - {x})", change=True, often=4.0),
        Form("nearing", (Kind.DISTANCE,), "(np.exp(-{s} * {x}) - np.exp(-{s} * {y}))", change=True, often=2.0),
        Form("near", (Kind.DISTANCE,), "np.exp(-{s} * {x})", often=1.0),
        Form("far", (Kind.DISTANCE,), "{x} / {n}", sign=-1, often=2.0),
        Form("gained", (Kind.FLAG,), "(1.0 * {x} - 1.0 * {y})", change=True, sign=0, often=4.0),
        Form("holds", (Kind.FLAG,), "{x}", sign=0, often=1.5),
        Form("lacks", (Kind.FLAG,), "(1.0 - {x})", sign=-1, often=1.0),
        Form("rise", (Kind.SHARE, Kind.NUMBER), "({x} - {y}) / {n}", change=True, sign=0, often=2.0),
        Form("level", (Kind.SHARE, Kind.NUMBER), "{x} / {n}", sign=0, often=1.0),
        Form("short", (Kind.SHARE,), "(1.0 - {x} / {n})", sign=-1, often=2.0),
        Form("amount", (Kind.NUMBER,), "np.abs({x}) / {n}", sign=0, often=0.5),
        Form("swing", (Kind.NUMBER,), "(np.abs({x}) - np.abs({y})) / {n}", change=True, sign=0, often=1.0),
        Form("toward", (Kind.POINT,), "({y} - {x})", change=True, often=2.0),
        Form("off", (Kind.POINT,), "{x} / {n}", sign=-1, often=1.0),
        Form("effort", (), "np.sum(np.square(action))", sign=-1, often=0.5),
        Form("time", (), "1.0", sign=-1, often=0.5),
    )
}


@dataclass(frozen=True)
class Term:
    """One part of a reward.

    Attributes:
        form: its name.
        feature: its name; "" for a form that takes none.
        weight: with its sign.
        scale: 1 over the distance at which `near` falls to 1/e.
        target: the place that a point is wanted at, () otherwise.
        gate: the flag or distance that the pay is multiplied with; "" for none.
        closed: whether the gate lets through while it does not hold.
    """

    form: str
    feature: str = ""
    weight: float = 1.0
    scale: float = 1.0
    target: tuple[float, ...] = ()
    gate: str = ""
    closed: bool = False

    @property
    def what(self) -> tuple[str, str, str, bool]:
        """The term without its numbers."""
        return self.form, self.feature, self.gate, self.closed


@dataclass(frozen=True)
class Design:
    """A reward of few terms.

    Attributes:
        terms: none twice.
    """

    terms: tuple[Term, ...]

    @property
    def kinds(self) -> frozenset[tuple[str, str, str, bool]]:
        """Which terms there are, whatever their numbers."""
        return frozenset(t.what for t in self.terms)

    def source(self, sheet: Sheet) -> str:
        """The program: a line for each feature, one for each part, and their sum."""
        named: dict[str, str] = {}
        lines: list[str] = []
        parts: list[str] = []
        for term in self.terms:
            form = FORMS[term.form]
            for feature, target in ((term.feature, term.target), (term.gate, ())):
                for variable, expression in _values(sheet, feature, target, form.change and feature == term.feature):
                    if variable not in named:
                        named[variable] = expression
                        lines.append(f"    {variable} = {expression}")
        for term in self.terms:
            name = _part(term, {*named, *parts})
            lines.append(f"    {name} = {_number(term.weight)} * {_pay(term, sheet)}  # {_note(term)}")
            parts.append(name)
        total = " + ".join(parts)
        listed = ", ".join(f'"{p}": {p}' for p in parts)
        return "\n".join([HEADER, *lines, f"    return {total}, {{{listed}}}", ""])


def normal(terms: Sequence[Term]) -> Design:
    """A design of these terms by name; of several that differ in numbers only, the first is kept."""
    kept: dict[tuple[str, str, str, bool, tuple[float, ...]], Term] = {}
    for term in terms:
        kept.setdefault((*term.what, term.target), term)
    return Design(tuple(kept[k] for k in sorted(kept)))


def read_design(source: str, sheet: Sheet) -> Design | None:
    """The design behind a source that `Design.source` wrote; None for any other text, and for another environment's."""
    terms = []
    for line in source.splitlines():
        found = re.fullmatch(r"    \w+ = (\S+) \* .*  # (.*)", line)
        if found:
            term = _read_note(found[2], found[1])
            if term is None:
                return None
            terms.append(term)
    design = Design(tuple(terms))
    try:
        return design if terms and design.source(sheet).strip() == source.strip() else None
    except (KeyError, IndexError):
        return None


# A note says what the expression does, in words from which the term is read back:
#   near agent_pos_to_key_pos, scale 1.5, unless carrying_key
_NOTE = re.compile(
    r"(?P<form>\w+)(?: (?P<feature>\w+))?(?:, target (?P<target>[-\d. e+]+))?(?:, scale (?P<scale>[\d.e+-]+))?"
    r"(?:, (?P<way>while|unless) (?P<gate>\w+))?"
)


def _note(term: Term) -> str:
    text = term.form + (f" {term.feature}" if term.feature else "")
    text += f", target {' '.join(_number(x) for x in term.target)}" if term.target else ""
    text += f", scale {_number(term.scale)}" if "{s}" in FORMS[term.form].text else ""
    return text + (f", {'unless' if term.closed else 'while'} {term.gate}" if term.gate else "")


def _read_note(note: str, weight: str) -> Term | None:
    found = _NOTE.fullmatch(note)
    if not found or found["form"] not in FORMS:
        return None
    try:
        return Term(
            found["form"],
            found["feature"] or "",
            float(weight),
            float(found["scale"] or 1.0),
            tuple(float(x) for x in (found["target"] or "").split()),
            found["gate"] or "",
            found["way"] == "unless",
        )
    except ValueError:
        return None


def _values(sheet: Sheet, name: str, target: tuple[float, ...], change: bool) -> list[tuple[str, str]]:
    """(variable, expression) of a feature after and, for a change, before the move."""
    if not name:
        return []
    feature = sheet.features[name]
    sides = [(_variable(feature, target, ""), feature.now)]
    if change:
        sides.append((_variable(feature, target, "_before"), feature.before))
    return [(variable, _expression(parts, target)) for variable, parts in sides]


def _variable(feature: Feature, target: tuple[float, ...], after: str) -> str:
    at = "".join(f"_{_number(t)}" for t in target)
    return feature.name + re.sub(r"\W", "_", at) + after


def _expression(parts: tuple[str, ...], target: tuple[float, ...]) -> str:
    if not target:
        return parts[0]
    far = [f"np.abs({p} - {_number(t)})" for p, t in zip(parts, target, strict=True)]
    return " + ".join(far)


def _pay(term: Term, sheet: Sheet) -> str:
    form = FORMS[term.form]
    text = form.text
    if term.feature:
        feature = sheet.features[term.feature]
        x, y = (_variable(feature, term.target, after) for after in ("", "_before"))
        text = text.format(x=x, y=y, s=_number(term.scale), n=_number(feature.size))
    if term.gate:
        gate = sheet.features[term.gate]
        opened = gate.name if gate.kind is Kind.FLAG else f"np.exp(-{gate.name})"
        text += f" * (1.0 - {opened})" if term.closed else f" * {opened}"
    return text


def _part(term: Term, taken: set[str]) -> str:
    name = term.form + (f"_{term.feature}" if term.feature else "")
    name += f"_{'unless' if term.closed else 'while'}_{term.gate}" if term.gate else ""
    n = 1
    while (name if n == 1 else f"{name}_{n}") in taken:
        n += 1
    return name if n == 1 else f"{name}_{n}"


def _number(x: float) -> str:
    return f"{x:.4g}"


def rounded(term: Term) -> Term:
    """The term with the numbers that its source shows."""
    return replace(
        term,
        weight=float(_number(term.weight)),
        scale=float(_number(term.scale)) if "{s}" in FORMS[term.form].text else 1.0,
        target=tuple(float(_number(t)) for t in term.target),
    )
