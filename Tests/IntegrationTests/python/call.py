"""Calls one method of huggingface_hub.HfApi: call.py METHOD JSON_KEYWORDS.

A value {"bytes": PATH} stands for the content of a file, {"open": PATH} for a file that is open for reading. Prints the
result: text as it is, everything else as JSON. An error goes to stderr with its type, exit code 1.
"""

import json
import sys

from huggingface_hub import HfApi


def value(given):
    if isinstance(given, dict) and len(given) == 1:
        ((kind, path),) = given.items()
        if kind == "bytes":
            with open(path, "rb") as file:
                return file.read()
        if kind == "open":
            return open(path, "rb")
    return given


def main() -> int:
    method, keywords = sys.argv[1], json.loads(sys.argv[2])
    try:
        result = getattr(HfApi(), method)(**{name: value(given) for name, given in keywords.items()})
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(result if isinstance(result, str) else json.dumps(result, default=str))
    return 0


sys.exit(main())
