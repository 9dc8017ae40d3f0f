"""What a worker process runs: it does one call after another, and makes further workers of itself.

A call comes over a socket as a frame, which is a length and a pickled function without arguments; what it returns or
raises goes back as one. A frame of no length brings a socket along, and a copy of this process answers there: it is
there in milliseconds, and shares the memory of all that is loaded. A worker has one thread, so copying it is safe.
"""

import gc
import os
import pickle
import signal
import socket
import struct
import sys
from typing import Any

HEAD = struct.Struct("<Q")  # the length of what follows; of a worker's first message the number of its process


def main() -> None:
    """Answer on the socket whose number is the first argument, until its other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever stops the server's terminal means the server
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # copies that have ended leave nothing behind
    serve(socket.socket(fileno=int(sys.argv[1])))


def serve(channel: socket.socket) -> None:
    """Answer calls until nobody is there to make them."""
    channel.sendall(HEAD.pack(os.getpid()))
    while True:
        head, sockets, _, _ = socket.recv_fds(channel, HEAD.size, 1)
        (length,) = HEAD.unpack(head + _read(channel, HEAD.size - len(head)))
        if sockets:
            channel = _copy(channel, socket.socket(fileno=sockets[0]))
            continue
        answer = _answer(_read(channel, length))
        channel.sendall(HEAD.pack(len(answer)) + answer)


def _copy(own: socket.socket, others: socket.socket) -> socket.socket:
    """Copy this process; return the socket that each of the two answers on."""
    gc.freeze()  # or a collection would write to all that is shared
    is_copy = os.fork() == 0
    kept, closed = (others, own) if is_copy else (own, others)
    closed.close()  # or nobody would see that the other process has ended
    if is_copy:
        kept.sendall(HEAD.pack(os.getpid()))
    return kept


def _read(channel: socket.socket, length: int) -> bytearray:
    """Read so many bytes; end this process, quietly, where they do not come."""
    data = bytearray(length)
    view, done = memoryview(data), 0
    while done < length:
        count = channel.recv_into(view[done:])
        if not count:
            raise SystemExit
        done += count
    return data


def _answer(request: bytearray) -> bytes:
    """Do what a frame asks for; return whether it came to an end, and what it returned or raised."""
    answer: tuple[bool, Any]
    try:
        answer = True, pickle.loads(request)()  # noqa: S301  # of the server that started this process
    except Exception as error:
        answer = False, error
    try:
        return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # what it returned or raised cannot be handed over
        return pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)
