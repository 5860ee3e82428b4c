"""The fixture `graphs` in hidden tests, with real guests: what is counted of a compiled module, and on whose word."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.outcomes import CheckOutcome, Verdict
from harness.plan import CheckPlan, GradingPlan, Limits
from harness.plugin.run import run_hidden_tests
from harness.readings import Cause, Witness

MODEL = '''
"""A module with two obstacles and a recompilation."""
import torch


class Part(torch.nn.Module):
    def forward(self, x):
        print("seen")
        x = x.sin()
        return x * x.max().item()


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.part, self.step = Part(), 0

    def forward(self, x):
        x = self.part(x.cos())
        return x.sum() + self.step
'''
DRIVER = '''
"""Calls a compiled model on batches of three sizes."""
import torch
from model import Model


def train(load, x):
    made = Model()
    compiled = load().compile_model(made)
    losses = []
    for rows in (2, 3, 4):
        made.step += 1
        losses.append(compiled(x[:rows]))
    return torch.stack(losses)
'''
TESTS = '''
"""Hidden tests of a compiled model."""
import pytest
import torch
from harness.sandbox.staging import Expected


def counted(graphs, draw):
    return graphs.at("train").count(torch.rand(4, 8, generator=draw), promised=[Expected((3,), torch.float32)])


@pytest.mark.check("whole")
def test_whole(graphs, draw):
    run = counted(graphs, draw)
    graphs.tell(run)
    assert () == run.breaks
    assert len(run.compiles) == run.graphs <= 2
    assert 0 == run.uncompiled_operators < run.compiled_operators


@pytest.mark.check("listed")
def test_listed(graphs, draw):
    run = counted(graphs, draw)
    graphs.tell(run)
    assert [("model.py", 8), ("model.py", 10)] == [(one.file, one.line) for one in run.breaks]
    assert ["GB0059", "GB0124"] == [one.gb_id for one in run.breaks]
    assert any("step" in one.guard or "size mismatch" in one.guard for one in run.compiles)
    assert run.uncompiled_in("Part")
'''
IDS = ("whole", "listed")
PATCH = """
import model
def forward(self, x):
    x = x.sin()
    return x * x.max()
model.Part.forward = forward
def whole(self, x, step):
    return self.part(x.cos()).sum() + step
"""
WHOLE = (
    PATCH
    + """
def compile_model(made):
    run = torch.compile(whole, dynamic=True)
    return lambda x: run(made, x, torch.tensor(made.step))
"""
)


def outcomes(tmp_path: Path, text: str) -> dict[str, CheckOutcome]:
    """Grade a submission by the tests above."""
    for folder, name, content in (
        ("hidden_tests", "test_all.py", TESTS),
        ("driver", "driver.py", DRIVER),
        ("driver", "model.py", MODEL),
        ("submission", "compiled.py", f"import torch\n{text}"),
        ("submission", "model.py", "raise ImportError('the submission stands in for the challenge')"),
    ):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / name).write_text(content)
    for above in (tmp_path, *list(tmp_path.parents)[:2]):
        above.chmod(0o755)
    plan = GradingPlan(
        hidden_tests=tmp_path / "hidden_tests", submission=tmp_path / "submission", entry_file="compiled.py",
        function=None, checks=tuple(CheckPlan(name) for name in IDS), limits=Limits(payload_mib=4),
        lanes=frozenset({"cpu"}), seed=bytes(32), driver=tmp_path / "driver",
    )  # fmt: skip
    return {one.check: one for one in run_hidden_tests(plan, lambda text: None).outcomes}


@pytest.mark.graded
def test_a_model_that_compiles_whole_is_counted_so(tmp_path: Path) -> None:
    found = outcomes(tmp_path, WHOLE)

    assert (Verdict.PASSED, None, None) == (found["whole"].verdict, found["whole"].reason, found["whole"].failure)
    assert Witness.GUEST is found["whole"].evidence
    assert ["breaks", "compiles", "eager"] == [one.name for one in found["whole"].findings]


@pytest.mark.graded
def test_every_break_is_told_once_with_its_place_and_id(tmp_path: Path) -> None:
    found = outcomes(tmp_path, "def compile_model(made):\n    return torch.compile(made)\n")

    assert (Verdict.PASSED, None) == (found["listed"].verdict, found["listed"].failure)
    breaks = found["listed"].findings[0]
    assert {("model.py", 8), ("model.py", 10)} == {row[:2] for row in breaks.rows}
    assert all(row[5] for row in breaks.rows)


@pytest.mark.graded
def test_an_eager_model_shows_as_operators_outside(tmp_path: Path) -> None:
    found = outcomes(tmp_path, "def compile_model(made):\n    return made\n")

    assert (Verdict.FAILED, Verdict.FAILED) == (found["whole"].verdict, found["listed"].verdict)
    eager = found["whole"].findings[2]
    assert {"Part", "Model"} <= {row[0] for row in eager.rows}


@pytest.mark.graded
@pytest.mark.parametrize(
    ("text", "cause", "said"),
    [
        ("torch._dynamo.config.suppress_errors = True", Cause.FORBIDDEN, "suppress_errors"),
        ("torch._dynamo.utils.clear_compilation_metrics()", Cause.INTEGRITY, "record of compilations was emptied"),
        ("torch._dynamo.utils.set_compilation_metrics_limit(1)", Cause.INTEGRITY, "record of compilations"),
        (
            "torch._dynamo.symbolic_convert.InstructionTranslatorBase.log_graph_break = lambda *given: None",
            Cause.INTEGRITY,
            "log_graph_break",
        ),
        (
            "torch._dynamo.utils.get_compilation_metrics.__code__ = (lambda: []).__code__",
            Cause.INTEGRITY,
            "torch._dynamo.utils.get_compilation_metrics",
        ),
        ("torch._dynamo.config.recompile_limit = 1", Cause.COMPILE, "limit of recompilations was hit"),
    ],
)
def test_what_would_make_the_count_lie_is_refused(tmp_path: Path, text: str, cause: Cause, said: str) -> None:
    """Each stands inside of `compile_model`, on a model that recompiles for a number that changes."""
    found = outcomes(tmp_path, f"def compile_model(made):\n    out = torch.compile(made)\n    {text}\n    return out\n")

    failure = found["whole"].failure
    assert failure is not None
    assert (cause, True) == (failure.cause, said in failure.message)


@pytest.mark.graded
def test_an_operator_that_hides_python_is_no_compiled_one(tmp_path: Path) -> None:
    found = outcomes(
        tmp_path,
        PATCH
        + """
@torch.library.custom_op("mine::work", mutates_args=())
def work(x: torch.Tensor) -> torch.Tensor:
    return x.sin().cos()
@work.register_fake
def _(x):
    return torch.empty_like(x)
def compile_model(made):
    model.Part.forward = lambda self, x: work(x)
    run = torch.compile(whole, dynamic=True)
    return lambda x: run(made, x, torch.tensor(made.step))
""",
    )

    failure = found["whole"].failure
    assert failure is not None
    assert (Cause.FORBIDDEN, True) == (failure.cause, "mine.work" in failure.message)
