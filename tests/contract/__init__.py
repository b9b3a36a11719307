import pytest

# What a failed promise found is shown as in any test.
pytest.register_assert_rewrite("ledger.testing.contract")
