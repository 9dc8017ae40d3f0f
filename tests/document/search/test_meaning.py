"""Passages ranked by what they mean too, with a small model that is made here."""

import logging
from pathlib import Path

import numpy as np
import pytest
from model2vec import StaticModel
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from docspasta_mcp.document.search.meaning import Meaning
from docspasta_mcp.document.search.ranking import Ranked
from docspasta_mcp.errors import ConfigError
from docspasta_mcp.fetch.folders import Folders
from docspasta_mcp.jobs.selection import Choice
from docspasta_mcp.jobs.service import CrawlParts, OwnerJobs
from docspasta_mcp.server.checks import meaning
from docspasta_mcp.server.wiring import open_node
from docspasta_mcp.settings import Settings
from docspasta_mcp.store import Store
from tests.fakes import Clock
from tests.pipeline.test_steps import Chain
from tests.sites import Site, page

ALIKE = (("dog", "hound"), ("car", "vehicle"), ("[UNK]",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a model in which some words mean the same."""
    words = [word for group in ALIKE for word in group]
    vectors = [np.eye(len(ALIKE), dtype=np.float32)[place] for place, group in enumerate(ALIKE) for _ in group]
    tokenizer = Tokenizer(WordLevel({word: place for place, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    made = tmp_path / "model"
    StaticModel(np.stack(vectors), tokenizer).save_pretrained(made)
    return made


def order(model: Meaning, question: str, *texts: str, scores: tuple[float, ...] = ()) -> list[int]:
    ranked = [Ranked(number, 0, score) for number, score in enumerate(scores or [1.0] * len(texts))]
    return [one.id for one in model.fused(ranked, dict(enumerate(texts)), question)]


def test_what_means_the_same_rises_among_equals(folder: Path) -> None:
    assert order(Meaning(str(folder)), "hound", "car", "vehicle", "dog")[0] == 2


def test_what_its_words_rank_far_higher_stays_higher(folder: Path) -> None:
    assert order(Meaning(str(folder)), "hound", "car", "dog", scores=(2.0, 1.0)) == [0, 1]


def test_a_passage_that_was_not_read_keeps_its_score(folder: Path) -> None:
    found = Meaning(str(folder)).fused([Ranked(1, 0, 2.0), Ranked(2, 0, 1.0)], {2: "dog"}, "hound")
    assert [one.score for one in found if one.id == 1] == [2.0]


def test_asking_again_ranks_alike(folder: Path) -> None:
    model = Meaning(str(folder))
    assert order(model, "hound", "car", "dog") == order(model, "hound", "car", "dog") == [1, 0]


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"has no config\.json; name a folder with"):
        Meaning(str(tmp_path))


def test_without_the_extra_the_setting_says_what_to_install(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match=r"install docspasta-mcp\[semantic\]"):
        Meaning(str(folder))


def test_a_model_that_does_not_load_leaves_the_order_of_the_words(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "model.safetensors").write_bytes(b"nothing")
    model = Meaning(str(folder))
    with caplog.at_level(logging.ERROR):
        assert order(model, "hound", "car", "dog") == order(model, "hound", "car", "dog") == [0, 1]
    assert len(caplog.records) == 1
    assert "by their words alone" in caplog.text


async def test_doctor_says_whether_the_model_loads(tmp_path: Path, folder: Path) -> None:
    environ = {"DOCSPASTA_DATA_DIR": str(tmp_path), "DOCSPASTA_SEMANTIC_MODEL": str(folder)}
    async with open_node(Settings.from_env(environ)) as node:
        (said,) = await meaning(node)
        assert said.is_good
        assert str(folder) in said.says
    (folder / "model.safetensors").write_bytes(b"nothing")
    async with open_node(Settings.from_env(environ)) as node:
        (said,) = await meaning(node)
        assert "does not load" in said.says
        assert "DOCSPASTA_SEMANTIC_MODEL" in said.fix


async def test_a_question_ranks_by_meaning_in_one_manual_and_in_all(
    tmp_path: Path, folder: Path, store: Store, site: Site, clock: Clock
) -> None:
    chain = Chain(store, site, clock)
    bodies = {"First": "The pet car of it.", "Second": "The pet dog of it."}
    links = ("/m/", *(f"/m/{name}.html" for name in bodies))
    site.pages["/m/"] = page("Front", links=links)
    site.pages |= {f"/m/{name}.html": page(name, f"<p>{body}</p>", links=links) for name, body in bodies.items()}
    job_id = await chain.start("/m/")
    await chain.deliver_all()
    parts = CrawlParts(chain.relay, chain.discoverer, Folders({}, tmp_path))
    for model, first in ((None, "car"), (Meaning(str(folder)), "dog")):
        jobs = OwnerJobs("local", store=store, settings=chain.settings, parts=lambda: parts, meaning=model)
        one = await jobs.result(job_id, choice=Choice(query="pet hound"), max_tokens=1_000)
        every = await jobs.library.search("pet hound", max_tokens=1_000)
        for text in (one.text, every.text):
            assert ("car" if text.index("pet car") < text.index("pet dog") else "dog") == first
    await chain.fetcher.aclose()


async def test_without_the_setting_there_is_no_model(tmp_path: Path) -> None:
    async with open_node(Settings.from_env({"DOCSPASTA_DATA_DIR": str(tmp_path)})) as node:
        assert node.meaning is None
        assert await meaning(node) == []
