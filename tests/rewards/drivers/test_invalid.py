"""What happens to a pay that is no number: an error with names, or the declared policy; never a silent NaN."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stable_baselines3.common.vec_env import DummyVecEnv
from support_rewards import Centred, Given, Scripted, Streak, Walk, scripted, walks

from rewardlab.core.errors import BadOption, BadReward, MissingColumn
from rewardlab.core.reward import Reward, Task
from rewardlab.rewards import ClipTo, EndEpisode, Paid, PaidVecEnv, PaidVector, PayZero, Potential, Refuse
from rewardlab.rewards.drivers.invalid import LARGEST, sound, unsound

NAN, INF = float("nan"), float("inf")
BAD_NUMBERS = [NAN, INF, -INF, 1e308, -1e308]
BAD_OBJECTS = [None, "text", np.array([1.0, 2.0]), [1.0], {"a": 1}, 1j]


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=64), min_size=1, max_size=20))
def test_sound_is_exact(values: list[float]) -> None:
    x = np.array(values)
    good = np.isfinite(x) & (np.abs(x) <= LARGEST)
    assert np.array_equal(~unsound(x), good) and sound(x) == good.all()
    with np.errstate(over="ignore"):
        assert not sound(x) or np.isfinite(x.astype(np.float32)).all()
    if good.all():
        assert sound(x.astype(np.float32))


@given(
    st.lists(st.tuples(st.floats(width=64), st.floats(width=64), st.floats(width=64)), min_size=1, max_size=4),
    st.sampled_from([Refuse(), PayZero(), ClipTo(2.5)]),
)
def test_nothing_invalid_ever_reaches_a_buffer(script: list[tuple[float, float, float]], policy: Any) -> None:
    """Whatever three rows pay: an error of ours, or finite float32 numbers that the parts sum to."""
    envs = scripted([list(row) for row in zip(*script, strict=True)])
    driver = PaidVector(envs, Task() + 2.0 * Task(), on_invalid=policy)
    driver.reset()
    wrong = any(not np.isfinite(x) or abs(x) * 3 > LARGEST for row in script for x in row)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in script:
                _, paid, *_, info = driver.step(np.zeros(3, dtype=int))
                assert np.isfinite(paid.astype(np.float32)).all()
                parts = np.sum([*info["reward_parts"].values()], axis=0)
                np.testing.assert_allclose(parts, paid, rtol=1e-12)
                for record in (info.get("episode"), info.get("episode_true")):
                    assert record is None or np.isfinite(record["r"]).all()
    except BadReward:
        assert isinstance(policy, Refuse) and wrong
    else:
        assert not (isinstance(policy, Refuse) and wrong)
        assert (driver.invalid > 0) == wrong


@pytest.mark.parametrize("bad", BAD_NUMBERS)
def test_the_environments_own_invalid_reward_is_named(bad: float) -> None:
    single = Paid(Scripted([1.0, 2.0, bad]), Streak())
    single.reset()
    single.step(0)
    single.step(0)
    with pytest.raises(BadReward, match=r"own reward is .* in row 0 at step 2"):
        single.step(0)
    envs = PaidVector(scripted([[1.0, 1.0], [1.0, bad]]), Streak())
    envs.reset()
    envs.step([0, 0])
    with pytest.raises(BadReward, match=r"(?s)PaidVector\(SyncVectorEnv x 2\) of streak.*row 1 at step 1.*mend"):
        envs.step([0, 0])


@pytest.mark.parametrize("bad", BAD_OBJECTS)
def test_an_own_reward_that_is_no_number_is_named(bad: Any) -> None:
    for policy in (Refuse(), PayZero(), ClipTo(), EndEpisode()):
        env = Paid(Scripted([bad]), Task(), on_invalid=policy)
        env.reset()
        with pytest.raises(
            BadReward, match=r"(?s)Paid\(Scripted\) of task: the environment's own reward is .*at step 0"
        ):
            env.step(0)


def test_own_rewards_of_every_number_type_are_taken() -> None:
    given_types = [1, True, 1.0, np.float32(1.0), np.int64(1), np.bool_(True), np.array(1.0)]
    env = Paid(Scripted(given_types), Task())
    env.reset()
    for _ in given_types:
        assert env.step(0)[1] == 1.0


@pytest.mark.parametrize("bad", BAD_NUMBERS)
def test_the_guilty_part_is_named(bad: float) -> None:
    class Breaks(Reward):
        def __call__(self, batch: Any) -> Any:
            return np.where(np.arange(len(batch)) == 2, bad, 0.0)

    envs = PaidVector(walks(4), Task() + Streak() + Breaks())
    envs.reset(seed=0)
    with pytest.raises(
        BadReward, match=r"PaidVector\(SyncVectorEnv x 4\) of sum: part 'breaks' pays .* in row 2 at step 0"
    ):
        envs.step(np.zeros(4, dtype=int))


def test_a_nan_observation_is_found_where_it_is_paid_for() -> None:
    for driver in (Paid(Scripted([0.0, 0.0], obs=[0.0, NAN, 0.0]), Potential(lambda o: o[:, 0])),):
        driver.reset()
        with pytest.raises(BadReward, match="part 'potential' pays nan in row 0 at step 0"):
            driver.step(0)
    venv = PaidVecEnv(DummyVecEnv([lambda: Scripted([0.0], obs=[0.0, NAN])]), Potential(lambda o: o[:, 0]))
    venv.reset()
    with pytest.raises(BadReward, match=r"PaidVecEnv.*part 'potential' pays nan in row 0"):
        venv.step(np.array([0]))


@pytest.mark.parametrize(
    "pay",
    [None, 1.0, np.float64(1.0), [1.0, 1.0], "text", np.zeros(3), np.zeros((2, 1)), np.zeros(2, dtype=int),
     np.zeros(2, dtype=bool), np.array(["a", "b"]), np.zeros(2, dtype=object)],
)  # fmt: skip
def test_a_pay_of_the_wrong_shape_or_kind_is_named(pay: Any) -> None:
    envs = PaidVector(walks(2), Given(pay), on_invalid=PayZero())
    envs.reset(seed=0)
    with pytest.raises(BadReward, match=r"part 'given' .* at step 0"):
        envs.step(np.zeros(2, dtype=int))


def test_a_tensor_for_an_array_is_named() -> None:
    import torch

    envs = PaidVector(walks(2), Given(torch.zeros(2)))
    envs.reset(seed=0)
    with pytest.raises(BadReward, match=r"(?s)part 'given' is Tensor.*a NumPy array"):
        envs.step(np.zeros(2, dtype=int))


def test_whatever_a_reward_raises_is_named_with_the_columns_it_had() -> None:
    class Reads(Reward):
        def __call__(self, batch: Any) -> Any:
            return batch.column("speed") * 2.0

    for value in (None, "fast", {"x": 1}):
        env = Paid(Scripted([0.0], infos=[{"speed": value}]), Reads())
        env.reset()
        with pytest.raises(BadReward, match=r"(?s)Paid\(Scripted\) of reads: TypeError.*step 0.*speed: ") as caught:
            env.step(0)
        assert isinstance(caught.value.__cause__, TypeError)


def test_a_missing_column_is_named() -> None:
    class Reads(Reward):
        def __call__(self, batch: Any) -> Any:
            return batch.column("speed", by="Reads") * 1.0

    class Indexes(Reward):
        def __call__(self, batch: Any) -> Any:
            return batch.info["speed"] * 1.0

    made = [Scripted([0.0], infos=[{"sped": 1.0}]), Scripted([0.0], infos=[{"speed": 1.0, "sped": 1.0}])]
    for reads, who in ((Reads(), "Reads"), (Indexes(), r"Paid\(Scripted\) of indexes")):
        single = Paid(made[0], reads)
        single.reset()
        with pytest.raises(MissingColumn, match=rf"(?s){who}: no info column 'speed'.*did you mean 'sped'"):
            single.step(0)
    envs = PaidVector(scripted([[0.0], [0.0]], infos=[e.infos for e in made]), Reads())
    envs.reset()
    with pytest.raises(
        MissingColumn, match="no info column 'speed'"
    ):  # one of two rows has it: nobody invents the other
        envs.step([0, 0])
    more = Paid(Scripted([0.0], infos=[{"speed": 2.0, "further": object()}]), Reads())
    more.reset()
    assert more.step(0)[1] == 2.0


def test_policies_by_hand() -> None:
    script = [1.0, NAN, INF, -INF, 1e308, 2.0]
    expected = {PayZero(): [1, 0, 0, 0, 0, 2], ClipTo(5.0): [1, 0, 5, -5, 5, 2]}
    for policy, pays in expected.items():
        env = Paid(Scripted(script), Task(), on_invalid=policy)
        env.reset()
        seen = [env.step(0) for _ in script]
        assert [s[1] for s in seen] == pays and env.invalid == 4
        assert seen[-1][4]["episode"]["r"] == sum(pays) == seen[-1][4]["episode_true"]["r"]
        assert [s[4]["task_reward"] for s in seen] == pays
        assert [sum(s[4]["reward_parts"].values()) for s in seen] == pays
    ends = Paid(Scripted(script), Task(), on_invalid=EndEpisode())
    ends.reset()
    assert ends.step(0)[2] is False
    _, paid, terminated, truncated, info = ends.step(0)
    assert (paid, terminated, truncated) == (0.0, True, False) and info["episode"]["r"] == 1.0


def test_mended_parts_still_sum_to_the_pay() -> None:
    env = Paid(Scripted([1.0, 1.0]), Task() + Given(np.array([INF])), on_invalid=ClipTo(3.0))
    env.reset()
    _, paid, *_, info = env.step(0)
    assert paid == 3.0 and info["reward_parts"] == {"task": 0.0, "given": 0.0, "mended": 3.0}


def test_mended_rows_are_not_learned_from() -> None:
    reward = Centred()
    envs = PaidVector(scripted([[1.0, 1.0, 1.0], [1.0, NAN, 1.0]]), reward, on_invalid=PayZero(), update_every=3)
    envs.reset()
    for _ in range(3):
        envs.step([0, 0])
    assert reward.shapes == [(5,)] and envs.invalid == 1


def test_bad_options_are_refused() -> None:
    for wrong in ("zero", None, PayZero):
        with pytest.raises(BadOption, match="on_invalid"):
            Paid(Walk(), Task(), on_invalid=wrong)  # type: ignore[arg-type]
    for wrong in (0, -1, 1.5, True, None):
        with pytest.raises(BadOption, match="update_every"):
            PaidVector(walks(1), Task(), update_every=wrong)  # type: ignore[arg-type]
    for limit in (-1.0, NAN, INF):
        with pytest.raises(BadOption, match="limit"):
            ClipTo(limit)
    with pytest.raises(BadOption, match=r"(?s)EndEpisode.*around each single environment"):
        PaidVector(walks(1), Task(), on_invalid=EndEpisode())
    with pytest.raises(BadOption, match="EndEpisode"):
        PaidVecEnv(DummyVecEnv([Walk]), Task(), on_invalid=EndEpisode())
    for wrong in (None, Task, lambda b: b.reward):
        with pytest.raises(BadOption, match="is no reward"):
            Paid(Walk(), wrong)  # type: ignore[arg-type]
