"""Build the sites that extraction and discovery are measured on.

    python -m evals.sites build [NAME ...] [--work DIR]
    python -m evals.sites list

Everything goes into the work folder (~/.cache/docspasta-evals): the generators, the sources, and for each site
`sites/NAME/html` and `sites/NAME/truth.json`. A site that is there already is built again only when it is named.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

from evals import document_builders, node_builders, python_builders
from evals.api_reference import API_BUILDERS
from evals.sphinx_projects import PROJECTS, builder
from evals.truth import SiteTruth, load

BUILDERS: dict[str, Callable[[Path, Path], SiteTruth]] = {
    "sphinx-alabaster": python_builders.sphinx("alabaster"),
    "sphinx-rtd": python_builders.sphinx("sphinx_rtd_theme"),
    "sphinx-furo": python_builders.sphinx("furo"),
    "sphinx-pydata": python_builders.sphinx("pydata_sphinx_theme"),
    "sphinx-classic": python_builders.sphinx("classic"),
    "sphinx-book": python_builders.sphinx("sphinx_book_theme"),
    "sphinx-shibuya": python_builders.sphinx("shibuya"),
    "sphinx-awesome": python_builders.sphinx("sphinxawesome_theme"),
    "mkdocs": python_builders.mkdocs,
    "mkdocs-rtd": python_builders.mkdocs_readthedocs,
    "material": python_builders.material,
    "mdbook": python_builders.mdbook,
    "honkit": node_builders.honkit,
    "docusaurus": node_builders.docusaurus,
    "vitepress": node_builders.vitepress,
    "starlight": node_builders.starlight,
    "rspress": node_builders.rspress,
    "asciidoctor": node_builders.asciidoctor,
    "pandoc": document_builders.pandoc,
    "jekyll": document_builders.jekyll,
    "man": document_builders.man_pages,
    "docbook": document_builders.docbook,
    **API_BUILDERS,
    **{name: builder(project) for name, project in PROJECTS.items()},
}


def default_work() -> Path:
    """Return the cache folder: outside of any repository."""
    return Path(os.environ.get("DOCSPASTA_EVALS", "~/.cache/docspasta-evals")).expanduser()


def built_sites(work: Path, names: list[str]) -> list[SiteTruth]:
    """Return the truth of the sites that are built, or of those named.

    Raises:
        SystemExit: a named site, or every site, is missing; the message says how to build it.
    """
    chosen = names or [name for name in BUILDERS if (work / "sites" / name / "truth.json").exists()]
    missing = [name for name in chosen if not (work / "sites" / name / "truth.json").exists()]
    if missing or not chosen:
        raise SystemExit(f"Not built: {', '.join(missing) or 'any site'}. Run: python -m evals.sites build")
    return [load(work / "sites" / name / "truth.json") for name in chosen]


def build(work: Path, names: list[str]) -> None:
    """Build sites one after another; one that fails is reported and the others go on."""
    failed: list[str] = []
    for name in names or [name for name in BUILDERS if not (work / "sites" / name / "truth.json").exists()]:
        begun = time.perf_counter()
        site = work / "sites" / name
        site.mkdir(parents=True, exist_ok=True)
        try:
            truth = BUILDERS[name](work, site)
        except (RuntimeError, OSError, StopIteration) as error:
            print(f"{name}: {error!r}"[:4000])
            failed.append(name)
            continue
        truth.save(site)
        print(f"{name}: {len(truth.pages)} pages in {time.perf_counter() - begun:.0f} s")
    if failed:
        raise SystemExit(f"Failed: {', '.join(failed)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["build", "list"])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--work", type=Path, default=default_work())
    options = parser.parse_args()
    unknown = set(options.names) - set(BUILDERS)
    if unknown:
        parser.error(f"unknown site {', '.join(unknown)}; there are {', '.join(BUILDERS)}")
    if options.command == "build":
        build(options.work, options.names)
    else:
        for truth in built_sites(options.work, []):
            print(f"{truth.name:20} {truth.generator:24} {len(truth.pages):4} pages  {truth.html}")


if __name__ == "__main__":
    main()
