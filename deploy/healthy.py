"""The web container's health check: exit code 0 when /healthz says that all is well, else 1 with its words."""

import sys
import urllib.error
import urllib.request

try:
    with urllib.request.urlopen("http://127.0.0.1:8000/healthz", timeout=8) as answer:
        print(answer.read(2000).decode())
except urllib.error.HTTPError as error:
    sys.exit(f"{error.code} {error.read(2000).decode()}")
except OSError as error:
    sys.exit(str(error))
