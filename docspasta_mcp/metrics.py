"""What Prometheus reads from a process: counts and times of its own work, by the names of the steps.

Figures of the whole installation (jobs by state, messages waiting) are read from the store when they are asked for;
see `server/ops.py`.
"""

import contextlib
import time
from collections.abc import Generator, Mapping
from contextvars import ContextVar
from functools import lru_cache

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30)

deliveries = Counter(
    "docspasta_deliveries", "Deliveries answered, by type and outcome.", ["type", "outcome"], registry=REGISTRY
)
retries = Counter(
    "docspasta_retries", "Deliveries of a message after its first one, by type.", ["type"], registry=REGISTRY
)
published = Counter("docspasta_published", "Messages that the queue took.", registry=REGISTRY)
publish_failures = Counter("docspasta_publish_failures", "Batches that the queue did not take.", registry=REGISTRY)
given_up = Counter(
    "docspasta_given_up", "Messages whose deliveries were used up (dead letters).", ["type"], registry=REGISTRY
)
pages = Counter("docspasta_pages", "Pages settled, by state and reason.", ["state", "reason"], registry=REGISTRY)
stage_seconds = Histogram(
    "docspasta_page_seconds", "Seconds of one page in one stage.", ["stage"], buckets=_SECONDS, registry=REGISTRY
)
jobs = Gauge("docspasta_jobs", "Jobs in the store, by state.", ["state"], registry=REGISTRY)
open_pages = Gauge("docspasta_open_pages", "Pages waiting or being fetched.", registry=REGISTRY)
waiting = Gauge("docspasta_waiting_messages", "Messages in the embedded broker's queue.", registry=REGISTRY)
unpublished = Gauge("docspasta_unpublished_messages", "Messages not yet published.", registry=REGISTRY)

delivered_job: ContextVar[str] = ContextVar("delivered_job", default="")
"""Id of the job whose message is being delivered; empty outside of deliveries."""

_tracer = trace.get_tracer("docspasta_mcp")


def _is_tracing() -> bool:
    """Tell whether spans are exported: creating unexported ones costs as much as a row in the store."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


@lru_cache
def _seconds_of(stage: str) -> Histogram:
    return stage_seconds.labels(stage)


@contextlib.contextmanager
def stage(name: str, url: str = "") -> Generator[None]:
    """Time one stage of a page, and make it a span of the page's trace."""
    begun = time.perf_counter()
    try:
        if _is_tracing():
            with _tracer.start_as_current_span(name, attributes={"url.full": url} if url else None):
                yield
        else:
            yield
    finally:
        _seconds_of(name).observe(time.perf_counter() - begun)


@contextlib.contextmanager
def delivery(kind: str, job_id: str, headers: Mapping[str, str]) -> Generator[None]:
    """Go on with the trace that a message's headers carry (W3C Trace Context); log lines meanwhile name the job."""
    token = delivered_job.set(job_id)
    try:
        if not _is_tracing():
            yield
            return
        context, attributes = propagate.extract(headers), {"docspasta.job_id": job_id}
        consumer = trace.SpanKind.CONSUMER
        with _tracer.start_as_current_span(f"deliver {kind}", context, kind=consumer, attributes=attributes):
            yield
    finally:
        delivered_job.reset(token)


def publishing(kind: str, job_id: str) -> dict[str, str]:
    """Begin a message's trace; return the headers that carry it, none unless tracing is on.

    It is a trace of its own, whatever this process happens to do now: one page, from its publishing to the store.
    """
    headers: dict[str, str] = {}
    if not _is_tracing():
        return headers
    attributes = {"docspasta.job_id": job_id}
    with _tracer.start_as_current_span(
        f"publish {kind}", Context(), kind=trace.SpanKind.PRODUCER, attributes=attributes
    ):
        propagate.inject(headers)
    return headers
