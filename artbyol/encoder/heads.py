"""What stands on top of a backbone: the paper's projector and predictor, and the residual map of the style recipes."""

from torch import Tensor, nn


class MLP(nn.Sequential):
    """Linear, BatchNorm, ReLU, Linear: the paper's projector and predictor (section 3.3).

    Args:
        inputs, hidden, outputs: widths.
        bias: of the last layer; there is none in the authors' code (utils/networks.py).
    """

    def __init__(self, inputs: int, hidden: int, outputs: int, bias: bool = False) -> None:
        super().__init__(
            nn.Linear(inputs, hidden),
            nn.BatchNorm1d(hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, outputs, bias=bias),
        )


HIDDEN = 256
"""Width of the residual map's MLP. With 512, as in older models, it learnt no more and took half as long again
(docs/experiments/variants.md)."""


class Residual(nn.Module):
    """A linear map plus an MLP that both start so that the whole is the identity: training begins where the
    closed form ended instead of at a random place.

    Args:
        dimensions: D, of input and output.
        hidden: width of the MLP.
        linear: whether the straight path learns too, or stays the identity.
    """

    def __init__(self, dimensions: int, hidden: int = HIDDEN, linear: bool = True) -> None:
        super().__init__()
        self.straight: nn.Module = nn.Linear(dimensions, dimensions, bias=False) if linear else nn.Identity()
        if isinstance(self.straight, nn.Linear):
            nn.init.eye_(self.straight.weight)
        self.bend = MLP(dimensions, hidden, dimensions, bias=True)
        for parameter in self.bend[-1].parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """(N, D) -> (N, D)."""
        return self.straight(x) + self.bend(x)
