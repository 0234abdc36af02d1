# What a peer may do that costs us more than it. Part of _h2.pyx.

cdef class _Limits:
    """The ceilings of a connection, what they have counted, and what to do beyond: see
    docs/security.md for each. Their names are those of h2fast.Connection's options."""

    cdef h2f_bucket resets      # the peer's
    cdef h2f_bucket own_resets  # that it makes us send
    cdef h2f_bucket glitches    # frames that change nothing
    cdef h2f_bucket small_data  # without a limit unless set
    cdef object clock        # the caller's, or None
    cdef object clock_error  # what it has raised, and not been told of yet
    cdef int64_t time        # the last that it said, in milliseconds
    cdef bint in_clock
    cdef uint32_t max_unsent_answers
    cdef uint32_t unsent_answers
    cdef uint32_t max_settings_entries
    cdef uint32_t settings_entries
    cdef uint32_t max_empty_data
    cdef uint32_t empty_data  # in a row
    cdef int64_t max_continuations  # UNSET: the buffer of frames has a ceiling of its own
    cdef uint32_t continuations
    cdef uint32_t max_empty_continuations
    cdef uint32_t empty_continuations
    cdef uint64_t block_octets
    cdef uint32_t max_interim
    cdef uint32_t interim  # of the last stream with one
    cdef uint32_t max_pushed
    cdef int64_t streams_opened
    cdef int64_t data_frames_sent
    cdef int64_t window_updates_received

    def __cinit__(self):
        self.resets.capacity = self.own_resets.capacity = H2F_DEFAULT_MAX_RESETS
        self.resets.refill = self.own_resets.refill = H2F_DEFAULT_RESETS_REFILL
        self.glitches.capacity = H2F_DEFAULT_MAX_GLITCHES
        self.glitches.refill = H2F_DEFAULT_GLITCHES_REFILL
        self.max_unsent_answers = H2F_DEFAULT_MAX_UNSENT_ANSWERS
        self.max_settings_entries = H2F_DEFAULT_MAX_SETTINGS_ENTRIES
        self.max_empty_data = H2F_DEFAULT_MAX_EMPTY_DATA
        self.max_empty_continuations = H2F_DEFAULT_MAX_EMPTY_CONTINUATIONS
        self.max_continuations = UNSET
        self.max_interim = H2F_DEFAULT_MAX_INTERIM
        self.max_pushed = H2F_DEFAULT_MAX_PUSHED

    def set(self, str name, value):
        """Changes a limit: a number or, of max_resets, max_own_resets, max_glitches and max_small_data,
        a pair of how many at once and how many a second; or the clock of these."""
        if name == "clock":
            self.set_clock(value)
        elif name == "max_resets":
            _set_bucket(&self.resets, name, value)
        elif name == "max_own_resets":
            _set_bucket(&self.own_resets, name, value)
        elif name == "max_glitches":
            _set_bucket(&self.glitches, name, value)
        elif name == "max_small_data":
            _set_bucket(&self.small_data, name, value)
        elif name == "max_unsent_answers":
            self.max_unsent_answers = _ceiling(name, value)
        elif name == "max_settings_entries":
            self.max_settings_entries = _ceiling(name, value)
        elif name == "max_empty_data":
            self.max_empty_data = _ceiling(name, value)
        elif name == "max_continuations":
            self.max_continuations = _ceiling(name, value, H2F_DEFAULT_MAX_CONTINUATIONS)
        elif name == "max_empty_continuations":
            self.max_empty_continuations = _ceiling(name, value)
        elif name == "max_interim":
            self.max_interim = _ceiling(name, value)
        elif name == "max_pushed":
            self.max_pushed = _ceiling(name, value)
        else:
            raise ValueError(f"there is no limit {name!r}")

    cdef int set_clock(self, clock) except -1:
        if not callable(clock):
            raise TypeError(f"clock is a callable that returns seconds, not {clock!r}")
        self.clock = clock
        self.resets.clock = self.own_resets.clock = _read_clock
        self.glitches.clock = self.small_data.clock = _read_clock
        self.resets.context = self.own_resets.context = <void *>self
        self.glitches.context = self.small_data.context = <void *>self
        return 0

    cdef inline int check_clock(self) except -1:
        """A clock cannot use the connection that calls it."""
        if self.in_clock:
            raise RuntimeError("the connection is in use: re-entrant call")
        return 0

    cdef int count_glitch(self) except -1:
        if not h2f_bucket_take(&self.glitches):
            _exceed("max_glitches", "frames without effect")
        return 0

    cdef int count_answer(self, size_t unsent) except -1:
        """Counts a frame that wants an answer, with so many octets that nobody has taken."""
        if unsent == 0:
            self.unsent_answers = 0
        if self.unsent_answers >= self.max_unsent_answers:
            _exceed("max_unsent_answers", "answers waiting")
        self.unsent_answers += 1
        return 0

    cdef int count_own_reset(self, size_t unsent) except -1:
        if not h2f_bucket_take(&self.own_resets):
            _exceed("max_own_resets", "faults of streams")
        return self.count_answer(unsent)

    cdef bint count_late_frame(self, size_t unsent, bint has_content) except -1:
        """Counts a frame that was under way when this end reset its stream. Returns whether to answer:
        an honest peer may have sent any number, and needs no more of it. In small messages, a window
        holds much content."""
        if not has_content:
            self.count_glitch()
        if unsent == 0:
            self.unsent_answers = 0
        if self.unsent_answers >= self.max_unsent_answers:
            return False
        self.unsent_answers += 1
        return True

    cdef int count_interim(self, H2Stream stream, uint64_t octets, uint64_t most) except -1:
        """Counts an interim response by the size of its header list: together they have one's."""
        stream.interim_octets += octets
        if stream.interim_received >= self.max_interim or stream.interim_octets > most:
            _exceed("max_interim", "interim responses")
        stream.interim_received += 1
        self.interim = stream.interim_received
        return 0

    cdef int count_window_update(self) except -1:
        """RFC 9113 section 10.5: updates that let nothing go out."""
        self.window_updates_received += 1
        if self.window_updates_received > self.fair_window_updates():
            self.count_glitch()
        return 0

    cdef int64_t fair_window_updates(self) noexcept:
        return (H2F_FAIR_UPDATES + H2F_FAIR_UPDATES_OF_A_STREAM * self.streams_opened
                + H2F_FAIR_UPDATES_OF_DATA * self.data_frames_sent)

    cdef int count_data(self, const h2f_frame *frame, const uint8_t *payload) except -1:
        cdef uint32_t padding = 0
        if frame.flags & H2F_FLAG_PADDED and frame.length != 0:
            padding = 1 + payload[0]
        if frame.flags & H2F_FLAG_END_STREAM:
            self.empty_data = 0
            return 0
        self.empty_data = 0 if frame.length > padding else self.empty_data + 1
        if self.empty_data > self.max_empty_data:
            _exceed("max_empty_data", "empty DATA frames in a row")
        if (self.small_data.capacity != 0 and frame.length < padding + H2F_SMALL_DATA
                and not h2f_bucket_take(&self.small_data)):
            _exceed("max_small_data", "small DATA frames")
        return 0

    cdef int count_block(self, const h2f_frame *frame, decoder) except -1:
        """Counts the part of a header block that is spread over several frames."""
        if frame.type == H2F_FRAME_HEADERS or frame.type == H2F_FRAME_PUSH_PROMISE:
            self.continuations = self.empty_continuations = self.block_octets = 0
        elif frame.type != H2F_FRAME_CONTINUATION:
            return 0
        else:
            self.continuations += 1
            if self.max_continuations != UNSET and self.continuations > self.max_continuations:
                _exceed("max_continuations", "CONTINUATION frames")
        if frame.type == H2F_FRAME_CONTINUATION and frame.length == 0 and not frame.flags & H2F_FLAG_END_HEADERS:
            self.empty_continuations += 1
            if self.empty_continuations > self.max_empty_continuations:
                _exceed("max_empty_continuations", "empty CONTINUATION frames")
        self.block_octets += frame.length
        # Its fields may have half of it, with the overhead of their encoding.
        if self.block_octets > 2 * _longest_list(decoder):
            _exceed("max_header_list_size", "octets in a header block")
        return 0

    cdef int count_settings(self, const h2f_frame *frame, size_t unsent) except -1:
        self.settings_entries = frame.length // 6
        if self.settings_entries > self.max_settings_entries:
            _exceed("max_settings_entries", "settings in a frame")
        return self.count_answer(unsent)


