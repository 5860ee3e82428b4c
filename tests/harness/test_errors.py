"""Tests of the exception tree: whose fault a failure is can be told by its class, and its text is fit to be shown."""

from __future__ import annotations

import pytest

from harness import errors
from harness.outcomes import Failure
from harness.readings import Cause


def test_every_fault_of_a_manifest_is_told() -> None:
    error = errors.ManifestError("challenge.yaml", ("checks[0]: no id", "limits: wall_s is no number"))

    assert "challenge.yaml: 2 fault(s)\n  - checks[0]: no id\n  - limits: wall_s is no number" == str(error)


def test_a_fault_of_a_submission_shows_its_cause_and_its_message() -> None:
    fault = errors.SubmissionFault(Failure(Cause.NAN, "NaN at the first element"))

    assert "nan: NaN at the first element" == str(fault)
    assert Cause.NAN == fault.failure.cause


def test_a_missing_sandbox_is_a_fault_of_ours() -> None:
    with pytest.raises(errors.JudgeError, match="no sandbox"):
        raise errors.SandboxError("no sandbox")


@pytest.mark.parametrize(
    "kinds",
    [
        (errors.UsageError, errors.ManifestError),
        (errors.ManifestError, errors.JudgeError),
        (errors.JudgeError, errors.SubmissionFault),
        (errors.SubmissionFault, errors.UsageError),
    ],
    ids=lambda kinds: " ".join(kind.__name__ for kind in kinds),
)
def test_no_fault_is_of_two_kinds(kinds: tuple[type[Exception], type[Exception]]) -> None:
    one, other = kinds

    assert not issubclass(one, other)
    assert not issubclass(other, one)
    assert issubclass(one, errors.SuperfastError)
