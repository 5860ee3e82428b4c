"""Values of any kind and depth that JSON or YAML can hold, and every place where one of them may stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

_strange = st.sampled_from([1 << 70, -1, "\x1b[31m", "\ud800"])
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | _strange


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)


rubbish = st.recursive(leaves, _nested, max_leaves=12)


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Give every (container, key) of a value."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        yield value, key
        yield from places_in(value[key])
