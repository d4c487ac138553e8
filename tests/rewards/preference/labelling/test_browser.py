"""The page in a real browser, with a real server: what a person presses is what a reward model learns from."""

import json
import shutil
import threading
import time
from urllib.parse import urlsplit

import numpy as np
import pytest
from labelled_by_people import worth

from rewardlab.rewards import BradleyTerry
from rewardlab.rewards.preference.labelling import LabelStore, app

KEYS = {1.0: "ArrowLeft", 0.0: "ArrowRight", 0.5: "ArrowDown", None: "s"}
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def browser():
    place = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    if place is None:
        pytest.skip("needs a browser: none of chromium, google-chrome is on the path")
    api = pytest.importorskip("playwright.sync_api", reason="needs a browser: playwright is not installed")
    with api.sync_playwright() as play:
        found = play.chromium.launch(executable_path=place, args=["--no-sandbox"])
        yield found
        found.close()


class Served:
    """A store behind a server in a thread; `stop` and `start` at the same port."""

    def __init__(self, path, pairs=24):
        self.path = path
        with LabelStore(path, repeats=0.0) as store:
            self.pairs, frames = worth(pairs)
            store.add(self.pairs, frames=frames, task="The dot is to go right.", environment="Dot-v0")
        self.port = 0
        self.start()

    def start(self):
        import uvicorn

        from rewardlab.rewards.preference.labelling.serving import listen

        listening = listen("127.0.0.1", self.port)
        self.port = listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self._store = LabelStore(self.path, repeats=0.0)
        made = app(self._store)
        self._server = uvicorn.Server(
            uvicorn.Config(made, log_level="error", lifespan="on", timeout_graceful_shutdown=2)
        )
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.01)

    def stop(self):
        self._server.should_exit = True
        self._thread.join(10)
        self._store.close()

    def said(self):
        """Query -> label, in the order of the answers; an answer counted twice would fail."""
        with LabelStore(self.path) as store:
            batch, _ = store.labelled()
        assert len(set(batch.info["query"].tolist())) == len(batch.info["query"])
        return dict(zip(batch.info["query"].tolist(), batch.info["label"].tolist(), strict=True))


@pytest.fixture
def served(tmp_path):
    found = Served(tmp_path / "labels.sqlite")
    yield found
    found.stop()


class Person:
    """A browser window, watched for errors, violations of the policy and requests to other hosts."""

    def __init__(self, context, url, *, name="Ada"):
        self.page = context.new_page()
        self.faults, self.url = [], url
        self.page.on("console", lambda m: self.faults.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.faults.append(str(e)))
        home = urlsplit(url).netloc
        self.page.on("request", lambda r: urlsplit(r.url).netloc == home or self.faults.append(f"asked {r.url}"))
        self.page.goto(url)
        if name:
            self.page.fill("#name", name)
            self.page.keyboard.press("Enter")
            self.ready()

    def until(self, true, *given):
        """Wait for an expression. Playwright's own way would need an eval, which the page's policy forbids."""
        deadline = time.monotonic() + 8
        while not self.page.evaluate(true, *given):
            assert time.monotonic() < deadline, (true, given, self.faults)
            self.page.wait_for_timeout(15)

    def ready(self):
        """Wait for a pair that takes answers; its id."""
        self.until("document.body.dataset.state === 'ready' && document.body.dataset.open === 'yes'")
        return int(self.page.evaluate("document.body.dataset.query"))

    def press(self, key):
        """Answer the pair by a key; its id."""
        query = self.ready()
        self.page.keyboard.press(key)
        return query

    def settled(self, done):
        """Wait until the server has acknowledged `done` labels."""
        self.until(
            "n => document.querySelector('#done').textContent.startsWith(n + ' of') && !Object.keys(localStorage)"
            ".some(k => k.startsWith('rewardlab.answer.'))",
            done,
        )


@pytest.fixture
def person(browser, served):
    contexts = []

    def made(*, name="Ada", context=None, **options):
        if context is None:
            context = browser.new_context(**{"viewport": DESK, **options})
            context.set_default_timeout(8000)
            contexts.append(context)
        return Person(context, served.url, name=name)

    yield made
    for context in contexts:
        context.close()


