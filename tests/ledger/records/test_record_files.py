from pathlib import Path

import pytest

from ledger.errors import InvalidRecord
from ledger.events import (
    AttendanceRecorded,
    EventCorrected,
    LanguageVersionRegistered,
    MeetingConvened,
    MeetingOpened,
    PartyRegistered,
    PositionAdopted,
    TranscriptionCompleted,
)
from ledger.records import read, read_files

REPORT = """
document: lakes-1-report
language: en
edition: draft
defaults: {group: lakes, meeting: lakes-1, valid: 2026-03-12}
register:
  - event: party-registered
    party: no
    names: {en: Norway}
  - event: language-version-registered
entries:
  - event: meeting-convened
    paragraph: 1
    number: 1
    place: Nairobi
  - event: attendance-recorded
    paragraph: 1
    quote: The delegations of Kenya and Uganda attended.
    parties:
      ke: Republic of Kenya
      ug: Republic of Uganda
  - event: attendance-recorded
    paragraph: OP2
    parties: [no]
  - event: meeting-opened
    paragraph: 2
    person: {name: A. Person}
  - event: position-adopted
    paragraph: 3
    position: lakes-1.urges
    verb: urges
    summaries: More data.
    valid: 2026-03
complete:
  - about: meeting:lakes-1
    scope: [attendance, positions]
"""


def events(text: str, name: str = "report.yaml") -> list[object]:
    return [entry.new.event for entry in read(text.encode(), name)]


def test_each_entry_is_said_by_the_files_version_in_its_paragraph() -> None:
    """An entry's source is the file's version, at the entry's own paragraph."""
    convened = next(e for e in events(REPORT) if isinstance(e, MeetingConvened))
    assert convened.source is not None
    assert convened.source.citation == "lakes-1-report/en/draft#¶1"


def test_defaults_fill_what_an_entry_leaves_out() -> None:
    """Defaults go into every entry whose event has the field, and give way to what it says."""
    opened = next(e for e in events(REPORT) if isinstance(e, MeetingOpened))
    position = next(e for e in events(REPORT) if isinstance(e, PositionAdopted))
    assert (opened.group, opened.meeting, opened.valid) == ("lakes", "lakes-1", "2026-03-12")
    assert position.valid == "2026-03"


def test_a_list_of_parties_is_one_event_each() -> None:
    """A list of delegations becomes one attendance a party, with its name as written."""
    attended = [e for e in events(REPORT) if isinstance(e, AttendanceRecorded)]
    assert [(e.party, e.as_written) for e in attended] == [
        ("ke", "Republic of Kenya"),
        ("ug", "Republic of Uganda"),
        ("no", None),
    ]
    assert [e.source.paragraph for e in attended if e.source] == ["¶1", "¶1", "OP2"]
    assert attended[0].source is not None
    assert attended[0].source.quote == "The delegations of Kenya and Uganda attended."


def test_scalars_mean_what_they_say() -> None:
    """`no` is Norway's code and a date is a date: YAML guesses nothing."""
    registered = next(e for e in events(REPORT) if isinstance(e, PartyRegistered))
    assert registered.party == "no"


def test_the_keepers_say_what_is_registered() -> None:
    """Entries under `register` and `complete` have no source, and know the file's version."""
    version = next(e for e in events(REPORT) if isinstance(e, LanguageVersionRegistered))
    completed = next(e for e in events(REPORT) if isinstance(e, TranscriptionCompleted))
    for event in (version, completed):
        assert event.source is None
        assert (event.document, event.language, event.edition) == ("lakes-1-report", "en", "draft")
    assert version.valid is None


def test_a_plain_text_is_in_the_files_language() -> None:
    """Where words by language are wanted, a plain text is in the language of the file."""
    position = next(e for e in events(REPORT) if isinstance(e, PositionAdopted))
    assert position.summaries == {"en": "More data."}


def test_json_is_read_like_yaml() -> None:
    """A record file may be JSON, escapes of characters beyond the BMP included."""
    text = (
        '{"document": "d", "language": "en", "entries": [{"event": "meeting-convened",\n'
        '"meeting": "m", "number": 3, "place": "\\ud83c\\udfd9 Na\\u00efrobi"}]}'
    )
    [convened] = events(text, "report.json")
    assert isinstance(convened, MeetingConvened)
    assert (convened.number, convened.place) == (3, "\U0001f3d9 Naïrobi")


