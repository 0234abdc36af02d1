# Every target makes the virtual environment it needs; nothing else has to be there but Python
# 3.10+, make and a C compiler.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES = setup.py pyproject.toml $(wildcard csrc/*.[ch] h2fast/*.pyx h2fast/*.px[di])

.PHONY: test interop recipes compat demo bench lint fuzz clean

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

# The programs of docs/recipes.md. mitmproxy pins releases of its own.
RECIPES = build/recipes
recipes: $(VENV)/built $(RECIPES)/mitmproxy
	$(PIP) install --group recipes
	$(BIN)/python -m pytest tests/recipes $(ARGS)

$(RECIPES)/mitmproxy:
	$(PYTHON) -m venv $@
	$@/bin/python -m pip --disable-pip-version-check --quiet install mitmproxy

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

lint: $(VENV)/built
	$(PIP) install --group lint --group bench --group demo
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest h2fast._hpack h2fast._frames h2fast._hyperframe h2fast._connection \
		h2fast._priority h2fast._h2

# One libFuzzer target for so many seconds, such as: make fuzz TARGET=fuzz_hpack_decode SECONDS=60
TARGET ?= fuzz_hpack_decode
SECONDS ?= 60
fuzz:
	tests/fuzz/run $(TARGET) $(SECONDS)

clean:
	rm -rf build dist *.egg-info h2fast/*.so $(VENV)
