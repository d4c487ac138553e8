"""The invented country: always the same, without contradiction, and the text says what the facts say."""

import hashlib

import pytest

from rewardlab.core.errors import BadSeed
from rewardlab.envs.text.tools.world import COUNTS, MONTHS, TRADES, YEAR, world


@pytest.fixture(scope="module")
def country():
    return world()


def test_it_is_the_same_for_ever_and_another_for_another_seed(country):
    text = "\n".join(f"{d.title}\t{d.text}" for d in country.documents)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "df48415e570bbf7b"
    assert world(0).documents == country.documents and world(1).documents != country.documents
    with pytest.raises(BadSeed):
        world(-1)


@pytest.mark.parametrize("seed", range(5))
def test_articles_agree(seed):
    here = world(seed)
    titles = [d.title for d in here.documents]
    assert len(titles) == len(set(titles)) == sum(COUNTS.values()) == 300
    text = {d.title: d.text for d in here.documents}
    assert len(here.facts) > 1000 and all(f.value in text[f.subject] for f in here.facts)
    assert len({(f.subject, f.relation) for f in here.facts}) == len(here.facts)  # one value each
    assert all(t.isascii() and t.isprintable() and len(t) < 250 for t in text.values())
    for relation in ("lies on", "rises in", "born in", "member of", "taught by", "invented by", "held in", "lives in"):
        assert set(here.of(relation).values()) <= set(titles), relation
    born = {k: int(v) for k, v in here.of("year of birth").items()}
    for pupil, teacher in here.of("taught by").items():
        assert 20 <= born[pupil] - born[teacher] <= 60
    made = here.of("year of invention")
    for thing, maker in here.of("invented by").items():
        assert int(made[thing]) - born[maker] >= 20 and int(made[thing]) <= YEAR
    assert set(here.of("trade").values()) <= set(TRADES) and set(here.of("month").values()) <= set(MONTHS)
    formed = {k: int(v) for k, v in here.of("year of forming").items()}
    assert all(formed[guild] <= born[person] for person, guild in here.of("member of").items())


def test_questions_of_two_steps_have_answers(country):
    birthplace, river = country.of("born in"), country.of("lies on")
    answers = {thing: river[birthplace[maker]] for thing, maker in country.of("invented by").items()}
    assert len(answers) == COUNTS["invention"] and len(set(answers.values())) > 5
