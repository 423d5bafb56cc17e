"""A real Chromium on a real page, which notes when it showed which version of a cell."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from playwright.async_api import Browser, Page, async_playwright

from backend.local.browser import find_chromium
from tests.bench.children import anywhere

# Chromium's own errands would knock at a closed network.
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
LIVE_MS = 30_000
# A mutation observer is called as soon as the task that applied the frame is done.
OBSERVE = """(id) => {
  window.applied = [];
  let last = document.getElementById(id).dataset.v;
  new MutationObserver(() => {
    const v = document.getElementById(id).dataset.v;
    if (v === last) return;
    last = v;
    applied.push([Number(v), performance.timeOrigin + performance.now()]);
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-v"] });
}"""
# The page's clock was set when Chromium began; the time of day may have been corrected since.
TAKE = "() => [applied.splice(0), Date.now() - (performance.timeOrigin + performance.now())]"
CLOCK_STEP_MS = 2.0


@dataclass(frozen=True)
class Window:
    """One open page."""

    page: Page

    async def waits_ms(self, commits: Sequence[tuple[str, int, int, int]]) -> list[float]:
        """For each commit (topic, version, monotonic ns, wall-clock ns) since the last call: until it was applied."""
        applied, off_ms = await self.page.evaluate(TAKE)
        correction_ms = off_ms if abs(off_ms) > CLOCK_STEP_MS else 0.0
        shown = iter(applied)
        version, at_ms, waits = 0, 0.0, []
        for _, wanted, _, on_day_ns in commits:
            while version < wanted:
                version, at_ms = next(shown, (wanted, 0.0))
            if at_ms:
                waits.append(at_ms + correction_ms - on_day_ns / 1e6)
        return waits


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """On every core: a visitor's machine is not ours."""
    with contextlib.ExitStack() as cores:
        cores.enter_context(anywhere())
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=str(find_chromium()), args=QUIET)
            cores.close()
            try:
                yield browser
            finally:
                await browser.close()


@contextlib.asynccontextmanager
async def window_on(url: str, element: str) -> AsyncIterator[Window]:
    """The page at `url`, live, observing the element with this id."""
    async with chromium() as browser:
        page = await browser.new_page()
        await page.goto(url)
        await page.wait_for_selector('[data-road="live"]', state="attached", timeout=LIVE_MS)
        await page.evaluate(OBSERVE, element)
        yield Window(page)
