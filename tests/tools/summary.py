# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Says what ansible-test did, from the reports in its folder of output, and fails when that is not enough."""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

MINIMUM_COVERAGE = 95  # percent of the lines and, separately, of the branches of plugins/

REPORTS = {
    "sanity": r"ansible-test-sanity-",
    "units": r"python.*-units\.xml",
    "coverage": r"pytest-",
    "integration": r"(?!ansible-test-sanity-|python.*-units\.xml|pytest-)",
}


def count(output: Path, part: str) -> tuple[int, int]:
    """How many cases of a part passed and failed; a case is a unit test or a task of an integration target."""
    passed = failed = 0
    for report in output.glob("junit/*.xml"):
        if re.match(REPORTS[part], report.name):
            for case in ET.parse(report).iter("testcase"):
                outcomes = {child.tag for child in case}
                failed += bool(outcomes & {"failure", "error"})
                passed += not outcomes & {"failure", "error", "skipped"}
    return passed, failed


def coverage(output: Path) -> dict[str, float]:
    """The percentages of the lines and of the branches of plugins/ that the tests reached; names what they did not."""
    counts = {"lines": [0, 0], "branches": [0, 0]}  # reached, all
    for source in ET.parse(output / "reports" / "coverage.xml").iter("class"):
        name = source.get("filename", "")
        if name.startswith("plugins/"):
            for line in source.iter("line"):
                counts["lines"][0] += line.get("hits") != "0"
                counts["lines"][1] += 1
                if line.get("hits") == "0":
                    print(f"Not reached: {name}:{line.get('number')}")
                elif line.get("missing-branches"):
                    print(f"Not reached: {name}:{line.get('number')} to {line.get('missing-branches')}")
                branches = re.search(r"\((\d+)/(\d+)\)", line.get("condition-coverage", ""))
                if branches:
                    counts["branches"][0] += int(branches[1])
                    counts["branches"][1] += int(branches[2])
    return {kind: 100 * reached / (total or 1) for kind, (reached, total) in counts.items()}


def main(output: Path, results: dict[str, str]) -> int:
    problems = [f"ansible-test {part} failed" for part, result in results.items() if result == "failed"]
    counts: dict[str, tuple[int, int]] = {}
    for part in results.keys() & REPORTS.keys():
        passed, failed = count(output, part)
        if not passed + failed:
            problems.append(f"ansible-test {part} ran no test")
        if results[part] == "passed":  # then what failed was meant to, as in a block with a rescue
            passed, failed = passed + failed, 0
        else:
            failed = failed or 1  # it broke outside of its cases
        counts[part] = passed, failed
    if results.get("coverage") == "passed":
        for kind, percent in coverage(output).items():
            print(f"Coverage of the {kind} of plugins/: {percent:.1f} % of the wanted {MINIMUM_COVERAGE} %")
            if percent < MINIMUM_COVERAGE:
                problems.append(f"too few {kind} of plugins/ are covered")
    for problem in problems:
        print("FAILED:", problem)
    counted = [part for part in counts if part != "sanity"] or list(counts)  # a check is no test, unless it is all
    totals = [sum(figures) for figures in zip((0, 0), *(counts[part] for part in counted))]
    line = f"{totals[0]} passed, {totals[1]} failed\n"
    print(line, end="")
    (output / "counts.json").write_text(json.dumps(counts), encoding="utf-8")
    (output / "summary.txt").write_text(line, encoding="utf-8")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), dict(argument.split("=") for argument in sys.argv[2:])))
