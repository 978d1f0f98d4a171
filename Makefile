# Each target prepares the machine by itself; see setup/machine.sh.
PYTHON := .venv/bin/python

.PHONY: help run test soak bench lint

help:
	@echo 'make run    start everything with a sample hall; then open http://127.0.0.1:8000/try'
	@echo 'make test   check the code and run every test'
	@echo 'make soak   run the long tests, whose short forms are in make test'
	@echo 'make lint   check the code only'
	@echo 'make bench  measure, and print one table'

run:
	@setup/machine.sh run
	@exec $(PYTHON) -m hallway

lint:
	@setup/machine.sh lint
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy .

test:
	@setup/machine.sh test
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy .
	@$(PYTHON) -m pytest -n 2 --dist loadfile -m 'not soak'

soak:
	@setup/machine.sh test
	@$(PYTHON) -m pytest -m soak

bench:
	@setup/machine.sh bench
	@$(PYTHON) -m bench
