"""h2fast.static.Site behind h2fast.aio's server, asked by its client."""

from __future__ import annotations

import asyncio
import io
import os
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from h2fast.aio import StreamError
from h2fast.events import InformationalResponseReceived, PushReceived, ResponseReceived
from h2fast.static import Site
from h2fast.static.site import _pieces
from tests.aio_peers import HOST, Run, both, raw_client, serving, until

LARGE = bytes(range(256)) * 4096  # a mebibyte

# Names of files in sub/deep. Windows has none like the last two.
ODD = ["a & b's.txt", *(() if os.name == "nt" else ("<b>&\"'.txt", "javascript:alert(1)"))]

# Nothing of it depends on the loop.
pytestmark = pytest.mark.parametrize("run", ["asyncio"], indirect=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "sub" / "index.html").write_text("<p>sub")
    (root / "page.html").write_text("<p>page")
    (root / "style.css").write_text("p{}")
    (root / "large.bin").write_bytes(LARGE)
    (root / "empty").write_bytes(b"")
    for name in ODD:
        (root / "sub" / "deep" / name).write_text("odd")
    (root / "sub" / "deep" / ".hidden").write_text("secret")
    return root


class Answers:
    """Responses as a dictionary of fields, with status and body."""

    def __init__(self, run: Run, root: Path, **options: Any) -> None:
        self._run = run
        self._site = Site(root, **options)

    def __call__(self, path: str, method: str = "GET", **fields: str) -> dict[str, Any]:
        async def ask() -> dict[str, Any]:
            headers = [(name.replace("_", "-"), value) for name, value in fields.items()]
            async with both(self._site) as client:
                response = await client.request(method, path, headers)
                answer = {name.decode(): value.decode() for name, value in response.headers}
                return answer | {"status": response.status, "body": await response.read()}

        return self._run(ask())


@pytest.fixture
def answers(run: Run, root: Path) -> Answers:
    return Answers(run, root)


def test_a_small_file_and_a_large_one(answers: Answers) -> None:
    small, large, empty = answers("/page.html"), answers("/large.bin"), answers("/empty")
    assert (small["status"], small["body"]) == (200, b"<p>page")
    assert small["content-type"] == "text/html; charset=utf-8"
    assert small["content-length"] == "7"
    assert small["accept-ranges"] == "bytes"
    assert small["x-content-type-options"] == "nosniff"
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", small["date"])
    assert large["body"] == LARGE
    assert large["content-type"] == "application/octet-stream"
    assert (empty["status"], empty["body"], empty["content-length"]) == (200, b"", "0")


def test_head_is_get_without_the_body(answers: Answers) -> None:
    for path in ("/page.html", "/large.bin", "/sub/deep/"):
        asked, told = answers(path, "HEAD"), answers(path)
        assert asked["body"] == b""
        assert {**asked, "body": 0, "date": 0} == {**told, "body": 0, "date": 0}


def test_only_get_and_head(answers: Answers) -> None:
    refused = answers("/page.html", "POST")
    assert (refused["status"], refused["allow"]) == (405, "GET, HEAD")


def test_a_range(answers: Answers) -> None:
    part = answers("/large.bin", range="bytes=255-256")
    assert (part["status"], part["body"]) == (206, b"\xff\x00")
    assert part["content-range"] == f"bytes 255-256/{len(LARGE)}"
    rest = answers("/large.bin", range="bytes=100-")
    assert rest["body"] == LARGE[100:]
    beyond = answers("/large.bin", range="bytes=9999999-")
    assert (beyond["status"], beyond["content-range"]) == (416, f"bytes */{len(LARGE)}")
    assert answers("/large.bin", "HEAD", range="bytes=0-1")["status"] == 200


def test_conditional_requests(answers: Answers) -> None:
    first = answers("/page.html")
    again = answers("/page.html", if_none_match=first["etag"])
    assert (again["status"], again["body"], again["etag"]) == (304, b"", first["etag"])
    assert answers("/page.html", if_modified_since=first["last-modified"])["status"] == 304
    assert answers("/page.html", if_match='"another"')["status"] == 412


def test_folders(answers: Answers) -> None:
    assert answers("/sub/")["body"] == b"<p>sub"
    moved = answers("/sub?a=b")
    assert (moved["status"], moved["location"]) == (301, "/sub/?a=b")
    assert answers("/sub/deep")["location"] == "/sub/deep/"


