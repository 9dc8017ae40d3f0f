"""The process and what runs in it: its tuning, a thread that works in series, a cache that stays small."""
