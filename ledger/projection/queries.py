"""A view without a table: what several views say together, worked out when it is asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from ledger.projection.beside import Beside
from ledger.projection.contract import Row

R = TypeVar("R", bound=Row)


class Query(ABC, Generic[R]):
    """Rows that follow from the rows of other views, at one state of knowledge.

    It is pure: no clock, no chance, nothing but what the other views say. It names them by their
    stored names, and is found through the entry points `ledger.queries`.
    """

    name: ClassVar[str]
    """The name under which it is asked, as a view is."""
    row: ClassVar[type[Any]]
    """The class of its rows."""

    @abstractmethod
    def rows(self, beside: Beside, asked: Mapping[str, Any]) -> Iterator[R]:
        """Yield its rows, in any order.

        `asked` are columns and the values that are wanted, or lists of them: it may look no further
        than these, and need not leave out the others.
        """