def test_a_model_learns_from_exactly_the_keys_that_were_pressed(served, person):
    ada = person()
    worths = served.pairs.reward.sum(-1)  # [P, 2]
    pressed = {}

    def judge(wrong=False):
        query = ada.ready()
        label = float(worths[query - 1, 0] > worths[query - 1, 1])
        label = 1 - label if wrong else label
        ada.page.keyboard.press(KEYS[label])
        pressed[query] = label
        return query

    for _ in range(9):
        judge()
    mistaken = judge(wrong=True)
    following = ada.ready()
    ada.page.keyboard.press("u")
    ada.until("q => document.body.dataset.query === q", str(mistaken))
    assert judge() == mistaken and ada.ready() == following
    ada.page.reload()
    while len(pressed) < 20:
        judge()
    ada.settled(20)
    assert served.said() == pressed and len(pressed) == 20
    with LabelStore(served.path) as store:
        batch, counter = store.labelled()
        assert counter == 22  # twenty, the mistaken one and its undoing: history stays
    model = BradleyTerry(seed=0)
    model.fit(batch, epochs=60)
    score = model(batch).sum(-1)  # [P, 2]
    right = ((score[:, 0] > score[:, 1]) == (batch.info["label"] > 0.5)).mean()
    assert right > 0.5 + 3 * np.sqrt(0.25 / 20)
    assert ada.faults == []


@pytest.mark.parametrize(("place", "pause"), [("#first", 0), (".answer.left", 150)])
def test_a_double_click_is_one_answer(served, person, place, pause):
    """A slow one too, whose second click finds the next pair there already."""
    ada = person()
    query = ada.ready()
    ada.page.click(place)
    ada.page.evaluate(
        """([place, pause]) => new Promise(done => setTimeout(() => {
            const all = {bubbles: true, detail: 2};
            done(document.querySelector(place).dispatchEvent(new MouseEvent('click', all)));
        }, pause))""",
        [place, pause],
    )
    ada.settled(1)
    assert served.said() == {query: 1.0} and ada.ready() != query
    assert ada.faults == []


def test_all_keys_and_buttons(served, person):
    ada = person()
    said = {}
    for key, label in {"ArrowLeft": 1, "1": 1, "ArrowRight": 0, "2": 0, "ArrowDown": 0.5, "0": 0.5, "e": 0.5}.items():
        said[ada.press(key)] = label
    for place, label in {"#second": 0, ".answer.right": 0, ".answer:not(.left,.right)": 0.5}.items():
        said[ada.ready()] = label
        ada.page.click(place)
    ada.press("s")
    ada.ready()
    ada.page.click("#skip")
    ada.ready()
    ada.page.click("#undo")
    ada.until("document.body.dataset.query === '12'")
    said[ada.press("1")] = 1
    ada.settled(12)
    assert served.said() == said
    ada.page.click("#open-statistics")
    ada.page.wait_for_selector("#rows tr.me")
    assert ada.page.inner_text("#rows tr.me").split("\t")[:3] == ["Ada", "11", "1"]
    ada.page.keyboard.press("Escape")
    ada.page.keyboard.press("?")
    assert ada.page.is_visible("#help")
    ada.page.keyboard.press("1")  # a key in a dialog is no answer
    ada.page.keyboard.press("Escape")
    ada.settled(12)
    assert ada.faults == []


def test_both_clips_show_the_same_frame_always(served, person):
    ada = person()
    ada.ready()
    pixels = """() => ['first', 'second'].map(side => {
        const c = document.querySelector(`#${side} canvas`), d = c.getContext('2d').getImageData(0, 15, 16, 1).data;
        return d.filter((_, i) => i % 4 === 0).filter(x => x === 0).length })"""
    seen = set()
    for _ in range(25):
        first, second = ada.page.evaluate(pixels)
        assert first == second  # a line of one more pixel a frame
        seen.add(first)
        ada.page.wait_for_timeout(40)
    assert len(seen) > 3
    ada.page.keyboard.press(" ")
    still = ada.page.evaluate(pixels)
    ada.page.wait_for_timeout(300)
    assert ada.page.evaluate(pixels) == still
    for key, step in ((".", 1), (".", 1), (",", -1)):
        ada.page.keyboard.press(key)
        still = [(x - 1 + step) % 6 + 1 for x in still]
        assert ada.page.evaluate(pixels) == still
    assert [f for f in ada.faults if "willReadFrequently" not in f] == []  # the test reads pixels


def test_two_windows_of_a_person_give_one_label_a_pair(served, person):
    one = person()
    two = person(name=None, context=one.page.context)
    query = one.ready()
    assert two.ready() == query  # what is theirs already
    one.press("ArrowLeft")
    one.settled(1)
    two.press("ArrowRight")
    two.until("q => document.body.dataset.query !== q", str(query))
    assert two.press("ArrowRight") != query
    two.settled(2)
    said = served.said()
    assert said[query] == 1.0 and len(said) == 2
    assert [f for f in two.faults if "409" not in f] == [] == one.faults


@pytest.mark.slow
def test_two_people_get_different_pairs(served, person):
    ada, bob = person(name="Ada"), person(name="Bob <b>&")
    assert ada.ready() != bob.ready()
    ada.press("1"), bob.press("2")
    bob.settled(2)
    ada.page.click("#open-statistics")
    ada.until("document.querySelectorAll('#rows tr').length === 2")
    assert "Bob <b>&" in ada.page.inner_text("#rows")


