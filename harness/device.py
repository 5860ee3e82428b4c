"""What this machine has: processor, GPUs, versions and lanes, found without importing torch."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import importlib.util
import os
import platform
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Machine:
    """What a grading ran on.

    Attributes:
        cpu: model name of the processor.
        cores: physical cores that this process may use (its affinity; two hyper-threads are one core).
        gpus: names of the NVIDIA GPUs that a CUDA program started here would see, in their order.
        driver: version of the NVIDIA driver.
        torch: version of the installed torch, its build suffix included.
        triton: version of the installed triton.
        python: version of the interpreter.
        lanes: `cpu`, and with a CUDA build of torch `cuda` and `cuda:2` to `cuda:N` for N GPUs.
    """

    cpu: str
    cores: int
    gpus: tuple[str, ...]
    driver: str | None
    torch: str | None
    triton: str | None
    python: str
    lanes: frozenset[str]


def describe_machine() -> Machine:
    """Look at this machine, importing neither torch nor triton; what is absent is None or empty, never an error."""
    gpus, driver = find_gpus(os.environ)
    return Machine(
        cpu=cpu_model(Path("/proc/cpuinfo")),
        cores=usable_cores(os.sched_getaffinity(0), Path("/sys/devices/system/cpu")),
        gpus=gpus,
        driver=driver,
        torch=version_of("torch"),
        triton=version_of("triton"),
        python=platform.python_version(),
        lanes=lanes_for(len(gpus), torch_is_cuda_build()),
    )


def lanes_for(gpu_count: int, cuda_build: bool) -> frozenset[str]:
    """Name the lanes of a machine with that many GPUs, given whether its torch was built for CUDA."""
    if not cuda_build or gpu_count < 1:
        return frozenset({"cpu"})
    return frozenset({"cpu", "cuda"} | {f"cuda:{count}" for count in range(2, gpu_count + 1)})


def cpu_model(cpuinfo: Path) -> str:
    """Read the processor's model name from `/proc/cpuinfo`; falls back to the machine's architecture."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def usable_cores(affinity: Set[int], sysfs: Path) -> int:
    """Count physical cores among the CPUs of `affinity`.

    Args:
        affinity: numbers of the logical CPUs that this process may run on.
        sysfs: `/sys/devices/system/cpu`; a CPU without a readable topology there counts as a core of its own.
    """
    cores: set[tuple[str, str]] = set()
    for number in affinity:
        topology = sysfs / f"cpu{number}" / "topology"
        try:
            package = (topology / "physical_package_id").read_text(encoding="ascii").strip()
            cores.add((package, (topology / "core_id").read_text(encoding="ascii").strip()))
        except OSError:
            cores.add(("alone", str(number)))
    return len(cores)


def version_of(distribution: str) -> str | None:
    """Tell the installed version of a distribution, from its metadata alone; None when it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def torch_is_cuda_build() -> bool:
    """Tell whether the installed torch was built for CUDA, from the text of `torch/version.py`.

    The version alone does not say it: wheels on PyPI carry no suffix, with CUDA or without it.
    """
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    try:
        source = Path(spec.origin).with_name("version.py").read_text(encoding="utf-8")
        return built_for_cuda(source)
    except (OSError, SyntaxError, UnicodeDecodeError):
        return False


def built_for_cuda(version_source: str) -> bool:
    """Tell whether the text of a `torch/version.py` sets `cuda` to a version; SyntaxError when it is no Python."""
    for node in ast.parse(version_source).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        named_cuda = any(isinstance(target, ast.Name) and target.id == "cuda" for target in targets)
        if named_cuda and isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            return isinstance(node.value.value, str)
    return False


def find_gpus(environ: Mapping[str, str]) -> tuple[tuple[str, ...], str | None]:
    """List the names of the visible NVIDIA GPUs and the driver's version, by NVML where `pynvml` is installed.

    Not covered: MIG slices, which NVML counts as their parent.
    """
    if importlib.util.find_spec("pynvml") is None:
        return (), None
    nvml: Any = importlib.import_module("pynvml")
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return (), None
    try:
        handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
        names = [_text(nvml.nvmlDeviceGetName(handle)) for handle in handles]
        uuids = [_text(nvml.nvmlDeviceGetUUID(handle)) for handle in handles]
        driver = _text(nvml.nvmlSystemGetDriverVersion())
    except nvml.NVMLError:
        return (), None
    finally:
        nvml.nvmlShutdown()
    seen = visible_devices(environ.get("CUDA_VISIBLE_DEVICES"), uuids)
    return tuple(names[index] for index in seen), driver


def visible_devices(setting: str | None, uuids: list[str]) -> list[int]:
    """Tell which devices `CUDA_VISIBLE_DEVICES` leaves, as CUDA reads it.

    Args:
        setting: the variable's value; None when it is not set, which leaves all.
        uuids: the UUID of every device, in NVML's order.

    Source: CUDA C++ Programming Guide, "CUDA Environment Variables": indices or UUID prefixes; the first that names no
    device ends the list.
    """
    if setting is None:
        return list(range(len(uuids)))
    chosen: list[int] = []
    for entry in (part.strip() for part in setting.split(",")):
        if entry.isdecimal():
            matches = [int(entry)] if int(entry) < len(uuids) else []
        else:
            matches = [index for index, uuid in enumerate(uuids) if entry and uuid.startswith(entry)]
        if len(matches) != 1 or matches[0] in chosen:
            break
        chosen.extend(matches)
    return chosen


def _text(value: str | bytes) -> str:
    """Bring together the two kinds of text that releases of pynvml answer with."""
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value