def test_a_correction_holds_a_whole_event() -> None:
    """An editor's file corrects by a whole replacement, with the short forms of any entry."""
    text = """
entries:
  - event: event-corrected
    target: 5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10
    reason: a slip of the pen
    replacement:
      type: meeting-convened
      event: {meeting: lakes-1, number: 2}
"""
    [corrected] = events(text)
    assert isinstance(corrected, EventCorrected)
    assert corrected.replacement == MeetingConvened(meeting="lakes-1", number=2)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("entries:\n  - event: meeting-convened\n    meting: m\n", 2, "this field is missing"),
        ("entries:\n  - event: meeting-convened\n    meeting: m\n    plce: x\n", 4, "'place'"),
        ("entries:\n  - event: metting-convened\n", 2, "'meeting-convened'"),
        ("entries:\n  - meeting: m\n", 2, "which `event` it is"),
        ("entries:\n  - event: meeting-convened\n    meeting: M!\n", 3, "lower-case"),
        (
            "entries:\n  - event: meeting-convened\n    meeting: m\n    level: minister\n",
            4,
            "did you mean 'ministerial'",
        ),
        (
            "entries:\n  - event: meeting-convened\n    meeting: m\n    number: one\n",
            4,
            "a whole number is wanted",
        ),
        ("entries:\n  - event: meeting-convened\n    meeting: m\n    valid: 2026-02-30\n", 4, "28"),
        (
            (
                "entries:\n  - event: membership-began\n    group: g\n    party: p\n"
                "    valid: 2026-01/2026-02\n"
            ),
            5,
            "falls on one day",
        ),
        (
            "entries:\n  - event: statement-delivered\n    meeting: m\n    statement: s\n",
            2,
            "a speaker or is collective",
        ),
        (
            (
                "entries:\n  - event: statement-delivered\n    meeting: m\n    statement: s\n"
                "    speaker: p\n    cites: unsc-822\n"
            ),
            6,
            "a list is wanted",
        ),
        (
            "entries:\n  - event: meeting-convened\n    meeting: m\n    paragraph: 1\n",
            2,
            "document",
        ),
        ("entries:\n  - event: meeting-convened\n    meeting: m\n    parties: [p]\n", 4, "about a"),
        (
            (
                "document: d\nentries:\n  - event: attendance-recorded\n    meeting: m\n"
                "    party: p\n"
                "    parties: [q]\n"
            ),
            5,
            "among the `parties`",
        ),
        (
            (
                "document: d\nentries:\n  - event: attendance-recorded\n    meeting: m\n"
                "    parties: []\n"
            ),
            5,
            "at least one party",
        ),
        ("entries:\n  - {event: meeting-convened, meeting: m, ref: [x]}\n", 2, "a word is wanted"),
        (
            'entries:\n  - event: meeting-convened\n    meeting: m\n    place: "\\ud800"\n',
            4,
            "lone surrogate",
        ),
        (
            "entries:\n  - event: meeting-convened\n    meeting: m\n    number: 9007199254740993\n",
            4,
            "2**53",
        ),
        ("entries:\n  - {event: position-adopted, position: p, verb: urges}\n", 2, "give one"),
        ("entries: meeting-convened\n", 1, "begin each item with a dash"),
        ("entries:\n  - meeting-convened\n", 2, "a set of fields"),
        ("entrys: []\n", 1, "'entries'"),
        ("language: en\nentries: []\n", 1, "which document"),
        ("document: d\nlanguage: English\nentries: []\n", 2, "language tag"),
        ("document: d\ndefaults: {groop: g}\n", 2, "'group'"),
        (
            (
                "document: d\nregister:\n  - event: party-registered\n    party: p\n"
                "    names: {en: P}\n    paragraph: 3\n"
            ),
            6,
            "move this to `entries`",
        ),
        (
            "document: d\ncomplete:\n  - scope: [attendence]\n    about: meeting:m\n",
            3,
            "attendance",
        ),
        ("document: d\ndocument: e\n", 2, "said before, on line 1"),
        ("document: d\n", 1, "nothing to record"),
        ("", 1, "begins with `document:`"),
        ("a: &x 1\nb: *x\n", 2, "aliases are not read"),
        ("a: !!python/object:os.system 1\n", 1, "tags are not read"),
        ("a: 1\n---\nb: 2\n", 2, "one document"),
        ("a: [1\nb: 2\n", 2, "this is not YAML"),
        ("a: \x07\n", 1, "U+0007"),
        ("entries:\n  - event: event-corrected\n    target: x\n    replacement: {}\n", 4, "`type`"),
        (
            (
                "entries:\n  - event: event-corrected\n"
                "    target: 5f0c8f3e-3c43-5b5e-9d57-0a3d7c1c2f10\n    replacement:\n"
                "      type: meeting-convened\n      event:\n        meeting: m\n        level: x\n"
            ),
            8,
            "is none of",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, says: str) -> None:
    """Each mistake is named with the line on which it stands, and what may have been meant."""
    with pytest.raises(InvalidRecord) as refusal:
        read(text.encode(), "report.yaml")
    told = [(p.line, p.message) for p in refusal.value.problems]
    assert any(at == line and says in message for at, message in told), told


