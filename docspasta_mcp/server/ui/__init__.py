"""The page for people: see crawls run, read, search, mend. Server-rendered; htmx exchanges fragments."""
