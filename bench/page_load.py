"""The loading of a page over a slow link, by each scheduler: when is there all that has to be there
before anything is shown?

    python -m bench.page_load [--output FOLDER]

Server and client are two connections of h2fast. Between them is a link with a bandwidth and a
round trip, in a time of its own: the server is asked for a frame whenever the link is free, so what
is more urgent can overtake whatever has not gone out. The page is a usual one: HTML, in which the
client finds style sheets, scripts and images as it comes in, and fonts, which it finds in a style
sheet. The client says what Chromium does: an urgency each (RFC 9218), or a chain of exclusive
dependencies (RFC 7540, set for it on the server, as our client sends none). There is no slow start,
no loss, and nothing to compute: of a page load, this is what the order makes of it.
"""

from __future__ import annotations

import argparse
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import count
from pathlib import Path

from bench.c_program import ROOT
from bench.chart import FILL, GRID, INK, MUTED
from bench.exchange import LARGE
from h2fast import Connection
from h2fast.events import DataReceived, RequestReceived

KIB = 1024


@dataclass(frozen=True)
class Resource:
    path: str
    kind: str
    octets: int
    found_in: str = "/"
    found_at: float = 0  # this part of that resource is there

    @property
    def is_blocking(self) -> bool:
        """Nothing is shown before it is there."""
        return self.kind in ("page", "style", "script")


@dataclass(frozen=True)
class Link:
    name: str
    octets_per_second: float
    round_trip: float


# What Chromium says of each kind (RFC 9218 section 4); with RFC 7540, the weights that it has for
# these urgencies.
WISHES = {
    "page": (0, True),
    "style": (0, False),
    "script": (1, False),
    "font": (1, False),
    "image": (2, True),
    "async": (3, False),
    "far image": (3, True),
}
WEIGHTS = (256, 220, 183, 147)

PAGE = [
    Resource("/", "page", 60 * KIB),
    Resource("/hero.jpg", "image", 180 * KIB, found_at=0.1),
    Resource("/base.css", "style", 45 * KIB, found_at=0.1),
    Resource("/analytics.js", "async", 110 * KIB, found_at=0.1),
    Resource("/theme.css", "style", 20 * KIB, found_at=0.2),
    Resource("/library.js", "script", 90 * KIB, found_at=0.2),
    Resource("/page.js", "script", 35 * KIB, found_at=0.2),
    *(Resource(f"/{n}.jpg", "image", 60 * KIB, found_at=0.2 + n / 20) for n in range(4)),
    *(Resource(f"/far{n}.jpg", "far image", 90 * KIB, found_at=0.5 + n / 20) for n in range(8)),
    Resource("/chat.js", "async", 150 * KIB, found_at=1),
    Resource("/text.woff2", "font", 30 * KIB, "/base.css", 1),
    Resource("/title.woff2", "font", 25 * KIB, "/base.css", 1),
]
LINKS = [Link("1.6 Mbit/s, 150 ms", 200_000, 0.150), Link("10 Mbit/s, 40 ms", 1_250_000, 0.040)]
SCHEDULERS = {"round-robin": "round robin", "rfc7540": "RFC 7540", "rfc9218": "RFC 9218"}


@dataclass
class Load:
    """When each resource was asked for and when it was there, in seconds."""

    asked: dict[str, float]
    done: dict[str, float]

    @property
    def shown(self) -> float:
        return max(self.done[resource.path] for resource in PAGE if resource.is_blocking)

    @property
    def lettered(self) -> float:
        fonts = (self.done[resource.path] for resource in PAGE if resource.kind == "font")
        return max(self.shown, *fonts)

    @property
    def finished(self) -> float:
        return max(self.done.values())


class Tree:
    """Each stream depends exclusively on the last one of its urgency, or else of the next one that
    is more urgent: which makes a chain."""

    def __init__(self) -> None:
        self.last: dict[int, int] = {}

    def place(self, server: Connection, stream_id: int, urgency: int) -> None:
        above = max((other for other in self.last if other <= urgency), default=None)
        depends_on = 0 if above is None else self.last[above]
        server.set_dependency(stream_id, depends_on, WEIGHTS[urgency], True)
        self.last[urgency] = stream_id


