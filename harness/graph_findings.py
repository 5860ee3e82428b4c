"""What is known of a submission's graphs, as findings: breaks by place, compilations by frame, operators left eager."""

from __future__ import annotations

from collections.abc import Sequence

from harness.findings import MOST_ROWS, Cell, Column, Finding
from harness.graph_parts import GraphBreak, GraphCompile, Uncompiled
from harness.readings import Witness

# What to do about the breaks that learners meet most, in a few words; torch's own hints serve for the others.
_MENDS = (
    ("Tensor.item()", "keep it a tensor; a number that Python needs can be worked out before the model is called"),
    ("data-dependent branching", "work out both branches and choose with torch.where, or torch.cond"),
    ("data_ptr", "call an operator that torch knows (torch.ops...), not an address"),
    ("ctypes", "call an operator that torch knows (torch.ops...), not a C library"),
    ("builtin operator", "move what only talks to people, print or logging, out of forward"),
    ("logging", "move what only talks to people, print or logging, out of forward"),
    ("context manager", "enter it around the compiled call, or write what it does as a function"),
    ("autograd.Function", "write it in operators, or give its backward what it needs by save_for_backward"),
    ("requires_grad", "do it once, before the model is compiled, not in a hook of every forward"),
    ("deepcopy", "read what you need when the model is made, and keep that"),
    ("rng", "draw before the compiled call and pass the tensor in"),
    ("random", "draw before the compiled call and pass the tensor in"),
)


def breaks_by_place(breaks: Sequence[GraphBreak], name: str = "breaks") -> Finding:
    """Show where graphs broke: one row a place, with what torch calls it and what to do about it."""
    columns = (
        Column("file"), Column("line", "count"), Column("frame"), Column("id"), Column("reason"), Column("hint"),
        Column("met", "count"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (one.file, one.line, one.frame, one.gb_id or None, one.reason, hint_of(one), one.times)
        for one in breaks[:MOST_ROWS]
    ]
    return Finding(
        name=name,
        title=f"graph breaks: {len(breaks)} {'place' if len(breaks) == 1 else 'places'}",
        columns=columns,
        rows=tuple(rows),
        witness=Witness.GUEST,
        note="a place is shown once, however many frames run into it; ids are those of torch's registry of breaks",
    )


def compiles_by_frame(compiles: Sequence[GraphCompile], name: str = "compiles") -> Finding:
    """Show what was compiled, and for what was compiled again the guard that failed."""
    columns = (
        Column("id"), Column("frame"), Column("file"), Column("line", "count"), Column("operators", "count"),
        Column("guard that failed"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (one.compile_id, one.frame, one.file, one.line, one.operators, one.guard or None)
        for one in compiles[:MOST_ROWS]
    ]
    again = sum(not one.compile_id.endswith("/0") for one in compiles)
    return Finding(
        name=name,
        title=f"compilations: {len(compiles)}, of which {again} again",
        columns=columns,
        rows=tuple(rows),
        witness=Witness.GUEST,
        note="an id is frame/attempt; 0 operators: no graph came of it",
    )


def uncompiled_by_part(uncompiled: Sequence[Uncompiled], compiled_operators: int, name: str = "eager") -> Finding:
    """Show which operators ran outside of compiled regions, under the module that was at work."""
    total = compiled_operators + sum(one.times for one in uncompiled)
    rows: list[tuple[Cell, ...]] = [
        (one.part or None, one.operator, one.times, 100 * one.times / total) for one in uncompiled[:MOST_ROWS]
    ]
    return Finding(
        name=name,
        title=f"operators outside of compiled regions: {total - compiled_operators:,} of {total:,}",
        columns=(Column("module"), Column("operator"), Column("runs", "count"), Column("share", "%")),
        rows=tuple(rows),
        witness=Witness.GUEST,
        note="views and allocations are not counted, nor is what the challenge's own driver does",
    )


def hint_of(one: GraphBreak) -> str | None:
    """Say in a few words what to do about a break: ours where we know the kind, else torch's."""
    said = f"{one.reason} {one.explanation}".lower()
    mend = next((text for word, text in _MENDS if word.lower() in said), None)
    return mend or one.hint or None
