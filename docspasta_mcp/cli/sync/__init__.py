"""The manuals of one's own project: what is installed there, where its manuals are, and which have been crawled."""
