"""Frames as they are parsed and made from Python: h2fast's functions, and hyperframe's classes.

Four operations on frames of one type:

parse      a buffer of them, all to objects of which nothing is read
read       a buffer of them, and what the payload of each says
serialise  each made and turned into bytes
append     each made and appended to a bytearray

The classes are called as h2 calls them: for each frame its header, then its body. What they give as
bytes, ``h2fast.frames`` gives as a memoryview.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from time import perf_counter
from typing import Any

from bench.contest import OURS, Contest, MissingError, without_collector
from bench.frame_samples import CONSTANTS, SAMPLES, Form, Sample

FRAMES = 200  # in a buffer, and in a pass
OPERATIONS = ("parse", "read", "serialise", "append")

ONE_PASS = """
def one_pass():
    into = bytearray()
    start = perf_counter()
    for {item} in {items}:
        {body}
    return perf_counter() - start
"""


@dataclass(frozen=True)
class Functions:
    """What parses a buffer, and makes octets at once."""

    module: str
    install: str

    def form(self, sample: Sample) -> Form:
        return sample.functions

    def make(self, form: Form) -> str:
        return form.make.format(into="")

    def append(self, form: Form) -> str:
        return form.make.format(into=", into=into")

    def parse(self) -> dict[str, str]:
        return {"item": "_", "items": "(None,)", "body": "parse_frames(octets)"}

    def read(self, form: Form) -> dict[str, str]:
        return {"item": "frame", "items": "parse_frames(octets)[0]", "body": "; ".join(form.read)}


@dataclass(frozen=True)
class Classes:
    """What makes an object of each frame, and is called as hyperframe is."""

    module: str
    install: str

    def form(self, sample: Sample) -> Form:
        return sample.classes

    def make(self, form: Form) -> str:
        return f"{form.make}.serialize()"

    def append(self, form: Form) -> str:
        return f"into += {self.make(form)}"

    def parse(self) -> dict[str, str]:
        body = (
            "frame, length = Frame.parse_frame_header(view[at:at + 9]); "
            "frame.parse_body(view[at + 9:at + 9 + length])"
        )
        return {"item": "at", "items": "range(0, len(view), size)", "body": body}

    def read(self, form: Form) -> dict[str, str]:
        parse = self.parse()
        return {**parse, "body": "; ".join((parse["body"], *form.read))}


Api = Functions | Classes

# Each of ours is measured by itself against the peers. The last one says what is right.
OURS_BY_LAYER: dict[str, Api] = {
    "h2fast.frames": Functions("h2fast.frames", "pip install -e ."),
    "h2fast.hyperframe": Classes("h2fast.hyperframe.frame", "pip install -e ."),
}
PEERS: dict[str, Api] = {
    "jh2": Classes("jh2.hyperframe.frame", "pip install jh2"),
    "hyperframe": Classes("hyperframe.frame", "pip install hyperframe"),
}
IMPLEMENTATIONS = (OURS, *PEERS)


@cache
def _names(api: Api) -> dict[str, Any]:
    """What expressions see."""
    try:
        module = import_module(api.module)
    except ImportError as error:
        raise MissingError(f"no {api.module}: {api.install}") from error
    return {**vars(module), **CONSTANTS, "perf_counter": perf_counter}


@cache
def octets(name: str) -> bytes:
    """The octets of a sample, as hyperframe serialises it."""
    api = PEERS["hyperframe"]
    return bytes(eval(api.make(api.form(SAMPLES[name])), _names(api)))


def _compile(api: Api, name: str, **parts: str) -> Callable[[], Any]:
    buffer = octets(name) * FRAMES
    names = {**_names(api), "octets": buffer, "view": memoryview(buffer), "size": len(octets(name))}
    exec(ONE_PASS.format(**parts), names)
    return names["one_pass"]  # type: ignore[no-any-return]


def _one_pass(api: Api, operation: str, name: str) -> Callable[[], float]:
    form = api.form(SAMPLES[name])
    if operation == "parse":
        return _compile(api, name, **api.parse())
    if operation == "read":
        return _compile(api, name, **api.read(form))
    body = api.make(form) if operation == "serialise" else api.append(form)
    return _compile(api, name, item="_", items=f"range({FRAMES})", body=body)


def _check(api: Api, name: str) -> None:
    """Makes the octets of hyperframe, and reads from them what the sample says."""
    form, names = api.form(SAMPLES[name]), {**_names(api), "into": bytearray()}
    if eval(api.make(form), names) != octets(name):
        raise AssertionError(f"{api.module} makes another {name} frame")
    exec(api.append(form), names)
    if names["into"] != octets(name):
        raise AssertionError(f"{api.module} appends another {name} frame")
    view = memoryview(octets(name))
    names |= {"octets": octets(name), "view": view, "size": len(view)}
    exec("for {item} in {items}: {body}".format(**api.read(form)), names)
    for expression, expected in form.read.items():
        if eval(expression, names) != expected:
            raise AssertionError(f"{api.module} reads another {expression} of {name}")


@cache
def contest(layer: str, operation: str, name: str) -> Contest:
    contestants, missing = {}, {}
    for implementation, api in {OURS: OURS_BY_LAYER[layer], **PEERS}.items():
        try:
            _check(api, name)
        except MissingError as error:
            if implementation == OURS:
                raise
            missing[implementation] = str(error)
        else:
            one_pass = _one_pass(api, operation, name)
            contestants[implementation] = partial(without_collector, one_pass)
    return Contest(layer, operation, name, "frame", FRAMES, contestants, missing)
