"""Build a manual whose pages are sent without text: Docusaurus without what it renders in advance."""

import re
from pathlib import Path

from evals.node_builders import docusaurus
from evals.truth import SiteTruth

_RENDERED = re.compile(r'(<div id="__docusaurus">).*(</div>\s*</body>)', re.DOTALL)


def docusaurus_client(work: Path, site: Path) -> SiteTruth:
    """Build with Docusaurus, and empty each page's root: the scripts find nothing and render all of it."""
    truth = docusaurus(work, site, "docusaurus")
    for file in Path(truth.html).rglob("*.html"):
        text, count = _RENDERED.subn(r"\1\2", file.read_text())
        assert count == 1, file
        file.write_text(text)
    truth.generator = "Docusaurus, client"
    return truth
