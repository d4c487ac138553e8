"""ONI: replayed to label / N^b, delayed and never changed by latency, and silent where nobody labelled anything."""

from collections import Counter

import gymnasium as gym
import numpy as np
import pytest
from scipy.stats import spearmanr
from steps import steps

from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.core.reward import Task
from rewardlab.envs.gridworlds.key_room import KeyRoom
from rewardlab.envs.gridworlds.pictures import captions
from rewardlab.envs.world import WorldVectorEnv
from rewardlab.rewards.drivers.vector import PaidVector
from rewardlab.rewards.language.annotator import ClockedAnnotator
from rewardlab.rewards.language.judging import NoisyJudge, ScoreJudge
from rewardlab.rewards.language.oni import ONIClassification, ONIRanking, ONIRetrieval
from rewardlab.rewards.language.text_network import TextNetwork

VALUE = {captions.RATTLED: 0.5, captions.TOOK: 1.0, captions.UNLOCKED: 2.0, captions.OPENED: 1.5, captions.REACHED: 3.0}
PHRASES = {text: VALUE.get(e, 0.0) for e, table in enumerate(captions.PHRASES) for text in table}
HELD_OUT = {text: VALUE.get(e, 0.0) for e, table in enumerate(captions.HELD_OUT) for text in table}
JUDGE = ScoreJudge(PHRASES)
HELPFUL = {text for text, value in PHRASES.items() if value > 0}


def quick(**options):
    return ClockedAnnotator(options.pop("judge", JUDGE), per_1k=1e6, **options)


def played(reward, *, steps_=300, seed=0, rules=None, **options):
    """Random play: the pays [T, N], and the captions as each row saw them, with the ends."""
    rules = rules or KeyRoom(room_width=6, room_height=5)
    envs = PaidVector(WorldVectorEnv(rules, 4, max_episode_steps=60), reward, **options)
    envs.reset(seed=seed)
    rng, paid, told, ends = np.random.default_rng(seed), [], [], []
    for _ in range(steps_):
        _, pay, terminated, truncated, info = envs.step(rng.integers(0, 6, 4))
        done = terminated | truncated
        last = info["final_info"]["caption"] if done.any() else info["caption"]
        paid.append(pay)
        told.append(np.where(done, last, info["caption"]))
        ends.append(done)
    return np.stack(paid), np.stack(told), np.stack(ends)


def test_once_all_is_labelled_each_step_pays_its_label_over_its_count():
    reward = ONIRetrieval(quick())
    reward.update(steps(len(PHRASES), caption=np.array(list(PHRASES), dtype=object)))
    paid, told, ends = played(reward, steps_=300)
    assert paid.max() == 1 and (paid > 0).sum() > 5
    for i in range(4):
        count = Counter()
        for t in range(len(paid)):
            count[told[t, i]] += 1
            assert paid[t, i] == (told[t, i] in HELPFUL) / count[told[t, i]] ** 3
            count = Counter() if ends[t, i] else count


@pytest.mark.parametrize("latency", [0, 300])
def test_latency_delays_and_the_final_table_is_the_same(latency):
    slow = ONIRetrieval(ClockedAnnotator(NoisyJudge(JUDGE, 0.2, 0.2), per_1k=200, latency=latency))
    first, told, _ = played(slow, steps_=200)
    assert (first[:5] == 0).all()
    seen = set(told.flat)
    at_once = ONIRetrieval(quick(judge=NoisyJudge(JUDGE, 0.2, 0.2)))
    played(at_once, steps_=200)
    slow.update(steps(10_000, caption=np.full(10_000, "You wait.", dtype=object)))
    assert {t for (t,) in slow.annotator.known} == seen | {"You wait."}
    assert slow.annotator.known | at_once.annotator.known == slow.annotator.known
    assert slow.annotator.asked < 0.15 * told.size  # far fewer labels than steps


def test_without_labels_all_three_pay_nothing():
    batch = steps(8, caption=np.array(list(PHRASES)[:8], dtype=object))
    for reward in (ONIRetrieval(quick()), ONIClassification(quick()), ONIRanking(quick())):
        reward.reset(np.ones(8, dtype=bool))
        assert (reward(batch) == 0).all()
    never = ONIRetrieval(ClockedAnnotator(JUDGE, per_1k=1e-9))
    assert (played(never, steps_=200)[0] == 0).all()


