"""All the laws, wherever they are stated."""

from tests.properties import (
    test_laws_of_asking,
    test_laws_of_knowledge,
    test_laws_of_steps,
    test_laws_of_the_log,
)
from tests.properties.laws import LAWS

__all__ = ["LAWS", "STATED_IN"]

STATED_IN = (
    test_laws_of_asking,
    test_laws_of_knowledge,
    test_laws_of_steps,
    test_laws_of_the_log,
)
