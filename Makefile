# Every target makes the virtual environment it needs; nothing else has to be there but Python
# 3.10+ with its headers and venv, make and a C compiler.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES = setup.py pyproject.toml $(wildcard csrc/*.[ch] h2fast/*.pyx h2fast/*.px[di])

.PHONY: test interop recipes differential compat demo bench hostile check-memory coverage mutations soak lint fuzz \
	fuzz-coverage fuzz-python clean

# An editable installation, built again when a source has changed. pip 25.1 is the first that knows
# dependency groups.
$(VENV)/built: $(SOURCES)
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade 'pip>=25.1'
	$(PIP) install --group test 'setuptools>=77' 'Cython>=3.3,<4'
	$(PIP) install --no-build-isolation --editable .
	touch $@

test: $(VENV)/built
	$(BIN)/python -m pytest $(ARGS)

# With other implementations, those of them that are there; H2FAST_INTEROP_MIB is the size of a large
# body.
interop: $(VENV)/built
	$(PIP) install --group interop
	$(BIN)/python -m pytest tests/interop $(ARGS)

# The programs of docs/recipes.md. mitmproxy pins releases of its own. With H2FAST_RECIPES_ALL=1 a package
# that is missing is a failure.
RECIPES = build/recipes
recipes: $(VENV)/built $(RECIPES)/mitmproxy
	$(PIP) install --group recipes
	$(BIN)/python -m pytest tests/recipes $(ARGS)

$(RECIPES)/mitmproxy:
	$(PYTHON) -m venv $@
	$@/bin/python -m pip --disable-pip-version-check --quiet install mitmproxy

# A million steps of connections beside those of h2.
differential: $(VENV)/built
	H2FAST_RANDOM_WALKS=25000 $(BIN)/python -m pytest -s tests/differential/test_h2_walk.py $(ARGS)

# Other projects' suites, on the original packages and on h2fast; SUITES picks some. grpclib's are in
# its repository, a checkout of which H2FAST_GRPCLIB names.
compat: $(VENV)/built
	$(BIN)/python -m tests.compat $(SUITES)

demo: $(VENV)/built
	$(PIP) install --group demo
	$(BIN)/python bench/demo/demo.py

bench: $(VENV)/built
	$(PIP) install --group bench
	$(BIN)/python -m pytest bench
	$(BIN)/python -m bench.report
	$(BIN)/python -m bench.end_to_end

# What attacks cost; fails where that is more than docs/security.md says.
hostile: $(VENV)/built
	$(BIN)/python -m bench.hostile $(ARGS)

# How much of csrc and of the Python modules the tests run; of csrc, by gcov.
coverage: $(VENV)/built
	$(PIP) install --group coverage
	tests/coverage $(BIN)/python

# Faults that are put into HPACK and flow control, and whether tests see them.
mutations: $(VENV)/built
	$(BIN)/python tests/mutations.py

# Many requests, and how much memory they leave.
REQUESTS ?= 10000000
soak: $(VENV)/built
	$(BIN)/python tests/leaks/soak.py $(REQUESTS)

# The suite under sanitizers, valgrind, a debug interpreter and more; CHECKS names some of them.
check-memory: $(VENV)/built
	tests/memory/check $(BIN)/python $(CHECKS)

lint: $(VENV)/built
	$(PIP) install --group lint --group bench --group demo
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest h2fast._hpack h2fast._frames h2fast._hyperframe h2fast._connection \
		h2fast._priority h2fast._h2

# One libFuzzer target for so many seconds, such as: make fuzz TARGET=fuzz_hpack_decode SECONDS=60;
# ARGS are libFuzzer's.
TARGET ?= fuzz_hpack_decode
SECONDS ?= 60
fuzz:
	tests/fuzz/run $(TARGET) $(SECONDS) $(ARGS)

# How much of csrc the targets run with what was found so far; TARGETS names some of them.
fuzz-coverage:
	tests/fuzz/coverage $(TARGETS)

# Any octets through the Python API, with atheris where it can be installed; where CI is set, it has to be.
fuzz-python: $(VENV)/built
	$(PIP) install atheris || [ -z "$$CI" ]
	tests/fuzz/run_python $(BIN)/python $(SECONDS) $(ARGS)

clean:
	rm -rf build dist *.egg-info h2fast/*.so $(VENV)
