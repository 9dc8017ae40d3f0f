"""Phrases that mean what a manual says in one word: to `turn off` is to disable, `how many` asks for a count.

English only. Who asks in plain words says them, and none of their words alone tells what is meant. `|` stands between
words any of which may stand there, `…` for up to three others.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from docspasta_mcp.document.search.words import analyser

_APART = 3  # words that may stand between two of a phrase, as in "turn the checks off"
_PHRASES = """
again and again: repeat loop
as if: emulate like
at least: minimum min
at most: maximum limit max
at once: concurrent parallel simultaneous
at the same time: concurrent parallel simultaneous
back … up: backup dump archive
by hand: manual manually
by itself|themselves: automatic automatically
check in: commit checkin
check|checked out: checkout
clean|cleaned|tidy up: cleanup purge prune
come|comes first: order precede sort
curly brackets: brace
cut down: reduce limit
cut|cuts … off: truncate trim strip remove
each|every time: always
fall|falls back: fallback default
file name: filename
find|figure out: determine detect
for ever: infinite endless loop
get|gets|getting rid: remove delete suppress
give|gives up: abort
give|gives|giving … back: return release reclaim free
go|goes|going back: revert restore undo rollback recover
go|goes|going|carry on: continue
go|walk|run|step through|over: iterate traverse loop
hand|pass|send on|over: forward pass transfer
host name: hostname
how large|big: size limit maximum
how long: duration time timeout interval
how many: count number limit
how much: amount size limit
how often: frequency interval period
in a row: consecutive
in use: busy locked active
in … order: sort order sequence
keep going: continue
keep|keeps … out: exclude ignore
leave|leaves … alone: ignore preserve
leave|leaves|leaving|left … out: exclude omit skip ignore
line up: align
log|sign in: login authenticate
log|sign out: logout
look and feel: theme style
look|looking for: search find
look|looks at: inspect view
look|looks up: lookup query search
make sure: ensure verify check
no more than: maximum limit max
not exist: missing absent
not there: missing absent
not … know|known: unknown
on its|their own: automatic automatically
one after another: serial sequential order
one by one: iterate sequential each
out of date: stale outdated obsolete
over and over: repeat loop
put … away: stash save store
put … off: defer delay postpone
put … together: combine join concatenate
put|bring|get … back: restore recover revert
read in: load import
read only: readonly
right now: current currently status
roll back: rollback revert undo
round brackets: parenthesis
run|do again: repeat rerun retry
run|runs out: exhaust exceed limit overflow
send … back: return response
set … up: configure install setup
shut down: stop shutdown terminate
sign up: register
slow|slows … down: throttle limit rate
speed … up: performance optimize accelerate
split|break … up: split divide
start again|over: restart reset
start up: startup initialize boot
take over: inherit
take … back: revoke undo revert
take|takes|cut … out|away: remove extract exclude
tell … apart: distinguish difference
throw|throws … away|out: discard delete drop remove
time zone: timezone
time|times out: timeout
too big|large|long: size limit maximum
too many: limit maximum
true or false: boolean
try again: retry
turn|switch … on: enable activate
turn|switch|shut … off: disable deactivate suppress
type|types in: input enter prompt
up to date: update current
user name: username
web address: url
whole number: integer
write down: log record
yes or no: boolean
"""


class Said(NamedTuple):
    """A phrase that is said: the places of its words, and the stems of what it means."""

    places: tuple[int, ...]
    meant: frozenset[str]


class _Phrase(NamedTuple):
    """A phrase after its first word: the words that may follow in turn, how many may stand between, what it means."""

    following: tuple[frozenset[str], ...]
    apart: int
    meant: frozenset[str]


@cache
def _phrases() -> Mapping[str, Sequence[_Phrase]]:
    """Return the phrases by their first words."""
    found: dict[str, list[_Phrase]] = {}
    for line in _PHRASES.strip().split("\n"):
        said, _, meant = line.partition(": ")
        first, *following = (frozenset(word.split("|")) for word in said.replace(" …", "").split())
        phrase = _Phrase(tuple(following), _APART if "…" in said else 0, frozenset(analyser("en").terms(meant)))
        for word in first:
            found.setdefault(word, []).append(phrase)
    return found


def phrases_of(words: Sequence[str]) -> list[Said]:
    """Return the phrases among some words."""
    found: list[Said] = []
    for place, word in enumerate(words):
        for phrase in _phrases().get(word, ()):
            if places := _places(phrase, words, place):
                found.append(Said(places, phrase.meant))
    return found


def _places(phrase: _Phrase, words: Sequence[str], place: int) -> tuple[int, ...]:
    """Return where the words of a phrase stand that begins at a place; none if something else follows."""
    found = [place]
    for wanted in phrase.following:
        near = range(found[-1] + 1, min(found[-1] + 2 + phrase.apart, len(words)))
        following = next((other for other in near if words[other] in wanted), None)
        if following is None:
            return ()
        found.append(following)
    return tuple(found)
