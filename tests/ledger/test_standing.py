"""How rows stand among versions, and whose word is taken."""

from collections import Counter
from collections.abc import Iterator

import pytest

from ledger import Ledger
from ledger.errors import UnusablePolicy
from ledger.events import (
    AttendanceRecorded,
    DivergenceSettled,
    Source,
    TranscriptionCompleted,
)
from ledger.projection.standing import Weighed
from ledger.records import read, record
from ledger.samples import SAMPLES, sample
from projections.attendance import Attendance

AR = Source(document="report", language="ar")
EN = Source(document="report", language="en")
FR = Source(document="report", language="fr")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    with Ledger.open("sqlite://") as opened:
        yield opened


@pytest.fixture(scope="module")
def report() -> Iterator[Ledger]:
    with Ledger.open("sqlite://") as opened:
        for name in SAMPLES:
            record(opened, read(sample(name), name))
        yield opened


def attended(party: str, source: Source, level: str = "not-stated") -> AttendanceRecorded:
    return AttendanceRecorded.model_validate(
        {"meeting": "lakes-1", "party": party, "level": level, "source": source}
    )


def completed(source: Source) -> TranscriptionCompleted:
    return TranscriptionCompleted(
        document=source.document,
        language=source.language,
        about="meeting:lakes-1",
        scope=("attendance",),
    )


def standing(ledger: Ledger, known_at: int | None = None) -> dict[str, list[str]]:
    """Return how each party's rows stand."""
    found: dict[str, list[str]] = {}
    for known in ledger.view(Attendance).answer(joined=True, known_at=known_at).known:
        assert isinstance(known.joined, Weighed)
        found.setdefault(known.row.party, []).append(known.joined.standing)
    return found


def parties(ledger: Ledger, policy: str) -> list[str]:
    return [row.party for row in ledger.view(Attendance).rows(policy=policy)]


def test_silence_counts_once_a_version_is_complete(ledger: Ledger) -> None:
    """Until everything has been entered nothing follows from silence; before, it never did."""
    ledger.append([attended("ke", EN), attended("ke", AR), attended("ug", AR)])
    assert standing(ledger) == {"ke": ["concordant"], "ug": ["single-source"]}
    before = ledger.head
    ledger.record(completed(EN))
    assert standing(ledger) == {"ke": ["concordant"], "ug": ["omitted"]}
    assert standing(ledger, before)["ug"] == ["single-source"]


def test_a_version_that_takes_its_completion_back_is_silent_no_longer(ledger: Ledger) -> None:
    """Standing follows belief: a completion that is retracted accuses nobody."""
    ledger.record(attended("ug", AR))
    done = ledger.record(completed(EN))
    ledger.retract(done.position)
    assert standing(ledger) == {"ug": ["single-source"]}


def test_versions_that_contradict_each_other_are_divergent_until_an_editor_rules(
    ledger: Ledger,
) -> None:
    """A ruling settles what it names, and both accounts stay."""
    one, other = ledger.append(
        [attended("ke", EN, "ministerial"), attended("ke", AR, "ambassadorial")]
    )
    assert standing(ledger) == {"ke": ["divergent", "divergent"]}
    assert parties(ledger, "strict") == []
    ruled = ledger.record(
        DivergenceSettled(
            meeting="lakes-1",
            upheld=(one.event_id,),
            set_aside=(other.event_id,),
            reason="The host's list.",
        )
    )
    assert standing(ledger) == {"ke": ["settled", "settled"]}
    (row,) = ledger.view(Attendance).rows(policy="strict")
    assert row.level == "ministerial"
    ledger.retract(ruled.position)
    assert standing(ledger) == {"ke": ["divergent", "divergent"]}


def test_rulings_that_contradict_each_other_settle_nothing(ledger: Ledger) -> None:
    """Upheld by one editor and set aside by another, a fact stands as it did."""
    fact = ledger.record(attended("ke", EN))
    for field in ("upheld", "set_aside"):
        ruling = {"meeting": "lakes-1", field: [fact.event_id], "reason": field}
        ledger.record(DivergenceSettled.model_validate(ruling))
    assert standing(ledger) == {"ke": ["single-source"]}


