"""The head as a torch module: what learns. `Head` (numpy) is what it becomes."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vision.head import SOFT, Head


class HeadNetwork(nn.Module):
    """Features (B, F) → class logits (B, K) and unit projections (B, P)."""

    def __init__(self, start: Head, hidden: int, dropout: float) -> None:
        """Begins as `start`, whose classifier is linear; the hidden layer begins silent."""
        super().__init__()
        size, classes = start.weight.shape
        self.power = start.power
        self.dropout = dropout
        self.mean = nn.Buffer(torch.tensor(start.mean))
        self.scale = nn.Buffer(torch.tensor(start.scale))
        self.projection = nn.Parameter(torch.tensor(start.projection))
        self.linear = nn.Parameter(torch.tensor(start.weight))
        self.bias = nn.Parameter(torch.tensor(start.bias))
        self.hidden = nn.Linear(size, hidden)
        self.out = nn.Parameter(torch.zeros(hidden, classes))

    def standard(self, features: Tensor) -> Tensor:
        """(B, F) → (B, F): tempered and standardised, as `Head.standard`."""
        if self.power != 1:
            features = features.sign() * (features.abs() + SOFT) ** self.power
        return F.dropout((features - self.mean) / self.scale, self.dropout, self.training)

    def logits(self, standard: Tensor) -> Tensor:
        lit = F.dropout(F.relu(self.hidden(standard)), self.dropout, self.training)
        return standard @ self.linear + self.bias + lit @ self.out

    def project(self, standard: Tensor) -> Tensor:
        return F.normalize(standard @ self.projection)

    def to_head(self, **more: object) -> Head:
        """The same function as plain arrays; `more` are the fields that did not learn."""

        def array(tensor: Tensor) -> np.ndarray:
            return tensor.detach().cpu().numpy().copy()

        return Head(
            mean=array(self.mean),
            scale=array(self.scale),
            projection=array(self.projection),
            weight=array(self.linear),
            bias=array(self.bias),
            hidden=array(self.hidden.weight.T).copy(),
            hidden_bias=array(self.hidden.bias),
            hidden_weight=array(self.out),
            power=self.power,
            **more,  # type: ignore[arg-type]
        )
