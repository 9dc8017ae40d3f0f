"""Which pages a folder of documentation has, and in which order: as its own lists tell, else by name."""
