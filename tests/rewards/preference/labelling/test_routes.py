"""The routes over a real socket: a person labels, reloads, undoes; two people; clips; faults of ours."""

import io

import numpy as np
import pytest
from label_server import Client, film, pairs, served
from PIL import Image

from rewardlab.rewards.preference.labelling import server as module
from rewardlab.rewards.preference.labelling.server import app
from rewardlab.rewards.preference.labelling.store import LabelStore

CLIPS = film(12, height=5, width=7)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    path = tmp_path_factory.mktemp("labels")
    with LabelStore(path, repeats=0) as store:
        store.add(pairs(12), frames=CLIPS, task="Which <b>goes</b> further?", environment="Walk-v0")
    return path


@pytest.fixture(scope="module")
def port(place):
    with served(place, store={"repeats": 0}, frames_per_second=5) as (found, _):
        yield found


def test_a_person_labels_reloads_and_undoes(port, place):
    ann = Client(port, "")
    told = ann.get("/api/session")[1]
    assert told == {
        "task": "Which <b>goes</b> further?", "environment": "Walk-v0", "annotator": None, "csrf": ann.csrf,
        "frames_per_second": 5,
    }  # fmt: skip
    assert ann.get("/api/next")[0] == 409 and ann.label(1, 1)[0] == 409 and ann.post("/api/undo", key="u" * 8)[0] == 409
    assert ann.post("/api/annotator", name="  Änn   Müller ") == (200, {"annotator": "Änn Müller"})
    assert "HttpOnly" in ann.headers["set-cookie"] and "samesite=strict" in ann.headers["set-cookie"].lower()
    assert ann.get("/api/session")[1]["annotator"] == "Änn Müller"
    status, first = ann.get("/api/next")
    assert status == 200 and ann.headers["cache-control"] == "no-store"
    assert {k: first[k] for k in ("query", "repeat", "done", "total")} == {
        "query": 1,
        "repeat": False,
        "done": 0,
        "total": 12,
    }
    assert {k: first["first"][k] for k in ("frames", "width", "height")} == {"frames": 4, "width": 7, "height": 5}
    ahead = ann.get(f"/api/next?besides={first['query']}")[1]
    assert ahead["query"] == 2 and ann.get("/api/next")[1]["query"] == 1  # the page was loaded again
    assert ann.label(1, 1, "k" * 32, seconds=2.5) == (200, {"done": 1, "total": 12})
    assert ann.label(1, 1, "k" * 32) == (200, {"done": 1, "total": 12})  # the answer was lost, and sent again
    assert ann.label(1, 0)[0] == 409  # a second tab
    assert ann.label(2, None) == (200, {"done": 2, "total": 12})
    again = ann.post("/api/undo", key="u" * 32)
    assert again[0] == 200 and again[1]["query"] == 2 and again[1]["done"] == 1
    assert ann.post("/api/undo", key="u" * 32) == again
    assert ann.label(2, 0.5) == (200, {"done": 2, "total": 12})
    told = ann.get("/api/statistics")[1]["annotators"]["Änn Müller"]
    assert told == {"labels": 2, "skips": 0, "repeats": 0, "agreement": None, "median_seconds": 2.5}
    with LabelStore(place, create=False) as store:
        batch, _ = store.labelled()
        assert list(zip(batch.info["query"], batch.info["label"], strict=True)) == [(1, 1.0), (2, 0.5)]


def test_two_people_get_different_queries_until_none_is_left(port):
    people = [Client(port, name) for name in ("bob", "cat")]
    seen = []
    while any((asked := [p.get("/api/next") for p in people])[i][0] == 200 for i in (0, 1)):
        for person, (status, query) in zip(people, asked, strict=True):
            if status == 200:
                seen.append(query["query"])
                assert person.label(query["query"], 1)[0] == 200
    assert sorted(seen) == list(range(3, 13)) and asked == [(204, b"")] * 2
    assert people[0].post("/api/undo", key="undo-of-bob")[0] == 200
    assert people[0].label(people[0].get("/api/next")[1]["query"], 0)[0] == 200
    assert Client(port, "dan").post("/api/undo", key="undo-of-dan") == (204, b"")


def test_clips_are_the_recorded_pixels_and_stay_in_the_cache(port, place):
    client = Client(port, "eve")
    with LabelStore(place, create=False) as store:
        rows = store._database.read("SELECT number, tag, columns FROM clip WHERE number <= 2 ORDER BY number")
    for side, (number, tag, columns) in enumerate(rows):
        status, data = client.get(f"/api/clip/{number}-{tag}")
        assert status == 200 and client.headers["content-type"] == "image/webp"
        assert "immutable" in client.headers["cache-control"]
        sheet = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        for i in range(4):
            x, y = i % columns * 7, i // columns * 5
            assert (sheet[y : y + 5, x : x + 7] == CLIPS[0, side, i]).all()
    assert client.get("/api/clip/1-000000000000")[0] == 404


def test_a_fault_of_ours_is_told_without_a_traceback(tmp_path, monkeypatch, caplog):
    import asyncio

    from rewardlab.core.errors import BadStore

    with LabelStore(tmp_path) as store:
        store.add(pairs(1), frames=film(1))
        served_app = app(store)
        faults = {
            "/api/statistics": (ZeroDivisionError("secret words"), 500),
            "/api/session": (BadStore("disk words"), 503),
        }
        monkeypatch.setattr(
            module.LabelStore, "statistics", lambda self: (_ for _ in ()).throw(faults["/api/statistics"][0])
        )
        monkeypatch.setattr(module.LabelStore, "latest", lambda self: (_ for _ in ()).throw(faults["/api/session"][0]))

        async def ask(path):
            sent = []

            async def send(message):
                sent.append(message)

            async def receive():
                return {"type": "http.request", "body": b"", "more_body": False}

            scope = {
                "type": "http", "http_version": "1.1", "method": "GET", "path": path, "raw_path": path.encode(),
                "query_string": b"", "root_path": "", "scheme": "http", "headers": [(b"host", b"localhost")],
            }  # fmt: skip
            await served_app(scope, receive, send)
            return sent[0]["status"], sent[1]["body"]

        for path, (_, status) in faults.items():
            found, body = asyncio.run(ask(path))
            assert found == status and b"words" not in body and b"Trace" not in body
        assert "secret words" in caplog.text and "disk words" in caplog.text
