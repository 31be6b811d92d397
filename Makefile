# Everything a developer does here. Each target sets itself up: a fresh clone needs Python 3.11 to 3.14 and make.
# The oldest there is, for which the locks and the types are made.
PYTHON ?= $(shell for one in python3.11 python3.12 python3.13 python3.14; do $$one -c "" 2>/dev/null && echo $$one && break; done)
# The workers' own (template.yaml, Runtime): their zips hold its wheels and byte code.
RUNTIME_PYTHON ?= python3.14
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SOURCES := pipelines steps expectations local tools tests bench
# What a streaming worker's zip holds of our own: neither Polars nor Great Expectations is in its reach.
WORKER_SOURCES := steps/__init__.py steps/workers steps/streaming steps/shared

.DEFAULT_GOAL := help
.PHONY: help build install demo test audit sam test-faults test-packaging lint check smoke format bench reference sample-report screenshots recording lock clean

help: ## What there is to do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(STAMP): requirements/dev.txt requirements/bootstrap.txt pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || { echo "Python 3.11, 3.12, 3.13 or 3.14 is needed; name it with make PYTHON=..."; exit 1; }
	@echo "Setting up $(VENV) (once; one to three minutes, mostly downloads)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

install: $(STAMP) ## Set up .venv from the hashed lock

demo: $(STAMP) ## The whole job on a sample of each kind, on an embedded AWS
	@$(BIN)/vf demo $(ARGS)

# Both have a target of their own; CI leaves out nothing.
WITHOUT ?= faults packaging
# On 2 cores: a test of a whole run waits for timers of the embedded AWS about half of its time.
PROCESSES ?= 3
test: $(STAMP) ## All tests but those of the next two targets
	@$(BIN)/python -m pytest -n $(PROCESSES) --dist loadgroup $(addprefix --ignore tests/,$(WITHOUT)) $(ARGS)

test-faults: $(STAMP) ## Whole runs with faults between the functions and AWS
	@$(BIN)/python -m pytest -n 2 --dist loadgroup tests/faults $(ARGS)

test-packaging: $(STAMP) ## The image's content and the workers' zips, started as Lambda starts them
	@$(BIN)/python -m pytest tests/packaging $(ARGS)

lint: $(STAMP) ## Format, lint, types, import contract, template
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/cfn-lint template.yaml

check: lint ## The same, and tests of template, state machines and documents
	@$(BIN)/python -m pytest -q -n 2 tests/contracts

# checkov wants a boto3 of long ago, so it lives apart from everything else.
AUDIT := $(VENV)/audit
audit: $(STAMP) ## The template's security, by checkov
	@test -x $(AUDIT)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(AUDIT)
	@$(BIN)/uv pip sync --quiet --python $(AUDIT)/bin/python --require-hashes requirements/audit.txt
	@$(AUDIT)/bin/checkov --config-file .checkov.yaml

# SAM's CLI pins click and boto3 of its own; validating asks nobody, building asks the registry for wheels.
SAM := $(VENV)/sam
sam: $(STAMP) ## What SAM's own CLI says of the template, and a worker built by it
	@test -x $(SAM)/bin/python || $(BIN)/uv venv --quiet --python $(BIN)/python $(SAM)
	@$(BIN)/uv pip sync --quiet --python $(SAM)/bin/python --require-hashes requirements/sam.txt
	@SAM_CLI_TELEMETRY=0 $(SAM)/bin/sam validate --lint --region us-east-1
	@# A worker's zip needs no container engine; one stands for the four, which differ in nothing but the handler.
	@SAM_CLI_TELEMETRY=0 RUNTIME_PYTHON=$(PYTHON) $(SAM)/bin/sam build --region us-east-1 --build-in-source --build-dir $(SAM)/build \
		LoadScoresToDynamoDBFunction >$(SAM)/build.log 2>&1 || { cat $(SAM)/build.log; exit 1; }
	@test -f $(SAM)/build/LoadScoresToDynamoDBFunction/steps/workers/load_scores_to_dynamodb.py
	@grep -q 'CodeUri: LoadScoresToDynamoDBFunction' $(SAM)/build/template.yaml && echo "and a worker builds with it."

# Lambda takes neither an image with attestations, which Docker's builder adds by default, nor one for ARM.
build: ## The functions' image and zips by SAM's CLI, which has to be installed, for `sam deploy`
	BUILDX_NO_DEFAULT_ATTESTATIONS=1 DOCKER_DEFAULT_PLATFORM=linux/amd64 sam build --build-in-source $(ARGS)

smoke: $(STAMP) ## A throw-away stack in AWS with a run of each kind: STACK=NAME
	@$(BIN)/python -m tests.smoke $(STACK) $(ARGS)

format: $(STAMP) ## Put the code in its format
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix $(SOURCES)

bench: $(STAMP) ## Measure speed and memory, as ratios
	@$(BIN)/python -m bench $(ARGS)

reference: $(STAMP) ## Make the tables of the Polars engine's README anew
	@$(BIN)/python -m tests.expectations.support

sample-report: $(STAMP) ## Make docs/sample-report.html and its picture anew
	@$(BIN)/python -m tools.sample_report

screenshots: $(STAMP) ## Pictures of every page, to look at: desktop, phone, dark and paper, in build/screenshots
	@$(BIN)/python -m tests.browser.screenshots

recording: $(STAMP) ## Record README's terminal session anew: docs/demo.svg
	@$(BIN)/python -m tools.recording

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock: $(STAMP) ## Pin anew: ARGS=--upgrade takes newer versions
	@$(COMPILE) $(ARGS) --all-extras pyproject.toml -o requirements/dev.txt
	@$(COMPILE) -c requirements/dev.txt --extra steps pyproject.toml -o requirements/steps.txt
	@$(COMPILE) -c requirements/dev.txt pyproject.toml -o requirements/workers.txt
	@grep '^uv==' requirements/dev.txt | cut -d' ' -f1 | $(COMPILE) - -o requirements/bootstrap.txt
	@for tool in checkov:audit aws-sam-cli:sam; do \
		grep "^$${tool%:*}==" requirements/$${tool#*:}.txt | cut -d' ' -f1 | $(COMPILE) - -o requirements/$${tool#*:}.txt; \
	done

clean: ## Remove what the targets made
	rm -rf $(VENV) .aws-sam .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist docs/data-quality

# `sam build` calls this for every function with BuildMethod: makefile.
build-%Function:
	mkdir -p "$(ARTIFACTS_DIR)/steps"
	cp -R $(WORKER_SOURCES) "$(ARTIFACTS_DIR)/steps/"
	@# With boto3: the runtime has one of its own, which changes without a word. The lock is complete: nothing is to be resolved.
	$(RUNTIME_PYTHON) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes --target "$(ARTIFACTS_DIR)" \
		--platform manylinux2014_x86_64 --only-binary=:all: -r requirements/workers.txt
	@# Lambda cannot keep byte code, so it would compile everything at every cold start. A zip's files lose their times, so
	@# byte code that is checked against them is compiled anew, too: this one is taken as it is.
	find "$(ARTIFACTS_DIR)" -name __pycache__ -prune -exec rm -r {} +
	$(RUNTIME_PYTHON) -m compileall -q --invalidation-mode unchecked-hash -s "$(ARTIFACTS_DIR)" -p /var/task "$(ARTIFACTS_DIR)"
