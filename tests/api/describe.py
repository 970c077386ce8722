#!/usr/bin/env python3
"""Prints the description of a site's API: `describe.py SITE TOKEN`. The desk serves it only to who may use the API."""

import sys
import urllib.request

# The site runs on this machine: no proxy stands between.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ANSWER_S_MAX = 10

site, token = sys.argv[1:]
asked = urllib.request.Request(f"{site}/openapi.json", headers={"Authorization": f"Bearer {token}"})
with DIRECT.open(asked, timeout=ANSWER_S_MAX) as answer:
    sys.stdout.buffer.write(answer.read())
