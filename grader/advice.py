"""What each cause of a failure means to a learner, and what mends it; pure words, one entry a cause."""

from __future__ import annotations

from harness.readings import Cause

ADVICE: dict[Cause, str] = {
    Cause.SHAPE: (
        "The output has another shape than the task asks for. Print the shape in your own run for the same inputs."
    ),
    Cause.DTYPE: (
        "The output has another element type, or is no plain tensor. Convert once, at the end, and return "
        "torch.Tensor itself."
    ),
    Cause.STRIDE: (
        "The output is laid out in memory in another way than the task asks for. `.contiguous()` lays it out row "
        "by row."
    ),
    Cause.DEVICE: ("The output lies on another device than the inputs. Make new tensors with `device=x.device`."),
    Cause.VALUES: (
        "It ran, and the numbers are wrong. Replay with the seed, work out the first element that differs by "
        "hand, then shrink the shape."
    ),
    Cause.NAN: (
        "There is NaN or Inf where a number belongs, or the other way round. Look for 0/0, overflow, memory that "
        "was never written, and products that were skipped."
    ),
    Cause.INPUT_MUTATED: (
        "An input was written to. Copy before you work in place; the same holds for what lies beside it in memory."
    ),
    Cause.SYNTAX: ("Python can't read the file. Open the named line; the mistake is there or just above."),
    Cause.IMPORT: (
        "The file could not be imported, or a name that is called is not in it. Check the spelling against the "
        "stub, and that you import only what is installed here."
    ),
    Cause.COMPILE: (
        "A compiler refused the code. Its own words are above; the first of them counts, the others often follow "
        "from it."
    ),
    Cause.RUNTIME: (
        "Your code raised an error. The traceback ends where it happened; the shape says with which inputs."
    ),
    Cause.ILLEGAL_ACCESS: (
        "Memory outside of the tensors was read or written. Check masks and the last, partly filled block."
    ),
    Cause.OUT_OF_MEMORY: (
        "More memory was asked for than the challenge allows. Look for a copy of the largest tensor that you "
        "could do without."
    ),
    Cause.TIMEOUT: (
        "It did not answer in time. Look for an endless loop, a lock, or work that grows faster than the sizes do."
    ),
    Cause.CRASHED: (
        "The process ended without an answer. After a segmentation fault look at indices in compiled code; do not "
        "call exit."
    ),
    Cause.TOO_SLOW: (
        "It is right, and slower than the first step that earns points. The figure says how far; `--times` says "
        "where the time went."
    ),
    Cause.TOO_MUCH_MEMORY: (
        "It is right, and holds more memory at a time than allowed. Ask what is alive at the peak, and who keeps "
        "it alive."
    ),
    Cause.FORBIDDEN: ("A rule of the challenge was broken: the work was left to something that the brief rules out."),
    Cause.PROTOCOL: (
        "What came back was no answer to the question. Return plain tensors, and leave descriptors, sockets and "
        "child processes that you did not make alone."
    ),
    Cause.INTEGRITY: (
        "What was measured can't be true of honest work. Compute from the inputs of this call, within this call."
    ),
}
"""Every cause has its words; a test holds that none is left out."""

BEFORE_THE_TASK = frozenset({
    Cause.SYNTAX, Cause.IMPORT, Cause.RUNTIME, Cause.CRASHED, Cause.TIMEOUT, Cause.OUT_OF_MEMORY, Cause.PROTOCOL,
    Cause.INTEGRITY,
})  # fmt: skip
"""Causes that stop a submission before the task of a check is reached: the check's own hint would lead astray."""
