"""Tables about graphs: each break with its mend, each compilation with its guard, shares of what stayed eager."""

from __future__ import annotations

from harness.graph_findings import breaks_by_place, compiles_by_frame, hint_of, uncompiled_by_part
from harness.graph_parts import GraphBreak, GraphCompile, Uncompiled


def broken_by(reason: str, hint: str = "torch says so") -> GraphBreak:
    return GraphBreak("model.py", 7, "forward", "GB0124", reason, "because", hint, 3)


def test_a_break_that_learners_meet_often_gets_a_hint_of_ours() -> None:
    told = hint_of(broken_by("Unsupported Tensor.item() call with capture_scalar_outputs=False"))

    assert told is not None
    assert told.startswith("keep it a tensor")


def test_another_break_gets_the_hint_of_torch_or_none() -> None:
    assert "torch says so" == hint_of(broken_by("something rare"))
    assert hint_of(broken_by("something rare", "")) is None


def test_a_break_is_a_row_with_place_id_and_how_often_it_was_met() -> None:
    found = breaks_by_place([broken_by("something rare")])

    assert (("model.py", 7, "forward", "GB0124", "something rare", "torch says so", 3),) == found.rows
    assert "graph breaks: 1 place" == found.title


def test_compilations_are_counted_again_where_they_are_no_first_attempt() -> None:
    found = compiles_by_frame([
        GraphCompile("0/0", "forward", "model.py", 5, "", 12),
        GraphCompile("0/1", "forward", "model.py", 5, "0/0: size mismatch", 13),
    ])  # fmt: skip

    assert "compilations: 2, of which 1 again" == found.title
    assert [None, "0/0: size mismatch"] == [row[5] for row in found.rows]


def test_shares_of_what_stayed_eager_are_of_all_operators() -> None:
    found = uncompiled_by_part([Uncompiled("Norm", "aten.rsqrt.default", 5)], 15)

    assert (("Norm", "aten.rsqrt.default", 5, 25.0),) == found.rows
    assert "5 of 20" in found.title
