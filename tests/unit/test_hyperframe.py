"""What the drop-in for hyperframe does beyond what hyperframe's own suite asks for."""

from __future__ import annotations

import copy
import pickle
import struct
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from h2fast.hyperframe import frame as frames
from h2fast.hyperframe.exceptions import InvalidDataError, InvalidFrameError
from h2fast.hyperframe.frame import DataFrame, ExtensionFrame, Frame, HeadersFrame, PingFrame

DATA_HEADER = b"\0\0\3\0\1\0\0\0\5"


@pytest.mark.parametrize(
    "copying", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))]
)
def test_frames_can_be_copied(copying: Callable[[Any], Any]) -> None:
    frame = HeadersFrame(5, b"abc", flags=["PADDED", "PRIORITY"], pad_length=3, depends_on=3)
    frame.note = "attached"  # type: ignore[attr-defined]
    copied = copying(frame)
    assert type(copied) is HeadersFrame
    assert copied.serialize() == frame.serialize()
    assert (copied.depends_on, vars(copied)) == (3, {"note": "attached"})


def test_frames_can_be_referred_to_weakly() -> None:
    frame = DataFrame(1)
    reference = weakref.ref(frame)
    assert reference() is frame
    del frame
    assert reference() is None


def test_a_patched_init_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(self: Any, stream_id: int, **_: Any) -> None:
        self.stream_id = 77
        self.flags = set()

    for cls in (DataFrame, Frame):
        with monkeypatch.context() as patch:
            patch.setattr(cls, "__init__", init)
            assert DataFrame(5).stream_id == 77
            assert Frame.parse_frame_header(b"\0\0\3\0\0\0\0\0\5")[0].stream_id == 77
        assert DataFrame(5).stream_id == 5
        assert Frame.parse_frame_header(DATA_HEADER)[0].stream_id == 5


def test_a_class_that_is_given_a_new(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(
            DataFrame, "__new__", lambda cls, *_: PingFrame.__new__(PingFrame), raising=False
        )
        made: Any = DataFrame(5)
        assert type(made) is PingFrame
    assert type(DataFrame(5)) is DataFrame


def test_a_subclass_and_its_steps() -> None:
    class Mine(DataFrame):
        def __init__(self, stream_id: int, **kwargs: Any) -> None:
            super().__init__(stream_id, b"data", **kwargs)
            self.seen = True

        def serialize_body(self) -> bytes:
            return b"mine"

    frame = Mine(5, flags=["END_STREAM"])
    assert frame.seen
    assert frame.serialize() == b"\0\0\4\0\1\0\0\0\5mine"
    assert DataFrame.serialize_body(frame) == b"data"


def test_classes_of_other_types_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(Frame):
        type = 0x77
        stream_association = "either"

        def parse_body(self, data: memoryview) -> None:
            self.text = bytes(data)

    monkeypatch.setitem(frames.FRAMES, 0x77, Other)
    monkeypatch.setitem(frames.FRAMES, 0x0, ExtensionFrame)
    frame, length = Frame.parse_frame_header(b"\0\0\3\x77\0\0\0\0\5")
    assert (type(frame), frame.stream_id, length) == (Other, 5, 3)
    with pytest.raises(TypeError):  # it takes other arguments than a stream
        Frame.parse_frame_header(DATA_HEADER)


@pytest.mark.parametrize("name", [None, "type", 3.5])
def test_a_type_that_is_no_octet(name: Any) -> None:
    frame = DataFrame(1)
    frame.type = name
    with pytest.raises(struct.error):
        frame.serialize()


def test_a_flag_that_the_type_does_not_define() -> None:
    with pytest.raises(ValueError, match=r"Unexpected flag: ACK\. Valid flags are: \{'"):
        DataFrame(1, flags=["END_STREAM", "ACK"])
    frame, _ = Frame.parse_frame_header(b"\0\0\0\0\xff\0\0\0\5")
    assert set(frame.flags) == {"END_STREAM", "PADDED"}
    with pytest.raises(ValueError, match="Unexpected flag"):
        frame.flags.add("ACK")


def test_settings_are_the_callers_dict() -> None:
    settings = {1: 2}
    assert frames.SettingsFrame(settings=settings).settings is settings
    assert frames.SettingsFrame(settings=None).settings == {}


def test_causes_of_errors_are_struct_errors() -> None:
    with pytest.raises(InvalidFrameError) as caught:
        Frame.parse_frame_header(b"short")
    assert isinstance(caught.value.__cause__, struct.error)
    with pytest.raises(InvalidFrameError) as caught:
        frames.GoAwayFrame().parse_body(memoryview(b"short"))
    assert isinstance(caught.value.__cause__, struct.error)


# ---------------------------------------------------------- differences on purpose, by their keys


def test_any_buffer() -> None:
    for data in (b"data", bytearray(b"data"), memoryview(b"d-a-t-a-")[::2]):
        frame = DataFrame(1)
        frame.parse_body(data)  # type: ignore[arg-type]
        assert frame.data == b"data"


def test_steps_of_a_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DataFrame, "parse_padding_data", lambda self, data: 1 / 0)
    monkeypatch.setattr(DataFrame, "serialize_body", lambda self: 1 / 0)
    frame = DataFrame(1, b"data")
    assert frame.serialize().endswith(b"data")
    frame.parse_body(memoryview(b"other"))
    assert frame.data == b"other"


def test_fields() -> None:
    frame = DataFrame(1, b"data")
    frame.other = 1  # type: ignore[attr-defined]
    assert vars(frame) == {"other": 1}


def test_deleted_fields() -> None:
    frame = DataFrame(1, b"data")
    del frame.data
    assert frame.data is None
    with pytest.raises(TypeError):
        frame.serialize()


def test_call_errors() -> None:
    call: Any = DataFrame
    for arguments, options in [
        ((), {}),
        ((1, b"", 2), {}),
        ((1,), {"stream_id": 1}),
        ((1,), {"x": 1}),
    ]:
        with pytest.raises(TypeError, match=r"__init__\(\)"):
            call(*arguments, **options)
    with pytest.raises(InvalidDataError):
        call(stream_id=0)