def test_a_preferred_language_is_followed_where_it_speaks(ledger: Ledger) -> None:
    """Its word counts where it has one, and its silence where everything has been entered."""
    ledger.append(
        [
            attended("ke", EN, "ministerial"),
            attended("ke", AR, "ambassadorial"),
            attended("ug", AR),
            attended("tz", FR),
        ]
    )
    rows = ledger.view(Attendance).rows(policy="prefer=en")
    assert [(row.party, row.level) for row in rows] == [
        ("ke", "ministerial"),
        ("tz", None),
        ("ug", None),
    ]
    ledger.record(completed(EN))
    assert parties(ledger, "prefer=en") == ["ke"]
    assert parties(ledger, "prefer=ar") == ["ke", "tz", "ug"]
    assert parties(ledger, "prefer=sw") == ["ke", "ke", "tz", "ug"]


def test_a_page_of_a_walk_knows_what_a_disputed_key_says_on_other_pages(ledger: Ledger) -> None:
    """A preference is the same whether rows come at once or one at a time."""
    ledger.append([attended("ke", EN, "ministerial"), attended("ke", AR, "ambassadorial")])
    view = ledger.view(Attendance)
    walked: list[str | None] = []
    page = view.answer(policy="prefer=ar", limit=1)
    walked += [row.level for row in page.rows]
    assert page.cursor is not None
    page = view.answer(policy="prefer=ar", limit=1, cursor=page.cursor)
    walked += [row.level for row in page.rows]
    assert walked == ["ambassadorial"]


def test_who_asks_no_policy_sees_every_row_and_the_answer_says_which_was_used(
    report: Ledger,
) -> None:
    """Nobody's word is dropped unless somebody asks for it."""
    view = report.view("attendance")
    assert view.answer().policy == "any"
    assert view.answer(policy="prefer=en").policy == "prefer=en"
    assert view.answer(policy="any").rows == view.answer().rows


def test_what_two_versions_of_a_report_leave_out(report: Ledger) -> None:
    """The English version omits a delegation and two positions, the Arabic one position."""
    silent = Counter(
        version.split("/")[1]
        for name in ("attendance", "positions")
        for known in report.view(name).answer(joined=True).known
        if isinstance(known.joined, Weighed)
        for version in known.joined.silent
    )
    assert silent == {"en": 3, "ar": 1}
    counted = {
        policy: [len(report.view(name).rows(policy=policy)) for name in ("attendance", "positions")]
        for policy in ("any", "strict", "prefer=en", "prefer=ar")
    }
    assert counted == {"any": [8, 10], "strict": [7, 7], "prefer=en": [7, 8], "prefer=ar": [8, 9]}


@pytest.mark.parametrize("policy", ["", "lax", "prefer", "prefer=", "STRICT"])
def test_a_policy_that_there_is_none_of_is_refused(report: Ledger, policy: str) -> None:
    """The refusal says which policies there are."""
    with pytest.raises(UnusablePolicy, match="any, strict, prefer=LANGUAGE"):
        report.view("attendance").rows(policy=policy)


def test_a_view_that_says_nothing_of_versions_has_no_policy(report: Ledger) -> None:
    """Where rows have no standing, a policy would judge by nothing."""
    with pytest.raises(UnusablePolicy, match="no standing"):
        report.view("transcriptions").rows(policy="strict")


def test_a_list_of_values_means_any_of_them(report: Ledger) -> None:
    """One question can ask about many keys; an empty list asks about none."""
    view = report.view("attendance")
    assert [row.party for row in view.rows(party=["pk", "az", "xx"])] == ["az", "pk"]
    assert view.rows(party=[]) == []
    statements = report.view("statements")
    either = statements.rows(cites=["unsc-822", "oic-summit-13-contact-group"])
    each = [statements.rows(cites=cited) for cited in ("unsc-822", "oic-summit-13-contact-group")]
    assert {row.statement for row in either} == {row.statement for rows in each for row in rows}
    assert len(either) > max(len(rows) for rows in each) > 0
