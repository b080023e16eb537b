"""What a rendered page would have the browser run or fetch."""

import re
from html.parser import HTMLParser

# Attributes by which a page fetches something, sends somebody somewhere, or has a script run.
ADDRESSES = frozenset({"src", "href", "action", "formaction", "data", "poster", "srcset"})
DATA = "application/json"
OURS = re.compile(r"(/(?!/)|#|\?|$)")


class PageSource(HTMLParser):
    """`faults`: what a strict policy forbids. `scripts`: addresses of the scripts the page names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.scripts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "script" and named.get("src"):
            self.scripts.append(named["src"] or "")
        elif tag == "script" and named.get("type") != DATA:
            self.faults.append("a script in the page")
        if tag in {"style", "base", "object", "embed", "iframe"}:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcdoc"}:
                self.faults.append(f"<{tag} {name}>")
            if name in ADDRESSES and not OURS.match(value or ""):
                self.faults.append(f"<{tag} {name}={value}>")
