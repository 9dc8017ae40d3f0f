"""Rendering: what a page shows once its scripts have run, in a browser that reaches the network by the guard alone."""
