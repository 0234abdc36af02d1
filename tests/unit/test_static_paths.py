"""Which files a request can name: none outside the folder, none that is hidden."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from h2fast.static.paths import Refusal, locate, names_of, open_file

posix_only = pytest.mark.skipif(os.name == "nt", reason="file names and links as on POSIX")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with files beside it that must not be served."""
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "site-of-others").mkdir()
    (tmp_path / "site-of-others" / "page").write_text("secret")
    root = (tmp_path / "site").resolve()
    (root / "folder").mkdir(parents=True)
    (root / "folder" / "a b&c.txt").write_text("in a folder")
    (root / "page").write_text("a page")
    (root / ".hidden").write_text("secret")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("secret")
    return root


@posix_only
def test_a_path_of_many_parts(root: Path) -> None:
    """Each of them is looked for, and may be a link."""
    (root / "here").symlink_to(".")
    assert locate(root, names_of("/" + "here/" * 99 + "page")) == root / "page"
    assert refused(root, "/" + "here/" * 100 + "page") == 404


def refused(root: Path, target: str) -> int:
    with pytest.raises(Refusal) as refusal:
        open_file(locate(root, names_of(target)))
    return refusal.value.status


@pytest.mark.parametrize(
    "target",
    ["/page", "/page?a=/../x", "/%70age", "/folder/a%20b%26c.txt", "/folder/a b&c.txt", "/page?%"],
)
def test_files_that_are_served(root: Path, target: str) -> None:
    file, status = open_file(locate(root, names_of(target)))
    with file:
        assert len(file.read()) == status.st_size > 0


@pytest.mark.parametrize(
    "target",
    [
        "/../secret.txt", "/folder/../../secret.txt", "/..", "/.", "/./page", "/folder/../page",
        "/%2e%2e/secret.txt", "/%2E%2E%2fsecret.txt", "/..%2fsecret.txt", "/..%5csecret.txt",
        "/folder/..%2f..%2fsecret.txt", "/%252e%252e/secret.txt", "/../site-of-others/page",
        "/.hidden", "/%2ehidden", "/.git/config", "/%2egit/config", "/folder/.hidden",
        "//etc/passwd", "//page", "/folder//a%20b%26c.txt", "/folder%2fa%20b%26c.txt",
        "/page%00", "/page%00.txt", "/%00", "/page/", "/page/x", "/nothing", "/folder/nothing/x",
        "/" + "x" * 5000, "/" + "x/" * 5000, "/..%c0%afsecret.txt", "/%c0%ae%c0%ae/secret.txt",
        "/%ff%fe", "/\udcff",
    ],
    ids=lambda target: ascii(target[:30]),
)  # fmt: skip
def test_what_is_not_there_for_a_request(root: Path, target: str) -> None:
    assert refused(root, target) == 404


@pytest.mark.parametrize(
    "target", ["", "*", "page", "http://a/page", "/%", "/%2", "/%g0", "/page%2", "/%%30", "\\page"]
)
def test_what_is_no_path(root: Path, target: str) -> None:
    assert refused(root, target) == 400


@posix_only
@pytest.mark.parametrize(
    ("link", "to"),
    [
        ("out", "../secret.txt"),
        ("out", "/etc/passwd"),
        ("beside", "../site-of-others/page"),
        ("hidden", ".hidden"),
        ("hidden", ".git/config"),
        ("circle", "circle"),
        ("nowhere", "nothing"),
        ("twice", "folder/out"),
    ],
)
def test_links_that_lead_to_what_is_not_served(root: Path, link: str, to: str) -> None:
    (root / "folder" / "out").symlink_to(root.parent / "secret.txt")
    (root / link).symlink_to(to)
    assert refused(root, f"/{link}") == 404


@posix_only
def test_a_folder_that_is_a_link_out(root: Path) -> None:
    (root / "out").symlink_to("..")
    assert refused(root, "/out/secret.txt") == refused(root, "/out/site-of-others/page") == 404


@posix_only
def test_links_within_the_folder_are_followed(root: Path) -> None:
    (root / "link").symlink_to("folder")
    assert locate(root, names_of("/link/a%20b%26c.txt")) == root / "folder" / "a b&c.txt"


@posix_only
def test_a_link_that_comes_after_the_file_was_found_is_not_followed(root: Path) -> None:
    found = locate(root, names_of("/page"))
    found.unlink()
    found.symlink_to(root.parent / "secret.txt")
    with pytest.raises(Refusal):
        open_file(found)


@posix_only
def test_pipes_and_devices_are_not_read(root: Path) -> None:
    os.mkfifo(root / "pipe")
    assert refused(root, "/pipe") == 404
    with pytest.raises(Refusal):
        open_file(Path("/dev/zero"))


@posix_only
@pytest.mark.skipif(sys.platform == "darwin", reason="file names are Unicode there")
def test_names_that_are_no_text_are_served(root: Path) -> None:
    (root / os.fsdecode(b"caf\xe9")).write_text("x")
    assert locate(root, names_of("/caf%e9")) == root / os.fsdecode(b"caf\xe9")


@posix_only
def test_what_cannot_be_read_is_forbidden(root: Path) -> None:
    (root / "page").chmod(0)
    if os.access(root / "page", os.R_OK):
        pytest.skip("this user reads anything")
    assert refused(root, "/page") == 403
