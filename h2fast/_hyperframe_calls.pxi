# Making an object of exactly one of the classes without the chain of their __init__, which takes
# longer than all the rest. Part of _hyperframe.pyx.
#
# A call with the arguments that everybody gives sets the C fields from a table. Any other call, and
# any call of a class whose __init__ was replaced, goes through __init__, which also refuses what is
# wrong.

cdef enum:
    MAX_PARAMETERS = 8

# Where the value of a parameter goes: to the field that the class names so.
cdef enum:
    TO_STREAM_ID, TO_OCTETS, TO_PAD_LENGTH, TO_FIRST, TO_SECOND, TO_THIRD, TO_FLAGS, TO_TYPE

cdef dict _FIELDS = {
    "stream_id": TO_STREAM_ID, "flags": TO_FLAGS, "type": TO_TYPE,
    _octets: TO_OCTETS, _pad_length: TO_PAD_LENGTH,
    _first: TO_FIRST, _second: TO_SECOND, _third: TO_THIRD,
}

ctypedef struct _Parameters:
    PyObject *names[MAX_PARAMETERS]  # interned
    int fields[MAX_PARAMETERS]
    int count
    int positional
    int required

cdef _Parameters _PARAMETERS[KINDS]
cdef list _INITS = [None] * KINDS  # the __init__ of each class and of its bases
cdef unsigned _VERSIONS[KINDS]     # the version of the class that was found as it was
cdef list _OWNED = []  # what the tables point to


cdef inline bint _is_ours(int kind, PyTypeObject *cls) except -1:
    """Whether it is the class of this kind, and makes its objects as it always did."""
    cdef unsigned version
    if cls != _CLASSES[kind]:
        return 0
    version = h2fast_class_version(cls)
    if version == 0 or version != _VERSIONS[kind]:
        if _is_replaced(kind):
            return 0
        _VERSIONS[kind] = version
    return 1


cdef list _inits_of(cls):
    cdef list inits = []
    for base in cls.__mro__:
        inits.append(vars(base).get("__init__"))
    return inits


cdef bint _is_replaced(int kind) except -1:
    """Whether an __init__ of the class or its bases is not what it was, or it has a __new__."""
    cls = <object>_CLASSES[kind]
    return cls.__new__ is not Frame.__new__ or (
        _INITS[kind] != _inits_of(cls))


cdef Frame _new_frame(int kind):
    """An object of a class, with what all its parameters are by default."""
    cdef Frame frame = h2fast_new(_CLASSES[kind], ())
    frame._kind = kind
    frame.stream_id = frame.body_len = 0
    frame._octets = {} if kind == SETTINGS else b""
    frame._pad_length = frame._second = 0
    frame._first = b"" if kind == ALTSVC else 0
    frame._third = False
    return frame


cdef object _construct(
        PyObject *cls, PyObject *const *arguments, size_t nargsf, PyObject *keywords):
    """What type.__call__ does, for the classes of this module (PEP 590)."""
    cdef Py_ssize_t positional = PyVectorcall_NARGS(nargsf)
    cdef Py_ssize_t named = 0 if keywords == NULL else PyTuple_GET_SIZE(<object>keywords)
    cdef int kind = DATA
    while kind < EXTENSION and _CLASSES[kind] != <PyTypeObject *>cls:
        kind += 1
    if _is_ours(kind, <PyTypeObject *>cls) and positional <= _PARAMETERS[kind].positional:
        frame = _new_frame(kind)
        if _set_fields(frame, &_PARAMETERS[kind], arguments, positional, keywords, named):
            return frame
    given = tuple([<object>arguments[i] for i in range(positional)])
    options = {
        <object>PyTuple_GET_ITEM(<object>keywords, i): <object>arguments[positional + i]
        for i in range(named)}
    return h2fast_call(cls, given, options)


cdef bint _set_fields(
        Frame frame, _Parameters *parameters, PyObject *const *arguments, Py_ssize_t positional,
        PyObject *keywords, Py_ssize_t named) except -1:
    """Sets what a call gives; or returns 0 where it is a call that __init__ has to look at."""
    cdef Py_ssize_t i
    cdef int at
    cdef unsigned seen = (1 << positional) - 1
    cdef PyObject *flags = NULL
    for i in range(positional):
        _set_field(frame, parameters.fields[i], <object>arguments[i])
    for i in range(named):
        at = _find_parameter(parameters, PyTuple_GET_ITEM(<object>keywords, i))
        if at < 0 or seen & 1 << at:
            return 0
        seen |= 1 << at
        if parameters.fields[at] == TO_FLAGS:
            flags = arguments[positional + i]
        else:
            _set_field(frame, parameters.fields[at], <object>arguments[positional + i])
    if ~seen & ((1 << parameters.required) - 1):
        return 0
    if flags != NULL:
        _add_flags(frame, <object>flags)
    _check_fields(frame)
    return 1


