"""The tables.

A message keeps its row when it is settled, without its body, for as long as events or a dead letter speak of it.
Times are Unix milliseconds.
"""

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
  retried INTEGER NOT NULL, outcome TEXT, settled_at INTEGER, spec TEXT NOT NULL, body BLOB);
CREATE INDEX IF NOT EXISTS ix_message_waiting ON message (seq) WHERE outcome IS NULL;
CREATE INDEX IF NOT EXISTS ix_message_settled ON message (body IS NULL, settled_at) WHERE settled_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS deduplication (id TEXT PRIMARY KEY, message_id TEXT NOT NULL, expires_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS ix_deduplication_expires ON deduplication (expires_at);
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY, message INTEGER NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, detail TEXT);
CREATE INDEX IF NOT EXISTS ix_event_message ON event (message);
CREATE TABLE IF NOT EXISTS dead_letter (
  id TEXT PRIMARY KEY, message INTEGER NOT NULL UNIQUE, died_at INTEGER NOT NULL, response_status INTEGER NOT NULL,
  response_header TEXT NOT NULL, response_body BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS ix_dead_letter_died ON dead_letter (died_at);
CREATE TABLE IF NOT EXISTS queue (
  name TEXT PRIMARY KEY, parallelism INTEGER NOT NULL, paused INTEGER NOT NULL, created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS flow (
  key TEXT PRIMARY KEY, parallelism INTEGER, rate INTEGER, period_s INTEGER NOT NULL, paused INTEGER NOT NULL,
  pinned_parallelism INTEGER NOT NULL, pinned_rate INTEGER NOT NULL, used_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS topic (
  name TEXT PRIMARY KEY, endpoints TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS schedule (
  id TEXT PRIMARY KEY, destination TEXT NOT NULL, cron TEXT NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL,
  caller_ip TEXT, created_at INTEGER NOT NULL, paused INTEGER NOT NULL, next_at INTEGER NOT NULL, last_at INTEGER,
  last_messages TEXT NOT NULL, error TEXT);
CREATE INDEX IF NOT EXISTS ix_schedule_next ON schedule (next_at) WHERE NOT paused;
CREATE TABLE IF NOT EXISTS switch (name TEXT PRIMARY KEY);
"""
