"""How deeply a JSON text is nested, while it comes in. Parsers and whoever walks the result recurse that far."""

import re

DEEPEST = 20
_TELLING = re.compile(rb'[][{}"\\]')


class JsonDepth:
    """Counts open brackets outside of strings, however the text is cut. Any other text than JSON does no harm."""

    def __init__(self) -> None:
        self._open = 0
        self._in_string = False
        self._escaped = False

    def too_deep(self, chunk: bytes) -> bool:
        """Whether the text, with this chunk, has ever been deeper than `DEEPEST`."""
        literal = 0 if self._escaped and chunk else None
        self._escaped = self._escaped and not chunk
        for found in _TELLING.finditer(chunk):
            if found.start() == literal:
                continue
            match found[0]:
                case b"\\" if self._in_string:
                    literal = found.end()
                    self._escaped = literal == len(chunk)
                case b'"':
                    self._in_string = not self._in_string
                case b"[" | b"{" if not self._in_string:
                    self._open += 1
                    if self._open > DEEPEST:
                        return True
                case b"]" | b"}" if not self._in_string:
                    self._open -= 1
        return False
