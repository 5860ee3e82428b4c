"""Which functions can be called in the guests of a grading; read by name, since only guests import their files."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from harness.errors import ManifestError
from harness.plan import GradingPlan
from harness.sandbox.guests import Shown

BASELINE_FILE, DRIVER_FILE = "baseline.py", "driver.py"


@dataclass(frozen=True, slots=True)
class Functions:
    """Names that can be called: in the submission's guests, and in the baseline's.

    Attributes:
        candidate: functions of the driver, or else the one that the manifest names.
        baseline: functions of the driver, or else the public ones of the baseline; none without a baseline.
        driven: whether a driver stands between the tests and the submission.
    """

    candidate: tuple[str, ...]
    baseline: tuple[str, ...]
    driven: bool

    @classmethod
    def of(cls, plan: GradingPlan, shown: Shown) -> Functions:
        """Read them from the files that the guests will be shown.

        Raises:
            ManifestError: a file is not Python, or there is a driver's folder without a driver.
        """
        baseline = functions_of(shown.baseline / BASELINE_FILE)
        if shown.driver is None:
            return cls((plan.function,) if plan.function is not None else (), baseline, driven=False)
        driver = functions_of(shown.driver / DRIVER_FILE)
        if not driver:
            raise ManifestError(f"driver/{DRIVER_FILE}", ("has no public function that a hidden test could call",))
        return cls(driver, driver if baseline else (), driven=True)


def functions_of(path: Path) -> tuple[str, ...]:
    """Give the public functions of a Python file, in its order; none where there is no file.

    Raises:
        ManifestError: the file is not Python.
    """
    if not path.exists():
        return ()
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise ManifestError(path.name, (f"line {line}: {error}" if line else str(error),)) from error
    names = (node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    return tuple(name for name in names if not name.startswith("_"))
