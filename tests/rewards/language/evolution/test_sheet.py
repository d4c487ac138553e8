"""What a sheet holds follows from the words and the shapes, and each feature is the number that it says."""

import numpy as np
import pytest
from contracts.sheets import GRID, REACH, grid, plainly, reach, sheet_of

from rewardlab.rewards.language.evolution.features import Kind
from rewardlab.rewards.language.evolution.grammar import Design, Term


def value(name, sheet, batch):
    """The number [B] of a feature."""
    form = {Kind.FLAG: "holds", Kind.DISTANCE: "far"}.get(sheet.features[name].kind, "level")
    paid, _ = plainly(Design((Term(form, name, 1.0),)).source(sheet), batch)
    return paid if form == "holds" else paid * sheet.features[name].size


def test_features_of_an_arm_are_those_numbers():
    batch, norm = reach(), lambda x: np.linalg.norm(x, axis=-1)
    sheet = sheet_of(REACH, batch)
    expected = {
        "speed": batch.next_obs[:, 0],
        "length_difference": norm(batch.next_obs[:, 1:]),
        "success": batch.info["success"],
        "fell": batch.info["fell"],
        "progress": batch.info["progress"],
        "tip_pos_to_cup_pos": np.where(
            batch.info["cup_pos"][:, 0] < 0, 0.0, norm(batch.info["tip_pos"] - batch.info["cup_pos"])
        ),
    }
    for name, x in expected.items():
        np.testing.assert_allclose(value(name, sheet, batch), x, rtol=1e-12, atol=1e-12, err_msg=name)
    kinds = {n: sheet.features[n].kind for n in expected}
    assert (
        kinds["length_difference"] is Kind.DISTANCE and kinds["progress"] is Kind.SHARE and kinds["fell"] is Kind.FLAG
    )
    assert sheet.effort and not any("seed" in n for n in sheet.features)


def test_only_the_observation_is_known_before_a_move():
    sheet = sheet_of(REACH, reach())
    changing = {f.name for f in sheet.of(*Kind, changing=True)}
    assert {"speed", "length_difference"} <= changing and not changing & {"success", "fell", "progress", "tip_pos"}


def test_an_index_is_taken_apart():
    batch = grid()
    sheet = sheet_of(GRID, batch)
    np.testing.assert_array_equal(value("load", sheet, batch), batch.next_obs % 3)
    np.testing.assert_array_equal(value("load_gold", sheet, batch), batch.next_obs % 3 == 2)
    far, _ = plainly(Design((Term("off", "place", 4.0, target=(1.0, 2.0)),)).source(sheet), batch)
    cell = batch.next_obs // 3
    np.testing.assert_array_equal(far, abs(cell // 5 - 1) + abs(cell % 5 - 2))
    assert not sheet.effort and sheet.features["place"].high == 4


def test_words_make_worth_and_sign():
    features = sheet_of(REACH, reach()).features
    assert features["success"].sign == 1 and features["fell"].sign == -1 and features["speed"].sign == 0
    assert features["progress"].worth > features["speed"].worth
    plain = sheet_of(REACH, reach(), task="control the speed").features
    assert plain["speed"].worth > features["speed"].worth


def test_without_a_description_there_are_the_shapes():
    sheet = sheet_of("", reach())
    assert {"obs_0", "obs_1", "obs_2", "success"} <= set(sheet.features)


def test_what_does_not_fit_is_left_out():
    sheet = sheet_of(REACH, reach(), keep=lambda source: "progress" not in source)
    assert "progress" not in sheet.features and "success" in sheet.features


@pytest.mark.parametrize("word", ["task_reward", "pseudo_regret", "true_reward"])
def test_what_judges_a_design_is_no_feature(word):
    batch = reach()
    batch = batch.paying(batch.reward, **{word: batch.reward})
    assert not any(word in n for n in sheet_of(REACH, batch).features)
