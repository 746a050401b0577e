# Needs make and Python 3.11 or newer; everything else goes into .venv.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed
EXTRAS := train,audio,mic,words,xlsx,ray,baseline,tune,mlflow,wandb,serve,dev
# Not in constraints.txt: its builds for processors and for each CUDA version have hashes of their own.
TORCH := torch==2.13.0

# More processes than this need more memory than time they save: each loads torch.
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal

BUNDLED := src/emotion_classifier/bundled

.DEFAULT_GOAL := help
.PHONY: help install demo bundled-model test test-slow lint format docs constraints clean

help:  ## Show this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP)  ## Make .venv with the command `emotion` in it.

demo: install  ## Train on synthetic voices, score on unseen ones, predict: a few minutes.
	$(BIN)/emotion demo

bundled-model: LICENCE := --encoder-licence tools/licences/openai_whisper.txt
bundled-model: install  ## Score and train the models that ship in the package: hours.
	$(BIN)/emotion bundle bundled_frozen --leave-one-corpus-out $(LICENCE) --output runs/bundled/frozen
	$(BIN)/emotion bundle bundled --left-out corpora --leave-one-corpus-out --weights int8 $(LICENCE) \
	  --output $(BUNDLED)/default
	$(BIN)/emotion bundle bundled_small --left-out corpora --output $(BUNDLED)/small
	$(BIN)/emotion bundle bundled_crema_d_frozen $(LICENCE) --output runs/bundled/crema-d-frozen
	$(BIN)/emotion bundle bundled_crema_d --left-out corpora --weights int8 $(LICENCE) --output $(BUNDLED)/crema_d

test: install  ## Run the tests.
	$(PYTEST)

test-slow: install  ## Run the tests that take longer.
	$(PYTEST) -m slow

lint: install  ## Check format, style, types and layers.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install  ## Bring all files into format.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: install  ## Write docs/settings.md anew.
	{ printf '# Settings\n\nWritten by `make docs`: every option, in the order of the classes.\n\n'; \
	  printf '## Recordings and live audio\n\n`configs/inference_config.yml`, `--config FILE`.\n\n'; \
	  $(BIN)/emotion config reference inference --format markdown; \
	  printf '\n## A run\n\n`configs/config.yml` and the recipes (`emotion recipes list`).\n\n'; \
	  $(BIN)/emotion config reference run --format markdown; \
	  printf '\n## Tuning\n\n`configs/tune.yml`, `emotion tune`.\n\n'; \
	  $(BIN)/emotion config reference tuning --format markdown; \
	  printf '\n## The service\n\n`emotion serve`.\n\n'; \
	  $(BIN)/emotion config reference service --format markdown; } > docs/settings.md

constraints:  ## Write constraints.txt anew: versions with hashes, for every system (needs uv).
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --custom-compile-command 'make constraints' \
	  --output-file constraints.txt > /dev/null
	awk '/^[^ #]/ { torch = /^(torch==|triton==|cuda-|nvidia-)/ } !torch' constraints.txt > constraints.tmp
	mv constraints.tmp constraints.txt

clean:  ## Remove .venv and what tools and builds leave behind; runs/ and data/ stay.
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is missing or older than Python 3.11: install a newer one, or name it," \
	    "for example: make install PYTHON=python3.12" >&2; exit 2; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install '$(TORCH)'
	$(BIN)/python -m pip install --no-deps --require-hashes --requirement constraints.txt
	$(BIN)/python -m pip install --editable '.[$(EXTRAS)]'
	@touch $@
