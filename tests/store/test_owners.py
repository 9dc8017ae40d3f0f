"""Owners that are called otherwise now keep all that is theirs."""

from dataclasses import replace

from docspasta_mcp.model.document import PagePlacement
from docspasta_mcp.model.owner_names import FORMER_PREFIX, owner_of_former
from docspasta_mcp.model.schedule import CrawlSchedule
from docspasta_mcp.store import Store
from tests.store.test_history import finished
from tests.store.test_races import new_job

ISSUER = "https://id.example"


def schedule_of(owner: str, id_: str = "s1") -> CrawlSchedule:
    return CrawlSchedule(
        id=id_, owner=owner, url="https://d.example/", cron="0 3 * * 1", options={}, created_at=1.0, ran_at=None
    )


async def test_jobs_and_schedules_go_with_their_owner(store: Store) -> None:
    job = replace(new_job(), owner="oauth:ann")
    await store.jobs.start(job, fingerprint=job.id, fresh_since=None)
    for number, owner in enumerate(("oauth:ann", "oauth:bob", "local")):
        await store.schedules.add(schedule_of(owner, f"s{number}"))
    assert await store.owners.rename(FORMER_PREFIX, lambda name: owner_of_former(name, ISSUER)) == 2
    assert await store.owners.named(FORMER_PREFIX) == []
    ann, bob = f"oidc:{ISSUER}#ann", f"oidc:{ISSUER}#bob"
    assert await store.jobs.get(job.id, owner=ann) is not None
    found = {owner: [one.id for one in await store.schedules.list(owner=owner)] for owner in (ann, bob, "local")}
    assert found == {ann: ["s0"], bob: ["s1"], "local": ["s2"]}


async def test_a_hash_names_a_document_to_its_owner_alone(store: Store) -> None:
    job, ids = await finished(store)
    await store.endings.place(job.id, [PagePlacement(page_id, number) for number, page_id in enumerate(ids, start=1)])
    await store.endings.finalize(job.id)
    ended = await store.jobs.of_owner(job.id, job.owner)
    found = await store.jobs.with_corpus(ended.corpus_hash, owner=job.owner)
    assert found is not None
    assert found.id == job.id
    assert await store.jobs.with_corpus(ended.corpus_hash, owner="bob") is None
