"""Online intrinsic rewards from a judge that labels captions while the agent trains.

    retrieval:       r(c) = label(c), 0 without one
    classification:  r(c) = 1[ σ(f(c)) > η ],    f fitted to the labels by cross-entropy
    ranking:         r(c) = z 1[ f(c) > f_q ],    z = (f(c) − mean f) / std f,    P(c₁ better) = σ(f(c₁) − f(c₂))
    pay = r(c) / N(c)^b,    N(c) how often this episode had the caption, this step included

A language model is too slow to judge every step, and far fewer captions than steps are new: those wait in a stack for
an annotator, and the reward is distilled from its labels as they come. Retrieval knows what was labelled and no more;
the two networks also judge captions that nobody labelled. Total: `Task() + 0.4 * ONIRetrieval(annotator)`.

Source: Zheng, Henaff, Zhang, Grover, Amos, "Online Intrinsic Rewards for Decision Making Agents from Large Language
Model Feedback", 2024, Section 3 (the three rewards, the stack, the count).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.core.checkpoint import check_keys
from rewardlab.core.errors import BadCheckpoint, BadOption
from rewardlab.rewards.language.captioned import Captioned
from rewardlab.rewards.language.judging import Item, packed, unpacked
from rewardlab.rewards.language.text_network import TextNetwork


@dataclass
class ONIRetrieval(Captioned):
    """Pays the label of the caption, by a table of captions that were labelled."""

    def worth(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([self.annotator.known.get((text,), 0.0) for text in texts])


@dataclass
class ONIClassification(Captioned):
    """Pays 1 for captions that a network takes for helpful, which is fitted to the labels there are.

    Before the first label it pays 0. The network is fitted anew, from where it stands, whenever there are new labels.

    Args:
        eta: the probability above which a caption pays.
        network: reads one text at a time.

    Raises:
        BadOption: for an eta outside [0, 1].
    """

    eta: float = 0.5
    network: TextNetwork = field(default_factory=TextNetwork)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.eta <= 1:
            raise BadOption(f"eta={self.eta!r}", where="ONIClassification", expected="a probability in [0, 1]")

    def worth(self, texts: Sequence[str]) -> np.ndarray:
        if not self.network.fits:
            return np.zeros(len(texts))
        score = self.network.scores([(text,) for text in texts])
        return (1 / (1 + np.exp(-score)) > self.eta).astype(np.float64)

    def learn(self, fresh: Mapping[Item, float]) -> dict[str, float]:
        if not fresh:
            return {}
        known = self.annotator.known
        return {"loss": self.network.fit(list(known), np.array(list(known.values())))}

    def learned(self) -> dict[str, Any]:
        return self.network.state_dict()

    def take_over(self, state: Mapping[str, Any]) -> None:
        self.network.load_state_dict(state)


@dataclass
class ONIRanking(Captioned):
    """Pays how good a network takes a caption for, which is fitted to comparisons of captions.

    The judge is asked which of two captions is better: 1 the first, 0 the second, ½ neither. Mean, deviation and
    quantile are those of the scores of all steps seen so far, under the network as it is now.

    Args:
        quantile: share of the steps seen so far that pay nothing, in [0, 1).
        pairs: comparisons that are offered for a new caption, and whenever the annotator has nothing to do, >= 1.
        captions: different captions that are remembered for comparisons.
        network: reads one text at a time.
        seed: of the pairs.

    Raises:
        BadOption: for a number outside its range.
    """

    quantile: float = 0.5
    pairs: int = 2
    captions: int = 10_000
    network: TextNetwork = field(default_factory=TextNetwork)
    seed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (0 <= self.quantile < 1 and self.pairs >= 1 and self.captions >= 2):
            raise BadOption(
                f"quantile={self.quantile!r}, pairs={self.pairs!r}, captions={self.captions!r}",
                where="ONIRanking",
                expected="in [0, 1), >= 1, >= 2",
            )
        self._seen: Counter[str] = Counter()
        self._draws = self._measured = self._fitted = 0
        self._scale = (0.0, 1.0, np.inf)  # mean, deviation, and what a score must exceed

    def worth(self, texts: Sequence[str]) -> np.ndarray:
        if not self.network.fits:
            return np.zeros(len(texts))
        score = self.network.scores([(text,) for text in texts])
        mean, deviation, least = self._scale
        return np.where(score > least, (score - mean) / deviation, 0.0)

    def asked_of(self, texts: Sequence[str]) -> list[Item]:
        new = [text for text in dict.fromkeys(texts) if text not in self._seen][: self.captions - len(self._seen)]
        self._seen.update(dict.fromkeys(new, 0))
        self._seen.update(text for text in texts if text in self._seen)
        known = list(self._seen)
        if len(known) < 2:
            return []
        first = new or ([] if self.annotator.waiting else known)
        if not first:
            return []
        rng = np.random.default_rng([self.seed, self._draws])
        self._draws += 1
        chosen = [text for text in new for _ in range(self.pairs)] or rng.choice(first, self.pairs).tolist()
        others = [known[k] for k in rng.integers(len(known), size=len(chosen))]
        return [pair for pair in zip(chosen, others, strict=True) if pair[0] != pair[1]]

    def learn(self, fresh: Mapping[Item, float]) -> dict[str, float]:
        # Comparisons never end, each says less: the network is fitted anew for every tenth of what there is.
        log, known = {}, self.annotator.known
        fitted = bool(fresh) and len(known) > 1.1 * self._fitted
        if fitted:
            log["loss"] = self.network.fit(list(known), np.array(list(known.values())))
            self._fitted = len(known)
        # Scores move with the network alone; how often captions come changes slowly.
        steps = self._seen.total()
        if self.network.fits and (fitted or steps > 1.1 * self._measured):
            self._rescale()
            self._measured = steps
        return log

    def _rescale(self) -> None:
        score = self.network.scores([(text,) for text in self._seen])
        times = np.array(list(self._seen.values()), dtype=np.float64)
        share = times / times.sum()
        mean = float(share @ score)
        order = np.argsort(score, kind="stable")
        place = int(np.searchsorted(np.cumsum(share[order]), self.quantile - 1e-12))
        least = float(score[order[place]]) if self.quantile > 0 else -np.inf
        self._scale = (mean, max(float(share @ (score - mean) ** 2) ** 0.5, 1e-8), least)

    def learned(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "captions": packed([tuple(self._seen)]),
            "times": np.array(list(self._seen.values()), dtype=np.int64),
            "draws": self._draws,
            "measured": self._measured,
            "fitted": self._fitted,
            "scale": np.array(self._scale),
        }

    def take_over(self, state: Mapping[str, Any]) -> None:
        check_keys(state, ("network", "captions", "times", "draws", "measured", "fitted", "scale"), where="ONIRanking")
        mean, deviation, least = (float(x) for x in state["scale"])
        captions, times = unpacked(state["captions"])[0], np.asarray(state["times"]).tolist()
        if len(captions) != len(times):
            raise BadCheckpoint("captions without counts", where="ONIRanking", expected="one count for each")
        self.network.load_state_dict(state["network"])
        self._seen = Counter(dict(zip(captions, times, strict=True)))
        self._draws, self._measured, self._fitted = (int(state[k]) for k in ("draws", "measured", "fitted"))
        self._scale = (mean, deviation, least)
