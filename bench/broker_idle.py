"""How much CPU an idle embedded broker uses, in percent of one core: it sleeps until something is due.

    python bench/broker_idle.py [--seconds 20]

It holds 1,000 messages for later, a paused queue, a flow-control key and a schedule meanwhile. Reads /proc (Linux).
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import httpx
from broker_server import HEADERS, free_port, started


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    seconds: float = parser.parse_args().seconds
    port, to = free_port(), "http://127.0.0.1:9/"
    with (
        tempfile.TemporaryDirectory() as folder,
        started("broker", str(port), f"{folder}/broker.db", to, port=port) as broker,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=HEADERS, trust_env=False) as api,
    ):
        later = {"Upstash-Delay": "1d", "Upstash-Flow-Control-Key": "k", "Upstash-Flow-Control-Value": "rate=1"}
        api.post("/v2/batch", content=json.dumps([{"destination": to, "headers": later}] * 1_000)).raise_for_status()
        api.post("/v2/queues", json={"queueName": "q", "paused": True}).raise_for_status()
        api.post(f"/v2/enqueue/q/{to}").raise_for_status()
        api.post(f"/v2/schedules/{to}", headers={"Upstash-Cron": "0 0 1 1 *"}).raise_for_status()
        time.sleep(1)
        before = cpu_s(broker.pid)
        time.sleep(seconds)
        used = 100 * (cpu_s(broker.pid) - before) / seconds
    print(f"{used:.2f} % of one core over {seconds:g} s")
    raise SystemExit(0 if used < 0.5 else "more than 0.5 %")


if __name__ == "__main__":
    main()