def test_all_mistakes_of_all_files_are_named_at_once(tmp_path: Path) -> None:
    """A person sees every mistake of every file in one go, in the order of the lines."""
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text("entries:\n  - event: nothing\n  - event: meeting-convened\n    x: 1\n")
    second.write_bytes(b"entries: \xff\n")
    with pytest.raises(InvalidRecord) as refusal:
        read_files([first, second, tmp_path / "none.yaml"])
    assert [(Path(p.file).name, p.line, p.field) for p in refusal.value.problems] == [
        ("a.yaml", 2, "event"),
        ("a.yaml", 3, "meeting"),
        ("a.yaml", 4, "x"),
        ("b.yaml", 1, None),
        ("none.yaml", 1, None),
    ]


def test_two_entries_of_one_fact_ask_for_a_ref() -> None:
    """Two entries that would be one event are refused, and a `ref` tells them apart."""
    entry = "  - {event: attendance-recorded, paragraph: 1, meeting: m, party: p%s}\n"
    head = "document: d\nentries:\n"
    with pytest.raises(InvalidRecord, match="`ref`"):
        read((head + entry % "" + entry % "").encode(), "report.yaml")
    found = read((head + entry % "" + entry % ", ref: again").encode(), "report.yaml")
    assert len({entry.new.event_id for entry in found}) == 2


def test_one_ref_tells_several_parties_apart() -> None:
    """A `ref` beside a list of parties gives each of them an id of its own."""
    text = (
        "document: d\nentries:\n  - {event: attendance-recorded, meeting: m, %s parties: [p, q]}\n"
    )
    ids = [
        entry.new.event_id
        for ref in ("", "ref: again,")
        for entry in read((text % ref).encode(), "r.yaml")
    ]
    assert len(set(ids)) == 4


def test_a_wrong_default_is_told_once() -> None:
    """What is wrong in every entry, because a default is, is one mistake."""
    text = "document: d\ndefaults: {valid: 2026-13}\nentries:\n" + "".join(
        f"  - {{event: meeting-convened, meeting: m{number}}}\n" for number in range(3)
    )
    with pytest.raises(InvalidRecord) as refusal:
        read(text.encode(), "r.yaml")
    assert [(p.line, p.field) for p in refusal.value.problems] == [(2, "valid")]


def test_a_byte_order_mark_is_no_content() -> None:
    """A file that an editor began with a byte order mark is read like any other."""
    entry = "entries:\n  - {event: meeting-convened, meeting: m}\n"
    assert read(b"\xef\xbb\xbf" + entry.encode(), "r.yaml")
    line = b'{"type": "meeting-convened", "event": {"meeting": "m"}}\n'
    assert read(b"\xef\xbb\xbf" + line, "r.jsonl")


def test_no_file_grows_larger_than_it_is() -> None:
    """Size and depth are bounded before anything is built."""
    with pytest.raises(InvalidRecord, match="split the file"):
        read(b"a" * (5 << 20), "big.yaml")
    with pytest.raises(InvalidRecord, match="nested more than"):
        read(b"[" * 5_000, "deep.yaml")
