"""The page for people: see crawls run, read, search, repair. Server-rendered; htmx exchanges fragments."""
