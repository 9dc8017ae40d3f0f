"""Named points at which a test can make this process die, to see what survives.

`DOCSPASTA_FAILPOINT=settle.committed:2` kills the whole process group, workers included, when the point is passed for
the second time; `*` stands for every point, so `*:40` dies at the fortieth of all. Without the variable a point costs
one comparison. `bench/kill.py` goes through all of them.
"""

import os
import signal
import sys

POINTS = (
    "steps.claimed",  # the page is ours, nothing was fetched
    "steps.fetched",  # the outcome is known and nowhere stored
    "settle.uncommitted",  # inside the transaction that stores outcome, children and their messages
    "settle.committed",
    "frontier.uncommitted",  # inside the transaction that stores a job's first pages
    "frontier.committed",
    "relay.read",  # the messages are known, nothing was published
    "relay.published",  # the queue has it, the outbox does not know
    "relay.marked",
    "finalize.ordered",  # the reading order is known and nowhere stored
    "finalize.uncommitted",
    "finalize.committed",
    "webhook.received",  # the signature is good, nothing was done
    "webhook.done",  # all is done, the queue has no answer
    "broker.stored",  # the broker has the messages, the publisher has no answer
    "broker.taken",  # a message is due and about to be delivered
    "broker.answered",  # delivered, and the broker's file does not know
    "broker.recorded",  # a success may not be in the file yet
    "broker.noted",
    "sweeper.begun",
    "sweeper.rescued",
)

_name, _, _number = os.environ.get("DOCSPASTA_FAILPOINT", "").partition(":")
_left = int(_number or 1) if _name else 0


def failpoint(name: str) -> None:
    """Die here if the environment says so."""
    global _left  # noqa: PLW0603  # one process dies once
    if _name not in (name, "*") or not _name:
        return
    _left -= 1
    if _left == 0:
        if sys.platform == "win32":  # has no process groups
            os._exit(9)
        os.killpg(0, signal.SIGKILL)
