"""Every form pays what it says; designs are read back from their source."""

import numpy as np
import pytest
from contracts.sheets import GRID, REACH, grid, plainly, reach, sheet_of

from rewardlab.core.sandbox import Signature, compile_program
from rewardlab.rewards.language.evolution.grammar import FORMS, Design, Term, normal, read_design
from rewardlab.rewards.language.evolution.variation import draw

BATCH = reach()
SHEET = sheet_of(REACH, BATCH)
X, Y = (np.linalg.norm(o[:, 1:], axis=-1) for o in (BATCH.next_obs, BATCH.obs))
SPEED, WAS = BATCH.next_obs[:, 0], BATCH.obs[:, 0]
FLAG, SHARE = BATCH.info["success"].astype(float), BATCH.info["progress"]


@pytest.mark.parametrize(
    ("term", "pay"),
    [
        (Term("nearer", "length_difference", 2.0), 2 * (Y - X)),
        (Term("nearing", "length_difference", 1.0, 3.0), np.exp(-3 * X) - np.exp(-3 * Y)),
        (Term("near", "length_difference", 1.0, 0.5), np.exp(-0.5 * X)),
        (Term("far", "length_difference", -1.0), -X / 4),
        (Term("holds", "success", 0.5), 0.5 * FLAG),
        (Term("lacks", "success", -0.5), -0.5 * (1 - FLAG)),
        (Term("rise", "speed", 1.0), (SPEED - WAS) / 4),
        (Term("level", "progress", 1.0), SHARE),
        (Term("short", "progress", -1.0), SHARE - 1),
        (Term("amount", "speed", 1.0), abs(SPEED) / 4),
        (Term("swing", "speed", 1.0), (abs(SPEED) - abs(WAS)) / 4),
        (Term("toward", "speed_at", 1.0, target=(0.5,)), abs(WAS - 0.5) - abs(SPEED - 0.5)),
        (Term("off", "speed_at", -1.0, target=(-0.25,)), -abs(SPEED + 0.25) / 4),
        (Term("effort", "", -0.1), -0.1 * (BATCH.action**2).sum(-1)),
        (Term("time", "", -0.1), np.full(64, -0.1)),
        (Term("near", "length_difference", 1.0, 1.0, (), "success"), np.exp(-X) * FLAG),
        (Term("near", "length_difference", 1.0, 1.0, (), "success", True), np.exp(-X) * (1 - FLAG)),
        (Term("holds", "success", 1.0, 1.0, (), "length_difference"), FLAG * np.exp(-X)),
    ],
    ids=lambda t: f"{t.form}-{t.gate}-{t.closed}" if isinstance(t, Term) else "",
)
def test_a_form_pays_what_it_says(term, pay):
    source = Design((term,)).source(SHEET)
    paid, parts = plainly(source, BATCH)
    np.testing.assert_allclose(paid, pay, rtol=1e-12, atol=1e-12)
    assert len(parts) == 1 and read_design(source, SHEET) == Design((term,))


def test_gained_is_the_change_of_a_flag():
    batch = grid()
    paid, _ = plainly(Design((Term("gained", "load_ore", 1.0),)).source(sheet_of(GRID, batch)), batch)
    np.testing.assert_array_equal(paid, (batch.next_obs % 3 == 1) * 1.0 - (batch.obs % 3 == 1))


def test_all_forms_are_tried_above():
    tried = {"gained"} | {mark.args[1][i][0].form for mark in test_a_form_pays_what_it_says.pytestmark
                          for i in range(len(mark.args[1]))}  # fmt: skip
    assert tried == set(FORMS)


def test_parts_sum_to_the_pay_and_designs_are_read_back():
    rng = np.random.default_rng(0)
    for text, batch in ((REACH, reach(8)), (GRID, grid(8))):
        sheet = sheet_of(text, batch)
        for _ in range(60):
            design = draw(sheet, rng)
            source = design.source(sheet)
            paid, parts = plainly(source, batch)
            np.testing.assert_allclose(sum(parts.values()), paid, rtol=1e-12, atol=1e-12)
            assert len(parts) == len(design.terms) and read_design(source, sheet) == design


def test_the_sandbox_compiles_every_design_to_the_same_numbers():
    rng = np.random.default_rng(1)
    for text, batch in ((REACH, reach(8)), (GRID, grid(8))):
        sheet, signature = sheet_of(text, batch), Signature.of_batch(batch)
        for _ in range(60):
            source = draw(sheet, rng).source(sheet)
            program, (paid, parts) = compile_program(source, signature), plainly(source, batch)
            np.testing.assert_allclose(program(batch), paid, rtol=1e-12, atol=1e-12)
            for name, part in program.parts(batch).items():
                np.testing.assert_allclose(part, parts[name], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "change",
    [
        ("0.5", "0.6x"),
        ("success", "luck"),
        ("holds", "hopes"),
        ("# ", ""),
        ("return ", "return 1 + "),
        ("def", "x = 1\ndef"),
    ],
)
def test_a_text_of_another_hand_is_no_design(change):
    source = Design((Term("holds", "success", 0.5),)).source(SHEET)
    assert read_design(source, SHEET) and read_design(source.replace(*change), SHEET) is None


def test_another_environments_program_is_no_design():
    assert read_design(Design((Term("holds", "fell", -1.0),)).source(SHEET), sheet_of(GRID, grid())) is None


def test_the_order_of_terms_and_copies_do_not_matter():
    a, b = Term("holds", "success", 0.5), Term("time", "", -0.1)
    assert normal([a, b]) == normal([b, a, Term("time", "", 0.3)])
    assert normal([a, b]).kinds == {a.what, b.what}
