# What a peer may do that costs us more than it. Part of _h2.pyx.

cdef class _Limits:
    """The ceilings of a connection, what they have counted, and what to do beyond: see
    docs/security.md for each. Their names are those of h2fast.Connection's options."""

    cdef h2f_bucket resets      # the peer's
    cdef h2f_bucket own_resets  # that it makes us send
    cdef h2f_bucket glitches    # frames that change nothing
    cdef uint32_t max_unsent_answers
    cdef uint32_t unsent_answers
    cdef uint32_t max_settings_entries
    cdef uint32_t max_empty_data
    cdef uint32_t empty_data  # in a row
    cdef uint32_t max_empty_continuations
    cdef uint32_t empty_continuations
    cdef uint64_t block_octets
    cdef uint32_t max_interim
    cdef uint32_t max_pushed
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
        self.max_interim = H2F_DEFAULT_MAX_INTERIM
        self.max_pushed = H2F_DEFAULT_MAX_PUSHED

    def set(self, name, value):
        """Changes a limit: a number or, of max_resets, max_own_resets and max_glitches, a pair of how
        many at once and how many a second."""
        if name in ("max_resets", "max_own_resets", "max_glitches"):
            _set_bucket(
                &self.resets if name == "max_resets" else
                &self.own_resets if name == "max_own_resets" else &self.glitches, value)
        elif name == "max_unsent_answers":
            self.max_unsent_answers = value
        elif name == "max_settings_entries":
            self.max_settings_entries = value
        elif name == "max_empty_data":
            self.max_empty_data = value
        elif name == "max_empty_continuations":
            self.max_empty_continuations = value
        elif name == "max_interim":
            self.max_interim = value
        elif name == "max_pushed":
            self.max_pushed = value
        else:
            raise ValueError(f"there is no limit {name!r}")

    def counters(self):
        return {
            "max_resets": self.resets.spent,
            "max_own_resets": self.own_resets.spent,
            "max_glitches": self.glitches.spent,
            "max_unsent_answers": self.unsent_answers,
            "max_empty_data": self.empty_data,
        }

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

    cdef int count_interim(self, H2Stream stream) except -1:
        if stream.interim_received >= self.max_interim:
            _exceed("max_interim", "interim responses")
        stream.interim_received += 1
        return 0

    cdef int count_window_update(self, size_t streams) except -1:
        """RFC 9113 section 10.5: updates that let nothing go out."""
        self.window_updates_received += 1
        if self.window_updates_received > 5 + 2 * (
                <int64_t>streams + 10 * self.data_frames_sent):
            self.count_glitch()
        return 0

    cdef int count_data(self, const h2f_frame *frame, const uint8_t *payload) except -1:
        cdef uint32_t padding = 0
        if frame.flags & H2F_FLAG_PADDED and frame.length != 0:
            padding = 1 + payload[0]
        if frame.length > padding or frame.flags & H2F_FLAG_END_STREAM:
            self.empty_data = 0
            return 0
        self.empty_data += 1
        if self.empty_data > self.max_empty_data:
            _exceed("max_empty_data", "empty DATA frames in a row")
        return 0

    cdef int count_block(self, const h2f_frame *frame, decoder) except -1:
        """Counts the part of a header block that is spread over several frames."""
        if frame.type == H2F_FRAME_HEADERS or frame.type == H2F_FRAME_PUSH_PROMISE:
            self.empty_continuations = self.block_octets = 0
        elif frame.type != H2F_FRAME_CONTINUATION:
            return 0
        elif frame.length == 0 and not frame.flags & H2F_FLAG_END_HEADERS:
            self.empty_continuations += 1
            if self.empty_continuations > self.max_empty_continuations:
                _exceed("max_empty_continuations", "empty CONTINUATION frames")
        self.block_octets += frame.length
        # Its fields may have half of it, with the overhead of their encoding.
        if self.block_octets > 2 * decoder.max_header_list_size + H2F_FRAME_DEFAULT_MAX_SIZE:
            _exceed("max_header_list_size", "octets in a header block")
        return 0

    cdef int count_settings(self, const h2f_frame *frame, size_t unsent) except -1:
        if frame.length // 6 > self.max_settings_entries:
            _exceed("max_settings_entries", "settings in a frame")
        return self.count_answer(unsent)


cdef int _set_bucket(h2f_bucket *bucket, value) except -1:
    bucket.capacity, bucket.refill = value
    return 0


cdef object _exceed(str name, str what):
    raise LimitExceededError(f"more {what} than {name} allows (RFC 9113 section 10.5)", name)
