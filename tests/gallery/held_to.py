"""What every page is held to; each finding is a sentence."""

from collections.abc import Iterator
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext

#: What a page and all that it loads may weigh, bytes.
HEAVIEST = 200_000
#: The narrowest screen that has room for it.
NARROW = 360
#: The innermost elements that end beside the screen.
_BESIDE = """() => {
    if (document.documentElement.scrollWidth <= innerWidth) return "";
    const isBeside = (each) => each.getBoundingClientRect().right > innerWidth;
    const isInnermost = (each) => isBeside(each) && ![...each.children].some(isBeside);
    return [...document.querySelectorAll("body *")].filter(isInnermost)
        .map((each) => each.outerHTML.slice(0, 120)).slice(0, 3).join(" … ");
}"""
#: Words of drawings that end beside their figure.
_BESIDE_ITS_FIGURE = """() => [...document.querySelectorAll("main figure text")].filter((each) => {
    const [text, figure] = [each, each.closest("figure")].map((one) => one.getBoundingClientRect());
    return text.width && (text.left < figure.left - 1 || text.right > figure.right + 1);
}).map((each) => each.textContent.trim()).slice(0, 3).join(" … ")"""
#: Figures, and words of headings, that go on in a second line of their cell; a name may.
_BROKEN = """() => {
    const isBroken = (text, word) => {
        const range = document.createRange();
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        const tops = [...range.getClientRects()].filter((each) => each.width).map((each) => Math.round(each.top));
        return !word[0].includes("-") && new Set(tops).size > 1;
    };
    const cells = [...document.querySelectorAll("table.counts :is(thead th:not(:first-child), td)")];
    const texts = cells.flatMap((each) => [...each.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE));
    return texts.filter((each) => getComputedStyle(each.parentElement).writingMode === "horizontal-tb")
        .flatMap((each) => [...each.data.matchAll(/\\S+/g)].filter((word) => isBroken(each, word)))
        .map((word) => word[0]).slice(0, 3).join(" … ");
}"""
_AXE = {"resultTypes": ["violations"]}


class Watched:
    """A window that notes what its pages load, and what the browser says of them."""

    def __init__(self, context: BrowserContext) -> None:
        self.page = context.new_page()
        self.page.on("console", lambda said: self._said.append(said.text))
        self.page.on("pageerror", lambda trouble: self._said.append(str(trouble)))
        network = context.new_cdp_session(self.page)
        network.send("Network.enable")
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})
        network.on("Network.loadingFinished", self._loaded)
        self._said: list[str] = []
        self.bytes = 0

    def _loaded(self, event: dict[str, Any]) -> None:
        self.bytes += event["encodedDataLength"]

    def open(self, url: str) -> Iterator[str]:
        """Go to a page; what is amiss with it."""
        self._said.clear()
        self.bytes = 0
        answer = self.page.goto(url)
        if answer is None or answer.status != 200:
            yield f"it answers {answer and answer.status}"
        if self.page.locator("h1").count() != 1:
            yield f"it has {self.page.locator('h1').count()} headings of the first order"
        self.page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")
        for each in Axe().run(self.page, options=_AXE).response["violations"]:
            yield f"axe, {each['id']}: {each['nodes'][0]['html'][:200]} ({len(each['nodes'])} times)"
        yield from self.beside()
        if self.bytes > HEAVIEST:
            yield f"it weighs {self.bytes} bytes"
        yield from self._said

    def beside(self, width: int = NARROW) -> Iterator[str]:
        """What hangs over the edge of a screen, or of its figure, or falls apart in its cell."""
        before = self.page.viewport_size
        self.page.set_viewport_size({"width": width, "height": 800})
        wide = self.page.evaluate(_BESIDE)
        if wide:
            yield f"at {width} px there is more beside it: {wide}"
        if words := self.page.evaluate(_BESIDE_ITS_FIGURE):
            yield f"at {width} px words stick out of their figure: {words}"
        if words := self.page.evaluate(_BROKEN):
            yield f"at {width} px words fall apart in their cells: {words}"
        if before:
            self.page.set_viewport_size(before)