def test_with_weight_nothing_training_is_that_without_it():
    from rewardlab.agents import PPO

    weights = []
    for reward in (Task(), Task() + 0.0 * ONIRetrieval(quick())):
        rules = KeyRoom(room_width=6, room_height=3, observation="flat")
        envs = PaidVector(WorldVectorEnv(rules, 2, max_episode_steps=20), reward)
        agent = PPO("MlpPolicy", envs, n_steps=32, batch_size=32, n_epochs=2, seed=3)
        agent.learn(128)
        weights.append(np.concatenate([p.detach().numpy().ravel() for p in agent.policy.parameters()]))
    np.testing.assert_array_equal(*weights)


def test_a_network_knows_paraphrases_that_a_table_does_not():
    told = np.array([*PHRASES, *captions.DISTRACTORS], dtype=object)
    table, network = ONIRetrieval(quick()), ONIClassification(quick())
    for reward in (table, network):
        reward.update(steps(len(told), caption=told))
        assert (reward.worth(told) == JUDGE([(t,) for t in told])).all()
    others = list(HELD_OUT)
    right = np.array([HELD_OUT[t] > 0 for t in others])
    assert (table.worth(others) == 0).all()
    said = network.worth(others) > 0
    # 43 sentences do not teach that a door stands "ajar": other words are known by what they share with known ones
    assert (said == right).mean() >= 0.65 and said[right].mean() >= 0.5


def test_ranking_grades_captions_and_what_lies_below_the_quantile_pays_nothing():
    told = np.array(list(PHRASES), dtype=object)
    reward = ONIRanking(quick(), pairs=6, quantile=0.5)
    for _ in range(6):
        reward.update(steps(len(told), caption=told))
    worth, value = reward.worth(told), np.array(list(PHRASES.values()))
    score = reward.network.scores([(t,) for t in told])
    helpful = value > 0
    assert spearmanr(score[helpful], value[helpful]).statistic > 0.8
    # all captions came equally often: mean, deviation and quantile are those of the list
    z = (score - score.mean()) / score.std()
    kept = score > np.quantile(score, 0.5, method="inverted_cdf")
    np.testing.assert_allclose(worth, np.where(kept, z, 0.0), rtol=1e-9, atol=1e-12)
    assert (worth != 0).sum() == len(told) // 2


def test_a_caption_weighs_as_often_as_it_was_seen():
    often = np.array(["You wait."] * 97 + ["You pick up the key.", "You reach the chest.", "You turn."], dtype=object)
    reward = ONIRanking(quick(), pairs=4, quantile=0.98)
    reward.update(steps(100, caption=often))
    worth = reward.worth(["You reach the chest.", "You pick up the key.", "You wait.", "You turn."])
    assert (worth[:2] > 3).all() and (worth[2:] == 0).all()  # of two in a hundred, several deviations from the mean


def test_a_file_goes_on_in_the_middle_of_training():
    def slow():
        return {"annotator": ClockedAnnotator(JUDGE, per_1k=300, latency=9), "network": TextNetwork(epochs=2)}

    for make in (lambda: ONIRanking(**slow()), lambda: ONIClassification(**slow())):
        rng, whole, first = np.random.default_rng(0), make(), make()
        for k in range(12):
            batch = steps((4, 3), caption=np.array(list(PHRASES), dtype=object)[rng.integers(0, 20, (4, 3))])
            if k == 6:
                state, first = first.state_dict(), make()
                first.load_state_dict(state)
            logs = [r.update(batch) for r in (whole, first)]
            assert logs[0] == logs[1]
        np.testing.assert_array_equal(whole.worth(list(PHRASES)), first.worth(list(PHRASES)))


def test_the_registered_room_pays_through_the_drivers():
    import rewardlab  # noqa: F401

    envs = PaidVector(gym.make_vec("rewardlab/KeyRoom-v0", num_envs=3), Task() + 0.4 * ONIRetrieval(quick()))
    envs.reset(seed=0)
    _, pay, *_, info = envs.step(np.zeros(3, dtype=np.int64))
    assert set(info["reward_parts"]) == {"task", "oni_retrieval"} and pay.shape == (3,)


def test_mistakes_are_named():
    for make in (lambda: ONIClassification(quick(), eta=1.5), lambda: ONIRanking(quick(), quantile=1.0),
                 lambda: ONIRanking(quick(), pairs=0)):  # fmt: skip
        with pytest.raises(BadOption):
            make()
    state = ONIRanking(quick()).state_dict()
    with pytest.raises(BadCheckpoint):
        ONIRanking(quick()).load_state_dict({**state, "learned": {**state["learned"], "times": np.ones(3)}})
