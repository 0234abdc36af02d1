"""The order in which content goes out, for random streams, windows and changes of priority: each
frame is looked at by itself, with what a book of all windows and priorities says about it. For RFC
9218 these are the rules of its section 10; for RFC 7540 a tree that is as simple as can be; for a
caller's own scheduler, what the caller said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings as profile, strategies as st

from h2fast import Connection
from h2fast.exceptions import LocalProtocolError
from tests.octets import DATA, PRIORITY_UPDATE, octets
from tests.peers import (
    END_STREAM,
    GET,
    INITIAL_WINDOW_SIZE,
    OK,
    Peer,
    client_of,
    priority,
    read_frames,
    rst_stream,
    settings,
    window_update,
)

FRAME = 16384
WINDOW = 65535
LEAST_WAITING = (
    4096  # octets that wait for their turn whatever there is: smaller ones may go at once
)


@dataclass
class Stream:
    """What the other side knows of a stream."""

    id: int
    window: int
    urgency: int = 3
    incremental: bool = False
    wish: tuple[int, bool] = (3, False)
    own: tuple[int | None, bool | None] = (None, None)
    queued: list[int] = field(default_factory=list)  # octets of each send_data
    answered: bool = False

    def merge(self) -> None:
        """RFC 9218 section 8."""
        self.urgency = self.wish[0] if self.own[0] is None else self.own[0]
        self.incremental = self.wish[1] if self.own[1] is None else self.own[1]


class Book:
    """A server that is tested, and the books of its client."""

    def __init__(self, scheduler: Any) -> None:
        self.peer: Peer = client_of(scheduler=scheduler)
        self.connection = self.peer.connection
        self.streams: dict[int, Stream] = {}
        self.updates: dict[int, tuple[int, bool]] = {}  # of streams that are to come
        self.said = scheduler == "rfc9218"
        self.initial = WINDOW
        self.window = WINDOW
        self.at_once: list[tuple[int, int]] = []
        self.next_id = 1

    # --------------------------------------------------------------- what can happen

    def request(self, value: tuple[int | None, bool | None] | None) -> None:
        stream = Stream(self.next_id, self.initial)
        self.next_id += 2
        fields = list(GET) if value is None else [*GET, ("priority", written(value))]
        self.peer.accepts(self.peer.headers(stream.id, fields, True))
        self.said |= value is not None
        if stream.id in self.updates:
            stream.wish = self.updates[stream.id]
        elif value is not None:
            stream.wish = complete(value)
        else:
            stream.wish = (3, not self.said)
        stream.merge()
        self.streams[stream.id] = stream

    def pick(self, number: int) -> Stream | None:
        return list(self.streams.values())[number % len(self.streams)] if self.streams else None

    def answer(self, stream: Stream, sizes: list[int], own: Any) -> None:
        if not stream.answered:
            value = written(own) if own != (None, None) else None
            fields = list(OK) if value is None else [*OK, ("priority", value)]
            self.connection.send_headers(stream.id, fields)
            stream.answered = True
            self.say(stream, own)
        for size in sizes:
            ready = self.sendable()
            waits = self.connection.send_data(stream.id, bytes(size))
            if waits == sum(stream.queued):
                assert size < LEAST_WAITING
                assert ready == []
                self.at_once.append((stream.id, size))
                self.spend(stream, size)
            else:
                stream.queued.append(size)

    def say(self, stream: Stream, own: tuple[int | None, bool | None]) -> None:
        urgency, incremental = own
        stream.own = (
            stream.own[0] if urgency is None else urgency,
            stream.own[1] if incremental is None else incremental,
        )
        stream.merge()

    def update(self, number: int, value: tuple[int | None, bool | None]) -> None:
        """PRIORITY_UPDATE, also of one of the next two streams."""
        stream_id = 1 + 2 * (number % (self.next_id // 2 + 2))
        payload = stream_id.to_bytes(4, "big") + written(value).encode()
        self.peer_sends(octets(PRIORITY_UPDATE, 0, 0, payload))
        self.said = True
        if stream_id >= self.next_id:
            self.updates[stream_id] = complete(value)
        elif stream_id in self.streams:
            self.streams[stream_id].wish = complete(value)
            self.streams[stream_id].merge()

    def open_window(self, stream: Stream | None, increment: int) -> None:
        self.peer_sends(window_update(stream.id if stream else 0, increment))
        if stream is None:
            self.window += increment
        else:
            stream.window += increment

    def resize(self, initial: int) -> None:
        self.peer_sends(settings((INITIAL_WINDOW_SIZE, initial)))
        for stream in self.streams.values():
            stream.window += initial - self.initial
        self.initial = initial

    def reset(self, stream: Stream) -> None:
        self.peer_sends(rst_stream(stream.id))
        del self.streams[stream.id]

    def peer_sends(self, frame: bytes) -> None:
        self.connection.receive(frame)

    # ------------------------------------------------------------------ what goes out

    def spend(self, stream: Stream, size: int) -> None:
        stream.window -= size
        self.window -= size
        assert stream.window >= 0
        assert self.window >= 0

    def sendable(self) -> list[Stream]:
        if self.window <= 0:
            return []
        return [s for s in self.streams.values() if s.queued and s.window > 0]

    def frames(self) -> Iterator[Stream]:
        """The turns that were taken, each while the books are as they were before it."""
        for frame in self.peer.sent():
            if frame.type != DATA:
                continue
            size = len(frame.payload)
            if self.at_once:
                assert (frame.stream_id, size) == self.at_once.pop(0)
                continue
            stream = self.streams[frame.stream_id]
            assert frame.flags & END_STREAM == 0
            assert size == min(stream.queued[0], stream.window, self.window, FRAME)
            yield stream
            stream.queued[0] -= size
            if stream.queued[0] == 0:
                del stream.queued[0]
            self.spend(stream, size)
        assert self.sendable() == []


def written(value: tuple[int | None, bool | None]) -> str:
    urgency, incremental = value
    members = [] if urgency is None else [f"u={urgency}"]
    if incremental is not None:
        members.append("i" if incremental else "i=?0")
    return ", ".join(members)


def complete(value: tuple[int | None, bool | None]) -> tuple[int, bool]:
    return (3 if value[0] is None else value[0], bool(value[1]))


class Rules:
    """Of RFC 9218 section 10, and what this implementation says where that leaves it open."""

    def __init__(self, book: Book) -> None:
        self.book = book
        # Of each incremental stream, as long as it can send at its urgency: who had a turn since.
        self.passed: dict[tuple[int, int], set[int]] = {}
        self.last_was_incremental: dict[int, bool] = {}

    def look(self) -> None:
        """Who cannot send, or not at that urgency, has nothing to wait for."""
        waiting = {(s.id, s.urgency) for s in self.book.sendable() if s.incremental}
        self.passed = {key: self.passed.get(key, set()) for key in waiting}

    def check(self, chosen: Stream) -> None:
        ready = self.book.sendable()
        assert chosen in ready
        assert chosen.urgency == min(s.urgency for s in ready)
        level = [s for s in ready if s.urgency == chosen.urgency]
        if not chosen.incremental:
            assert chosen.id == min(s.id for s in level if not s.incremental)
        else:
            for stream in level:
                if stream.incremental and stream is not chosen:
                    passed = self.passed.setdefault((stream.id, stream.urgency), set())
                    assert chosen.id not in passed, "two turns, while another one had none"
                    passed.add(chosen.id)
            self.passed[chosen.id, chosen.urgency] = set()
        if any(s.incremental is not chosen.incremental for s in level):
            last = self.last_was_incremental.get(chosen.urgency)
            assert last is not chosen.incremental, "two turns of one kind"
        self.last_was_incremental[chosen.urgency] = chosen.incremental


URGENCIES = st.sampled_from([None, 0, 3, 3, 3, 7])  # few, so that many streams have the same
VALUES = st.tuples(URGENCIES, st.none() | st.booleans())
NUMBERS = st.integers(0, 30)
SIZES = st.lists(
    st.sampled_from([1, 500, 3000, LEAST_WAITING, 10_000, FRAME, FRAME + 1, 50_000]),
    min_size=1,
    max_size=3,
)
NOTHING = st.just((None, None))


def beginnings(
    values: st.SearchStrategy[Any], own: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    """Several streams, all of which have something to send from the same moment on."""
    return st.lists(st.tuples(values, SIZES, own), min_size=3, max_size=8)


STEPS = st.one_of(
    st.tuples(st.just("request"), st.none() | VALUES),
    st.tuples(st.just("answer"), NUMBERS, SIZES, VALUES),
    st.tuples(st.just("update"), NUMBERS, VALUES),
    st.tuples(st.just("say"), NUMBERS, VALUES),
    st.tuples(st.just("open"), st.none() | NUMBERS, st.integers(1, 60_000)),
    st.tuples(st.just("resize"), st.sampled_from([0, 100, 20_000, WINDOW, 200_000])),
    st.tuples(st.just("reset"), NUMBERS),
    st.tuples(st.just("take")),
)


def begin(book: Book, streams: list[Any]) -> None:
    book.resize(0)
    for value, _, _ in streams:
        book.request(value)
    for stream, (_, sizes, own) in zip(list(book.streams.values()), streams, strict=True):
        book.answer(stream, sizes, own)
    book.resize(200_000)


def take_step(book: Book, step: tuple[Any, ...]) -> None:
    what, *arguments = step
    if what == "request":
        book.request(arguments[0])
    elif what == "update":
        book.update(*arguments)
    elif what == "resize":
        book.resize(*arguments)
    elif what == "open" and arguments[0] is None:
        book.open_window(None, arguments[1])
    elif what != "take" and (stream := book.pick(arguments[0])) is not None:
        if what == "answer":
            book.answer(stream, *arguments[1:])
        elif what == "open":
            book.open_window(stream, arguments[1])
        elif what == "reset":
            book.reset(stream)
        elif what == "say":
            book.connection.set_priority(stream.id, *arguments[1])
            book.say(stream, *arguments[1:])


@profile(max_examples=300, deadline=None)
@given(
    st.sampled_from(["auto", "rfc9218"]),
    beginnings(st.none() | VALUES, VALUES | NOTHING),
    st.lists(STEPS, max_size=40),
)
def test_rfc_9218(scheduler: str, streams: list[Any], steps: list[Any]) -> None:
    book = Book(scheduler)
    begin(book, streams)
    rules = Rules(book)
    for step in [*steps, ("resize", 2**20), ("open", None, 2**20), ("take",)]:
        if step[0] in ("request", "reset"):  # which write frames of their own
            take_all(book, rules)
        take_step(book, step)
        for stream in book.streams.values():
            assert book.connection.priority(stream.id) == (stream.urgency, stream.incremental)
        rules.look()
        if step[0] == "take":
            take_all(book, rules)


def take_all(book: Book, rules: Rules) -> None:
    for chosen in book.frames():
        rules.check(chosen)
    rules.look()


# ------------------------------------------------------------------------------ RFC 7540


@dataclass
class Node:
    id: int
    parent: Node | None
    weight: int = 16
    level: int = 0
    deficit: int = 0
    reached: int = 0  # the level of the child that had the last turn
    ready: bool = False


class Tree:
    """RFC 7540 section 5.3: a stream before those that depend on it, and siblings by weight. A turn
    costs 256 / weight, whose remainder is carried along."""

    def __init__(self) -> None:
        self.nodes = {0: Node(0, None)}

    def children(self, node: Node) -> list[Node]:
        return [child for child in self.nodes.values() if child.parent is node]

    def has_turn(self, node: Node) -> bool:
        return node.ready or any(map(self.has_turn, self.children(node)))

    def is_below(self, node: Node | None, above: Node) -> bool:
        return node is not None and (node is above or self.is_below(node.parent, above))

    def move(self, node: Node, parent: Node) -> None:
        node.parent = parent
        node.level = parent.reached

    def add(self, stream_id: int) -> Node:
        node = self.nodes[stream_id] = Node(stream_id, self.nodes[0])
        self.move(node, self.nodes[0])
        return node

    def prioritize(self, stream_id: int, depends_on: int, weight: int, exclusive: bool) -> None:
        """Sections 5.3.1 and 5.3.3."""
        node = self.nodes.get(stream_id) or self.add(stream_id)
        if depends_on not in self.nodes:
            depends_on, weight, exclusive = 0, 16, False
        parent = self.nodes[depends_on]
        node.weight = weight
        if self.is_below(parent, node):
            assert node.parent is not None
            self.move(parent, node.parent)
        if exclusive:
            node.parent = None
            for child in self.children(parent):
                self.move(child, node)
            parent.reached = 0
        self.move(node, parent)

    def turn(self) -> int:
        node = self.nodes[0]
        while not node.ready:
            able = [child for child in self.children(node) if self.has_turn(child)]
            child = min(able, key=lambda child: (child.level, child.id))
            node.reached = max(child.level, node.reached)
            due = 256 + child.deficit
            child.level, child.deficit = node.reached + due // child.weight, due % child.weight
            node = child
        return node.id


DEPENDENCIES = st.tuples(
    st.just("depend"),
    NUMBERS,
    NUMBERS,
    st.sampled_from([1, 2, 16, 100, 255, 256]),
    st.booleans(),
    st.booleans(),
)
TREE_STEPS = st.one_of(
    st.tuples(st.just("request"), st.none()),
    st.tuples(st.just("answer"), NUMBERS, SIZES, NOTHING),
    st.tuples(st.just("open"), st.none() | NUMBERS, st.integers(1, 60_000)),
    st.tuples(st.just("resize"), st.sampled_from([0, 100, 20_000, WINDOW, 200_000])),
    DEPENDENCIES,
    st.tuples(st.just("take")),
)


def depend(book: Book, tree: Tree, arguments: list[Any]) -> None:
    """By PRIORITY, also of an idle stream, or by the server's own call."""
    streams = book.next_id // 2 + 2
    stream_id, depends_on = 1 + 2 * (arguments[0] % streams), 2 * (arguments[1] % (streams + 1)) - 1
    depends_on = max(depends_on, 0)
    weight, exclusive, own = arguments[2:]
    if stream_id == depends_on:
        return
    if own and stream_id in book.streams:
        book.connection.set_dependency(stream_id, depends_on, weight, exclusive)
    else:
        book.peer_sends(priority(stream_id, depends_on | exclusive << 31, weight - 1))
    tree.prioritize(stream_id, depends_on, weight, exclusive)