class Simulation:
    def __init__(self, scheduler: str, link: Link) -> None:
        self.link = link
        self.client = Connection(client=True, initial_window_size=LARGE, connection_window=LARGE)
        self.server = Connection(scheduler=scheduler)
        self.tree = Tree() if scheduler == "rfc7540" else None
        self.paths: dict[int, Resource] = {}
        self.arrived: dict[str, int] = {}
        self.load = Load({}, {})
        # What arrives when, and at whose side; numbers keep the order of what comes at once.
        self.events: list[tuple[float, int, bool, bytes]] = []
        self.numbers = count()
        self.link_is_free = 0.0

    def run(self) -> Load:
        self.ask(0)
        while self.events:
            now, _, is_servers, octets = heapq.heappop(self.events)
            if is_servers:
                self.serve(octets)
            else:
                self.read(octets, now)
            self.fill_link(now)
        return self.load

    def send(self, now: float, to_server: bool, octets: bytes) -> None:
        arrival = now + self.link.round_trip / 2
        heapq.heappush(self.events, (arrival, next(self.numbers), to_server, octets))

    def fill_link(self, now: float) -> None:
        """The server sends a frame, and is asked again when the link has taken it."""
        if now < self.link_is_free or not (octets := self.server.output(1)):
            return
        self.link_is_free = now + len(octets) / self.link.octets_per_second
        self.send(self.link_is_free, False, octets)
        # An empty read, at the moment at which there can be another frame.
        heapq.heappush(self.events, (self.link_is_free, next(self.numbers), True, b""))

    def serve(self, octets: bytes) -> None:
        for event in self.server.receive(octets):
            if isinstance(event, RequestReceived):
                resource = self.paths[event.stream_id]
                if self.tree is not None:
                    self.tree.place(self.server, event.stream_id, WISHES[resource.kind][0])
                self.server.respond(event.stream_id, [(":status", "200")], bytes(resource.octets))

    def read(self, octets: bytes, now: float) -> None:
        for event in self.client.receive(octets):
            if isinstance(event, DataReceived):
                path = self.paths[event.stream_id].path
                self.arrived[path] += len(event.data)
                if event.stream_ended:
                    self.load.done[path] = now
        self.ask(now)

    def ask(self, now: float) -> None:
        """For all that was found by now."""
        for resource in PAGE:
            if resource.path not in self.load.asked and self.is_found(resource):
                urgency, incremental = WISHES[resource.kind]
                wish = f"u={urgency}, i" if incremental else f"u={urgency}"
                stream_id = self.client.request(
                    [
                        (":method", "GET"),
                        (":scheme", "https"),
                        (":authority", "a.example"),
                        (":path", resource.path),
                        ("priority", wish),
                    ]
                )
                self.paths[stream_id] = resource
                self.load.asked[resource.path] = now
                self.arrived[resource.path] = 0
        if octets := self.client.output():
            self.send(now, True, octets)

    def is_found(self, resource: Resource) -> bool:
        if resource.path == resource.found_in:
            return True
        source = next(other for other in PAGE if other.path == resource.found_in)
        return self.arrived.get(source.path, 0) >= max(1, source.octets * resource.found_at)


# ------------------------------------------------------------------------------- results


def table(loads: dict[str, Load], link: Link) -> Iterator[str]:
    yield f"\n{link.name}:\n\n"
    yield "| scheduler | all that blocks rendering | with fonts | everything |\n|---|--:|--:|--:|\n"
    for name, load in loads.items():
        times = f"{load.shown:.2f} s | {load.lettered:.2f} s | {load.finished:.2f} s"
        yield f"| {SCHEDULERS[name]} | {times} |\n"


WIDTH, LEFT, RIGHT, TOP, ROW = 760, 120, 20, 64, 13
LIGHT = "#9db8cc"


def picture(loads: dict[str, Load], link: Link) -> str:
    """For each scheduler when each resource was asked for and there, and when all was there that
    blocks rendering."""
    scale = (WIDTH - LEFT - RIGHT) / max(load.finished for load in loads.values())
    panel = ROW * len(PAGE) + 44
    height = TOP + panel * len(loads)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" font-family="sans-serif" font-size="10">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="16" y="24" fill="{INK}" font-size="15" font-weight="bold">'
        f"A page over {escape(link.name)} of round trip</text>",
        f'<text x="16" y="43" fill="{MUTED}" font-size="12">From request to last octet; dark: what '
        "blocks rendering. The line: when all of that is there.</text>",
    ]
    for number, (name, load) in enumerate(loads.items()):
        parts += _panel(SCHEDULERS[name], load, TOP + panel * number, scale)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(name: str, load: Load, top: float, scale: float) -> Iterator[str]:
    bottom = top + 18 + ROW * len(PAGE)
    yield f'<text x="16" y="{top + 10}" fill="{INK}" font-size="13">{name}</text>'
    for row, resource in enumerate(PAGE):
        y = top + 18 + ROW * row
        start, end = load.asked[resource.path], load.done[resource.path]
        color = FILL if resource.is_blocking else LIGHT
        yield (
            f'<text x="{LEFT - 8}" y="{y + 9}" fill="{MUTED}" text-anchor="end">'
            f"{escape(resource.path)}</text>"
            f'<rect x="{LEFT + start * scale:.1f}" y="{y + 2}" height="{ROW - 4}" '
            f'width="{(end - start) * scale:.1f}" fill="{color}"/>'
        )
    x = LEFT + load.shown * scale
    yield (
        f'<line x1="{LEFT}" x2="{LEFT}" y1="{top + 18}" y2="{bottom}" stroke="{GRID}"/>'
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top + 14}" y2="{bottom}" stroke="{INK}"/>'
        f'<text x="{x + 4:.1f}" y="{top + 12}" fill="{INK}" font-size="12">'
        f"{load.shown:.2f} s</text>"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--output", type=Path, default=ROOT / "bench" / "results")
    output: Path = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    text = ["# A page over a slow link\n"]
    for number, link in enumerate(LINKS):
        loads = {scheduler: Simulation(scheduler, link).run() for scheduler in SCHEDULERS}
        text += table(loads, link)
        svg = f"page-load-{number}.svg"
        (output / svg).write_text(picture(loads, link), "utf-8")
        text.append(f"\n![{link.name}]({svg})\n")
    (output / "page-load.md").write_text("".join(text), "utf-8")
    print("".join(text))


if __name__ == "__main__":
    main()
