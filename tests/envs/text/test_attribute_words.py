"""The words of attribute texts: no word is of two classes, and every set can be a lexicon."""

from rewardlab.envs.text import attribute_words
from rewardlab.envs.text.attributes import Lexicon


def test_the_classes_share_no_word():
    lines = {name: line for name, line in vars(attribute_words).items() if name.isupper()}
    lexicon = Lexicon.of(lines)
    assert {len(c) for c in lexicon.classes} == {1} and len(lines) >= 7
    assert len(lexicon.words) == sum(len(line.split()) for line in lines.values())