@profile(max_examples=300, deadline=None)
@given(
    beginnings(st.none(), NOTHING),
    st.lists(DEPENDENCIES, max_size=8),
    st.lists(TREE_STEPS, max_size=40),
)
def test_rfc_7540(streams: list[Any], dependencies: list[Any], steps: list[Any]) -> None:
    book, tree = Book("rfc7540"), Tree()
    begin(book, streams)
    for stream_id in book.streams:
        tree.add(stream_id)
    end = [("resize", 2**20), ("open", None, 2**20), ("take",)]
    for step in [*dependencies, *steps, *end]:
        if step[0] == "depend":
            depend(book, tree, list(step[1:]))
            continue
        if step[0] == "request":
            take_turns(book, tree)  # the peer reads what is written then
            if book.next_id not in tree.nodes:
                tree.add(book.next_id)
        take_step(book, step)
        if step[0] == "take":
            take_turns(book, tree)


def take_turns(book: Book, tree: Tree) -> None:
    for chosen in book.frames():
        ready = {stream.id for stream in book.sendable()}
        for node in tree.nodes.values():
            node.ready = node.id in ready
        assert chosen.id == tree.turn()


# ------------------------------------------------------------------------ a caller's own

STREAMS = (1, 3, 5, 7)
WAITING = st.lists(
    st.tuples(st.sampled_from(STREAMS), st.sampled_from([LEAST_WAITING, FRAME + 1, 50_000])),
    max_size=8,
)
BEHAVIOURS = ["choose"] * 4 + ["raise", "name nobody", "name nonsense", "call", "choose none"]


