"""Chromium as a reader's mail program: shows a mail, and hears what it would run or fetch."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ORIGIN = "https://mail.invalid/"  # answered here: nothing leaves this machine
LISTEN = """
    window.heard = [];
    window.ran = () => { window.heard.push('ran'); };
    for (const name of ['alert', 'confirm', 'prompt', 'print', 'open'])
        window[name] = () => { window.heard.push(name); };
"""
FORCED_DARK = ("--enable-features=WebContentsForceDark",)


class Screen:
    """One page of a browser, of a size and colour mode."""

    def __init__(self, browser: Browser, width: int = 375, mode: str = "light") -> None:
        self.asked: list[str] = []
        self.html = ""
        viewport = {"width": width, "height": 812}
        self.page: Page = browser.new_page(viewport=viewport, color_scheme=mode)
        self.page.add_init_script(LISTEN)
        self.page.route("**/*", self.answer)
        self.page.on("dialog", lambda one: self.asked.append(f"dialog {one.message}"))

    def answer(self, route: Any) -> None:
        if route.request.url == ORIGIN:
            route.fulfill(body=self.html, content_type="text/html; charset=utf-8")
            return
        self.asked.append(route.request.url)
        route.abort()

    def open(self, html: str) -> Page:
        """Show the HTML, and wait for what it loads."""
        self.html, self.asked = html, []
        self.page.goto(ORIGIN, wait_until="load")
        return self.page

    def heard(self) -> list[str]:
        """Return what ran, asked or was asked for since the mail was opened."""
        return [*self.asked, *self.page.evaluate("() => window.heard")]


@contextmanager
def chromium_of(path: str, *arguments: str) -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", *arguments]
        )
        yield made
        made.close()
