"""What a page begins with whose structure could not be read, so that its words alone stand in the document."""

NOTE = "*The structure of this page could not be read. Its plain text follows.*"
