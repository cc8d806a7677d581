"""What a model computes and how long its steps take."""

from dataclasses import dataclass
from typing import List, NamedTuple, Optional, Tuple


class Prediction(NamedTuple):
    """A class that a network thinks likely."""

    index: int  # type: ignore[assignment]
    """The position in the network's output."""
    score: float
    """The output's value there: a probability if the network ends in a softmax."""
    label: Optional[str]
    """The name of the class, if it is known."""


@dataclass(frozen=True)
class Layer:
    """A layer of a model, counted for one picture."""

    name: str
    operator: str
    shape: Tuple[int, ...]
    """The shape of the layer's first output, for a batch of 1."""
    parameters: int
    macs: int
    """Multiply-accumulates; a FLOP count is twice as large."""


@dataclass(frozen=True)
class OperationCounts:
    """The operations of a model for one picture. Biases, activations and pooling do not count as multiply-accumulates."""

    macs: int
    parameters: int
    layers: List[Layer]


@dataclass(frozen=True)
class StepTime:
    """The time of one step of a prepared model. A step may compute several layers of the file."""

    name: str
    operator: str
    lowering: str
    """How the step is computed, for example "1x1 GEMM" or "Winograd F(4x4,3x3)"."""
    macs: int
    nanoseconds: int


def table(source: str, counts: OperationCounts) -> str:
    """The layers as text, one a line."""
    rows = [("layer", "operator", "output", "parameters", "MACs")]
    rows += [
        (each.name, each.operator, " x ".join(map(str, each.shape)), f"{each.parameters:,}" if each.parameters else "",
         f"{each.macs:,}" if each.macs else "")
        for each in counts.layers
    ]
    rows.append(("total", "", "", f"{counts.parameters:,}", f"{counts.macs:,}"))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [
        "  ".join(
            cell.ljust(width) if column < 3 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))).rstrip()
        for row in rows
    ]
    return "\n".join([source, *lines])
