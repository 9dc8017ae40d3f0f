"""The broker's tables: one file per kind of row, as functions over one connection.

Each is one piece of a `Journal` transaction: what one calls happens whole or not at all.
"""
