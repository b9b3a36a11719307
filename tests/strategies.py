"""Hypothesis strategies that several test files share."""

from datetime import date

from hypothesis import strategies as st

QUALIFIERS = ("", "?", "~", "%")


def days(first: date = date.min, last: date = date.max) -> st.SearchStrategy[date]:
    """Days from `first` to `last`, both included."""
    return st.dates(first, last)


def edtf_dates() -> st.SearchStrategy[str]:
    """Days, months and years, without qualifier: EDTF level 0."""
    return st.builds(
        lambda day, length: day.isoformat()[:length], days(), st.sampled_from(_LENGTHS)
    )


def edtf_qualified() -> st.SearchStrategy[str]:
    """Days, months and years, with a qualifier or none: EDTF level 1."""
    return st.builds(str.__add__, edtf_dates(), st.sampled_from(QUALIFIERS))


def edtf_intervals() -> st.SearchStrategy[str]:
    """Intervals that end no earlier than they begin, or have one side open or unknown."""
    missing = st.sampled_from(["", ".."])
    return st.one_of(
        st.builds(
            lambda sides, began, ended: "/".join([sides[0] + began, sides[1] + ended]),
            _ordered_pairs(),
            st.sampled_from(QUALIFIERS),
            st.sampled_from(QUALIFIERS),
        ),
        st.builds("{}/{}".format, edtf_qualified(), missing),
        st.builds("{}/{}".format, missing, edtf_qualified()),
    )


def edtf_windows() -> st.SearchStrategy[str]:
    """Windows for one day, closed or open on one side: EDTF level 2."""
    return st.one_of(
        _ordered_pairs().map(lambda ends: f"[{ends[0]}..{ends[1]}]"),
        edtf_dates().map("[{}..]".format),
        edtf_dates().map("[..{}]".format),
    )


def edtf_texts() -> st.SearchStrategy[str]:
    """Every form of EDTF that the record reads."""
    return edtf_qualified() | edtf_intervals() | edtf_windows()


_LENGTHS = (len("2016"), len("2016-09"), len("2016-09-19"))


def _ordered_pairs() -> st.SearchStrategy[tuple[str, str]]:
    """Two dates of any precision, the first not surely after the second."""
    # Cut from ordered days, so that `2016/2016-04` comes up: wider, but not after.
    return st.builds(
        lambda ends, first, second: (ends[0].isoformat()[:first], ends[1].isoformat()[:second]),
        st.tuples(days(), days()).map(sorted),
        st.sampled_from(_LENGTHS),
        st.sampled_from(_LENGTHS),
    )
