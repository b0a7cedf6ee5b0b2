"""Looks at the page of `zcap report` in a browser without a screen.

usage: page.py CHROMIUM CHECK PAGE [FOLDER]
       counts: the page says what flows.ndjson and exchanges.ndjson of FOLDER say.
       hostile: nothing of what was captured became an element, a request or a change of direction.
       use: keyboard, pointer, links and zones.
       looks: light and dark, wide and narrow; with FOLDER screenshots are left there.
       speed: prints the milliseconds of loading and of the slowest of some keystrokes.

In every check a line on the console and a request for anything but the page are mistakes.
"""

import contextlib
import json
import statistics
import sys

from playwright.sync_api import sync_playwright

chromium, check, page_path = sys.argv[1:4]
folder = sys.argv[4] if len(sys.argv) > 4 else None
address = "file://" + page_path.replace("%", "%25").replace("?", "%3F").replace("#", "%23")


def rows(name):
    return [json.loads(line) for line in open(f"{folder}/{name}", encoding="utf-8")]


@contextlib.contextmanager
def opened(browser, **options):
    """The page, in a context of its own; at the end nothing may have been complained of or asked for."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    page = context.new_page()
    wrong = []
    page.on("console", lambda line: wrong.append(f"console: {line.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: request.url.split("#")[0] == address.split("#")[0] or wrong.append(f"request: {request.url}"))
    page.goto(address)
    page.wait_for_function("document.documentElement.dataset.ready === 'true'", timeout=120_000)
    yield page
    page.wait_for_timeout(100)
    assert not wrong, wrong
    context.close()


def data(page):
    return page.evaluate("JSON.parse(document.getElementById('data').textContent)")


def number(text):
    return 0 if text in ("-", "?") else int(text.replace(",", ""))


def cells(page, table):
    """The rows of a table as objects by its titles, after all of them are shown."""
    while page.locator(f"#{table} .pages button").count():
        page.locator(f"#{table} .pages button").click()
    return page.evaluate(
        """(table) => {
          const titles = [...document.querySelectorAll(`#${table} th`)].map((cell) => cell.textContent);
          return [...document.querySelectorAll(`#${table} tbody tr`)].map((row) => Object.fromEntries(
            [...row.cells].map((cell, place) => [titles[place], cell.textContent])));
        }""",
        table,
    )


def counts(browser):
    flows, exchanges = rows("flows.ndjson"), rows("exchanges.ndjson")
    with opened(browser) as page:
        shown = cells(page, "flows")
        assert len(shown) == len(flows), (len(shown), len(flows))
        assert page.locator("#found").text_content().startswith(f"{len(flows):,} of {len(flows):,} conversation")
        if len(flows) == 1:
            begin = flows[0]["start_time"].rstrip("Z").replace("T", " ")
            about = page.locator("#about").text_content()
            assert about.startswith(begin + " to "), (about, begin)
        for row, flow in zip(shown, flows):
            name = ("udp:" if flow["transport"] == "udp" else "") + str(flow["flow"])
            assert row["flow"] == name, (row, flow)
            assert number(row["sent"]) == flow["client_bytes"], (row, flow)
            assert number(row["received"]) == flow["server_bytes"], (row, flow)
            assert number(row["missing"]) == (flow["missing_bytes"] if flow["gaps"] else 0), (row, flow)
            assert row["records"] == f"{flow['client_records']:,}+{flow['server_records']:,}", (row, flow)
        # Captures of the same moment have conversations with the same identity.
        for identity in {flow["flow_id"] for flow in flows}:
            mine = [row for row, flow in zip(shown, flows) if flow["flow_id"] == identity]
            theirs = [told for told in exchanges if told["flow_id"] == identity]
            assert sum(number(row["exchanges"]) for row in mine) == len(theirs), (mine, len(theirs))
            assert sum(number(row["failed"]) for row in mine) == sum(told["failed"] for told in theirs), mine
        found = data(page)
        bytes_of_flows = sum(flow["client_bytes"] + flow["server_bytes"] for flow in flows)
        assert sum(map(sum, found["series"]["values"])) == bytes_of_flows
        assert found["totals"]["bytes"] == bytes_of_flows
        assert found["totals"]["exchanges"] == len(exchanges)
        operations = cells(page, "operations") if exchanges else []
        assert sum(number(row["exchanges"]) for row in operations) == len(exchanges)
        assert sum(number(row["failed"]) for row in operations) == sum(told["failed"] for told in exchanges)
        times = sorted((told["last_byte_ns"] for told in exchanges if told["last_byte_ns"] is not None and not told["waits"]), reverse=True)
        assert sum(found["latency"]["answered"]) == len(times)
        place = found["exchange_columns"].index("last_ns")
        assert [row[place] for row in found["slowest"]] == times[:200]
        for row in found["operations"]:
            percentiles(found, row, exchanges)
    print(f"{len(flows)} flows, {len(exchanges)} exchanges")


def percentiles(found, row, exchanges):
    """The percentiles of an operation are those of its exchanges (nearest rank)."""
    value = dict(zip(found["operation_columns"], row))
    protocol, operation, target = (found["strings"][value[name]] for name in ("protocol", "operation", "object"))
    mine = [
        told for told in exchanges
        if (told["protocol"], told["operation"] or "", plain(told)) == (protocol, operation, target)
    ]
    assert len(mine) == value["exchanges"], (value, operation, target, len(mine))
    times = sorted(told["last_byte_ns"] for told in mine if told["last_byte_ns"] is not None and not told["waits"])
    for percent, name in ((50, "p50_ns"), (95, "p95_ns"), (100, "max_ns")):
        wanted = times[max(0, -(-len(times) * percent // 100) - 1)] if times else -1
        assert value[name] == wanted, (name, value, wanted)


def plain(told):
    """What was asked of, with the host that a request of HTTP names and without a query."""
    text = told["object"] or ""
    if told["host"] and text.startswith("/"):
        text = told["host"] + text
    return text.split("?")[0] if told["host"] or told["protocol"] == "HTTP/1" else text


def hostile(browser):
    for scheme in ("light", "dark"):
        with opened(browser, color_scheme=scheme) as page:
            for link in page.locator("#flows tbody button").all()[:20]:
                link.click()
            for name in ("flows", "operations", "slowest", "certificates"):
                cells(page, name)
            strange = page.evaluate(
                """() => ({
                  elements: document.querySelectorAll('img, iframe, object, embed, link, base, form, audio, video, a').length,
                  scripts: document.scripts.length,
                  handlers: [...document.querySelectorAll('*')].filter((one) => [...one.attributes].some(
                    (attribute) => attribute.name.startsWith('on') || attribute.name === 'style')).length,
                  hacked: typeof window.hacked,
                  text: document.body.innerText + document.title,
                })"""
            )
            text = strange.pop("text")
            assert strange == {"elements": 0, "scripts": 2, "handlers": 0, "hacked": "undefined"}, strange
            bad = [hex(ord(one)) for one in text if one not in "\n\t" and acts(ord(one))]
            assert not bad, bad
            for wanted in ("<script>", 'onerror="hacked', "\\u202e", "\\u2028"):
                assert wanted in text, (wanted, text)
    print("inert")


def acts(code):
    """Control characters, and what changes the direction of text or is not seen."""
    return code < 0x20 or 0x7F <= code < 0xA0 or 0x200B <= code <= 0x200F or 0x2028 <= code <= 0x202E or 0x2060 <= code <= 0x2069


def use(browser):
    with opened(browser, timezone_id="Asia/Tokyo") as page:
        found = page.locator("#found")
        everything = found.text_content()
        count = int(everything.split()[0].replace(",", ""))
        # Words, with the keyboard alone.
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "search"
        job = page.locator("#flows tbody tr").first.locator("td").nth(3).text_content()
        page.keyboard.type(job.lower() + " -no-such-word")
        few = int(found.text_content().split()[0].replace(",", ""))
        assert 0 < few <= count, found.text_content()
        page.keyboard.type(" no-such-word")
        assert found.text_content().startswith("0 of"), found.text_content()
        assert "No conversation has these words" in page.locator("#flows").text_content()
        page.keyboard.press("Escape")
        assert found.text_content() == everything
        # From row to row, and into one.
        page.locator("#flows tbody button").first.focus()
        page.keyboard.press("ArrowDown")
        name = page.evaluate("document.activeElement.textContent")
        assert name == page.locator("#flows tbody button").nth(1).text_content()
        page.keyboard.press("Enter")
        assert f"Conversation {name}:" in page.locator("#h-detail").text_content()
        assert page.evaluate("document.activeElement.id") == "detail"
        assert page.url.endswith(f"#flow-{name}")
        assert f"--flow {name}" in page.locator("#commands").text_content()
        page.go_back()
        # Sorting by a title.
        title = page.locator("#flows th button", has_text="received")
        title.click()
        assert page.locator("#flows th[aria-sort=descending]").text_content() == "received"
        received = [number(row["received"]) for row in cells(page, "flows")]
        assert received == sorted(received, reverse=True)
        # A part of the time: with the keyboard, then with the pointer.
        page.locator("#series").focus()
        for key in ("ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"):
            page.keyboard.press(key)
        assert "Selected" in page.locator("#reading").text_content()
        assert "selected time" in found.text_content()
        page.keyboard.press("Escape")
        assert found.text_content().split(" bytes")[0] == everything.split(" bytes")[0]
        page.evaluate("window.scrollTo(0, 0)")
        page.locator("#series").scroll_into_view_if_needed()
        box = page.locator("#series").bounding_box()
        page.mouse.move(box["x"] + 70, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + 300, box["y"] + 80, steps=4)
        page.mouse.up()
        assert "selected time" in found.text_content()
        page.locator("#clear").click()
        assert "selected time" not in found.text_content()
        # From an exchange to its conversation.
        link = page.locator("#slowest tbody button").first
        name = link.text_content()
        link.click()
        assert f"Conversation {name}:" in page.locator("#h-detail").text_content()
        assert page.locator("#waterfall svg rect").count() > 0 and page.locator("#ladder svg path").count() > 2
        # A job of the legend is a word.
        legend = page.locator("#legend button").first
        legend.click()
        assert legend.get_attribute("aria-pressed") == "true"
        legend.click()
        assert found.text_content().startswith(f"{count:,} of")
        # The zone of the reader: nine hours ahead.
        cell = page.locator("#slowest tbody td").first
        before = cell.text_content()
        page.locator("#local").click()
        after = cell.text_content()
        assert "Asia/Tokyo" in page.locator("#about").text_content()
        assert (int(after.split()[-1][:2]) - int(before.split()[-1][:2])) % 24 == 9, (before, after)
    # Everything that can be pressed can be reached.
    with opened(browser) as page:
        names = set()
        for _ in range(30):
            page.keyboard.press("Tab")
            names.add(page.evaluate("document.activeElement.id"))
        assert {"utc", "local", "series", "search"} <= names, names
    print("usable")


CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([red, green, blue]) => [red, green, blue].map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }).reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = parse(getComputedStyle(one).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll('h1, h2, h3, h4, p, dt, dd, small, td, th, button, li, label, code, pre, summary, .chart text')) {
    if (!element.textContent.trim() || !element.getClientRects().length || element.disabled) continue;
    const style = getComputedStyle(element);
    const ink = parse(element instanceof SVGElement ? style.fill : style.color);
    const [one, other] = [light(ink), light(behind(element instanceof SVGElement ? element.closest('div') : element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < 4.5) poor.push(`${element.tagName} ${element.textContent.slice(0, 30)} ${contrast.toFixed(2)}`);
  }
  return poor;
}"""

