"""Findings of kernels: what stands in their rows, and that a guest's word opens no file outside of the submission."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.kernels.interpreted import Access, Launch, ParameterTraffic, Run
from harness.kernels.ptx import InlineAsm, LineAccess
from harness.kernels.resources import KernelResources
from harness.kernels.tell import predicted_times, resources_by_card, traffic_by_line

LOAD = Access(0, "scale", "x", "argument 0", "load", "nf4.py", 2, 800, 400)
STORE = Access(0, "scale", "", "made inside", "store", "nf4.py", 3, 1200, 1200)
RUN = Run(
    outputs=(), written=(), launches=(Launch("scale", "nf4.py", 1, (1, 1, 1), 1),), accesses=(STORE, LOAD),
    parameters=(ParameterTraffic(0, "x", "argument 0", 400, 0, 0), ParameterTraffic(0, "", "made inside", 0, 1200, 0)),
    operators=(), notes=("bf16 is mended",),
)  # fmt: skip
RESOURCES = KernelResources(
    name="scale", capability=80, alternative=0, threads=128, registers=32, stack_bytes=0, spill_load_count=1,
    spill_store_count=2, shared_bytes=1024, mma_instructions=0, mma_opcodes=(), fused=0, loads=4,
    load128=3, async_copies=2, async_copy128=1, stores=2, store128=2, bulk_loads=0,
    bulk_stores=0, cache_hints=("L1::evict_first",),
    accesses=(LineAccess("nf4.py", 2, "load", 16, "evict_first", 4), LineAccess("nf4.py", 3, "store", 16, "", 2)),
    inline_asm=(InlineAsm("add.f32 $0, $1, $1;", 2, 4, False),),
)  # fmt: skip


def test_traffic_stands_beside_the_line_that_moves_it(tmp_path: Path) -> None:
    (tmp_path / "nf4.py").write_text("def scale():\n    x = tl.load(p)\n    tl.store(q, x)\n")
    found = traffic_by_line(RUN, tmp_path)

    assert "1,600 in 1 launch" in found.title
    assert "bf16 is mended" in str(found.note)
    assert (
        (2, "x = tl.load(p)", "scale", "load", "x (argument 0)", 400, 800, 25.0),
        (3, "tl.store(q, x)", "scale", "store", "made inside", 1200, 1200, 75.0),
    ) == found.rows


@pytest.mark.parametrize("file", ["", "../secret.py", "/etc/hostname", "link.py", "missing.py", ".", "n" * 300])
def test_no_file_outside_of_the_submission_is_shown(tmp_path: Path, file: str) -> None:
    folder = tmp_path / "submission"
    folder.mkdir()
    (tmp_path / "secret.py").write_text("the\nsecret\nseed\n")
    (folder / "link.py").symlink_to(tmp_path / "secret.py")
    found = traffic_by_line(replace(RUN, accesses=(replace(LOAD, file=file),)), folder)

    assert None is found.rows[0][1]


def test_resources_have_one_row_a_launch_and_card() -> None:
    found = resources_by_card([RESOURCES, replace(RESOURCES, capability=70, alternative=2)])

    assert (
        ("scale", 80, 32, 3, 1024, 6, 4, 2, 2, 0, 0, 1, "evict_first"),
        ("scale #2", 70, 32, 3, 1024, 6, 4, 2, 2, 0, 0, 1, "evict_first"),
    ) == found.rows
    assert "asks for more shared memory than sm_70 has" in str(found.note)
    assert "sm_80" not in str(found.note)


def test_a_prediction_is_bytes_over_bandwidth_and_is_called_one() -> None:
    found = predicted_times(2_000_000, "8192 x 2048", gb_per_s={"slow": 500, "fast": 4000})

    assert (("slow", 500.0, 4.0), ("fast", 4000.0, 0.5)) == found.rows
    assert "8192 x 2048" in found.title
    assert "prediction" in str(found.note)
    assert "nothing was run on such a card" in str(found.note)
