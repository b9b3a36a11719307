"""How long a person waits: `python -m tests.benchmarks.start`.

Measures, interleaved and with bytecode compiled: the interpreter alone (the peer), `import ledger`,
`proceedings --help`, and a view of the demonstration's ledger. Prints the median and the least of
some rounds in milliseconds, and the ratio to the interpreter alone.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15


def main() -> None:
    """Measure, and print a table."""
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        db = str(Path(folder) / "proceedings.db")
        proceedings = [python, "-m", "ledger", "--db", db]
        commands = {
            "python alone": [python, "-c", "pass"],
            "import ledger": [python, "-c", "import ledger"],
            "proceedings --help": [python, "-m", "ledger", "--help"],
            "view attendance": [*proceedings, "view", "attendance"],
            "view attendance --json": [*proceedings, "view", "attendance", "--json"],
        }
        subprocess.run([*proceedings, "demo"], check=True, capture_output=True)
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                began = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True)
                taken[name].append(1000 * (time.perf_counter() - began))
    alone = statistics.median(taken["python alone"])
    print(f"{'':24} {'median':>8} {'least':>8}  ratio")
    for name, times in taken.items():
        median = statistics.median(times)
        print(f"{name:24} {median:5.0f} ms {min(times):5.0f} ms  {median / alone:5.1f}")


if __name__ == "__main__":
    main()
