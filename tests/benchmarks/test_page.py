"""The page: whole, escaped, and in need of nothing else."""

import base64
import html.parser
from pathlib import Path

import fake_jobs
import pytest
from fake_results import SEA, fill, two_methods

from rewardlab.benchmarks import report, results
from rewardlab.core.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return two_methods(tmp_path)


class Parser(html.parser.HTMLParser):
    """Collects tags, checks that they close, and keeps what points elsewhere."""

    VOID = ("meta", "img", "wbr", "line")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [v or "" for k, v in attrs if k in ("src", "href", "srcset", "data")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag


def test_the_page_is_whole_and_needs_nothing_else(folder: Path) -> None:
    path = report.write(folder)
    assert path == folder / "report.html"
    text = path.read_text(encoding="utf-8")
    p = Parser()
    p.feed(text)
    assert p.open == [] and not {"script", "link", "iframe"} & set(p.tags)
    assert all(link.startswith("data:image/svg+xml;base64,") for link in p.links) and len(p.links) == 5
    for link in p.links:
        svg = base64.b64decode(link.partition(",")[2]).decode()
        assert svg.startswith("<?xml") and "<script" not in svg and 'href="http' not in svg
    assert "url(" not in text and "@import" not in text
    assert "A task &lt;of&gt; tests." in text and "What &lt;b&gt;it&lt;/b&gt; does." in text  # escaped
    assert "rewardlab bench made" in text and "numpy 2" in text and "a machine" in text
    for name in ("curves", "runs", "averages", "profile", "curves-DeepSea", "curves-BernoulliBandit"):
        png = (folder / "figures" / f"{name}.png").read_bytes()
        assert png.startswith(b"\x89PNG") and len(png) > 4000


def test_the_same_runs_give_the_same_bytes(folder: Path) -> None:
    first = report.write(folder).read_bytes()
    assert report.write(folder).read_bytes() == first


def test_quarantined_and_unfinished_runs_are_told_of(tmp_path: Path) -> None:
    fill(tmp_path, {("none", SEA): [0.1, None, 0.3]})  # type: ignore[list-item]
    with Store(tmp_path / results.FILE) as s:
        s.add({"more": fake_jobs.make("none", seeds=9).spec(8)})
    text = report.table(tmp_path)
    assert "1 of 4 runs is not finished" in text and "one run failed three times" in text
    assert "(2 of 4)" in text  # beside the interval of the cell
    page = report.write(tmp_path).read_text(encoding="utf-8")
    assert "it broke &amp; burned" in page and "Runs that failed" in page
