# The drop-in for priority: its exceptions, streams and trees. Part of _priority.pyx.

cdef extern from *:
    """
    /* What a class does for next(). */
    static iternextfunc h2fast_get_next(PyTypeObject *cls) {
        return cls->tp_iternext;
    }
    static void h2fast_set_next(PyTypeObject *cls, iternextfunc function) {
        cls->tp_iternext = function;
    }
    """
    ctypedef object (*iternextfunc)(object)
    iternextfunc h2fast_get_next(PyTypeObject *cls)
    void h2fast_set_next(PyTypeObject *cls, iternextfunc function)


class PriorityError(Exception):
    """The base of all errors of this package."""

    __module__ = "h2fast.priority.priority"


class DeadlockError(PriorityError):
    """There is no stream to have a turn: all are blocked."""

    __module__ = "h2fast.priority.priority"


class PriorityLoop(PriorityError):  # noqa: N818
    """A stream would depend on itself, or on one that has too many others above it."""

    __module__ = "h2fast.priority.priority"


class DuplicateStreamError(PriorityError):
    """The stream is in the tree already."""

    __module__ = "h2fast.priority.priority"


class MissingStreamError(KeyError, PriorityError):
    """The stream is not in the tree."""

    __module__ = "h2fast.priority.priority"


class TooManyStreamsError(PriorityError):
    """The tree has as many streams as it may have."""

    __module__ = "h2fast.priority.priority"


class BadWeightError(PriorityError):
    """A weight is not an integer from 1 to 256."""

    __module__ = "h2fast.priority.priority"


class PseudoStreamError(PriorityError):
    """Stream 0 is no stream that this can be done to."""

    __module__ = "h2fast.priority.priority"


# Numbers of streams that are at least this far from 0 are none of HTTP/2's, but upstream takes any
# integer. They are known to the core by others, in the same order: see PriorityTree._keys.
cdef int64_t _FAR = 1 << 62
cdef int64_t _ABSENT = INT64_MIN  # a number that no stream has in the core


cdef int _weight_of(object weight) except? -1:
    """The weight for the core, 0 for one that is none."""
    cdef int overflow = 0
    cdef long long value
    if not PyLong_Check(weight):
        return 0
    value = PyLong_AsLongLongAndOverflow(weight, &overflow)
    return <int>value if not overflow and 1 <= value <= 256 else 0


cdef object _bad_weight(object weight):
    if not PyLong_Check(weight):
        return BadWeightError("Stream weight should be an integer")
    return BadWeightError("Stream weight must be between 1 and 256 (inclusive)")


