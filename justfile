# The commands of the house; CONTRIBUTING.md says what each is for. `just` alone lists them.

_list:
    @just --list --unsorted

# Everything that is checked without running: format, lint, types, layers.
check:
    ruff format --check .
    ruff check .
    pyright
    lint-imports

# The tests; arguments go to pytest: just test tests/settings
test *arguments:
    python -m pytest {{ arguments }}

# The tests that start whole programs, servers and browsers.
programs *arguments:
    python -m pytest -m programs {{ arguments }}

# The tests of time and growth, which need a quiet machine.
slow:
    python -m pytest -n 2 -m slow

# Format the code and mend what the linter can.
fmt:
    ruff format .
    ruff check --fix .

# Serve MCP, the REST API and the webhook on loopback.
serve *arguments:
    python -m docspasta_mcp serve {{ arguments }}

# Show the documentation as a web site, anew after each change.
docs:
    python -m docs_site.host_pages
    mkdocs serve

# What CI does, from nothing.
ci:
    .ci/run

# Pin every dependency anew, for all platforms, without an address of an index.
lock:
    uv pip compile pyproject.toml --quiet --upgrade --universal --extra postgres --no-emit-index-url --no-emit-find-links --custom-compile-command "just lock" -o requirements.lock
