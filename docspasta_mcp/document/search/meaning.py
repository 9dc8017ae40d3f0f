"""Rank the best passages by what they mean too: static embeddings, fused with the ranks that their words gave them.

A model has a vector for each word, and a text is as like a question as the means of their words' vectors are. It is
optional (`docspasta-mcp[semantic]`), and loaded by the first question that is asked of it. Meaning only lifts what
words have found: a passage gains by how high it stands by its meaning, and none loses.
"""

import importlib.util
import logging
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xxhash

from docspasta_mcp.document.search.ranking import Ranked
from docspasta_mcp.errors import ConfigError
from docspasta_mcp.runtime.bounded_cache import BoundedCache

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

FIRST = 0.2  # what the passage gains that stands first by its meaning, in shares of the best score
SOON = 10  # ranks after which half of that is left
MAX_VECTORS = 20_000  # kept in memory, with 1 to 2 kB each
_FILES = ("config.json", "model.safetensors", "tokenizer.json")
_ANOTHER = "a folder with config.json, model.safetensors and tokenizer.json, or a name as in minishlab/potion-base-8M"

logger = logging.getLogger(__name__)


class Meaning:
    """A model, loaded when it is first asked. Threads ask at the same time."""

    def __init__(self, model: str) -> None:
        """Check that the model can be loaded; it is loaded when it is first used.

        Args:
            model: a folder, or the name of a model on the Hugging Face Hub.

        Raises:
            ConfigError: the extra is not installed, or the folder has no model.
        """
        if importlib.util.find_spec("model2vec") is None:
            raise ConfigError("DOCSPASTA_SEMANTIC_MODEL is set: install docspasta-mcp[semantic].")
        folder = Path(model).expanduser()
        self.model = str(folder) if folder.exists() else model
        is_folder = folder.exists() or model.startswith((".", "/", "~", "\\")) or model.count("/") != 1
        if is_folder and (missing := [name for name in _FILES if not (folder / name).is_file()]):
            raise ConfigError(f"DOCSPASTA_SEMANTIC_MODEL is {model}, which has no {missing[0]}; name {_ANOTHER}.")
        self.fault = ""
        self._loaded: Any = None
        self._lock = threading.Lock()
        self._vectors = BoundedCache[bytes, "Vector"](MAX_VECTORS)

    def load(self) -> bool:
        """Load the model if it is not; return whether it is there, `fault` says why not."""
        with self._lock:
            if self._loaded is None and not self.fault:
                try:
                    from model2vec import StaticModel  # noqa: PLC0415  # numpy and a tokenizer: few processes search

                    self._loaded = StaticModel.from_pretrained(self.model, force_download=False)
                except Exception as error:
                    self.fault = f"{type(error).__name__}: {error}"[:300]
                    logger.exception("❌ %s does not load: passages are ranked by their words alone", self.model)
            return self._loaded is not None

    def fused(self, ranked: Sequence[Ranked], texts: Mapping[int, str], question: str) -> list[Ranked]:
        """Return passages by falling score, with what each gains by its meaning.

        Args:
            ranked: passages by falling score.
            texts: those that have been read, by the passages' ids.
            question: what is asked.
        """
        if not texts or not self.load():
            return list(ranked)
        similarity = self._similarities(question, texts)
        by_meaning = sorted(similarity, key=lambda id_: (-similarity[id_], id_))
        places = {id_: place for place, id_ in enumerate(by_meaning)}
        best = max((one.score for one in ranked), default=0.0)
        found = [
            one._replace(score=one.score + best * FIRST * SOON / (SOON + places[one.id])) if one.id in places else one
            for one in ranked
        ]
        return sorted(found, key=lambda one: (-one.score, one.id))

    def _similarities(self, question: str, texts: Mapping[int, str]) -> dict[int, float]:
        """Return the cosine between a question and each text."""
        keys = {id_: xxhash.xxh3_128_digest(text.encode()) for id_, text in texts.items()}
        with self._lock:
            known = {id_: vector for id_, key in keys.items() if (vector := self._vectors.get(key)) is not None}
        new = [id_ for id_ in texts if id_ not in known]
        vectors = self._encoded([question, *(texts[id_] for id_ in new)])
        known |= dict(zip(new, vectors[1:], strict=True))
        with self._lock:
            for id_ in new:
                self._vectors.put(keys[id_], known[id_])
        return {id_: float(vector @ vectors[0]) for id_, vector in known.items()}

    def _encoded(self, texts: Sequence[str]) -> "list[Vector]":
        """Return the vector of each text, of length one."""
        vectors = self._loaded.encode(texts)
        return [vector / (float(vector @ vector) ** 0.5 or 1.0) for vector in vectors]
