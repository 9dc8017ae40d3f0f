"""A finished manual in the forms that other programs read: a folder of pages, llms.txt, an agent skill, passages.

Pure and byte-stable: the same pages give the same bytes, since nothing tells when they were exported.
"""
