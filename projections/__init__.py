"""The views: one file each. They know ledger.projection, ledger.events and ledger.times only."""