cdef class Stream:
    """A stream and what depends on it.

    Those of a tree are views of it. By themselves, streams can be made into trees of their own.

    :param stream_id: the number of the stream.
    :param weight: its weight, 1 to 256.
    :raises BadWeightError: the weight is none of these.
    :raises TypeError: the number is no integer.
    """

    cdef h2f_priority_node *_node
    cdef bint _owns  # the node is no part of a PriorityTree
    cdef bint _is_far  # the number is too large to be queued by
    cdef object _id
    # Of a tree made by hand: what keeps the other streams of it.
    cdef Stream _parent
    cdef dict _children
    cdef PriorityTree _tree
    cdef object __weakref__

    def __cinit__(self, *args, **kwargs):
        self._node = NULL

    def __dealloc__(self):
        if self._node != NULL:
            self._node.owner = NULL
            if self._owns:
                h2f_priority_node_del(self._node)

    cdef h2f_priority_node *_get(self) except NULL:
        if self._node == NULL:
            raise AttributeError("the stream was not initialised")
        return self._node

    cdef object _set(self, object stream_id, object weight):
        cdef int overflow = 0
        cdef int value = _weight_of(weight)
        cdef object number = operator.index(stream_id)
        cdef long long id = PyLong_AsLongLongAndOverflow(number, &overflow)
        if value == 0:
            raise _bad_weight(weight)
        if self._node != NULL:
            raise TypeError("a stream is initialised once")
        self._node = h2f_priority_node_new(0 if overflow else id, value)
        if self._node == NULL:
            raise MemoryError()
        self._node.owner = <void *>self
        self._owns = True
        self._is_far = overflow != 0
        self._id = stream_id
        self._children = {}

    @property
    def stream_id(self):
        """The number of the stream."""
        self._get()
        return self._id

    @property
    def weight(self):
        """The weight, 1 to 256: the share that it has of what its parent has."""
        return self._get().weight

    @weight.setter
    def weight(self, value):
        cdef int weight = _weight_of(value)
        if weight == 0:
            raise _bad_weight(value)
        h2f_priority_node_settle(self._get())
        self._node.weight = weight

    @property
    def _weight(self):
        return self._get().weight

    @property
    def active(self):
        """Whether the stream can have turns: it is not blocked."""
        return self._get().active != 0

    @active.setter
    def active(self, value):
        if self._get().parent == NULL and self._tree is not None:
            raise PseudoStreamError("Cannot unblock stream 0")
        h2f_priority_node_set_active(self._node, 1 if value else 0)

    @property
    def parent(self):
        """The stream that this one depends on, or None."""
        return _view(self._get().parent, self._tree)

    @property
    def children(self):
        """A list of the streams that depend on this one."""
        cdef h2f_priority_node *child = self._get().first
        children = []
        while child != NULL:
            children.append(_view(child, self._tree))
            child = child.next
        return children

    @property
    def child_queue(self):
        """A list of the same streams with their levels, in the order of their turns."""
        cdef h2f_priority_node *node = self._get()
        cdef h2f_priority_entry *entry
        cdef uint32_t i
        h2f_priority_node_settle(node)
        queue = []
        for i in range(node.ready + node.idle):
            entry = &node.queue[i if i < node.ready else node.queue_cap - 1 - (i - node.ready)]
            queue.append((entry.level, _view(entry.node, self._tree)))
        return sorted(queue)

    @property
    def last_weight(self):
        """The level of the child that was charged last, where new children begin."""
        h2f_priority_node_settle(self._get())
        return self._node.last_level

    @property
    def _deficit(self):
        h2f_priority_node_settle(self._get())
        return self._node.deficit

    cdef int _check_free(self, Stream child) except -1:
        self._get()
        child._get()
        if self._tree is not None or child._tree is not None:
            raise TypeError("the stream is part of a PriorityTree, whose methods move it")
        return 0

    cdef int _add(self, Stream child, bint exclusive) except -1:
        cdef h2f_priority_node *above = self._get()
        self._check_free(child)
        if child._node.parent != NULL:
            raise ValueError(f"{child!r} depends on another stream already")
        if self._is_far or child._is_far:
            raise OverflowError("a stream with a number of more than 63 bits cannot be queued")
        while above != NULL:
            if above == child._node:
                raise PriorityLoop("Stream %d must not depend on itself." % child._id)
            above = above.parent
        if h2f_priority_node_add(self._node, child._node, exclusive):
            raise MemoryError()
        if exclusive:
            for moved in self._children.values():
                (<Stream>moved)._parent = child
            child._children.update(self._children)
            self._children.clear()
        self._children[id(child)] = child
        child._parent = self
        return 0

    def add_child(self, child):
        """Let a stream depend on this one.

        :param child: a :class:`Stream`.
        :raises PriorityLoop: it is this one, or this one depends on it.
        :raises ValueError: it depends on a stream already.
        :raises TypeError: one of them is part of a PriorityTree, whose methods move it.
        :raises OverflowError: one of them has a number of more than 63 bits.
        """
        self._add(<Stream?>child, False)

    def add_child_exclusive(self, child):
        """Let a stream depend on this one, and all that did so depend on it (RFC 7540 section 5.3.1).

        :param child: a :class:`Stream`. The errors are those of :meth:`add_child`.
        """
        self._add(<Stream?>child, True)

    def remove_child(self, child, strip_children=True):
        """Take a stream away.

        :param child: a :class:`Stream`.
        :param strip_children: whether what depends on it depends on this one from then on.
        :raises ValueError: it does not depend on this one.
        :raises TypeError: one of them is part of a PriorityTree, whose methods move it.
        """
        cdef Stream taken = <Stream?>child
        self._check_free(taken)
        if taken._parent is not self:
            raise ValueError("list.remove(x): x not in list")
        if h2f_priority_node_take(taken._node, 1 if strip_children else 0):
            raise MemoryError()
        del self._children[id(child)]
        taken._parent = None
        if strip_children:
            for moved in taken._children.values():
                (<Stream>moved)._parent = self
            self._children.update(taken._children)
            taken._children.clear()

    def schedule(self):
        """Give the next turn to a stream below this one, which is blocked.

        :returns: the number of the stream.
        :raises IndexError: all are blocked.
        :raises AssertionError: this one is not.
        """
        cdef int64_t id = 0
        if self._get().active:
            raise AssertionError("an active stream has turns itself")
        if not h2f_priority_node_next(self._node, &id):
            raise IndexError("index out of range")
        return id if self._tree is None else self._tree._number(id)