# Texts of drawings that reach beyond them, and texts of a drawing that lie on one another.
CUT = """() => {
  const cut = [];
  for (const svg of document.querySelectorAll('.chart svg')) {
    const frame = svg.getBoundingClientRect();
    const boxes = [];
    for (const text of [...svg.querySelectorAll('text')].filter((one) => one.textContent)) {
      const box = text.getBoundingClientRect();
      const what = `${svg.parentElement.id}: ${text.textContent}`;
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 2 || box.bottom > frame.bottom + 2) cut.push(`cut ${what}`);
      for (const [other, name] of boxes) {
        if (box.left < other.right - 1 && other.left < box.right - 1 && box.top < other.bottom - 4 && other.top < box.bottom - 4) cut.push(`${name} under ${what}`);
      }
      boxes.push([box, text.textContent]);
      for (const bar of svg.parentElement.id === 'waterfall' ? svg.querySelectorAll('rect') : []) {
        const one = bar.getBoundingClientRect();
        if (box.left < one.right - 1 && one.left < box.right - 1 && box.top < one.bottom - 4 && one.top < box.bottom - 4) cut.push(`${what} over a bar`);
      }
    }
  }
  return cut;
}"""


def looks(browser):
    for scheme in ("light", "dark"):
        for width in (1280, 400):
            with opened(browser, color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
                for row in (0, 3, 6):
                    page.locator("#slowest tbody button").nth(row).click()
                    cut = page.evaluate(CUT)
                    assert not cut, (scheme, width, cut[:10])
                beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert beyond <= 0, (scheme, width, beyond)
                poor = page.evaluate(CONTRAST)
                assert not poor, (scheme, width, poor[:10])
                page.emulate_media(media="print", color_scheme=scheme)
                assert page.locator("#search").is_hidden()
                page.emulate_media(media="screen", color_scheme=scheme)
                if folder:
                    page.evaluate("window.scrollTo(0, 0)")
                    page.screenshot(path=f"{folder}/{width}-{scheme}.png", full_page=True)
    print("looked at")


def speed(browser):
    loads = []
    for _ in range(3):
        with opened(browser) as page:
            loads.append(page.evaluate("performance.now()"))
    with opened(browser) as page:
        page.wait_for_timeout(2000)
        page.locator("#search").focus()
        times = page.evaluate(
            """async () => {
              const field = document.getElementById('search');
              const times = [];
              for (const text of ['g', 'gp', 'gpm', 'gpm ', 'gpm 8', 'gpm 88', 'gpm 880', 'gpm 8803', 'gpm 8803 -', 'gpm 8803 -clear', '10.1.0', '']) {
                await new Promise(requestAnimationFrame);
                field.value = text;
                const begin = performance.now();
                field.dispatchEvent(new Event('input', { bubbles: true }));
                document.body.offsetHeight;
                times.push(performance.now() - begin);
              }
              return times;
            }"""
        )
    print(json.dumps({"load_ms": round(statistics.median(loads)), "keystroke_ms": round(statistics.median(times), 1), "slowest_keystroke_ms": round(max(times), 1)}))


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    {"counts": counts, "hostile": hostile, "use": use, "looks": looks, "speed": speed}[check](browser)
    browser.close()