class Scheduler:
    """It chooses at random, or does something else instead."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.behaves = False
        self.chosen: list[int] = []
        self.connection = Connection()  # of which it is the scheduler

    def can_send(self, stream_id: int) -> bool:
        connection = self.connection
        return connection.queued(stream_id) > 0 and connection.send_window(stream_id) > 0

    def __call__(self, ready: list[int]) -> Any:
        assert sorted(ready) == list(filter(self.can_send, STREAMS))
        match "choose" if self.behaves else self.draw(st.sampled_from(BEHAVIOURS)):
            case "raise":
                raise ZeroDivisionError
            case "name nobody":
                return 9
            case "name nonsense":
                return "1"
            case "call":
                self.connection.output()
            case "choose none":
                return None
        self.chosen.append(self.draw(st.sampled_from(ready)))
        ready.clear()  # which is its own
        return self.chosen[-1]


def take(connection: Connection) -> bytes:
    with suppress(ZeroDivisionError, LocalProtocolError, RuntimeError):
        return connection.output()
    return b""


@profile(max_examples=200, deadline=None)
@given(st.data(), WAITING, st.lists(st.integers(1, 100_000), max_size=6))
def test_a_scheduler_that_misbehaves(
    data: st.DataObject, contents: list[tuple[int, int]], increments: list[int]
) -> None:
    """It is given all that can send. Frames go out as it says, where it says something sensible;
    whatever else it does, nothing is lost."""
    scheduler = Scheduler(data.draw)
    peer = client_of(scheduler=scheduler, own_settings=[(INITIAL_WINDOW_SIZE, 70_000)])
    connection = scheduler.connection = peer.connection
    waiting = dict.fromkeys(STREAMS, 0)
    for stream_id in STREAMS:
        peer.accepts(peer.headers(stream_id, GET, True))
        connection.send_headers(stream_id, OK)
    for stream_id, size in contents:
        connection.send_data(stream_id, bytes(size))
        waiting[stream_id] += size
    output = take(connection)
    for increment in increments:
        connection.receive(window_update(0, increment))
        output += take(connection)
    scheduler.behaves = True
    connection.receive(window_update(0, 2**20) + settings((INITIAL_WINDOW_SIZE, 2**20)))
    while part := connection.output():
        output += part
    frames = [frame for frame in read_frames(output) if frame.type == DATA]
    assert [frame.stream_id for frame in frames] == scheduler.chosen
    for frame in frames:
        waiting[frame.stream_id] -= len(frame.payload)
    assert not any(waiting.values())
    assert connection.total_queued == 0
