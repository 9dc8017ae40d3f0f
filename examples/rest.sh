#!/usr/bin/env bash
# The REST API with curl: start a crawl, wait, read it.   examples/rest.sh URL > manual.md
# `docspasta-mcp serve` must run. API is its address, TOKEN an access token where it asks for one.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,3s/^# //p' "$0"; exit 2; }

call() { # call METHOD PATH [curl's options]; prints the answer, also that of an error, which says what to do
  curl -sS --fail-with-body -X "$1" "${API:-http://127.0.0.1:8787}/api/v4$2" \
    ${TOKEN:+-H "Authorization: Bearer $TOKEN"} "${@:3}"
}
field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

body=$(python3 -c 'import json, sys; print(json.dumps({"url": sys.argv[1], "max_pages": 100}))' "$1")
if ! started=$(call POST /crawl -H 'Content-Type: application/json' -d "$body"); then
  echo "$started" >&2
  exit 1
fi
job=$(field job_id <<<"$started")

while status=$(call GET "/jobs/$job") && [ "$(field state <<<"$status")" = running ]; do
  sleep "$(field poll_after_seconds <<<"$status")"
done
echo "$(field state <<<"$status"): $(field done <<<"$status") pages" >&2
call GET "/jobs/$job/result"
