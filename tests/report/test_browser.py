#!/usr/bin/env python3
"""Opens what `toksync report` writes in headless Chromium, and uses it as people do: with mouse, keyboard and screen
reader, on wide and narrow windows, with 5,000 creators, and with data that tries to become markup.

  tests/report/test_browser.py FOLDER                      FOLDER holds toksync and toksta-sandbox
  tests/report/test_browser.py FOLDER --screenshots HERE   also leaves pictures for a person to look at

Every expectation is asked of the database, not of the page. Exit code 1 when one is not met.
"""

import argparse
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from browser import Browser

KEY = "tk_test_" + 48 * "0"
PATIENCE = 120
CREATORS = 5000
# Milliseconds for a change of order or filters, with the layout and the plots after it. It takes a tenth of this.
STUTTER = 400

PIPELINE = """
version = 1
name = "nightly-b2b"
[keyword_sets.b2b-marketing]
keywords = ["B2B SaaS", "demand generation", "marketing analytics", "growth", "ABM"]
audience = ["VP Marketing", "CMO", "Head of Growth"]
[keyword_sets.developer-tools]
keywords = ["developer tools", "API platforms", "DevEx", "open source", "platform engineering"]
audience = ["CTO", "VP Engineering", "Staff Engineer"]
[keyword_sets.developer-tools.search]
max_creators = 1000
[search]
max_creators = 4000
"""
ANALYSES = """
[enrich]
[enrich.select]
top = 100
[content_match]
evidence_posts = 3
[content_match.select]
top = 60
[audience_match]
[audience_match.select]
top = 20
order_by = "content_score"
[thought_leaders]
count = 5
max_candidates_to_analyze = 20
min_followers = 10000
"""
NOBODY = PIPELINE.replace("nightly-b2b", "too-narrow") + "[search.filters]\nmin_followers = 2000000000\n"

HOSTILE = [
    "</script><script>window.injected = 1</script>",
    "<img src=x onerror='window.injected = 2'>",
    "\"'><svg onload=window.injected=3>",
    "<!--<script>",
    "]]>{{script}}{{data}}{{policy}}",
    "line\u2028and\u2029paragraph",
    "\u202eright to left\x07\x1b[31m\ufeff",
    "<style>*{display:none}</style><base href=https://evil.example/>",
    "${window.injected = 4}`",
]
HOSTILE_ADDRESSES = [
    "javascript:window.injected = 5", "JaVaScRiPt:alert(6)", " java\nscript:alert(7)", "data:text/html,<script>alert(8)</script>",
    "//evil.example/", "vbscript:x", "https:evil", "file:///etc/passwd", "https://good.example/?a=\"><script>window.injected=9</script>",
    "blob:https://x/1",
]


def cycled(texts):
    """An SQL expression that gives each row, by its rowid, one of these texts."""
    whens = " ".join(f"WHEN {number} THEN ?" for number in range(len(texts)))
    return f"CASE rowid % {len(texts)} {whens} END"


def make_hostile(path):
    """Every text that came from the API, in the tables where it would stand had the API sent it."""
    addresses = {"creators": ["profile_url"], "content_match_post_rows": ["post_url"]}
    texts = {
        "creators": ["name", "handle", "location", "bio"],
        "content_match_post_rows": ["title", "posted_date", "content_type", "match_reason", "keyword_matches"],
        "content_match_rows": ["content_fit_label"],
        "audience_match_rows": ["audience_summary"],
        "thought_leader_rows": ["reasoning"],
        "job_rows": ["error_code", "error_message"],
        "run_rows": ["error"],
        "stage_rows": ["error"],
    }
    with contextlib.closing(sqlite3.connect(path)) as database:
        for values, columns_of in ((HOSTILE, texts), (HOSTILE_ADDRESSES, addresses)):
            for table, columns in columns_of.items():
                for column in columns:
                    database.execute(f"UPDATE {table} SET {column} = {cycled(values)}", values)
        # These have no rowid.
        for table, columns in (("audience_engager_rows", ("name", "job_title", "company", "linkedin_url")),
                               ("audience_company_rows", ("name",)), ("audience_job_title_rows", ("title",))):
            for column in columns:
                values = HOSTILE_ADDRESSES if column.endswith("_url") else HOSTILE
                sql = cycled(values).replace("rowid", "position")
                database.execute(f"UPDATE {table} SET {column} = {sql}", values)
        database.execute("DELETE FROM creator_tag_rows")
        database.execute("INSERT INTO creator_tag_rows SELECT creator_key, 'content_category', name FROM creators"
                         " WHERE name IS NOT NULL")
        database.commit()


