"""The lane of one GPU for real: inputs and outputs in device memory of the judge's, the guest frozen, races timed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from harness.outcomes import CheckOutcome, Verdict
from harness.plan import CheckPlan, GradingPlan, Limits
from harness.plugin.run import run_hidden_tests
from harness.readings import Cause

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
]

BASELINE = "import torch\n\n\ndef twice_softmax(x):\n    torch.softmax(x, -1)\n    return torch.softmax(x, -1)\n"
HIDDEN = """
import pytest
import torch
from harness.errors import SubmissionFault
from harness.outcomes import Failure
from harness.readings import Cause, Reading, Witness
from harness.sandbox.staging import Expected

SHAPE = (8192, 8192)


def verify(arguments, outputs):
    wanted = torch.softmax(arguments[0], -1)
    if not torch.allclose(outputs[0], wanted, rtol=1e-4, atol=1e-7):
        raise SubmissionFault(Failure(Cause.VALUES, "is not the softmax of its rows"))


@pytest.mark.check("right")
def test_right(submission, draw, report):
    x = torch.randn(SHAPE, generator=draw)
    result = submission.calls([(x,)], Expected(SHAPE, torch.float32))
    report(Reading("wall", result.wall_s, "s", Witness.JUDGE))
    (out,) = result.outputs[0]
    assert out.device.type == "cuda"
    verify([x.cuda()], [out])


@pytest.mark.check("fast")
def test_fast(race, draw):
    device = torch.Generator("cuda").manual_seed(int(torch.randint(1 << 40, (), generator=draw)))
    fresh = lambda: (torch.randn(SHAPE, generator=device, device="cuda"),)
    race("twice_softmax", fresh, [Expected(SHAPE, torch.float32)], verify)
"""
HEAD = "import threading\nimport time\nimport torch\n\n"


def graded(folder: Path, body: str, tiers: tuple[float, ...] = (1.3,)) -> dict[str, CheckOutcome]:
    """Grade a submission `f(x)` on the GPU: is it a softmax, and is it faster than two of them?"""
    for place, name, text in (
        ("hidden_tests", "test_all.py", HIDDEN),
        ("hidden_tests", "baseline.py", BASELINE),
        ("submission", "entry.py", HEAD + body),
    ):
        (folder / place).mkdir(exist_ok=True)
        (folder / place / name).write_text(text)
    for above in (folder, *list(folder.parents)[:2]):
        above.chmod(0o755)
    checks = CheckPlan("right", "cuda"), CheckPlan("fast", "cuda", ("right",), "speedup", tiers)
    plan = GradingPlan(
        hidden_tests=folder / "hidden_tests", submission=folder / "submission", entry_file="entry.py", function="f",
        checks=checks, limits=Limits(device_payload_mib=8192), lanes=frozenset({"cpu", "cuda"}), seed=bytes(32),
    )  # fmt: skip
    return {one.check: one for one in run_hidden_tests(plan, print).outcomes}


def test_the_baseline_itself_is_right_but_not_faster(tmp_path: Path) -> None:
    found = graded(tmp_path, BASELINE.replace("twice_softmax", "f"), (1.05,))

    assert (Verdict.PASSED, Verdict.PASSED) != (found["right"].verdict, found["fast"].verdict)
    print([(one.name, one.value, one.low, one.high, one.note) for one in found["fast"].readings])


def test_half_of_the_work_is_about_twice_as_fast(tmp_path: Path) -> None:
    found = graded(tmp_path, "def f(x):\n    return torch.softmax(x, -1)\n", (1.3,))

    assert (Verdict.PASSED, Verdict.PASSED) == (found["right"].verdict, found["fast"].verdict), found
    print([(one.name, one.value, one.low, one.high, one.note) for one in found["fast"].readings])


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("def f(x):\n    return torch.softmax(x, -1).cpu()\n", Cause.DEVICE),
        ("def f(x):\n    return torch.empty_like(x)\n", Cause.VALUES),
        ("def f(x):\n    x.zero_()\n    return torch.softmax(x, -1)\n", Cause.INPUT_MUTATED),
        (
            "def f(x):\n"
            "    index = torch.full((1 << 20,), 1 << 40, device='cuda')\n"
            "    return torch.softmax(x, -1).view(-1).index_put((index,), x.new_ones(1)).view(x.shape)\n",
            Cause.RUNTIME,
        ),
    ],
    ids=["on-the-cpu", "stale-memory", "mutates", "device-assert"],
)
def test_what_is_wrong_on_the_gpu_is_told_by_its_cause(tmp_path: Path, body: str, cause: Cause) -> None:
    failure = graded(tmp_path, body)["right"].failure

    assert failure is not None
    assert cause == failure.cause, failure


def test_work_that_is_left_for_a_thread_is_too_late(tmp_path: Path) -> None:
    body = (
        "def f(x):\n"
        "    out = torch.zeros_like(x)\n"
        "    threading.Timer(0.002, lambda: out.copy_(torch.softmax(x, -1))).start()\n"
        "    return out\n"
    )
    failure = graded(tmp_path, body)["right"].failure

    assert failure is not None
    assert Cause.VALUES == failure.cause


def test_work_that_goes_on_after_the_answer_is_either_too_late_or_timed(tmp_path: Path) -> None:
    body = (
        "torch._C._cuda_synchronize = lambda: None\n"
        "torch.cuda.synchronize = lambda *_: None\n"
        "def f(x):\n"
        "    torch.cuda._sleep(4_000_000_000)\n"
        "    return torch.softmax(x, -1)\n"
    )
    right = graded(tmp_path, body)["right"]
    walls_s = [reading.value for reading in right.readings if reading.name == "wall"]

    assert right.failure is not None or walls_s[0] > 1.0, walls_s
    print(right.failure, walls_s)
