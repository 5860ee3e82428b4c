"""Tests of what is said of a machine, on machines that are not there."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from harness import device


def test_a_machine_is_described_without_importing_torch() -> None:
    program = (
        "import sys; from harness.device import describe_machine; machine = describe_machine(); "
        "assert 'cpu' in machine.lanes and machine.cores >= 1; "
        "print(sorted({'torch', 'triton', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "[]\n" == done.stdout


@pytest.mark.parametrize(
    ("gpus", "cuda_build", "expected"),
    [
        (0, True, {"cpu"}),
        (2, False, {"cpu"}),
        (1, True, {"cpu", "cuda"}),
        (3, True, {"cpu", "cuda", "cuda:2", "cuda:3"}),
    ],
)
def test_lanes_follow_from_the_gpus_and_the_build(gpus: int, cuda_build: bool, expected: set[str]) -> None:
    assert expected == device.lanes_for(gpus, cuda_build)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("cuda: Optional[str] = '12.8'\n", True),
        ("cuda = '12.8'\n", True),
        ("cuda: Optional[str] = None\n", False),
        ("hip = '6.0'\n", False),
        ("", False),
    ],
)
def test_a_build_for_cuda_is_told_from_its_version_file(source: str, expected: bool) -> None:
    assert expected == device.built_for_cuda(source)


def test_two_threads_of_one_core_are_one_core(tmp_path: Path) -> None:
    for cpu, (package, core) in enumerate([(0, 0), (0, 0), (0, 1), (1, 0)]):
        topology = tmp_path / f"cpu{cpu}" / "topology"
        topology.mkdir(parents=True)
        (topology / "physical_package_id").write_text(f"{package}\n", encoding="ascii")
        (topology / "core_id").write_text(f"{core}\n", encoding="ascii")

    assert 3 == device.usable_cores({0, 1, 2, 3}, tmp_path)
    assert 1 == device.usable_cores({0, 1}, tmp_path)


def test_a_cpu_without_a_topology_is_a_core_of_its_own(tmp_path: Path) -> None:
    assert 2 == device.usable_cores({0, 7}, tmp_path)


def test_the_model_is_read_from_cpuinfo(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Example CPU 9000\nmodel name\t: other\n", encoding="utf-8")

    assert "Example CPU 9000" == device.cpu_model(cpuinfo)
    assert "" != device.cpu_model(tmp_path / "missing")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (None, [0, 1, 2]),
        ("", []),
        ("-1", []),
        ("1", [1]),
        ("2, 0", [2, 0]),
        ("0,9,1", [0]),
        ("GPU-bb", [1]),
        ("GPU-", []),
        ("0,0", [0]),
    ],
)
def test_the_variable_that_hides_gpus_is_read_as_cuda_reads_it(setting: str | None, expected: list[int]) -> None:
    assert expected == device.visible_devices(setting, ["GPU-aa11", "GPU-bb22", "GPU-cc33"])


class FakeNvml(types.ModuleType):
    """NVML on a machine with two GPUs; answers in bytes, as old releases do."""

    class NVMLError(Exception):
        """What NVML raises."""

    def __init__(self, broken_at: str = "") -> None:
        super().__init__("pynvml")
        self.broken_at = broken_at

    def __getattr__(self, name: str) -> Any:
        def call(*_: Any) -> Any:
            if name == self.broken_at:
                raise self.NVMLError(name)
            return {
                "nvmlDeviceGetCount": 2,
                "nvmlDeviceGetName": b"Example GPU",
                "nvmlDeviceGetUUID": "GPU-aa11",
                "nvmlSystemGetDriverVersion": "600.1",
            }.get(name)

        return call


@pytest.fixture
def nvml_installed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make `pynvml` seem installed."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: object())
    return monkeypatch


def test_gpus_are_listed_by_name(nvml_installed: pytest.MonkeyPatch) -> None:
    nvml_installed.setitem(sys.modules, "pynvml", FakeNvml())

    assert (("Example GPU", "Example GPU"), "600.1") == device.find_gpus({})
    assert (("Example GPU",), "600.1") == device.find_gpus({"CUDA_VISIBLE_DEVICES": "1"})


@pytest.mark.parametrize("broken_at", ["nvmlInit", "nvmlDeviceGetCount", "nvmlSystemGetDriverVersion"])
def test_a_driver_that_does_not_answer_is_no_gpu(nvml_installed: pytest.MonkeyPatch, broken_at: str) -> None:
    nvml_installed.setitem(sys.modules, "pynvml", FakeNvml(broken_at))

    assert ((), None) == device.find_gpus({})


def test_a_distribution_that_is_not_installed_has_no_version() -> None:
    assert device.version_of("no-such-distribution-as-this") is None
    assert device.version_of("pytest") is not None
