"""HPACK (RFC 7541) over the C core: the classes and functions of ``h2fast.hpack``.

The modules of ``h2fast.hpack`` give these the names that hpack's own modules have. Where a class
is used as it is, its C state does all the work. Where somebody overrode one of its steps, or gave
it a table of their own, the steps run one by one in the methods upstream has for them.
"""

cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from h2fast._core cimport *
from h2fast._pairs cimport make_pair
from h2fast._strings cimport is_string, octets_of

from collections import deque

include "_hpack_types.pxi"
include "_hpack_coding.pxi"
include "_hpack_table.pxi"
include "_hpack_encoder.pxi"
include "_hpack_decoder.pxi"


# The classes are those of hpack's modules. These methods are functions, as upstream's are, for
# whoever looks at their signatures: Cython would make slots of them. __cinit__ has done the work.

def _init_encoder(self) -> None:
    """An encoder with an empty table of 4096 octets."""


def _init_decoder(self, max_header_list_size: int = H2F_HPACK_DEFAULT_MAX_LIST_SIZE) -> None:
    """A decoder with an empty table of 4096 octets.

    :param max_header_list_size: see the attribute; 64 KiB unless given.
    """
    self.max_header_list_size = max_header_list_size


def _init_table(self) -> None:
    """An empty table of 4096 octets."""


def _repr_table(self):
    return f"HeaderTable({self.maxsize}, {self.resized}, {self.dynamic_entries!r})"


def _define(cls, module, **methods):
    cls.__module__ = f"h2fast.hpack.{module}"
    for name, method in methods.items():
        method.__name__ = name
        method.__qualname__ = f"{cls.__name__}.{name}"
        setattr(cls, name, method)

_define(Encoder, "hpack", __init__=_init_encoder)
_define(Decoder, "hpack", __init__=_init_decoder)
_define(HeaderTable, "table", __init__=_init_table, __repr__=_repr_table)
del _define, _init_encoder, _init_decoder, _init_table, _repr_table

for _function in (
    encode_integer, decode_integer, _to_bytes, _dict_to_iterable, _unicode_if_needed,
):
    _function.__module__ = "h2fast.hpack.hpack"
del _function
