"""Small worlds of texts for the tests of token policies, and small policies."""

import time

import gymnasium as gym
import numpy as np
import torch
from gymnasium import spaces

from rewardlab.agents.loops.tokens.decoding import law
from rewardlab.agents.loops.tokens.dialogues import Play, synchronous
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.loops.tokens.tiny import tiny_llama
from rewardlab.agents.loops.tokens.vocabulary import Characters
from rewardlab.agents.loops.warm_up import warm_up

CHATML = (
    "{% if messages[0]['role'] != 'system' %}<|s|>system\nBe kind.<|e|>\n{% endif %}"
    "{% for m in messages %}<|s|>{{ m['role'] }}\n{{ m['content'] | trim }}<|e|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|s|>assistant\n{% endif %}"
)
LETTERS = "abcdefgh 0123456789"


def policy(charset=LETTERS, *, context=256, width=32, seed=0, vocabulary=None, **options):
    """A token policy of a few thousand weights."""
    vocabulary = vocabulary or Characters(charset)
    model = tiny_llama(vocabulary, width=width, layers=2, heads=2, context=context, seed=seed)
    return TokenPolicy(model, vocabulary, **options)


class Echo(gym.Env):
    """Asks for a letter, pays how often it is said, and echoes; ends after a number of turns that the seed draws."""

    action_space = spaces.Text(8, min_length=0, charset=LETTERS)
    observation_space = spaces.Text(400, min_length=0, charset=LETTERS)

    def __init__(self, most=3, slow=0.0, words=""):
        self.most, self.slow, self.words = most, slow, words

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.letter = "abcdefgh"[self.np_random.integers(8)]
        self.left = int(self.np_random.integers(1, self.most + 1))
        text = f"say {self.letter}{self.words}"
        return text, {"reply": text}

    def step(self, action):
        assert self.action_space.contains(action)
        time.sleep(self.slow * float(self.np_random.random()))
        self.left -= 1
        hits = action.count(self.letter) / 8
        info = {"reply": f"{action} {self.left}", "success": hits > 0, "reward_parts": {"hits": hits, "talk": -0.01}}
        return "unused", hits - 0.01, self.left == 0, False, info


class Word(gym.Env):
    """One turn: pays 1 for the word b, else 0; the observation is the message."""

    action_space = spaces.Text(1, min_length=0, charset="abcd")
    observation_space = spaces.Text(1, charset="?")

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return "?", {}

    def step(self, action):
        return "?", float(action == "b"), True, False, {"success": action == "b"}


class Ask(gym.Env):
    """A hidden letter, a or b: q asks for it and costs 0.1, naming it pays 1, whatever else is said nothing.

    Asking first is worth 0.9, a guess 0.5.
    """

    action_space = spaces.Text(1, min_length=0, charset="?abq")
    observation_space = spaces.Text(1, min_length=0, charset="?abq")

    def __init__(self, cost=0.1):
        self.cost = cost

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.letter, self.asked = "ab"[self.np_random.integers(2)], False
        return "?", {}

    def step(self, action):
        if action == "q" and not self.asked:
            self.asked = True
            return self.letter, -self.cost, False, False, {"reply": self.letter, "success": False}
        right = action == self.letter
        return "", float(right), True, False, {"reply": "", "success": right}


class AskValues:
    """V^π of every state of `Ask`, by enumeration of what a policy may say in at most two tokens a turn."""

    def __init__(self, p, cost=0.1):
        self.p, self.cost, self.known = p, cost, {}

    @torch.no_grad()
    def chances(self, ids):
        """What comes next."""
        if tuple(ids) not in self.known:
            logits = self.p.model(input_ids=torch.tensor([ids])).logits[:, -1]
            self.known[tuple(ids)] = law(logits, 1.0, self.p._banned)[0].exp().tolist()
        return self.known[tuple(ids)]

    def __call__(self, ids, said=(), letter=None):
        """The expected pay after `ids`, of which `said` is of the running turn; the letter if it was told."""
        v = self.p.vocabulary
        if len(said) == 2 or (said and said[-1] in v.ends):
            word = v.decode(said)[:1]
            if word == "q" and letter is None:
                heard = v.closing(said)
                after = [[*ids, *heard, *v.message("partner", x), *v.begin()] for x in "ab"]
                return -self.cost + np.mean([self(a, (), x) for a, x in zip(after, "ab", strict=True)])
            return 0.5 * (word in ("a", "b")) if letter is None else float(word == letter)
        found = self.chances(ids)
        return sum(found[i] * self([*ids, i], (*said, i), letter) for i in range(v.size) if found[i] > 0)


def asker(seed=1):
    """A small policy for `Ask` that asks about every other time and says what it is told, and guesses else."""
    p = policy("?abq", context=32, width=16, seed=seed)
    asks = [[("user", "?"), ("agent", "q"), ("user", x), ("agent", x)] for x in "ab"]
    guesses = [[("user", "?"), ("agent", x)] for x in "ab"]
    shown = [[{"role": r, "content": c} for r, c in d] for d in (*asks, *guesses)]
    warm_up(p, shown, epochs=80, learning_rate=1e-2, batch_size=4, seed=seed)
    return p


@torch.no_grad()
def asks(p):
    """The chance that a policy begins with q."""
    v = p.vocabulary
    ids = [*v.message("partner", "?"), *v.begin()]
    return float(law(p.model(input_ids=torch.tensor([ids])).logits[0, -1:], 1.0, p._banned)[0].exp()[v.spoken("q")[0]])


def reinforce(group):
    """−Σ_t (r − mean r) log π, mean over a task's responses: the policy gradient with a group's mean as baseline."""
    advantage = group.reward - group.reward.mean(-1, keepdims=True)
    return -(advantage[..., None] * group.logp * group.mask).sum(-1).mean(-1)


def equal(one, other):
    """Are two trees of arrays the same, to the bit?"""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(np.array_equal(np.asarray(one), np.asarray(other)))


def played(**options):
    """Rollouts of three tasks, two copies each, at most two turns."""
    return synchronous(policy(**options), [Echo(9) for _ in range(6)], [3, 11, 12], Play(turns=2, max_tokens=5))


LORA = {"r": 2, "lora_alpha": 4, "target_modules": ["q_proj", "v_proj"]}


def moved(p):
    """Weights that no seed gives."""
    with torch.no_grad():
        for x in p.model.parameters():
            if x.requires_grad:
                x.add_(0.1 * torch.randn(x.shape, generator=torch.Generator().manual_seed(3)).to(x.dtype))
    return p


def tokenizer(template=None, *, eos="<|e|>", bos=None):
    """One token per character, and three special ones."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = [*map(chr, range(32, 127)), "\n"]
    made = Tokenizer(models.WordLevel({c: i for i, c in enumerate([*letters, "?!"])}, unk_token="?!"))
    made.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), behavior="isolated")
    made.decoder = decoders.Fuse()
    made.add_special_tokens(["<|s|>", "<|e|>", "<|b|>"])
    fast = PreTrainedTokenizerFast(tokenizer_object=made, eos_token=eos, bos_token=bos, unk_token="?!")
    fast.add_special_tokens({"additional_special_tokens": ["<|s|>"]})
    fast.chat_template = template
    return fast