cdef inline int _find_parameter(_Parameters *parameters, PyObject *name) noexcept:
    cdef int i
    for i in range(parameters.count):
        if parameters.names[i] == name:
            return i
    return -1


cdef inline int _set_field(Frame frame, int field, value) except -1:
    if field == TO_STREAM_ID:
        frame.stream_id = value
    elif field == TO_OCTETS:
        frame._octets = value
    elif field == TO_PAD_LENGTH:
        frame._pad_length = value
    elif field == TO_FIRST:
        frame._first = value
    elif field == TO_SECOND:
        frame._second = value
    elif field == TO_THIRD:
        frame._third = value
    else:
        frame.type = value
    return 0


cdef object _add_flags(Frame frame, flags):
    bits = <dict>_FLAG_BITS[frame._kind]
    for flag in flags:
        bit = PyDict_GetItemWithError(bits, flag)
        if bit == NULL:
            frame.flags.add(flag)  # which refuses it
        frame._flag_byte |= <uint8_t><object>bit


cdef object _check_fields(Frame frame):
    """What __init__ looks at, in its order."""
    _check_stream(frame, _NEEDS_STREAM[frame._kind], _NEEDS_CONNECTION[frame._kind])
    if frame._kind == SETTINGS:
        _check_settings(frame._octets, frame._flag_byte & H2F_FLAG_ACK)
        if not frame._octets:
            frame._octets = {}
    elif frame._kind == ALTSVC:
        _check_altsvc(frame._first, frame._octets)


def _parameters(function):
    """The names of a function's parameters but the first, and how many of them have no default."""
    count = function.__code__.co_argcount
    return function.__code__.co_varnames[1:count], count - 1 - len(function.__defaults__ or ())


cdef object _add_parameters(_Parameters *parameters, cls):
    """Collects what the chain of __init__ takes: by position what the first takes, the rest by
    name."""
    first, parameters.required = _parameters(cls.__init__)
    parameters.positional = len(first)
    names = dict.fromkeys(
        name for base in cls.__mro__[:-1] if "__init__" in vars(base)
        for name in _parameters(base.__init__)[0])
    for name in names:
        name = sys.intern(name)
        _OWNED.append(name)
        parameters.names[parameters.count] = <PyObject *>name
        parameters.fields[parameters.count] = _FIELDS[name if name in _FIELDS else vars(cls)[name]]
        parameters.count += 1


cdef object _register(int kind, cls, _Writer write):
    """Fills the tables for a class, and has it called through them."""
    _CLASSES[kind] = <PyTypeObject *>cls
    _INITS[kind] = _inits_of(cls)
    _WRITERS[kind] = write
    _FLAG_BITS[kind] = {flag.name: flag.bit for flag in cls.defined_flags}
    _FLAG_MASKS[kind] = sum(flag.bit for flag in cls.defined_flags)
    _NEEDS_STREAM[kind] = cls.stream_association == _HAS_STREAM
    _NEEDS_CONNECTION[kind] = cls.stream_association == _NO_STREAM
    _add_parameters(&_PARAMETERS[kind], cls)
    h2fast_set_vectorcall(_CLASSES[kind], <vectorcallfunc>_construct)
    if kind != EXTENSION:
        FRAMES[kind - 1] = cls


def _finish_classes():
    """The tables of the classes, and the classes' own look."""
    for name in ("_octets", "_pad_length", "_first", "_second", "_third"):
        delattr(Frame, name)
    for name in ("__init__", "__repr__"):
        method = vars(_FrameMethods)[name]
        method.__qualname__ = f"Frame.{name}"
        setattr(Frame, name, method)
    _register(DATA, DataFrame, _write_data)
    _register(HEADERS, HeadersFrame, _write_headers)
    _register(PRIORITY, PriorityFrame, _write_priority_frame)
    _register(RST_STREAM, RstStreamFrame, _write_number)
    _register(SETTINGS, SettingsFrame, _write_settings)
    _register(PUSH_PROMISE, PushPromiseFrame, _write_push_promise)
    _register(PING, PingFrame, _write_ping)
    _register(GOAWAY, GoAwayFrame, _write_goaway)
    _register(WINDOW_UPDATE, WindowUpdateFrame, _write_window_update)
    _register(CONTINUATION, ContinuationFrame, _write_all)
    _register(ALTSVC, AltSvcFrame, _write_altsvc)
    _register(EXTENSION, ExtensionFrame, _write_all)
    for cls in (Frame, Padding, Priority, ExtensionFrame, *FRAMES.values()):
        cls.__module__ = "h2fast.hyperframe.frame"
    _raw_data_repr.__module__ = "h2fast.hyperframe.frame"

_finish_classes()
del _finish_classes, _octets, _pad_length, _first, _second, _third, _FrameMethods
