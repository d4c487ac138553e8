"""Preferences with a structure: all effects have names of their own, and claims of sides and measures that exist."""

from rewardlab.benchmarks.effects import preference_structure, program


def test_claims_speak_of_sides_that_are_run():
    effects = preference_structure.effects()
    names = [e.name for e in effects]
    assert len(set(names)) == len(names) == 9 and all(n.startswith("preference_structure_") for n in names)
    assert set(names) <= {e.name for e in program.effects()}
    for effect in effects:
        sides = {arm.side for arm in effect.arms}
        assert effect.claims and all({c.side, c.against} <= sides for c in effect.claims)
        assert len({(a.side, a.setting) for a in effect.arms}) == len(effect.arms)
    assert sum(e.cost(5) for e in effects) < 600
