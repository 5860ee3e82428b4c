"""Tests of `grade doctor` on machines that are not there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.cli import doctor
from grader.cli.main import main
from harness.device import Machine

SOUND = Machine(
    "Example CPU", 2, ("Example GPU",), "600.1", "2.13.0+cu130", "3.7.1", "3.11.9", frozenset({"cpu", "cuda"})
)


def everything(name: str) -> str | None:
    """Find every program."""
    return f"/bin/{name}"


def nothing(_: str) -> str | None:
    """Find no program."""
    return None


def refused() -> tuple[str, str | None]:
    """Have no sandbox."""
    return "process", "user namespaces are switched off"


def had() -> tuple[str, str | None]:
    """Have a sandbox."""
    return "bubblewrap", None


def test_a_sound_machine_has_no_gap() -> None:
    findings = doctor.examine(SOUND, had, everything, {})

    assert [] == [finding for finding in findings if finding.mend or finding.needed]


def test_every_gap_has_its_mend() -> None:
    bare = replace(SOUND, gpus=(), torch=None, triton=None, lanes=frozenset({"cpu"}))
    findings = {finding.name: finding for finding in doctor.examine(bare, refused, nothing, {})}

    assert "pip install torch==2.13.0" == findings["torch"].mend
    assert "pip install triton==3.7.1" == findings["triton"].mend
    assert "apt install g++" == findings["C++ compiler"].mend
    assert "pip install ninja" == findings["ninja"].mend
    assert "bubblewrap" in str(findings["isolation"].mend)
    assert {"torch", "triton"} == {name for name, finding in findings.items() if finding.needed}


@pytest.mark.parametrize(
    ("torch", "triton", "needed", "mend"),
    [
        ("2.13.0+cpu", "3.7.1", False, None),
        ("2.11.0", "3.6.0", False, None),
        ("2.13.0", "3.6.0", True, "pip install triton==3.7.1"),
        ("2.11.0", "3.7.1", True, "pip install triton==3.6.0"),
        ("2.12.0", "3.7.0", False, None),
        ("2.11.0", None, True, "pip install triton==3.6.0"),
    ],
)
def test_triton_must_be_the_one_that_torch_asks_for(
    torch: str, triton: str | None, needed: bool, mend: str | None
) -> None:
    finding = doctor.triton(replace(SOUND, torch=torch, triton=triton))

    assert (needed, mend) == (finding.needed, finding.mend)


def test_a_torch_that_is_not_tested_with_is_a_gap_and_no_hindrance() -> None:
    finding = doctor.torch(replace(SOUND, torch="2.12.0"))

    assert not finding.needed
    assert "2.13.0" in str(finding.mend)


def test_a_gpu_beside_a_torch_without_cuda_is_a_gap() -> None:
    finding = doctor.gpu(replace(SOUND, lanes=frozenset({"cpu"})), driver_loaded=True)

    assert "not built for CUDA" in str(finding.mend)


def test_a_driver_without_a_visible_gpu_is_a_gap_and_no_driver_is_none() -> None:
    without = replace(SOUND, gpus=(), lanes=frozenset({"cpu"}))

    assert "nvidia-ml-py" in str(doctor.gpu(without, driver_loaded=True).mend)
    assert doctor.gpu(without, driver_loaded=False).mend is None


def test_the_compiler_that_is_named_comes_first() -> None:
    assert "/bin/clang++-21" == doctor.compiler(everything, {"CXX": "clang++-21"}).found
    assert "/bin/c++" == doctor.compiler(everything, {}).found


@pytest.mark.parametrize(("machine", "code"), [(SOUND, 0), (replace(SOUND, torch=None), 1)])
def test_the_exit_code_says_whether_something_needed_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], machine: Machine, code: int
) -> None:
    monkeypatch.setattr(doctor, "describe_machine", lambda: machine)
    monkeypatch.setattr(doctor, "probe_here", refused)

    assert code == main(["doctor"])
    assert "user namespaces are switched off" in " ".join(capsys.readouterr().out.split())


def test_states_are_told_in_words() -> None:
    text = doctor.as_table(doctor.examine(replace(SOUND, triton=None), refused, everything, {}))

    assert [True, True, True] == [word in text for word in ("ok", "gap", "missing")]
