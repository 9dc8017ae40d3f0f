"""The process: its tuning, a thread that runs work one item at a time, a bounded cache."""
