# The streams of a connection, and how those were closed that are gone. Part of _h2.pyx.

cdef enum:
    FIRST_LOGGED = 64
    MOST_LOGGED = 65536  # of each side; they take 32 KiB


@cython.final
cdef class _Streams(dict):
    """The living streams by identifier. What is put in or taken out by hand counts at once."""

    cdef _Shared shared

    def __cinit__(self, *args, **kwargs):
        self.shared = _Shared()

    cdef int drop(self, stream_id, stream) except -1:
        cdef list closed = self.shared.closed
        if isinstance(stream, H2Stream) and (<H2Stream>stream).shared is self.shared:
            (<H2Stream>stream).leave()
        # Whoever takes the closed ones out leaves nothing to sweep.
        if len(closed) > 2 * len(self) + FIRST_LOGGED:
            self.shared.closed = []
            for closed_id in closed:
                if closed_id in self:
                    self.shared.closed.append(closed_id)
        return 0

    def __setitem__(self, stream_id, stream):
        before = self.get(stream_id)
        if before is stream and before is not None:
            return
        self.drop(stream_id, before)
        dict.__setitem__(self, stream_id, stream)
        if isinstance(stream, H2Stream):
            (<H2Stream>stream).join(self.shared)

    def __delitem__(self, stream_id):
        self.pop(stream_id)

    def pop(self, stream_id, *default):
        stream = dict.pop(self, stream_id, *default)
        self.drop(stream_id, stream)
        return stream

    def popitem(self):
        stream_id, stream = dict.popitem(self)
        self.drop(stream_id, stream)
        return stream_id, stream

    def clear(self):
        while self:
            self.popitem()

    def setdefault(self, stream_id, default=None):
        if stream_id not in self:
            self[stream_id] = default
        return self[stream_id]

    def update(self, *args, **kwargs):
        for stream_id, stream in dict(*args, **kwargs).items():
            self[stream_id] = stream

    def __copy__(self):
        return dict(self)

    def __ior__(self, other):
        self.update(other)
        return self


# How a stream was closed takes four bits: 0 for one that is not known, 1 for one that a fault closed,
# else 2 more than its StreamClosedBy.
cdef enum:
    NOT_KNOWN = 0
    BY_FAULT = 1
    BY_FIRST = 2


@cython.final
cdef class _ClosedLog:
    """How the latest streams of one side were closed, by number: their identifiers, halved."""

    cdef bytearray nibbles
    cdef int64_t cap   # a power of two
    cdef int64_t next  # one more than the highest number

    def __cinit__(self):
        self.nibbles = bytearray(FIRST_LOGGED // 2)
        self.cap = FIRST_LOGGED

    cdef inline int64_t first(self) noexcept:
        return max(self.next - self.cap, 0)

    cdef int look_up(self, int64_t number) noexcept:
        cdef uint8_t *octet = <uint8_t *>self.nibbles + (number & self.cap - 1) // 2
        if not self.first() <= number < self.next:
            return NOT_KNOWN
        return octet[0] >> 4 if number & 1 else octet[0] & 15

    cdef void pass_over(self, int64_t number) noexcept:
        """Knows nothing of the streams up to a number: whole octets at once, since a peer may pass over
        all of the log with each of its streams."""
        cdef int64_t at, run
        while self.next <= number:
            at = self.next & self.cap - 1
            run = min(number + 1 - self.next, self.cap - at)
            if at & 1 or run == 1:
                self.put(self.next, NOT_KNOWN)
                self.next += 1
            else:
                memset(<uint8_t *>self.nibbles + at // 2, 0, run // 2)
                self.next += run & ~1

    cdef void put(self, int64_t number, int how) noexcept:
        cdef uint8_t *octet = <uint8_t *>self.nibbles + (number & self.cap - 1) // 2
        if number & 1:
            octet[0] = octet[0] & 0x0F | how << 4
        else:
            octet[0] = octet[0] & 0xF0 | how

    cdef int log(self, int64_t number, int how) except -1:
        if number >= self.next:
            # While it grows, it has not begun to overwrite: places stay as they are.
            while self.cap <= number and self.cap < MOST_LOGGED:
                self.nibbles.extend(bytes(self.cap // 2))
                self.cap *= 2
            if number - self.next >= self.cap:
                self.next = number + 1 - self.cap
            self.pass_over(number)
        if number >= self.first():
            self.put(number, how)
        return 0


class _ClosedStreams(MutableMapping):
    """How the streams that are gone were closed: a :class:`StreamClosedBy`, or None for a fault.

    It knows the 65,536 latest of each side, at four bits each.
    """

    __slots__ = ("_even", "_odd")

    def __init__(self, _ClosedLog even not None, _ClosedLog odd not None):
        self._even = even
        self._odd = odd

    def _log(self, stream_id):
        return self._odd if stream_id % 2 else self._even

    def __getitem__(self, stream_id):
        cdef _ClosedLog log = self._log(stream_id)
        cdef int how = log.look_up(stream_id // 2)
        if how == NOT_KNOWN:
            raise KeyError(stream_id)
        return None if how == BY_FAULT else _CLOSED_BY[how - BY_FIRST]

    def __setitem__(self, stream_id, closed_by):
        cdef _ClosedLog log = self._log(stream_id)
        log.log(stream_id // 2, BY_FAULT if closed_by is None else BY_FIRST + closed_by.value)

    def __delitem__(self, stream_id):
        cdef _ClosedLog log = self._log(stream_id)
        if log.look_up(stream_id // 2) == NOT_KNOWN:
            raise KeyError(stream_id)
        log.put(stream_id // 2, NOT_KNOWN)

    def __iter__(self):
        for log, bit in ((self._even, 0), (self._odd, 1)):
            for number in range((<_ClosedLog?>log).first(), (<_ClosedLog?>log).next):
                if (<_ClosedLog?>log).look_up(number) != NOT_KNOWN:
                    yield 2 * number + bit

    def __len__(self):
        return sum(1 for _ in self)

    def __repr__(self):
        return repr(dict(self))

    def __sizeof__(self):
        return object.__sizeof__(self) + sum(
            (<_ClosedLog?>log).nibbles.__sizeof__() for log in (self._even, self._odd))
