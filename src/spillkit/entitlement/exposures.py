"""Find the exposures among sightings held in memory.

In:    an Arrow table of sightings, rules.
Out:   an Arrow table of exposures.
Else:  over a ledger on disk it is `ledger.judging`.
"""

from __future__ import annotations

import pyarrow as pa

from spillkit.entitlement.judge_sql import prepare_judgement
from spillkit.entitlement.rules import Rules
from spillkit.schemas import EXPOSURES


def find_exposures(sightings: pa.Table, rules: Rules) -> pa.Table:
    """Return the sightings that their viewers were not entitled to.

    sightings  schema SIGHTINGS
    rules      who may see whom; Rules() allows everybody himself only
    Returns    schema EXPOSURES, in the order of the sightings
    """
    import duckdb

    with duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    ) as connection:
        connection.execute("SET TimeZone='UTC'")
        # A join that turned its sides would give the rows in another order than the sightings'.
        connection.execute("SET disabled_optimizers='build_side_probe_side,join_order'")
        connection.register("sightings", sightings)
        prepare_judgement(connection, rules)
        return connection.sql("FROM found_exposures").to_arrow_table().cast(EXPOSURES)