@pytest.mark.parametrize("arrives", [False, True])
def test_a_lost_connection_loses_and_doubles_nothing(served, person, arrives):
    """Either the request or only its answer is lost."""
    ada = person()
    tries = []

    def cut(route):
        tries.append(json.loads(route.request.post_data))
        if len(tries) > 2:
            return route.continue_()
        if arrives:
            route.fetch()
        return route.abort()

    ada.page.route("**/api/label", cut)
    query = ada.press("ArrowLeft")
    ada.page.wait_for_selector("#banner:not([hidden])")
    assert "One answer is kept here" in ada.page.inner_text("#banner")
    ada.page.click("#again")
    ada.page.wait_for_selector("#banner", state="hidden")
    ada.settled(1)
    assert len(tries) == 3 and len({t["key"] for t in tries}) == 1
    assert served.said() == {query: 1.0}


def test_answers_outlive_a_reload_and_a_restart_of_the_server(served, person):
    ada = person()
    served.stop()
    said = {ada.press("ArrowLeft"): 1.0}
    said[ada.press("ArrowRight")] = 0.0
    ada.until("document.querySelector('#trouble').textContent.includes('2 answers are kept')")
    served.start()
    ada.page.reload()
    ada.settled(2)
    assert served.said() == said
    assert ada.ready() not in said


@pytest.mark.slow
def test_trouble_of_the_server_is_told_and_passes(served, person):
    ada = person()
    sick = {"now": True}
    ada.page.route("**/api/statistics", lambda r: r.fulfill(status=503) if sick["now"] else r.continue_())
    ada.page.click("#open-statistics")
    ada.page.wait_for_selector("#banner:not([hidden])")
    assert "The server has trouble." in ada.page.inner_text("#banner")
    assert "No connection" in ada.page.inner_text("#rows")
    ada.page.keyboard.press("Escape")
    ada.page.wait_for_selector("#banner", state="hidden")  # it looks again by itself


def test_who_is_forgotten_is_asked_again_and_loses_no_answer(served, person):
    ada = person()
    ada.press("ArrowLeft")
    ada.settled(1)
    ada.page.context.clear_cookies(name="rewardlab_annotator")
    query = ada.press("ArrowRight")
    ada.page.wait_for_selector("#naming[open]")
    ada.page.fill("#name", "   ")
    with ada.page.expect_response("**/api/session"):  # asked who she is once more
        ada.page.evaluate("dispatchEvent(new Event('online'))")
    ada.page.wait_for_timeout(100)
    assert ada.page.input_value("#name") == "   "  # and what she types stays
    ada.page.keyboard.press("Enter")
    assert ada.page.is_visible("#naming")  # no name is no name
    ada.page.fill("#name", "Ada")
    ada.page.keyboard.press("Enter")
    ada.settled(2)
    assert served.said()[query] == 0.0 and len(served.said()) == 2


@pytest.mark.slow
def test_answers_to_one_file_are_not_sent_to_another_at_the_same_address(served, person, tmp_path):
    ada = person()
    served.stop()
    query = ada.press("ArrowLeft")
    ada.page.wait_for_selector("#banner:not([hidden])")
    own, served.path = served.path, tmp_path / "other.sqlite"
    with LabelStore(served.path, repeats=0.0) as other:
        pairs, frames = worth(3, seed=7)
        other.add(pairs, frames=frames)
        assert other.next("Ada").number == query  # hers there too: the number alone would fit
    served.start()
    ada.page.reload()
    ada.ready()
    ada.page.wait_for_timeout(300)
    assert served.said() == {}
    served.stop()
    served.path = own
    served.start()
    ada.page.reload()
    ada.settled(1)
    assert served.said() == {query: 1.0}


def test_dark_and_light_follow_the_system_and_the_switch(served, person):
    ada = person(color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number).reduce((a, b) => a + b) / 3"
    assert ada.page.evaluate(paper) < 60
    ada.page.click("#theme")
    assert ada.page.evaluate(paper) > 200
    ada.page.reload()
    ada.ready()
    assert ada.page.evaluate(paper) > 200
    assert person(name="Bob", color_scheme="light").page.evaluate(paper) > 200
    assert ada.faults == []


