"""Calls one method of huggingface_hub.HfApi: call.py METHOD JSON_KEYWORDS.

Prints its result: text as it is, everything else as JSON. An error goes to stderr with its type, exit code 1.
"""

import json
import sys

from huggingface_hub import HfApi


def main() -> int:
    method, keywords = sys.argv[1], json.loads(sys.argv[2])
    try:
        result = getattr(HfApi(), method)(**keywords)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(result if isinstance(result, str) else json.dumps(result, default=str))
    return 0


sys.exit(main())
