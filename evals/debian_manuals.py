"""Manuals that Debian packages as HTML, by generator, and which of their pages are looked at."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from docspasta_mcp.model.scope import Scope

_SITE = "https://docs.example"
_LEAST, _MOST = 1_500, 400_000  # bytes; shorter pages are frames and redirects, longer ones take minutes to compare
_HEAD = 2_000  # bytes in which a page would say that it leads on
_LISTINGS = (
    "search",
    "genindex",
    "frame",
    "-tree",
    "allclasses",
    "navtree",
    "menu",
    "changelog",
    "NEWS",
    "copyright",
    "_source.",
    "-members.",
    "package-use",
    "overview-",
    "doc-index",
)
_FOLDERS = frozenset(("class-use", "src-html", "src", "_modules", "_sources"))

_PACKAGES = {
    "Doxygen": "libcairomm-1.0-doc libmpdclient-doc libjsoncpp-doc libusb-1.0-doc libgmime-3.0-doc libhdf5-doc "
    "libeigen3-doc",
    "gtk-doc": "libcairo2-doc libharfbuzz-doc libglib2.0-doc libgtk-3-doc libsoup2.4-doc",
    "gi-docgen": "libgtksourceview-5-doc libsoup-3.0-doc librsvg2-doc",
    "Javadoc": "openjdk-17-doc libcommons-lang3-java-doc",
    "Groovydoc": "groovy-doc",
    "Scaladoc": "scala-doc",
    "YARD": "yard-doc ruby-mocha-doc",
    "RDoc": "ruby-uuidtools-doc",
    "Haddock": "ghc-doc libghc-parsec-numbers-doc libghc-split-doc",
    "Texinfo": "libidn2-doc gettext-doc octave-doc maxima-doc bash-doc r-doc-html",
    "texi2html": "zsh-doc lilypond-doc-html",
    "OCamldoc": "libcalendar-ocaml-doc camlidl-doc",
    "Eliom's wiki": "libeliom-ocaml-doc",
    "Sphinx": "python-flask-doc python-celery-doc cmake-doc python-black-doc varnish-doc openmpi-doc "
    "python-sqlalchemy-doc developers-reference debian-policy",
    "reStructuredText": "docutils-doc python-lxml-doc xapian-doc",
    "MkDocs": "mkdocs-doc",
    "rustdoc": "cargo-doc",
    "Asciidoctor": "git-doc asciidoctor-doc weechat-doc",
    "DocBook XSL": "apt-doc docbook-xsl-doc-html exim4-doc-html debian-faq libx11-doc dbus-1-doc "
    "freetds-doc",
    "DocBook of PostgreSQL": "postgresql-doc-15",
    "DebianDoc SGML": "debiandoc-sgml-doc",
    "LDoc": "awesome-doc lua-ldoc lua-sql-doc",
    "EDoc and ExDoc": "erlang-proper-doc erlang-doc",
    "GAPDoc": "gap-doc",
    "fpdoc": "fp-docs-3.2.2",
    "Tcl's man pages": "tcllib",
    "vim2html": "vim-doc",
    "Scribble": "racket-doc",
    "PlDoc": "swi-prolog-doc",
    "Qt": "qtbase5-doc-html",
    "R": "r-base-html",
    "MediaWiki": "cppreference-doc-en-html",
    "Node.js": "nodejs-doc",
    "BoostBook": "libboost1.74-doc",
    "LaTeX2HTML": "latex2html",
    "TeX4ht and others": "gnuplot-doc",
    "Yodl": "bisonc++-doc",
    "haproxy-dconv": "haproxy-doc",
    "written by hand": "ant-doc apache2-doc lua5.1-doc sqlite3-doc libxml2-doc stl-manual cl-ppcre "
    "clisp-doc",
}  # fmt: skip
_SMALL = frozenset(
    "libmpdclient-doc libcairo2-doc librsvg2-doc libghc-split-doc libidn2-doc libcalendar-ocaml-doc python-black-doc "
    "mkdocs-doc apt-doc debiandoc-sgml-doc lua-ldoc erlang-proper-doc r-base-html lua5.1-doc yard-doc "
    "asciidoctor-doc bisonc++-doc lua-sql-doc".split()
)  # below half a megabyte each: what is looked at in a hurry


@dataclass(frozen=True, slots=True)
class DebianManual:
    """A package with a manual, and what made it."""

    package: str
    generator: str

    def pages(self, folder: Path, most: int) -> list[Path]:
        """Return up to `most` of its pages, spread evenly over the manual by their paths."""
        site = Scope(_SITE, "/")
        root = folder.resolve()
        files = sorted(file for file in root.rglob("*.*htm*") if file.suffix in (".html", ".htm", ".xhtml"))
        able = [
            file
            for file in files
            if file.is_file()
            and not file.is_symlink()
            and _LEAST <= file.stat().st_size <= _MOST
            and not any(word in file.name for word in _LISTINGS)
            and not any(word in file.parts for word in _FOLDERS)
            and b'http-equiv="refresh' not in file.read_bytes()[:_HEAD].lower()
            and not site.refusal(f"{_SITE}/{file.relative_to(root).as_posix()}")
        ]
        step = max(1.0, len(able) / most)
        return [able[int(number * step)] for number in range(min(most, len(able)))]


MANUALS = tuple(
    DebianManual(package, generator) for generator, packages in _PACKAGES.items() for package in packages.split()
)


def small_manuals() -> tuple[DebianManual, ...]:
    """Return the manuals that are fetched and read in a minute."""
    return tuple(manual for manual in MANUALS if manual.package in _SMALL)


def fetch(manuals: Sequence[DebianManual], work: Path) -> dict[DebianManual, Path]:
    """Download and unpack the packages that are not there; return the folder of each, and print what cannot be had."""
    work.mkdir(parents=True, exist_ok=True)
    folders: dict[DebianManual, Path] = {}
    for manual in manuals:
        folder = work / manual.package
        if folder.is_dir() or _download(manual.package, work):
            folders[manual] = folder
    return folders


def _download(package: str, work: Path) -> bool:
    done = subprocess.run(["apt-get", "download", package], cwd=work, check=False, capture_output=True, text=True)
    archives = sorted(work.glob(f"{package}_*.deb"))
    if done.returncode or not archives:
        print(f"{package} cannot be had: {done.stderr.strip()[-200:]}")
        return False
    subprocess.run(["dpkg", "-x", archives[-1].name, package], cwd=work, check=True)
    archives[-1].unlink()
    return True
