"""The installed packages against the known vulnerabilities (pip-audit): 1 when there is one.

    python deploy/audit.py [--strict]

Without a way to the vulnerability service nothing can be told; that is said, and is a failure with
--strict only, so that `make lint` works on a machine without the internet.
"""

import json
import subprocess
import sys
from typing import Any


def audited(packages: list[dict[str, Any]]) -> tuple[list[str], int, int]:
    """Of pip-audit's packages: the vulnerabilities in words, how many were looked up, how many not.

    Raises KeyError for what is no report of pip-audit's.
    """
    looked_up = [one for one in packages if "skip_reason" not in one]
    found = [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in "
        f"{', '.join(flaw['fix_versions']) or 'no version yet'}"
        for one in looked_up
        for flaw in one["vulns"]
    ]
    return found, len(looked_up), len(packages) - len(looked_up)


def main(argv: list[str]) -> int:
    words = ["--local", "--skip-editable", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(  # noqa: S603 - the environment's own program
        [sys.executable, "-m", "pip_audit", *words], capture_output=True, text=True, check=False
    )
    try:
        found, known, unknown = audited(json.loads(done.stdout)["dependencies"])
    except ValueError:  # it had no way out, and no report
        found, known, unknown = [], 0, 0
    for one in found:
        print(one, file=sys.stderr)
    if not known:
        print("NOT AUDITED: the vulnerability service cannot be reached from here", file=sys.stderr)
        return int("--strict" in argv)
    print(f"{known} packages looked up, {unknown} unknown there, {len(found)} vulnerabilities")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
