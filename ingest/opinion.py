"""What speaks against a product's category: the model's prediction and the neighbours' labels."""

from collections import Counter
from dataclasses import dataclass

# Neighbours that vote on a category, and the fewest that may.
VOTERS, QUORUM = 10, 5
# Least confidence of the model, and share of the voters, that speak against a label.
SURE, AGREED = 0.85, 0.9
# The same without a model that predicts: the neighbours alone have to be of one mind.
AGREED_ALONE = 0.9
# Share of the voters that speaks for the label and ends the doubt.
DEFENDED = 0.1


@dataclass(frozen=True, slots=True)
class Opinion:
    """`predicted` and `confidence` are None where the model predicts nothing."""

    category: str
    predicted: str | None
    confidence: float | None
    votes: Counter[str]

    @property
    def other(self) -> str:
        """The category spoken for, which may be the label itself."""
        if self.predicted is not None:
            return self.predicted
        return self.votes.most_common(1)[0][0] if self.votes else self.category

    @property
    def share(self) -> float:
        """Of the voters for `other`."""
        return self.votes[self.other] / max(self.votes.total(), 1)

    @property
    def contradicts(self) -> bool:
        """Model, where there is one, and neighbours agree against the label."""
        voters = self.votes.total()
        if self.other == self.category or voters < QUORUM:
            return False
        if self.votes[self.category] > DEFENDED * voters:
            return False
        if self.confidence is None:
            return self.share >= AGREED_ALONE
        return self.confidence >= SURE and self.share >= AGREED

    @property
    def score(self) -> float:
        """In [0, 1]."""
        return self.share * (1.0 if self.confidence is None else self.confidence)

    @property
    def detail(self) -> str:
        voted = f"{self.votes[self.other]} of its {self.votes.total()} nearest"
        if self.confidence is None:
            return f'labelled "{self.category}" · {voted} are "{self.other}"'
        said = f'the model says "{self.other}" ({self.confidence:.0%} sure)'
        return f'labelled "{self.category}" · {said}, and {voted} agree'
