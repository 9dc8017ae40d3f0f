"""Numeric references to what no text may hold: C0 and DEL but for tab and line ends, surrogates, U+FFFE and U+FFFF."""

import re

_SURROGATE = "5529[6-9]|55[3-9][0-9]{2}|56[0-9]{3}|57[0-2][0-9]{2}|573[0-3][0-9]|5734[0-3]"
_DECIMAL = f"[0-8]|1[1245-9]|2[0-9]|3[01]|127|{_SURROGATE}|6553[45]"
_HEXADECIMAL = "[0-8bcefBCEF]|1[0-9a-fA-F]|7[fF]|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[eEfF]"

IN_HTML = re.compile(f"&#(?:0*(?:{_DECIMAL})|[xX]0*(?:{_HEXADECIMAL}))(?:;|(?![0-9a-fA-F]))".encode())
"""In UTF-8. A browser reads a reference without its semicolon too; a carriage return is a line end."""

IN_MARKDOWN = re.compile(f"&#(?:0*(?:13|{_DECIMAL})|[xX]0*(?:[dD]|{_HEXADECIMAL}));")