cdef object _view(h2f_priority_node *node, PriorityTree tree):
    """The stream of a node."""
    cdef Stream stream
    if node == NULL:
        return None
    if node.owner != NULL:
        return <Stream>node.owner
    stream = Stream.__new__(Stream)
    stream._id = tree._number(node.id)
    stream._tree = tree
    stream._children = {}
    stream._node = node
    node.owner = <void *>stream
    return stream


cdef class PriorityTree:
    """The streams of a connection, and whose turn it is to send (RFC 7540 section 5.3).

    Iterate over it, or call ``next``, for the numbers of the streams in the order of their turns.

    :param maximum_streams: the number of streams that the tree may have, stream 0 among them. One
        more is a :class:`TooManyStreamsError`.
    :raises ValueError: it is less than 1.
    :raises TypeError: it is no integer.
    """

    cdef h2f_priority_tree _c
    cdef object _maximum
    cdef list _far_above, _far_below  # numbers that the core knows by others, by distance from 0
    cdef object __weakref__

    def __cinit__(self, *args, **kwargs):
        h2f_priority_tree_init(&self._c, 1000)
        self._maximum = 1000

    def __dealloc__(self):
        cdef h2f_priority_node *node = &self._c.root
        cdef uint32_t at = 0
        # Views have the tree: there are some only where the garbage collector took it from them.
        while node != NULL:
            if node.owner != NULL:
                (<Stream>node.owner)._node = NULL
            node = h2f_priority_tree_each(&self._c, &at)
        h2f_priority_tree_free(&self._c)

    def __sizeof__(self):
        return object.__sizeof__(self) + h2f_priority_tree_heap_size(&self._c)

    cdef object _set_maximum(self, object maximum):
        if not PyLong_Check(maximum):
            raise TypeError("maximum_streams must be an int.")
        if maximum <= 0:
            raise ValueError("maximum_streams must be a positive integer.")
        self._maximum = maximum
        self._c.maximum = min(maximum, H2F_MAX_PRIORITIES)

    # Numbers. A far one is known to the core as _FAR and its place among the far ones on its side of
    # 0, which moves when one comes or goes before it.

    cdef int64_t _key(self, object stream_id) except? -1:
        """What the core knows a stream by; _ABSENT for a far one that is not in the tree."""
        cdef int overflow = 0
        cdef long long value
        if not PyLong_Check(stream_id):
            stream_id = operator.index(stream_id)
        value = PyLong_AsLongLongAndOverflow(stream_id, &overflow)
        if not overflow and -_FAR < value < _FAR:
            return value
        return self._far_key(stream_id)

    cdef int64_t _far_key(self, object stream_id) except? -1:
        far = self._far_above if stream_id > 0 else self._far_below
        if far is not None:
            place = bisect_left(far, abs(stream_id))
            if place < len(far) and far[place] == abs(stream_id):
                return _FAR + place if stream_id > 0 else -_FAR - place
        return _ABSENT

    cdef object _number(self, int64_t key):
        if -_FAR < key < _FAR:
            return key
        return self._far_above[key - _FAR] if key > 0 else -self._far_below[-_FAR - key]

    cdef object _shift_far(self, int64_t sign, int64_t first, int64_t by):
        """Moves all on one side of 0 from a place on up or down by one."""
        cdef h2f_priority_node *node
        far = self._far_above if sign > 0 else self._far_below
        places = range(first, len(far))
        for place in reversed(places) if by > 0 else places:
            node = h2f_priority_tree_find(&self._c, sign * (_FAR + <int64_t>place))
            if node != NULL:
                h2f_priority_tree_renumber(
                    &self._c, node, sign * (_FAR + <int64_t>place + by))

    cdef object _add_far(self, object stream_id):
        cdef int64_t sign = 1 if stream_id > 0 else -1
        if self._far_above is None:
            self._far_above = []
            self._far_below = []
        far = self._far_above if sign > 0 else self._far_below
        place = bisect_left(far, abs(stream_id))
        self._shift_far(sign, place, 1)
        far.insert(place, abs(stream_id))

    cdef object _drop_far(self, object stream_id):
        """Forgets a far number if the tree has no stream with it."""
        cdef int64_t key = self._key(stream_id)
        cdef int64_t sign = 1 if key > 0 else -1
        if -_FAR < key < _FAR or key == _ABSENT or h2f_priority_tree_find(&self._c, key) != NULL:
            return
        place = sign * key - _FAR
        self._shift_far(sign, place + 1, -1)
        del (self._far_above if sign > 0 else self._far_below)[place]

    cdef int _call(
        self, object stream_id, object depends_on, object weight, object exclusive, bint insert
    ) except? 1:
        """Inserts or reprioritises. Returns 0 or the error of the core."""
        cdef int64_t id = self._key(stream_id)
        cdef int64_t parent = self._key(depends_on) if depends_on else 0
        cdef int value = _weight_of(weight)
        cdef bint alone = exclusive
        if id == _ABSENT or parent == _ABSENT:
            return self._call_far(stream_id, depends_on, weight, alone, insert)
        if insert:
            return h2f_priority_tree_insert(&self._c, id, parent, value, alone)
        return h2f_priority_tree_reprioritize(&self._c, id, parent, value, alone)

    cdef int _call_far(
        self, object stream_id, object depends_on, object weight, bint exclusive, bint insert
    ) except? 1:
        cdef int error
        if not insert and self._key(stream_id) == _ABSENT:
            return H2F_ERR_PRIORITY_MISSING
        added = []
        for each in stream_id, depends_on or 0:
            if self._key(each) == _ABSENT:
                self._add_far(each)
                added.append(each)
        error = self._call(stream_id, depends_on, weight, exclusive, insert)
        for each in added:
            self._drop_far(each)
        return error

    cdef object _error(self, int error, object stream_id, str what):
        if error == H2F_ERR_PRIORITY_EXISTS:
            return DuplicateStreamError("Stream %d already in tree" % stream_id)
        if error == H2F_ERR_PRIORITY_FULL:
            return TooManyStreamsError(
                "Refusing to insert %d streams into priority tree at once" % (self._maximum + 1))
        if error == H2F_ERR_PRIORITY_MISSING:
            return MissingStreamError("Stream %d not in tree" % stream_id)
        if error == H2F_ERR_PRIORITY_ROOT:
            return PseudoStreamError(f"Cannot {what} stream 0")
        return MemoryError()

    def insert_stream(self, stream_id, depends_on=None, weight=16, exclusive=False):
        """Add a stream.

        :param depends_on: the stream that it depends on. One that is not there is added, blocked.
        :param weight: 1 to 256.
        :param exclusive: whether all that depended on that stream depends on the new one from now on.
        :raises DuplicateStreamError: it is there.
        :raises TooManyStreamsError: the tree has as many as it may have.
        :raises BadWeightError: the weight is none.
        :raises PriorityLoop: it would depend on itself.
        """
        cdef int error = self._call(stream_id, depends_on, weight, exclusive, True)
        if error == 0:
            return
        if error == H2F_ERR_PRIORITY_WEIGHT:
            raise _bad_weight(weight)
        if error == H2F_ERR_PRIORITY_ITSELF:
            raise PriorityLoop("Stream %d must not depend on itself." % stream_id)
        raise self._error(error, stream_id, "insert")

    def reprioritize(self, stream_id, depends_on=None, weight=16, exclusive=False):
        """Move a stream, with all that depends on it.

        :param depends_on: the stream that it depends on from now on; stream 0 unless given. One that
            is not there is added, blocked. One that depends on the stream takes its place before.
        :param weight: 1 to 256.
        :param exclusive: whether all that depended on that stream depends on this one from now on.
        :raises MissingStreamError: it is not there.
        :raises PseudoStreamError: it is stream 0.
        :raises PriorityLoop: it would depend on itself, or on one with more than 100 others above it.
        :raises TooManyStreamsError: the stream to depend on cannot be added.
        :raises BadWeightError: the weight is none.
        """
        cdef int error = self._call(stream_id, depends_on, weight, exclusive, False)
        if error == 0:
            return
        if error == H2F_ERR_PRIORITY_WEIGHT:
            raise _bad_weight(weight)
        if error == H2F_ERR_PRIORITY_ITSELF:
            raise PriorityLoop("Stream %d must not depend on itself" % stream_id)
        if error == H2F_ERR_PRIORITY_DEEP:
            raise PriorityLoop("Stream %d is in a priority loop." % depends_on)
        raise self._error(error, stream_id, "reprioritize")

    def remove_stream(self, stream_id):
        """Take a stream out. What depends on it depends on its parent from now on.

        :raises MissingStreamError: it is not there.
        :raises PseudoStreamError: it is stream 0.
        """
        cdef h2f_priority_node *removed = NULL
        cdef Stream stream
        cdef int64_t key = self._key(stream_id)
        cdef int error = h2f_priority_tree_remove(&self._c, key, &removed)
        if error:
            raise self._error(error, stream_id, "remove")
        if removed.owner != NULL:
            stream = <Stream>removed.owner
            stream._owns = True
            stream._is_far = not -_FAR < key < _FAR
            stream._tree = None
        else:
            h2f_priority_node_del(removed)
        if not -_FAR < key < _FAR:
            self._drop_far(stream_id)

    def block(self, stream_id):
        """Let a stream have no turns: it has nothing to send.

        :raises MissingStreamError: it is not there.
        :raises PseudoStreamError: it is stream 0.
        """
        cdef int error = h2f_priority_tree_set_active(&self._c, self._key(stream_id), 0)
        if error:
            raise self._error(error, stream_id, "block")

    def unblock(self, stream_id):
        """Let a stream have turns again.

        :raises MissingStreamError: it is not there.
        :raises PseudoStreamError: it is stream 0.
        """
        cdef int error = h2f_priority_tree_set_active(&self._c, self._key(stream_id), 1)
        if error:
            raise self._error(error, stream_id, "unblock")

    cdef object _next(self):
        cdef int64_t key = 0
        if not h2f_priority_node_next(&self._c.root, &key):
            raise DeadlockError("No unblocked streams to schedule.")
        return self._number(key)

    def __next__(self):
        return self._next()

    def next(self):
        """The number of the stream whose turn it is.

        :raises DeadlockError: all are blocked.
        """
        return self._next()

    @property
    def _root_stream(self):
        return _view(&self._c.root, self)

    @property
    def _streams(self):
        """A new dictionary of all streams by their numbers."""
        cdef h2f_priority_node *node
        cdef uint32_t at = 0
        streams = [self._root_stream]
        # Making a view may set off a finalizer that changes the tree: first the numbers.
        numbers = []
        while True:
            node = h2f_priority_tree_each(&self._c, &at)
            if node == NULL:
                break
            numbers.append(node.id)
        for number in sorted(numbers):
            node = h2f_priority_tree_find(&self._c, number)
            if node != NULL:
                streams.append(_view(node, self))
        return {stream.stream_id: stream for stream in streams}

    @property
    def _maximum_streams(self):
        return self._maximum

    def _get_or_insert_parent(self, parent_stream_id):
        """The stream; one that is not there is added, blocked."""
        if h2f_priority_tree_find(&self._c, self._key(parent_stream_id)) == NULL:
            self.insert_stream(parent_stream_id)
            self.block(parent_stream_id)
        return _view(h2f_priority_tree_find(&self._c, self._key(parent_stream_id)), self)

    def _exclusive_insert(self, parent_stream, inserted_stream):
        """Let a stream depend exclusively on another: not on one of a tree."""
        parent_stream.add_child_exclusive(inserted_stream)


