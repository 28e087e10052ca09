"""Many dimensions drawn in two: PCA, then t-SNE. The only module that imports scikit-learn."""

import numpy as np

# Beyond so many principal axes there is mostly noise, and t-SNE slows down.
_AXES = 50
# Neighbours that each point is to stay near, as in van der Maaten and Hinton (JMLR 2008).
_PERPLEXITY = 30.0


def project(vectors: np.ndarray) -> np.ndarray:
    """(N, D) unit vectors → (N, 2), order kept, the same every time.

    Near points were near before; how far apart the others lie says little. Turned so that it is
    widest along x; each axis fills [-1, 1].
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    count = len(vectors)
    if count < 3:  # nothing to be near to
        return np.linspace(-0.5, 0.5, 2 * count).reshape(count, 2)
    axes = PCA(min(_AXES, *vectors.shape), random_state=0).fit_transform(vectors)
    # fewer neighbours than there are others, as t-SNE demands
    perplexity = min(_PERPLEXITY, (count - 1) / 3)
    if not axes[:, 0].std():  # all photos alike: t-SNE divides by how far they spread
        return _centred(axes[:, :2])
    return _centred(TSNE(perplexity=perplexity, random_state=0).fit_transform(axes))


def _centred(places: np.ndarray) -> np.ndarray:
    middle = places - places.mean(axis=0)
    turned = middle @ np.linalg.svd(middle, full_matrices=False)[2].T
    low, high = turned.min(axis=0), turned.max(axis=0)
    half = np.where(high > low, (high - low) / 2, 1.0)
    return np.asarray((turned - (low + high) / 2) / half, np.float32)
