"""Every program in full, one after the other, and one table: `python -m tests.faults`.

With names, only those: `python -m tests.faults kill disk`.
"""

import sys
from collections.abc import Callable, Mapping

from tests.faults import (
    clock,
    cut,
    damaged,
    disk,
    kill,
    order,
    project,
    race,
    readonly,
    rebuild,
    restart,
    served,
    statements,
)
from tests.faults.support import Outcome, report

PROGRAMS: Mapping[str, Callable[[], list[Outcome]]] = {
    "clock": lambda: clock.main(clock.ROUNDS),
    "race": lambda: race.main(race.ROUNDS),
    "statements": lambda: statements.main(len(statements.PATHS)),
    "readonly": lambda: readonly.main(5),
    "damaged": lambda: damaged.main(damaged.PLACES),
    "disk": lambda: disk.main(disk.ROUNDS),
    "order": lambda: order.main(order.ROUNDS),
    "cut": lambda: cut.main(cut.ROUNDS),
    "restart": lambda: restart.main(restart.ENDS),
    "rebuild": lambda: rebuild.main(rebuild.PLACES),
    "project": lambda: project.main(project.ROUNDS),
    "served": lambda: served.main(served.READERS),
    "kill": lambda: kill.main(kill.ROUNDS),
}

if __name__ == "__main__":
    every: list[Outcome] = []
    for name in sys.argv[1:] or PROGRAMS:
        sys.stderr.write(f"{name} …\n")
        every += PROGRAMS[name]()
    report(every)
