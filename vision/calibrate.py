"""How far a predicted probability can be trusted."""

import numpy as np

from vision.head import softmax

# Temperatures tried: an eighth to eight, in steps of 2 %.
_CANDIDATES = np.exp(np.arange(-np.log(8), np.log(8), 0.02))


def fit_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature with the least negative log-likelihood on held-out photos.

    (N, C) logits and (N,) class numbers, from photos that no weight was fitted on. Guo et
    al., "On Calibration of Modern Neural Networks", ICML 2017 (arXiv 1706.04599). Dividing
    logits by it leaves their order, so no accuracy changes. 1.0 when there is nothing to fit.
    """
    if len(truth) == 0:
        return 1.0
    losses = [negative_log_likelihood(logits / t, truth) for t in _CANDIDATES]
    return float(_CANDIDATES[int(np.argmin(losses))])


def negative_log_likelihood(logits: np.ndarray, truth: np.ndarray) -> float:
    """Mean over N rows, in nats."""
    chances = softmax(logits)[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(chances, 1e-12)).mean())
