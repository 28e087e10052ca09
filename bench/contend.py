"""One contender in a process of its own.

python -m bench.contend NAME MATERIAL        commands as lines of JSON, for bench.peers
python -m bench.contend NAME MATERIAL --ask PHOTO --photos FOLDER --home HOME
                                             one answer, from a start
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.contenders import CONTENDERS, Contender
from bench.material import Material


def memory_mb() -> int:
    """The most this process has had; helpers that it started are not in it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return 0


def obey(one: Contender, given: dict[str, str]) -> dict[str, Any]:
    """`load`, `index` or `ask`, timed."""
    paths = [Path(given[name]) for name in ("photos", "home") if name in given]
    answer: list[str] = []
    began = time.perf_counter()
    match given["do"]:
        case "load":
            one.load()
        case "index":
            one.index(*paths)
        case "ask":
            answer = one.ask(Path(given["photo"]))
    seconds = time.perf_counter() - began
    if given["do"] == "index":
        one.finish(*paths)
        one.open(*paths)
    return {"seconds": seconds, "answer": answer, "memory": memory_mb()}


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="bench.contend", description=__doc__.split("\n")[0])
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("material", type=Path)
    parser.add_argument("--model", default="", help="Snapshelf's model folder or spec")
    parser.add_argument("--ask", type=Path)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args(argv)
    # what the peers print goes elsewhere: this line is for answers
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    one = CONTENDERS[options.name](Material(options.material), options.model)
    if options.ask:
        one.load()
        one.open(options.photos, options.home)
        print(json.dumps({"answer": one.ask(options.ask), "memory": memory_mb()}), file=answers)
        return
    for line in sys.stdin:
        print(json.dumps(obey(one, json.loads(line))), file=answers)


if __name__ == "__main__":
    main()
