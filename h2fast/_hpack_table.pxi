# The header table (RFC 7541 section 2.3), and what others made of its methods. Part of _hpack.pyx.

cdef _steps(cls, names):
    return {name: cls.__dict__[name] for name in names}


cdef bint _is_changed(cls, dict steps) except -1:
    """Whether a class, or a base of it, has other steps than those defined here."""
    for name, step in steps.items():
        if getattr(cls, name) is not step:
            return True
    return False


cdef bytes _entry_name(const h2f_hpack_entry *entry):
    return PyBytes_FromStringAndSize(<const char *>entry.name, entry.name_len)


cdef bytes _entry_value(const h2f_hpack_entry *entry):
    return PyBytes_FromStringAndSize(<const char *>entry.name + entry.name_len, entry.value_len)


cdef class HeaderTable:
    """The static and a dynamic header table in one index space (RFC 7541 section 2.3)."""

    def __cinit__(self, *args, **kwargs):
        h2f_hpack_table_init(&self._c, H2F_HPACK_DEFAULT_TABLE_SIZE)
        h2f_hpack_index_init(&self._index)

    def __dealloc__(self):
        h2f_hpack_table_free(&self._c)
        h2f_hpack_index_free(&self._index)

    cdef int _check_not_lent(self) except -1:
        """Refuses calls that come out of a running decode, by way of the garbage collector."""
        if self._lent:
            raise RuntimeError("the header table is in use by a decoder: re-entrant call")
        return 0

    def __sizeof__(self):
        return (
            object.__sizeof__(self)
            + h2f_hpack_table_heap_size(&self._c)
            + h2f_hpack_index_heap_size(&self._index)
        )

    def get_by_index(self, index):
        """The entry ``(name, value)`` at an index counted from 1, static entries first.

        :raises InvalidTableIndex: there is none (RFC 7541 section 2.3.3).
        """
        cdef const h2f_hpack_entry *entry = NULL
        if 0 < index <= H2F_HPACK_MAX_INTEGER:
            entry = h2f_hpack_table_get(&self._c, index)
        if entry == NULL:
            raise InvalidTableIndex(f"Invalid table index {index}")
        return _entry_name(entry), _entry_value(entry)

    def add(self, name, value):
        """Insert an entry, evicting the oldest until it fits (RFC 7541 section 4.4).

        :raises TypeError: name or value is not ``bytes``.
        """
        cdef bytes n = _require_bytes("name", name), v = _require_bytes("value", value)
        cdef size_t name_len = len(n), value_len = len(v)
        self._check_not_lent()
        _raise_no_memory(h2f_hpack_table_prepare(&self._c, name_len + value_len))
        h2f_hpack_table_insert_copy(&self._c, _octets(n), name_len, _octets(v), value_len)

    def search(self, name, value):
        """Look for an entry, in the static table first and then from the newest.

        :returns: ``(index, name, value)``, or ``(index, name, None)`` where only the name is in a
            table, or ``None``.
        :raises TypeError: name or value is not ``bytes``.
        """
        cdef bytes n = _require_bytes("name", name), v = _require_bytes("value", value)
        cdef int name_only
        _raise_no_memory(h2f_hpack_index_follow(&self._index, &self._c))
        index = h2f_hpack_index_search(
            &self._index, &self._c, _octets(n), len(n), _octets(v), len(v),
            h2f_hpack_hash(_octets(n), len(n), _octets(v), len(v)), &name_only)
        if index == 0:
            return None
        return index, n, None if name_only else v

    @property
    def maxsize(self):
        """The size in octets that the dynamic table is kept within (RFC 7541 section 4.2)."""
        return self._c.max_size

    @maxsize.setter
    def maxsize(self, newmax):
        cdef uint64_t size = max(int(newmax), 0)
        self._check_not_lent()
        # Not taken back by a second assignment: the first one is still to be announced.
        self._resized |= size != self._c.max_size
        h2f_hpack_table_resize(&self._c, size)

    @property
    def resized(self):
        """Whether ``maxsize`` has changed since an encoder announced it."""
        return self._resized

    @resized.setter
    def resized(self, value):
        self._resized = value

    @property
    def _maxsize(self):
        return self._c.max_size

    @property
    def _current_size(self):
        return self._c.size

    @property
    def dynamic_entries(self):
        """A copy of the dynamic table: a deque of ``(name, value)``, the newest first."""
        cdef const h2f_hpack_entry *entry
        cdef uint32_t age = 0
        entries = deque()
        while True:  # the tuple may set off a finalizer that evicts
            entry = h2f_hpack_table_get(&self._c, H2F_HPACK_STATIC_ENTRIES + 1 + age)
            if entry == NULL:
                return entries
            entries.append((_entry_name(entry), _entry_value(entry)))
            age += 1

    def _shrink(self):
        """Evict what is above the maximum size: nothing, since none ever is."""
        h2f_hpack_table_resize(&self._c, self._c.max_size)


cdef dict _TABLE_STEPS = _steps(HeaderTable, ("add", "search", "get_by_index", "maxsize"))


cdef HeaderTable _plain_table(table):
    """A table that the C code may work on behind its methods' back, or None."""
    if type(table) is HeaderTable and not _is_changed(HeaderTable, _TABLE_STEPS):
        return <HeaderTable>table
    return None


HeaderTable.DEFAULT_SIZE = H2F_HPACK_DEFAULT_TABLE_SIZE
HeaderTable.STATIC_TABLE_LENGTH = H2F_HPACK_STATIC_ENTRIES
HeaderTable.STATIC_TABLE = tuple(
    [HeaderTable().get_by_index(index) for index in range(1, H2F_HPACK_STATIC_ENTRIES + 1)])

# The static entries as finished headers.
cdef list _STATIC_RAW = [HeaderTuple(*entry) for entry in HeaderTable.STATIC_TABLE]
cdef list _STATIC_TEXT = [
    HeaderTuple(name.decode(), value.decode()) for name, value in HeaderTable.STATIC_TABLE]
