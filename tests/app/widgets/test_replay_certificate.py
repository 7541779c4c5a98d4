"""What a second client can certify."""

from __future__ import annotations

from app.widgets.replay_certificate import certified, proof_figures
from core.timing import TimingError
from replay.proof import Changed, ForeignTopic, Proof


def test_all_that_arrived_as_it_was_published_is_certified():
    assert certified(Proof(expected=1_200, delivered=1_200)) == (
        "A second, independent client received all 1,200 messages exactly as they were published, each once, in order, "
        "and nothing else."
    )


def test_what_came_late_did_arrive():
    late = Proof(expected=1, delivered=1, lateness_ms=TimingError(1.0, 250.0, 300.0))
    assert certified(late).endswith("and nothing else, but too late.")
    assert proof_figures(late)["Late, 99 %"] == "250.0 ms"


def test_anything_else_is_not_certified():
    foreign = (ForeignTopic("a", 2), ForeignTopic("b", 3))
    for proof in (
        Proof(expected=2, delivered=1, missing=1),
        Proof(expected=2, delivered=1, changed=Changed(payload=1)),
        Proof(expected=2, delivered=2, duplicated=1),
        Proof(expected=2, delivered=2, unexpected=1),
        Proof(expected=2, delivered=2, incomplete=("Its connection was lost.",)),
        Proof(expected=2, delivered=2, foreign=foreign),
    ):
        assert "not exactly what was published" in certified(proof)
    assert proof_figures(Proof(expected=2, delivered=2, foreign=foreign))["Foreign"] == "5"


def test_as_fast_as_possible_nothing_is_late():
    assert not [label for label in proof_figures(Proof(expected=1, delivered=1)) if label.startswith("Late")]