CONTRAST = """() => {
  const canvas = document.createElement('canvas'), pen = canvas.getContext('2d', {willReadFrequently: true});
  const over = layers => {
    pen.clearRect(0, 0, 1, 1);
    for (const c of layers) { pen.fillStyle = c; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = rgb => rgb.map(v => linear(v / 255)).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const found = {};
  for (const e of document.querySelectorAll('body *')) {
    const text = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!text || !e.checkVisibility({visibilityProperty: true}) || e.closest(':disabled')) continue;
    const layers = [];
    for (let p = e; p; p = p.parentElement) layers.unshift(getComputedStyle(p).backgroundColor);
    const ground = light(over(layers)), ink = light(over([...layers, getComputedStyle(e).color]));
    found[e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 20)] =
      (Math.max(ground, ink) + .05) / (Math.min(ground, ink) + .05);
  }
  return found; }"""


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read_and_all_controls_have_names(served, person, scheme):
    ada = person(color_scheme=scheme)
    ada.press("ArrowLeft")
    ada.ready()
    ada.page.wait_for_timeout(200)  # colours fade in
    contrasts = ada.page.evaluate(CONTRAST)
    ada.page.click("#open-help")
    ada.page.wait_for_timeout(200)
    contrasts |= ada.page.evaluate(CONTRAST)
    assert len(contrasts) > 40 and min(contrasts.values()) >= 4.5, min(contrasts.items(), key=lambda x: x[1])
    ada.page.keyboard.press("Escape")
    nameless = """[...document.querySelectorAll('main button, nav button, main input')].filter(b =>
        !(b.ariaLabel || b.innerText.trim())).length"""
    assert ada.page.evaluate(nameless) == 0


@pytest.mark.slow
def test_the_keyboard_alone_reaches_every_control(served, person):
    ada = person()
    ada.ready()
    reached = set()
    for _ in range(22):
        ada.page.keyboard.press("Tab")
        reached.add(ada.page.evaluate("document.activeElement.id || document.activeElement.dataset.label || ''"))
    assert {
        "who",
        "open-statistics",
        "theme",
        "open-help",
        "first",
        "second",
        "play",
        "seek",
        "skip",
        "undo",
    } <= reached
    ada.page.focus(".answer.right")
    query = ada.ready()
    ada.page.keyboard.press("Enter")
    ada.settled(1)
    assert served.said() == {query: 0.0}


@pytest.mark.slow
def test_a_held_key_answers_once(served, person):
    ada = person()
    query = ada.ready()
    ada.page.keyboard.down("ArrowLeft")
    for _ in range(8):
        ada.page.wait_for_timeout(60)
        ada.page.keyboard.down("ArrowLeft")
    ada.page.keyboard.up("ArrowLeft")
    ada.settled(1)
    assert served.said() == {query: 1.0}


@pytest.mark.slow
def test_a_space_after_a_click_pauses_and_does_not_answer(served, person):
    ada = person()
    query = ada.ready()
    ada.page.click(".answer.left")
    ada.ready()
    ada.page.keyboard.press(" ")
    assert ada.page.get_attribute("#play", "data-playing") == "false"
    ada.settled(1)
    assert served.said() == {query: 1.0}


def test_a_phone_labels_by_touch(served, person):
    ada = person(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    said = {}
    for place, label in (("#first", 1.0), ("#second", 0.0), (".answer.left", 1.0), (".answer.right", 0.0)):
        said[ada.ready()] = label
        ada.page.tap(place)
    ada.settled(4)
    assert served.said() == said
    root = "(r => [r.scrollWidth, r.scrollHeight])(document.documentElement)"
    buttons = "[...document.querySelectorAll('main button')].map(b => b.getBoundingClientRect())"
    wide, high = ada.page.evaluate(root)
    sizes = ada.page.evaluate(f"{buttons}.map(r => [r.height, r.bottom])")
    assert wide == 360 and high <= 740
    assert all(h >= 40 and bottom <= 740 for h, bottom in sizes)
    assert ada.faults == []


@pytest.mark.slow
def test_still_where_motion_is_unwanted(served, person):
    ada = person(reduced_motion="reduce")
    ada.ready()
    ada.page.wait_for_timeout(400)
    assert ada.page.get_attribute("#first", "data-frame") == "0"
    ada.page.keyboard.press(" ")
    ada.until("document.querySelector('#first').dataset.frame !== '0'")


@pytest.mark.slow
def test_when_all_is_labelled_the_page_says_so_and_finds_new_pairs(tmp_path, browser):
    few = Served(tmp_path / "few.sqlite", pairs=1)
    try:
        context = browser.new_context(viewport=DESK)
        ada = Person(context, few.url)
        ada.press("ArrowLeft")
        ada.page.wait_for_selector("body[data-state=empty]")
        assert "Thank you: you gave one answer." in ada.page.inner_text("#notice")
        with LabelStore(few.path) as store:
            pairs, frames = worth(1, seed=5)
            store.add(pairs, frames=frames)
        assert ada.ready() == 2
        assert ada.faults == []
        context.close()
    finally:
        few.stop()
