"""Names, scores and hashes of candidates."""

import hashlib
import json

from rewardlab.rewards.language.design.candidate import Candidate
from rewardlab.rewards.language.design.critic import Verdict
from rewardlab.rewards.language.design.trained import Trained


def test_a_candidate_is_good_once_accepted_and_trained():
    c = Candidate(1, 2, "def reward(obs):\n    return 0\n", "hand", parents=("1.1",))
    assert c.name == "2.3" and c.hash == hashlib.sha256(c.source.encode()).hexdigest()
    assert not c.accepted and not c.good
    c.verdict = Verdict(True)
    assert c.accepted and not c.good
    low = c.score
    c.trained = Trained.failed("NaN in the network")
    assert not c.good and low < c.score < Trained(0.0, 0.0).score
    c.trained = Trained(0.5, 0.4)
    assert c.good and c.score == (0.5, 0.4)
    held = json.loads(json.dumps(c.to_json(), allow_nan=False))
    assert held["name"] == "2.3" and held["trained"]["success"] == 0.5 and held["parents"] == ["1.1"]
