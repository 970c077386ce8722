"""Prints a site's description of its API, as the bearer of a token is served it."""

import sys
from urllib.request import Request, urlopen

site, token = sys.argv[1:]
request = Request(f"{site}/openapi.json", headers={"Authorization": f"Bearer {token}"})
with urlopen(request, timeout=10) as answer:
    sys.stdout.buffer.write(answer.read())
