import re
from pathlib import Path

import pytest

from docspasta_mcp.errors import ConfigError
from docspasta_mcp.settings import Settings

QSTASH = {
    "QSTASH_TOKEN": "canary-token",
    "QSTASH_CURRENT_SIGNING_KEY": "canary-current",
    "QSTASH_NEXT_SIGNING_KEY": "canary-next",
    "BASE_URL": "https://docspasta.example",
}


def test_nothing_has_to_be_set() -> None:
    settings = Settings.from_env({})
    assert settings.is_embedded
    assert (settings.qstash_queue_name, settings.qstash_concurrency, settings.qstash_max_retries) == (
        "docspasta-crawl",
        5,
        3,
    )


def test_qstash_is_used_when_it_is_wholly_configured() -> None:
    assert not Settings.from_env(QSTASH).is_embedded


@pytest.mark.parametrize("missing", ["QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY", "BASE_URL"])
def test_a_half_configured_qstash_is_refused_by_name(missing: str) -> None:
    with pytest.raises(ConfigError, match=rf"{missing} is not set, but QSTASH_TOKEN is"):
        Settings.from_env({name: value for name, value in QSTASH.items() if name != missing})


@pytest.mark.parametrize("url", ["http://localhost:8787", "http://127.0.0.1", "http://[::1]:1"])
def test_a_base_url_that_qstash_cannot_reach_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="BASE_URL is .* cannot reach"):
        Settings.from_env(QSTASH | {"BASE_URL": url})
    assert Settings.from_env(QSTASH | {"BASE_URL": url, "QSTASH_URL": "http://127.0.0.1:9000"}).base_url == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QSTASH_CONCURRENCY", "0"),
        ("QSTASH_CONCURRENCY", "many"),
        ("QSTASH_QUEUE_NAME", "a b"),
        ("BASE_URL", "docs.example"),
        ("DOCSPASTA_MAX_PAGES", "10001"),
        ("DOCSPASTA_ALLOW_PRIVATE", "10.0.0.1/8"),
        ("DOCSPASTA_ALLOW_PRIVATE", "not a host"),
        ("DOCSPASTA_ALLOW_PRIVATE", "docs.corp.example:http"),
        ("DOCSPASTA_ALLOW_PRIVATE", "http://docs.corp.example/"),
        ("DOCSPASTA_BROKER_ALLOW", "127.0.0.1:3000"),
        ("DOCSPASTA_LOG_FORMAT", "xml"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: "):
        Settings.from_env({name: value})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("QSTASH_CONCURRENCY", "0", "must be at least 1"),
        ("QSTASH_CONCURRENCY", "many", "must be a valid integer"),
        ("DOCSPASTA_LOG_FORMAT", "xml", "must be 'text' or 'json'"),
        ("QSTASH_MAX_RETRIES", "99", "must be at most 10"),
    ],
)
def test_a_refused_value_is_told_in_plain_words(name: str, value: str, words: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: {words}$"):
        Settings.from_env({name: value})


def test_secrets_are_not_shown() -> None:
    assert "canary" not in repr(Settings.from_env(QSTASH))
    with pytest.raises(ConfigError) as caught:
        Settings.from_env(QSTASH | {"QSTASH_CONCURRENCY": "x"})
    assert "canary" not in str(caught.value)
    with pytest.raises(ConfigError, match="^DATABASE_URL: must be like sqlite:///FILE or postgresql://HOST/NAME$"):
        Settings.from_env({"DATABASE_URL": "mysql://docs:canary@db.example/docs"})


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql", "Postgres"])
def test_a_database_of_postgresql_is_named_as_its_hosts_name_it(scheme: str) -> None:
    settings = Settings.from_env({"DATABASE_URL": f"{scheme}://docs@db.example/docs"})
    assert settings.database_url == "postgresql+psycopg://docs@db.example/docs"


@pytest.mark.parametrize(
    "url", ["sqlite", "sqlite://", "sqlite:///", "sqlite://x/y.db", "sqlite+aiosqlite:///x.db", "postgresql://"]
)
def test_half_a_database_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^DATABASE_URL: must be like"):
        Settings.from_env({"DATABASE_URL": url})


def test_the_documentation_lists_every_setting_with_its_default() -> None:
    text = (Path(__file__).parent.parent / "docs" / "configuration.md").read_text()
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", text, re.MULTILINE))
    assert set(rows) == set(Settings.variables())
    for field in Settings.model_fields.values():
        assert field.alias is not None
        if isinstance(field.default, int | float | str):
            assert rows[field.alias] == f"`{field.default}`", field.alias


def test_the_readme_shows_the_mcp_json_to_paste() -> None:
    root = Path(__file__).parent.parent
    assert f"```json\n{(root / 'mcp.json').read_text()}```" in (root / "README.md").read_text()


def test_a_data_directory_of_a_user_who_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="DOCSPASTA_DATA_DIR.*no-such-user/x.*does not exist"):
        Settings.from_env({"DOCSPASTA_DATA_DIR": "~no-such-user/x"})