def let_weeks_pass(path):
    """Followers as they were counted in the weeks before, so that there is growth to show."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        for week in range(1, 9):
            database.execute(
                "INSERT INTO creator_metric_rows (creator_key, observed_at, run_key, followers_count)"
                " SELECT creator_key, strftime('%Y-%m-%dT%H:%M:%SZ', last_seen_at, ?),"
                " (SELECT max(run_key) FROM run_rows), CAST(followers_count / (1 + ? * (creator_key * 7919 % 13 - 4)) AS INTEGER)"
                " FROM creators WHERE followers_count > 0", (f"-{7 * week} days", 0.003 * week))
        database.commit()


def forget_runs(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for name in tables:
            database.execute(f"DELETE FROM {name}")
        database.commit()


class Scene:
    """Databases as the real program makes them against the sandbox, and reports of them."""

    def __init__(self, folder, binaries):
        self.folder = folder
        self.binaries = binaries
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("TOKSYNC_", "TOKSTA_"))} | {"TOKSTA_API_KEY": KEY}

    def toksync(self, *arguments, codes=(0,)):
        done = subprocess.run([self.binaries / "toksync", *arguments], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, check=False, timeout=PATIENCE)
        if done.returncode not in codes:
            raise AssertionError(f"toksync {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")

    def run_pipelines(self):
        sandbox = subprocess.Popen(
            [self.binaries / "toksta-sandbox", "--port", "0", "--time-scale", "200", "--job-latency", "5",
             "--rate-limit", "100000", "--credits", "1000000", "--creators", "12000"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            address = sandbox.stdout.readline().split()[-1]
            for name, text in (("full", PIPELINE + ANALYSES), ("searched", PIPELINE), ("nobody", NOBODY)):
                (self.folder / f"{name}.toml").write_text(text, encoding="utf-8")
                self.toksync("run", f"{name}.toml", "--base-url", address, "--db", f"{name}.db", "--quiet", codes=(0, 3))
        finally:
            sandbox.kill()
            sandbox.communicate()
        let_weeks_pass(self.folder / "full.db")
        for name, change in (("hostile", make_hostile), ("no-runs", forget_runs)):
            shutil.copy(self.folder / "full.db", self.folder / f"{name}.db")
            change(self.folder / f"{name}.db")

    def report(self, name):
        path = self.folder / f"{name}.html"
        if not path.exists():
            self.toksync("report", "--db", f"{name}.db", "--output", path.name)
        return path

    def ask(self, sql, name="full"):
        with contextlib.closing(sqlite3.connect(self.folder / f"{name}.db")) as database:
            return database.execute(sql).fetchall()

    def number(self, sql, name="full"):
        return self.ask(sql, name)[0][0]


def expect(what, found, wanted=True):
    if found != wanted:
        raise AssertionError(f"{what}: {found!r}, not {wanted!r}")


def expect_clean(page, path):
    expect("complaints of the browser", page.complaints, [])
    expect("addresses asked for", page.addresses, [path.resolve().as_uri()])


TEXT = "document.querySelector({!r}).textContent"
FOCUSED = "document.activeElement.{}"
NAMES = "[...document.querySelectorAll('#creators-body button')].map((button) => button.textContent)"
IN_FIRST_ROW = "document.querySelector('#creators-body tr :nth-child({})').textContent"


def whole(number):
    return f"{number:,}"


def test_loads_everywhere(browser, scene, screenshots):
    path = scene.report("full")
    for name, width, height, scheme in (("wide-light", 1280, 1600, "light"), ("wide-dark", 1280, 1600, "dark"),
                                        ("narrow-light", 375, 1600, "light"), ("narrow-dark", 375, 1600, "dark")):
        page = browser.open(path, width, height, scheme)
        expect_clean(page, path)
        expect(f"{name}: as wide as the window", page.value("document.documentElement.scrollWidth <= innerWidth"))
        expect(f"{name}: plots", page.value("document.querySelectorAll('figure canvas').length"), 4)
        is_dark = page.value("matchMedia('(prefers-color-scheme: dark)').matches && "
                             "getComputedStyle(document.body).backgroundColor !== 'rgb(255, 255, 255)'")
        expect(f"{name}: dark", is_dark, scheme == "dark")
        if screenshots:
            page.screenshot(screenshots / f"{name}.png")


def test_tells_what_the_run_did(browser, scene, _):
    page = browser.open(scene.report("full"))
    run_id, charged, found = scene.ask("SELECT run_id, credits_charged, creators_found FROM run_summary")[0]
    figures = page.value("Object.fromEntries([...document.querySelectorAll('#run-figures > div')].map((one) =>"
                         " [one.querySelector('dt').textContent, one.querySelector('.value').textContent]))")
    expect("credits", figures["Credits charged"], whole(charged))
    expect("creators", figures["Creators found"], whole(found))
    expect("run", run_id in page.value(TEXT.format("#run-outcome")))
    stages = page.value("[...document.querySelectorAll('#run-tables details:first-child tbody tr')].map((row) =>"
                        " [...row.cells].map((cell) => cell.textContent))")
    expect("stages", len(stages), scene.number("SELECT count(*) FROM stages"))
    expect("their credits", sum(int(row[6].replace(",", "")) for row in stages), charged)
    plotted = page.value("document.querySelector('#plot-credits tbody tr td:last-child').textContent")
    expect("credits of the day", plotted, whole(charged))


def test_sorts(browser, scene, _):
    page = browser.open(scene.report("full"))
    best = "SELECT coalesce(name, handle) FROM shortlist ORDER BY {} LIMIT 50"
    of_both = "content_score IS NULL OR audience_score IS NULL, content_score + audience_score DESC, rank"
    fittest = [name for (name,) in scene.ask(best.format(of_both))]
    expect("at first the fittest", len(set(page.value(NAMES)[:5]) & set(fittest[:10])), 5)
    fits = page.value("[...document.querySelectorAll('#creators-body .score:nth-child(3)')].map((cell) => Number(cell.textContent))")
    expect("in order", fits == sorted(fits, reverse=True) and fits[0] > fits[-1] > 0)
    for clicks, order, sql in ((1, "descending", "followers_count DESC NULLS LAST, rank"),
                               (2, "ascending", "followers_count NULLS LAST, rank")):
        page.click("[data-sort=followers_count]")
        wanted = [name for (name,) in scene.ask(best.format(sql))]
        expect(f"followers, {clicks} clicks", page.value(NAMES), wanted)
        sorts = page.value("[...document.querySelectorAll('#creators th[aria-sort]')].map((head) =>"
                           " [head.textContent.replace(/[▲▼]/, ''), head.getAttribute('aria-sort')])")
        expect("aria-sort", sorts, [["Followers", order]])
    page.click("[data-sort=audience_score]")
    page.click("[data-sort=audience_score]")
    score = page.value("[...document.querySelectorAll('#creators-body tr:first-child td')].map((cell) => cell.textContent)")[3]
    least = scene.number("SELECT min(audience_score) FROM shortlist")
    expect("unknown scores stand last in either order", float(score), float(least))


def test_filters(browser, scene, _):
    page = browser.open(scene.report("full"))
    total = scene.number("SELECT count(*) FROM shortlist")
    expect("creators", total, CREATORS)
    found = lambda: page.value(TEXT.format("#found"))
    expect("all", found(), f"{whole(total)} creators")
    page.value("(() => { const set = document.querySelector('#filter-set'); set.value = 'developer-tools';"
               " set.dispatchEvent(new Event('input', {bubbles: true})); })()")
    of_set = scene.number("SELECT count(*) FROM shortlist WHERE keyword_set = 'developer-tools'")
    expect("one keyword set", found(), f"{whole(of_set)} creators")
    page.type("#filter-followers-min", "20000")
    page.type("#filter-content", "70")
    wanted = scene.number("SELECT count(*) FROM shortlist WHERE keyword_set = 'developer-tools'"
                          " AND followers_count >= 20000 AND content_score >= 70")
    expect("bounds leave somebody", 0 < wanted < of_set)
    expect("bounds", found(), f"{whole(wanted)} of {whole(of_set)} creators")
    expect("the scores that are plotted", page.value(
        "[...document.querySelectorAll('#plot-scores tbody tr')].reduce((sum, row) => sum + Number(row.cells[1].textContent), 0)"),
        wanted)
    page.click("#filters button[type=reset]")
    expect("cleared, but for the keyword set", found(), f"{whole(of_set)} creators")
    name = page.value(NAMES)[0]
    page.type("#filter-text", name.upper())
    expect("found by name, in any case", all(other == name for other in page.value(NAMES)[:1]))
    page.type("#filter-text", "no creator has such a name")
    expect("nobody", [page.value("document.querySelector('#nobody').hidden"), page.value("document.querySelector('#creators').hidden")],
           [False, True])
    page.click("#nobody-clear")
    expect("and back", found(), f"{whole(of_set)} creators")
    expect("with the focus where one goes on", page.value(FOCUSED.format("id")), "filter-text")


def test_turns_pages(browser, scene, _):
    page = browser.open(scene.report("full"))
    first = page.value(NAMES)
    page.click("#page-next")
    expect("next page", page.value(TEXT.format("#page-text")), f"51 to 100 of {whole(CREATORS)}")
    expect("other creators", page.value(NAMES) != first)
    page.click("#page-last")
    expect("last page", page.value(TEXT.format("#page-text")), f"4,951 to 5,000 of {whole(CREATORS)}")
    expect("no page behind it", page.value("document.querySelector('#page-next').disabled"))


def test_details_by_keyboard(browser, scene, screenshots):
    page = browser.open(scene.report("full"), height=1600)
    page.press("Tab")
    expect("first stop", page.value(FOCUSED.format("className")), "skip")
    page.press("Enter")
    expect("the skip link goes to the shortlist", page.value(FOCUSED.format("id")), "shortlist")
    for _ in range(60):
        page.press("Tab")
        if page.value(FOCUSED.format("dataset.sort")) == "followers_count":
            break
    expect("headings can be reached", page.value(FOCUSED.format("dataset.sort")), "followers_count")
    expect("focus can be seen", page.value("getComputedStyle(document.activeElement).outlineStyle"), "solid")
    page.press("Enter")
    expect("sorted by key", page.value("document.querySelector('th[aria-sort]').textContent.includes('Followers')"))
    expect("focus stays", page.value(FOCUSED.format("dataset.sort")), "followers_count")
    page.click("[data-sort=audience_score]")
    for _ in range(10):
        page.press("Tab")
        if page.value(FOCUSED.format("dataset.entry")):
            break
    name = page.value(FOCUSED.format("textContent"))
    page.press("Enter")
    expect("open", page.value(FOCUSED.format("getAttribute('aria-expanded')")), "true")
    details = page.value("document.getElementById(document.activeElement.getAttribute('aria-controls')).textContent")
    creator, analysis = scene.ask(
        "SELECT c.creator_id, m.analysis_id FROM creators c JOIN shortlist s USING (creator_id)"
        " JOIN content_matches m USING (creator_id, keyword_set) WHERE s.audience_score ="
        " (SELECT max(audience_score) FROM shortlist) AND coalesce(c.name, c.handle) = "
        f"'{name.replace(chr(39), 2 * chr(39))}'")[0]
    expect("whose details they are", creator in details)
    for (title,) in scene.ask(f"SELECT title FROM content_match_posts WHERE analysis_id = '{analysis}'"):
        expect(f"post {title}", title in details)
    titles = scene.ask("SELECT t.title FROM audience_job_titles t JOIN audience_matches USING (analysis_id)"
                       f" WHERE creator_id = '{creator}'")
    expect("audience", len(titles) > 0 and all(title in details for (title,) in titles))
    if screenshots:
        page.screenshot(screenshots / "details.png")
    page.press(" ")
    expect("closed", page.value(FOCUSED.format("getAttribute('aria-expanded')")), "false")
    expect("no details left", page.value("document.querySelectorAll('tr.details').length"), 0)


def test_screen_reader(browser, scene, _):
    page = browser.open(scene.report("full"))
    page.click("#creators-body button")
    nodes = page.accessible()
    need_names = {"button", "textbox", "searchbox", "spinbutton", "combobox", "table", "image", "img", "region", "link",
                  "search", "navigation", "columnheader"}
    nameless = sorted({role for role, name in nodes if role in need_names and not name.strip()})
    expect("without a name", nameless, [])
    roles = {role for role, _ in nodes}
    for role in ("table", "columnheader", "rowheader", "search", "navigation", "main", "status"):
        expect(f"a {role} is there", role in roles)
    plots = [name for role, name in nodes if role in ("image", "img")]
    expect("plots say what they show", len(plots) == 4 and all(any(c.isdigit() for c in name) for name in plots))
    levels = page.value("[...document.querySelectorAll('h1, h2, h3')].filter((one) => one.offsetParent).map((one) => Number(one.tagName[1]))")
    expect("headings skip no level", levels[0] == 1 and all(b - a <= 1 for a, b in zip(levels, levels[1:])))
    expect("ids are unique", page.value("(() => { const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);"
                                        " return ids.length === new Set(ids).size; })()"))


def test_speed(browser, scene, _):
    """The least of several times, as a busy machine only adds to it."""
    page = browser.open(scene.report("full"))
    measure = ("(async () => { const times = []; for (let i = 0; i < 6; i++) { const begin = performance.now(); %s;"
               " document.querySelector('#creators').getBoundingClientRect();"
               " await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));"
               " times.push(performance.now() - begin); } return Math.min(...times); })()")
    changes = {
        "order": "document.querySelectorAll('#creators-head button')[i % 2 ? 0 : 6].click()",
        "filter": "{ const at = document.querySelector('#filter-text'); at.value = 'aeiouy'[i];"
                  " at.dispatchEvent(new Event('input', {bubbles: true})); }",
        "page": "document.querySelector('#page-next').click()",
    }
    for name, change in changes.items():
        took = page.value(measure % change)
        print(f"  {name} of {whole(CREATORS)} creators: {took:.0f} ms")
        expect(f"{name} without stutter ({took:.0f} ms)", took < STUTTER)
    expect("only a page of rows", page.value("document.querySelectorAll('#creators-body tr').length <= 50"))


def injected(page):
    """What of the data became markup, as far as it can be seen."""
    return page.value(
        "({ran: window.injected ?? null, scripts: document.scripts.length,"
        " foreign: document.querySelectorAll('img, svg, iframe, base, object, embed, style ~ style, [onerror], [onload]').length,"
        " links: [...document.querySelectorAll('a[href]')].filter((one) => one.className !== 'skip'"
        "   && !(['http:', 'https:'].includes(new URL(one.href).protocol) && one.rel.split(' ').includes('noopener')"
        "        && !one.href.includes('evil.example')))"
        "   .map((one) => one.href)})")


HARMLESS = {"ran": None, "scripts": 3, "foreign": 0, "links": []}


def test_nothing_is_injected(browser, scene, _):
    path = scene.report("hostile")
    page = browser.open(path, height=3000)
    expect("creators are there", page.value(TEXT.format("#found")), f"{whole(CREATORS)} creators")
    # Opens a page of details, and every other one.
    page.value("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    for _ in range(20):
        page.value("document.querySelector('#creators-body button[aria-expanded=false]').click()")
    page.frame()
    shown = page.value("document.body.innerText")
    for text in ("window.injected = 1", "onerror='window.injected = 2'", "{{data}}", "JaVaScRiPt:alert(6)"):
        expect(f"shown as text: {text}", text in shown)
    expect("harmless links stay", page.value("document.querySelectorAll('a[href^=\"https://good.example\"]').length > 0"))
    expect("injected", injected(page), HARMLESS)
    expect_clean(page, path)


def test_injection_would_be_noticed(browser, scene, _):
    """The same page with the escapes taken out of its data has to fail what it passes above."""
    path = scene.folder / "unescaped.html"
    path.write_text(scene.report("hostile").read_text(encoding="utf-8").replace("\\u003c", "<").replace("\\u003e", ">"),
                    encoding="utf-8")
    page = browser.open(path)
    expect("markup is noticed", injected(page) != HARMLESS)
    expect("and complained of", len(page.complaints) > 0)
    expect("but the policy lets no script run", page.value("window.injected ?? null"), None)


def test_empty_states(browser, scene, screenshots):
    for name, title, text in (("no-runs", "Nothing has been run yet", "toksync run"),
                              ("nobody", "No shortlist yet", "found nobody")):
        path = scene.report(name)
        page = browser.open(path)
        expect_clean(page, path)
        expect(name, page.value(TEXT.format("#empty-title")), title)
        expect(f"{name}: explained", text in page.value(TEXT.format("#empty-text")))
        expect(f"{name}: no table", page.value("document.querySelector('#shortlist').hidden"))
        if screenshots:
            page.screenshot(screenshots / f"{name}.png")
    path = scene.report("searched")
    page = browser.open(path)
    expect_clean(page, path)
    notes = page.value("[...document.querySelectorAll('#plots .none')].map((one) => one.textContent)")
    expect("plots without scores say why", ["[content_match]" in notes[0], "there are none" in notes[1], len(notes)], [True, True, 3])
    expect("columns of which nothing is known are left out",
           page.value("document.querySelectorAll('[data-sort=content_score], [data-sort=growth_30_days]').length"), 0)
    if screenshots:
        page.screenshot(screenshots / "searched.png")


def test_prints(browser, scene, screenshots):
    path = scene.report("full")
    page = browser.open(path, scheme="dark")
    printed = scene.folder / "report.pdf"
    page.pdf(printed)
    expect("a PDF", printed.read_bytes()[:5], b"%PDF-")
    page.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    page.value("dispatchEvent(new Event('beforeprint'))")
    expect("on white", page.value("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
    expect("without what needs a screen", page.value("getComputedStyle(document.querySelector('#filters')).display"), "none")
    expect_clean(page, path)
    if screenshots:
        page.resize(760, 1500)
        page.frame()
        page.screenshot(screenshots / "print.png")


TESTS = [test for name, test in list(globals().items()) if name.startswith("test_")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", type=Path)
    parser.add_argument("--screenshots", type=Path)
    arguments = parser.parse_args()
    if arguments.screenshots:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    failed = []
    with tempfile.TemporaryDirectory(prefix="toksync-test-report-") as folder, Browser() as browser:
        scene = Scene(Path(folder), arguments.binaries.resolve())
        begin = time.monotonic()
        scene.run_pipelines()
        print(f"databases made: {time.monotonic() - begin:.1f} s", flush=True)
        for test in TESTS:
            begin = time.monotonic()
            try:
                test(browser, scene, arguments.screenshots)
            except Exception:
                traceback.print_exc()
                failed.append(test.__name__)
            print(f"{test.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
    print(f"{len(failed)} of {len(TESTS)} failed: {', '.join(failed)}" if failed else f"{len(TESTS)} tests passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
