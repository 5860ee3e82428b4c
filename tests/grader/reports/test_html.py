"""Tests of the page: nothing leaves it, hostile text stays text, and a real browser draws it in every layout."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from grader.reports.html import MOST_ROWS, render
from grader.verdict import Grade
from harness.findings import Column, Finding
from harness.outcomes import Failure
from harness.readings import Cause, Witness

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

HOSTILE = (
    "</pre></section><script>document.body.innerHTML='owned'</script><img src=https://evil.example/x onerror=alert(1)>"
    "<style>*{display:none}</style>{{ 7*7 }}<svg onload=alert(1)>\x1b[31m\x00&amp;'\"<!--"
)


class Parts(HTMLParser):
    """Collects tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def hostile_grade(failed_grade: Grade) -> Grade:
    """Give a grade with hostile text wherever there is room for it."""
    failure = Failure(Cause.VALUES, HOSTILE, HOSTILE, HOSTILE, (1, 2), HOSTILE, None, HOSTILE, HOSTILE)
    finding = Finding("found", HOSTILE, (Column("text"),), ((HOSTILE,),), Witness.GUEST, note=HOSTILE)
    exact = replace(failed_grade.checks[0], title=HOSTILE, failure=failure, findings=(finding,), hint=HOSTILE)
    return replace(failed_grade, title=HOSTILE, submission_files=(HOSTILE,), checks=(exact, *failed_grade.checks[1:]))


@pytest.fixture
def charted_grade(passed_grade: Grade) -> Grade:
    """Give a grade with a race and a series."""
    rows = tuple((0.1 * step, 100.0 + step, None if step == 3 else 200) for step in range(9))
    columns = (Column("time", "s"), Column("allocated", "MiB"), Column("reserved", "MiB"))
    series = Finding("memory", "memory over time", columns, rows, Witness.GUEST, is_series=True)
    exact, speedup, gpu = passed_grade.checks
    return replace(passed_grade, checks=(exact, replace(speedup, findings=(series,)), gpu))


def test_no_address_leaves_the_page(hostile_grade: Grade, charted_grade: Grade) -> None:
    for grade in (hostile_grade, charted_grade):
        page = render(grade)
        parts = Parts(page)
        style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)

        assert {"script", "link", "img", "iframe", "object", "a", "form", "base"}.isdisjoint(parts.tags)
        assert {"src", "href", "action", "xlink:href", "style"}.isdisjoint(name for name, _ in parts.attributes)
        assert [] == [name for name, _ in parts.attributes if name.startswith("on")]
        assert style is not None
        assert ["#hatch"] == re.findall(r"url\(([^)]*)\)", style[1])
        assert "@import" not in style[1]
        assert ("content", "default-src 'none'; style-src 'unsafe-inline'; img-src data:") in parts.attributes


def test_hostile_text_is_there_as_text(hostile_grade: Grade) -> None:
    parts = Parts(render(hostile_grade))

    assert 9 <= parts.text.count("<script>document.body.innerHTML='owned'</script>")
    assert "{{ 7*7 }}" in parts.text
    assert "\\x1b[31m\\x00" in parts.text
    assert 1 == parts.tags.count("style")


def test_every_chart_says_what_it_shows_and_has_a_table(charted_grade: Grade) -> None:
    parts = Parts(render(charted_grade))

    assert 3 == parts.tags.count("svg") == parts.tags.count("desc")
    assert 3 == parts.attributes.count(("role", "img"))
    assert "3 samples, median 2.4 x, 95 % interval 2.3 to 2.5, tier rows at 2, tier tiles at 4" in parts.text
    assert parts.tags.count("table") == parts.tags.count("caption")
    assert ("lang", "en") in parts.attributes


def test_curves_differ_by_dash_and_name(charted_grade: Grade) -> None:
    dashes = [value for name, value in Parts(render(charted_grade)).attributes if name == "stroke-dasharray"]

    assert ["", "6 3"] == dashes
    assert ">reserved [MiB]</text>" in render(charted_grade)


def test_a_long_finding_is_cut_and_says_so(passed_grade: Grade) -> None:
    rows = tuple((number,) for number in range(MOST_ROWS + 7))
    finding = Finding("many", "many rows", (Column("n", "count"),), rows, Witness.JUDGE)
    exact = replace(passed_grade.checks[0], findings=(finding,))
    page = render(replace(passed_grade, checks=(exact, *passed_grade.checks[1:])))

    assert "Cut here: 7 more rows are in the JSON report." in page
    assert f"<td>{MOST_ROWS - 1}</td>" in page
    assert f"<td>{MOST_ROWS}</td>" not in page


def browse(page: str, folder: Path, *switches: str) -> str:
    """Open a page in headless Chromium and give the document after its layout."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    words = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    ended = subprocess.run(
        [*words, *switches, "--dump-dom", file.as_uri()], check=True, capture_output=True, text=True, timeout=120
    )
    return ended.stdout


PROBE = """
<script>
const svgs = [...document.querySelectorAll("svg")].map(one => one.getBoundingClientRect());
const probe = {
  drawn: svgs.filter(box => box.width > 200 && box.height > 50).length,
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  page: getComputedStyle(document.body).backgroundColor,
  dot: document.querySelector("circle") && getComputedStyle(document.querySelector("circle")).fill,
};
document.documentElement.setAttribute("data-probe", JSON.stringify(probe).replaceAll('"', "'"));
</script></body>
"""


def probed(page: str, folder: Path, *switches: str) -> str:
    """Measure a copy of the page from within, which the page itself forbids."""
    open_page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page).replace("</body>", PROBE)
    found = re.search(r'data-probe="([^"]*)"', browse(open_page, folder, *switches))
    assert found is not None
    return found[1]


@needs_browser
def test_a_browser_shows_hostile_text_and_runs_none_of_it(hostile_grade: Grade, tmp_path: Path) -> None:
    parts = Parts(browse(render(hostile_grade), tmp_path))

    assert "where it ran" in parts.text.lower()
    assert 9 <= parts.text.count("document.body.innerHTML='owned'")
    assert "script" not in parts.tags
    assert "img" not in parts.tags


@needs_browser
@pytest.mark.parametrize("width", [500, 1200])
def test_a_browser_draws_the_charts_within_the_page(charted_grade: Grade, tmp_path: Path, width: int) -> None:
    found = probed(render(charted_grade), tmp_path, f"--window-size={width},900")

    assert "'drawn':3" in found
    assert "'overflow':0" in found
    assert "'page':'rgb(255, 255, 255)'" in found
    assert "'dot':'rgb(5, 80, 174)'" in found


@needs_browser
def test_the_dark_layout_is_dark(charted_grade: Grade, tmp_path: Path) -> None:
    found = probed(render(charted_grade), tmp_path, "--blink-settings=preferredColorScheme=0")

    assert "'page':'rgb(13, 17, 23)'" in found
    assert "'dot':'rgb(121, 192, 255)'" in found
