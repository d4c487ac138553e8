"""Vocabularies: nothing is lost, messages begin one another, foreign text is unknown."""

import json
import random

import pytest

from rewardlab.agents.loops.tokens.vocabulary import Characters, Vocabulary, Words, restored, side
from rewardlab.core.errors import BadCheckpoint, BadOption, UnknownName


def test_text_of_known_pieces_comes_back():
    letters, words = Characters(), Words(["the", "then", "key", "door", "is", ",", ".", "\n", " "])
    r = random.Random(0)
    for _ in range(200):
        text = "".join(r.choice(letters.pieces) for _ in range(r.randrange(40)))
        assert letters.decode(letters.encode(text)) == text and len(letters.encode(text)) == len(text)
        text = "".join(r.choice(words.pieces) for _ in range(r.randrange(12)))
        assert words.decode(words.encode(text)) == text
    assert words.decode(words.encode("the key, then  the\ndoor .")) == "the key, then  the\ndoor ."
    assert len(words.encode("the key is")) == 3  # a word and the space before it are one token


def test_the_longest_piece_is_taken_and_foreign_characters_are_unknown():
    words = Words(["a", "ab", "abc"])
    assert words.encode("abcab") == [words.encode("abc")[0], words.encode("ab")[0]]
    assert words.encode("aéb") == [words.encode("a")[0], words.unknown, words.unknown]
    assert words.decode(words.encode("aé")) == "a\N{REPLACEMENT CHARACTER}"
    assert Characters("x").encode("\ud800x\U0001f600") == [4, 5, 4] and words.encode("") == []


def test_a_message_says_who_speaks_and_ends():
    v = Characters("ab")
    assert v.message("partner", "ab") == v.message("user", "ab") == [v.partner, *v.encode("ab"), v.end]
    assert v.message("assistant", "b") == v.begin() + v.spoken("b") + v.closing(v.spoken("b"))
    assert v.closing(v.encode("b")) == [v.end] and v.closing(v.spoken("b")) == []
    assert v.decode(v.message("partner", "ab")) == "ab"
    assert isinstance(v, Vocabulary) and v.ends == {v.end} and not v.ends & v.banned


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Characters(""), "pieces"),
        (lambda: Characters("aa"), "twice"),
        (lambda: Words(["a", ""]), "pieces"),
        (lambda: Words(["a", 3]), "pieces"),
        (lambda: Words("abc"), "list"),
        (lambda: Characters("a").decode([6]), "id 6"),
        (lambda: Characters("a").encode(3), "text"),
        (lambda: Characters("a").spoken("ax"), "'x'"),
    ],
)
def test_mistakes_are_named(make, word):
    with pytest.raises(BadOption, match=word):
        make()


def test_roles_and_files():
    with pytest.raises(UnknownName, match="assistant"):
        Characters("a").message("asistant", "a")
    assert {side(r) for r in ("user", "tool", "partner")} == {"partner"}
    v = Words(["one", "two"])
    again = restored(json.loads(json.dumps(v.state_dict())))
    assert again.encode("one two") == v.encode("one two") and again.size == v.size
    with pytest.raises(BadCheckpoint, match="Morse"):
        restored({"kind": "Morse"})