def test_a_folder_asked_for_with_any_octets(run: Run, root: Path) -> None:
    async def main() -> None:
        async with serving(Site(root)) as port, raw_client(port) as peer:
            fields = [(b":method", b"GET"), (b":scheme", b"http"), (b":authority", b"a")]
            peer.request([*fields, (b":path", b"/sub?\xff")])
            response = await peer.expect(ResponseReceived)
            assert dict(response.headers)[b"location"] == b"/sub/?%FF"

    run(main())


def test_a_folder_that_may_not_be_looked_into(
    answers: Answers, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(f"{path} may not be looked for")

    monkeypatch.setattr(Path, "is_file", refuse)
    assert answers("/sub/")["status"] == 403


@pytest.mark.skipif(os.name == "nt", reason="file names and links as on POSIX")
def test_a_listing_shows_what_is_served_and_nothing_runs_in_it(
    answers: Answers, root: Path
) -> None:
    (root / "sub" / "deep" / "out").symlink_to("/etc")
    answer = answers("/sub/deep/")
    listing = answer["body"].decode()
    assert "<h1>/sub/deep/</h1>" in listing
    assert 'href="../"' in listing
    assert 'href="./%3Cb%3E%26%22%27.txt">&lt;b&gt;&amp;&quot;&#x27;.txt</a>' in listing
    assert 'href="./javascript%3Aalert%281%29"' in listing
    assert "hidden" not in listing
    assert "out" not in listing
    assert answer["content-security-policy"].startswith("default-src 'none'")
    top = answers("/")["body"].decode()
    assert 'href="./sub/">sub/</a>' in top
    assert 'href="../"' not in top


@pytest.mark.parametrize("target", ["odd", "large.bin/in/a/file", "x" * 300])
def test_a_link_that_leads_nowhere_is_not_listed(answers: Answers, root: Path, target: str) -> None:
    (root / "odd").symlink_to(target)
    listing = answers("/")
    assert listing["status"] == 200
    assert b"large.bin" in listing["body"]
    assert b"odd" not in listing["body"]


def test_an_index_that_leads_to_itself_is_none(answers: Answers, root: Path) -> None:
    (root / "index.html").symlink_to("index.html")
    listing = answers("/")
    assert listing["status"] == 200
    assert b"large.bin" in listing["body"]
    assert b"index.html" not in listing["body"]


def test_a_folder_that_goes_while_it_is_looked_into(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_nothing(path: Path) -> list[str]:
        raise FileNotFoundError(path)

    monkeypatch.setattr(os, "listdir", find_nothing)
    assert answers("/")["status"] == 404


def test_a_file_of_a_time_that_there_is_no_date_for(answers: Answers, root: Path) -> None:
    os.utime(root / "page.html", (1e12, 1e12))  # as far as the file system knows such times
    for path in ("/page.html", "/"):
        assert answers(path)["status"] == 200


def test_links_of_a_listing_lead_where_they_say(answers: Answers) -> None:
    listing = answers("/sub/deep/")["body"].decode()
    links = re.findall(r'href="\./([^"]+)"', listing)
    assert len(links) == len(ODD)
    for link in links:
        assert answers(f"/sub/deep/{link}")["body"] == b"odd"


def test_what_is_not_there_is_a_plain_404(answers: Answers) -> None:
    for path in ("/nothing", "/../x", "/.git/config", "/%00"):
        assert answers(path)["body"] == b"404 Not Found\n"
    assert answers("/%zz")["status"] == 400


def test_each_request_is_told_of(run: Run, root: Path) -> None:
    told: list[tuple[str, int]] = []
    answers = Answers(run, root, log=lambda request, status: told.append((request.path, status)))
    answers("/page.html")
    answers("/nothing")
    assert told == [("/page.html", 200), ("/nothing", 404)]


def test_a_file_is_closed_when_nobody_reads_it_any_more(run: Run, root: Path) -> None:
    """A thread may be just before that, with a descriptor that is soon another file's."""
    begun, go_on = threading.Event(), threading.Event()
    seen: list[str] = []

    class File(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            begun.set()
            go_on.wait(30)
            seen.append("read")
            return super().read(-1 if size is None else size)

        def close(self) -> None:
            seen.append("closed")
            super().close()

    async def main() -> None:
        path = root / "large.bin"
        pieces = _pieces(path, path.stat(), 0, len(LARGE))
        reading = asyncio.ensure_future(pieces.__anext__())
        await until(begun.is_set)
        reading.cancel()
        await asyncio.sleep(0.01)
        assert not seen
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert seen[:2] == ["read", "closed"]

    def open_slow_file(path: Path) -> tuple[File, os.stat_result]:
        return File(path), path.stat()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("h2fast.static.site.open_file", open_slow_file)
        run(main())


def test_a_file_that_changes_while_it_is_sent_is_not_passed_off_as_whole(
    run: Run, root: Path
) -> None:
    async def main() -> None:
        async with both(Site(root)) as client:
            # More than the windows take, so that some of it is still to be read.
            os.truncate(root / "large.bin", 1 << 24)
            async with await client.request("GET", "/large.bin") as response:
                os.truncate(root / "large.bin", 100)
                with pytest.raises(StreamError):
                    await response.read()

    run(main())


def test_a_file_that_changes_before_it_is_sent_is_not_passed_off_as_the_same(
    run: Run, root: Path
) -> None:
    """Its length and its validator are in the header section already."""

    def change(request: Any, status: int) -> None:
        (root / "large.bin").write_bytes(LARGE[::-1])

    async def main() -> None:
        os.utime(root / "large.bin", (0, 0))
        async with both(Site(root, log=change)) as client:
            with pytest.raises(StreamError):
                await (await client.request("GET", "/large.bin")).read()

    run(main())


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.tar.gz", "application/gzip"), ("a.txt.bz2", "application/octet-stream")],
)
def test_a_compressed_file_is_what_it_is_and_not_what_is_in_it(
    answers: Answers, root: Path, name: str, kind: str
) -> None:
    (root / name).write_bytes(b"compressed")
    answer = answers(f"/{name}")
    assert (answer["content-type"], answer["body"]) == (kind, b"compressed")
    assert "content-encoding" not in answer


@pytest.mark.parametrize(
    ("path", "wish", "priority"),
    [
        ("/page.html", None, (1, False)),
        ("/style.css", None, (1, False)),
        ("/large.bin", None, (5, True)),
        ("/large.bin", "u=0", (0, False)),
        ("/page.html", "i", (3, True)),
    ],
)
def test_priorities_by_the_type_of_a_file(
    run: Run, root: Path, path: str, wish: str | None, priority: tuple[int, bool]
) -> None:
    seen: list[tuple[int, bool]] = []
    answers = Answers(run, root, log=lambda request, _: seen.append(tuple(request.priority)))
    answers(path, **({"priority": wish} if wish else {}))
    assert seen == [priority]


def test_pushes_and_hints(run: Run, root: Path) -> None:
    pages = {"/page.html": ["/style.css", "/large.bin"]}

    async def main() -> None:
        site = Site(root, pushed=pages, hinted=pages)
        async with serving(site) as port, raw_client(port, enable_push=1) as peer:
            fields = [(":method", "GET"), (":scheme", "http"), (":authority", HOST)]
            peer.request([*fields, (":path", "/page.html?x")])
            hint = await peer.expect(InformationalResponseReceived)
            assert dict(hint.headers)[b":status"] == b"103"
            assert dict(hint.headers)[b"link"] == (
                b"</style.css>; rel=preload; as=style, </large.bin>; rel=preload; as=fetch"
            )
            first, second = [await peer.expect(PushReceived) for _ in range(2)]
            assert dict(first.headers)[b":path"] == b"/style.css"
            assert dict(second.headers)[b":path"] == b"/large.bin"
            response = await peer.expect(ResponseReceived, first.promised_stream_id)
            assert dict(response.headers)[b"content-length"] == b"3"

    run(main())


def test_what_is_pushed_pushes_nothing(run: Run, root: Path) -> None:
    pages = {"/page.html": ["/style.css"], "/style.css": ["/page.html"]}

    async def main() -> None:
        async with (
            serving(Site(root, pushed=pages)) as port,
            raw_client(port, enable_push=1) as peer,
        ):
            fields = [(":method", "GET"), (":scheme", "http"), (":authority", HOST)]
            peer.request([*fields, (":path", "/page.html")])
            await peer.expect(PushReceived)
            await peer.settle()
            assert not [event for event in peer.events if isinstance(event, PushReceived)]

    run(main())


def test_a_client_that_takes_no_pushes_gets_none(run: Run, root: Path) -> None:
    answers = Answers(run, root, pushed={"/page.html": ["/style.css"]})
    assert answers("/page.html")["status"] == 200