cdef uint64_t _longest_list(decoder) except? 0:
    """The octets of the longest header list that a decoder takes; a program's own may not say."""
    most = getattr(decoder, "max_header_list_size", None)
    if type(most) is not int or most < 0:
        return H2F_HPACK_DEFAULT_MAX_LIST_SIZE
    return min(most, 2 ** 62)


cdef int64_t _read_clock(void *context) noexcept:
    """Milliseconds by the caller's clock, which has stopped when it raises."""
    cdef _Limits limits = <_Limits>context
    cdef double seconds
    if limits.clock_error is None:
        limits.in_clock = True
        try:
            seconds = limits.clock()
            if not -1e12 < seconds < 1e12:
                raise ValueError(f"the clock of a connection says {seconds}")
            limits.time = <int64_t>(seconds * 1000) or 1  # at 0, a bucket was never looked at
        except BaseException as error:
            limits.clock_error = error
        limits.in_clock = False
    return limits.time


cdef int _set_bucket(h2f_bucket *bucket, str name, value) except -1:
    capacity, refill = value
    bucket.capacity = _ceiling(name, capacity)
    bucket.refill = _ceiling(name, refill)
    return 0


cdef uint32_t _ceiling(str name, value, uint32_t most=0xFFFFFFFF) except? 0xFFFFFFFF:
    if not 0 <= value <= most:
        raise ValueError(f"{name} is from 0 to {most}, not {value}")
    return value


cdef object _exceed(str name, str what):
    raise LimitExceededError(f"more {what} than {name} allows (RFC 9113 section 10.5)", name)
