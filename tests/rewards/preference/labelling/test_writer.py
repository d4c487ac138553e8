"""Group commit: results after the commit, in groups; a bad call alone fails, a bad commit fails all of its group."""

import asyncio

import pytest
from label_server import film, pairs

from rewardlab.core.errors import BadOption, BadStore
from rewardlab.rewards.preference.labelling import writer
from rewardlab.rewards.preference.labelling.store import LabelStore, NotHeld
from rewardlab.rewards.preference.labelling.writer import Writer, commit


@pytest.fixture
def store(tmp_path):
    with LabelStore(tmp_path, repeats=0) as made:
        made.add(pairs(40), frames=film(40))
        yield made


def answering(i):
    def call(store):
        query = store.next(f"rater {i}")
        store.answer(query.number, f"rater {i}", 1, key=f"key-{i:06}")
        return query.number

    return call


def run(store, body):
    async def whole():
        write = Writer(store)
        try:
            return await body(write)
        finally:
            await asyncio.to_thread(write.close)

    return asyncio.run(whole())


def test_many_answers_share_few_commits_and_are_there_when_acknowledged(store, monkeypatch):
    groups = []
    real = commit
    monkeypatch.setattr(writer, "commit", lambda s, calls, **k: (groups.append(len(calls)), real(s, calls, **k))[1])

    async def body(write):
        async def one(i):
            number = await write(answering(i))
            assert number in store.labelled()[0].info["query"]  # read by another connection: it is committed
            return number

        return await asyncio.gather(*(one(i) for i in range(40)))

    assert sorted(run(store, body)) == list(range(1, 41))
    assert sum(groups) == 40 and len(groups) < 20 and store.progress() == (40, 40)


def test_a_bad_call_fails_alone(store):
    async def body(write):
        calls = [
            answering(0),
            lambda s: s.next("a\nb"),
            lambda s: s.answer(9, "ann", 1, key="key-x-1234"),
            answering(1),
        ]
        return await asyncio.gather(*(write(c) for c in calls), return_exceptions=True)

    first, bad, foreign, last = run(store, body)
    assert {first, last} == {1, 2} and isinstance(bad, BadOption) and isinstance(foreign, NotHeld)
    assert store.progress() == (2, 40)


def test_a_disk_that_is_full_acknowledges_nothing_and_later_goes_on(store, monkeypatch):
    full = [True]

    class Small(LabelStore):
        def answer(self, *a, **k):
            super().answer(*a, **k)
            if full[0]:
                pages = self._database.read("PRAGMA page_count")[0][0]
                self._database.read(f"PRAGMA max_page_count={pages}")
                with self.together() as db:
                    db.execute("INSERT INTO about VALUES ('x', ?)", ("x" * 10**6,))

    monkeypatch.setattr(store, "again", lambda: Small(store.path, repeats=0))

    async def body(write):
        refused = await asyncio.gather(*(write(answering(i)) for i in range(5)), return_exceptions=True)
        assert all(isinstance(e, BadStore) and "are free" in str(e) for e in refused), refused
        assert store.progress() == (0, 40) and len(store.labelled()[0]) == 0
        full[0] = False
        await write(lambda s: s._database.read("PRAGMA max_page_count=1000000"))
        return await asyncio.gather(*(write(answering(i)) for i in range(5)))

    assert sorted(run(store, body)) == [1, 2, 3, 4, 5] and store.progress() == (5, 40)


def test_a_file_that_cannot_be_opened_is_told_to_each(tmp_path, store):
    lost = LabelStore(tmp_path / "lost")
    lost.path.unlink()

    async def body(write):
        return await asyncio.gather(write(lambda s: 1), write(lambda s: 2), return_exceptions=True)

    assert [type(e) for e in run(lost, body)] == [BadStore, BadStore]
    assert run(store, lambda write: write(lambda s: s.progress(), durable=False)) == (0, 40)
