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


def family(process: int | None = None) -> list[Path]:
    """/proc folders of a process, by default this one, and of the helpers it has now."""
    folder = Path(f"/proc/{process or os.getpid()}")
    helpers = [
        int(pid) for task in folder.glob("task/*") for pid in read(task / "children").split()
    ]
    return [folder, *(one for pid in helpers for one in family(pid))]


def read(file: Path) -> str:
    """Of a thread or process that may end just now: nothing then."""
    try:
        return file.read_text()
    except OSError:
        return ""


def memory_mb() -> int:
    """The most that this process and each helper still there has had."""
    told = [read(one / "status").partition("VmHWM:")[2].split() for one in family()]
    return sum(int(words[0]) for words in told if words) // 1024


def processor_s() -> float:
    """Processor time of this process and its helpers, those too that have ended."""
    told = [read(one / "stat").rpartition(")")[2].split() for one in family()]
    return sum(int(tick) for words in told for tick in words[11:15]) / os.sysconf("SC_CLK_TCK")


def obey(one: Contender, given: dict[str, str]) -> dict[str, Any]:
    """`load`, `index` or `ask`, timed; `cpu`: processor seconds, its helpers' too."""
    paths = [Path(given[name]) for name in ("photos", "home") if name in given]
    answer: list[str] = []
    began, spent = time.perf_counter(), processor_s()
    match given["do"]:
        case "load":
            one.load()
        case "index":
            one.index(*paths)
        case "ask":
            answer = one.ask(Path(given["photo"]))
    seconds, cpu = time.perf_counter() - began, processor_s() - spent
    if given["do"] == "index":
        one.finish(*paths)
        one.open(*paths)
    return {"seconds": seconds, "cpu": cpu, "answer": answer, "memory": memory_mb()}


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
