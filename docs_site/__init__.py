"""What builds the documentation site besides MkDocs: the pages of the hosts, Markdown twins, llms.txt."""
