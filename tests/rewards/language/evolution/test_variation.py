"""Draws and edits: seeded, within the grammar, and each of its kind."""

import numpy as np
from contracts.sheets import GRID, REACH, grid, plainly, reach, sheet_of

from rewardlab.rewards.language.evolution.features import Kind
from rewardlab.rewards.language.evolution.grammar import FORMS, Design, Term, read_design
from rewardlab.rewards.language.evolution.variation import MOST, WEIGHTS, cross, draw, draw_term, lean, mutate

SHEET = sheet_of(REACH, reach())


def rng(seed=0):
    return np.random.default_rng(seed)


def legal(design, sheet):
    assert 1 <= len(design.terms) <= MOST and len(design.kinds) <= len(design.terms)
    for t in design.terms:
        form = FORMS[t.form]
        if form.kinds:
            feature = sheet.features[t.feature]
            assert feature.kind in form.kinds and (feature.before or not form.change)
            assert len(t.target) == (len(feature.now) if feature.kind is Kind.POINT else 0)
        assert t.gate != t.feature or not t.gate
        assert np.isfinite(t.weight) and t.weight != 0


def test_all_that_is_made_is_legal_finite_and_read_back():
    for text, batch in ((REACH, reach(4)), (GRID, grid(4))):
        sheet, r = sheet_of(text, batch), rng()
        pool = [draw(sheet, r) for _ in range(20)]
        for _ in range(120):
            one, two = pool[r.integers(len(pool))], pool[r.integers(len(pool))]
            made = [mutate(one, sheet, r), cross(one, two, r), lean(one, two, sheet, r)]
            for design in made:
                legal(design, sheet)
                assert read_design(design.source(sheet), sheet) == design
            pool[r.integers(len(pool))] = made[r.integers(3)]
        assert all(np.isfinite(plainly(d.source(sheet), batch)[0]).all() for d in pool)


def test_the_same_seed_makes_the_same():
    for make in (lambda r: draw(SHEET, r), lambda r: mutate(draw(SHEET, r), SHEET, r)):
        assert [make(rng(s)) for s in range(20)] == [make(rng(s)) for s in range(20)]


def test_features_are_drawn_by_their_worth():
    r, n = rng(), 2000
    drawn = [draw_term(SHEET, r).feature for _ in range(n)]
    named = [d for d in drawn if d]
    total = sum(f.worth for f in SHEET.features.values() if any(f.kind in g.kinds and (f.before or not g.change)
                                                               for g in FORMS.values()))  # fmt: skip
    for name in ("success", "speed", "fell"):
        p = SHEET.features[name].worth / total
        assert abs(named.count(name) / len(named) - p) < 4 * np.sqrt(p * (1 - p) / len(named)), name


def test_signs_follow_words_nine_times_of_ten():
    r = rng()
    terms = [draw_term(SHEET, r) for _ in range(3000)]
    for name, sign in (("success", 1), ("fell", -1)):
        mine = [t.weight * sign > 0 for t in terms if t.feature == name and t.form == "holds"]
        assert len(mine) > 25 and abs(np.mean(mine) - 0.9) < 4 * np.sqrt(0.09 / len(mine))
    sizes = [abs(t.weight) for t in terms if t.feature]
    assert min(sizes) >= WEIGHTS[0] * 0.999 and max(sizes) <= WEIGHTS[1] * 1.001


def test_crossing_takes_terms_of_both_and_nothing_else():
    one = Design((Term("holds", "success", 1.0), Term("time", "", -0.1)))
    two = Design((Term("holds", "fell", -1.0), Term("time", "", -0.5)))
    taken = [t for s in range(60) for t in cross(one, two, rng(s)).terms]
    assert set(taken) == {*one.terms, two.terms[0]}  # of a shared term, the first parent's


def test_leaning_never_takes_what_only_the_worst_has_and_moves_away_from_its_weights():
    best = Design((Term("holds", "success", 1.0), Term("time", "", -0.1)))
    worst = Design((Term("holds", "fell", 1.0), Term("time", "", -0.4)))
    for s in range(200):
        child = lean(best, worst, SHEET, rng(s))
        assert worst.terms[0].what not in child.kinds
        shared = [t.weight for t in child.terms if t.form == "time"]
        assert all(abs(w) <= 0.1 for w in shared[:1])
