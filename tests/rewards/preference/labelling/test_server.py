"""The application: the page that it serves, and the options that it refuses."""

import re

import pytest
from label_server import Client, film, pairs, served

from rewardlab.core.errors import BadOption
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


def test_the_page_comes_typed_and_is_revalidated(port):
    client = Client(port)
    status, page = client.get("/")
    assert status == 200 and client.headers["content-type"] == "text/html; charset=utf-8"
    tag = client.headers["etag"]
    assert client.get("/", **{"If-None-Match": tag}) == (304, b"") and client.headers["cache-control"] == "no-cache"
    text = page.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|style=|https?://(?!www\.w3\.org)", text)
    for path in re.findall(r'(?:src|href)="(?!data:)([^"#]+)"', text):
        status, _ = client.get("/" + path.removeprefix("./").removeprefix("/"))
        assert status == 200 and client.headers["content-type"].split(";")[0] in (
            "text/javascript",
            "text/css",
            "image/svg+xml",
        )
    assert client.get("/favicon.ico")[0] == 204


def test_options_are_checked_and_a_missing_extra_is_one_sentence(tmp_path, monkeypatch):
    with LabelStore(tmp_path) as store:
        for rate in (0, -1, float("nan"), 1000):
            with pytest.raises(BadOption, match="frames_per_second"):
                app(store, frames_per_second=rate)
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(BadOption, match="needs starlette") as e:
            app(store)
        assert "pip install 'rewardlab[ui]'" in str(e.value)