# These methods are functions, as upstream's are, for whoever looks at their signatures: Cython would
# make slots of them.

def _init_stream(self, stream_id, weight=16):
    (<Stream?>self)._set(stream_id, weight)


def _repr_stream(self):
    return "Stream<id=%d, weight=%d>" % (self.stream_id, self.weight)


def _is_equal(self, other):
    return isinstance(other, Stream) and self.stream_id == other.stream_id


def _is_unequal(self, other):
    return not self == other


def _comparison(compare):
    def compared(self, other):
        if not isinstance(other, Stream):
            return NotImplemented
        return compare(self.stream_id, other.stream_id)

    return compared


def _init_tree(self, maximum_streams=1000):
    (<PriorityTree?>self)._set_maximum(maximum_streams)


def _iterate(self):
    return self


def _next_of(self):
    return (<PriorityTree?>self)._next()


def _stream_cycle(new_parent, current):
    """Whether one stream depends on another one."""
    parent = new_parent
    for _ in range(100):
        parent = parent.parent
        if parent.stream_id == current.stream_id:
            return True
        if parent.stream_id == 0:
            return False
    raise PriorityLoop("Stream %d is in a priority loop." % new_parent.stream_id)


def _define(cls, **methods):
    cls.__module__ = "h2fast.priority.priority"
    for name, method in methods.items():
        method.__name__ = name
        method.__qualname__ = f"{cls.__name__}.{name}"
        setattr(cls, name, method)

_define(
    Stream, __init__=_init_stream, __repr__=_repr_stream, __eq__=_is_equal, __ne__=_is_unequal,
    __lt__=_comparison(operator.lt), __le__=_comparison(operator.le),
    __gt__=_comparison(operator.gt), __ge__=_comparison(operator.ge),
)
Stream.__hash__ = None

# The function is for those who look, and for subclasses; next() goes straight into the core.
cdef iternextfunc _straight = h2fast_get_next(<PyTypeObject *>PriorityTree)
_define(PriorityTree, __init__=_init_tree, __iter__=_iterate, __next__=_next_of)
h2fast_set_next(<PyTypeObject *>PriorityTree, _straight)
_stream_cycle.__module__ = "h2fast.priority.priority"
del _define, _init_stream, _repr_stream, _is_equal, _is_unequal, _comparison, _init_tree
del _iterate, _next_of
