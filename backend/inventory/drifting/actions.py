"""What the reconciler found is kept as long as it is so, and the operators are told."""

from collections.abc import Sequence

from django.db.transaction import atomic

from backend.core.written import as_json, fetch
from backend.events.watch.actions import move_watch
from backend.inventory.reconcile import Drift


@atomic
def note_drift(found: Sequence[Drift]) -> bool:
    """Keeps what has drifted, since when, and drops what is mended; whether that is another thing than before."""
    said = [[each.thing, each.pk, each.counter, each.says, each.adds_up_to] for each in found]
    changed = bool(fetch(_NOTE, {"found": as_json(said)})[0][0])
    if changed:
        move_watch()
    return changed


_NOTE = """
WITH found AS (
    SELECT one ->> 0 AS thing, (one ->> 1)::bigint AS row_id, one ->> 2 AS counter, (one ->> 3)::bigint AS says,
        (one ->> 4)::bigint AS adds_up_to FROM json_array_elements(%(found)s::json) AS every (one)
), mended AS (
    DELETE FROM inventory_drifted AS known WHERE NOT EXISTS (SELECT FROM found
        WHERE (found.thing, found.row_id, found.counter) = (known.thing, known.row_id, known.counter)) RETURNING id
), drifted AS (
    INSERT INTO inventory_drifted AS known (thing, row_id, counter, says, adds_up_to) SELECT * FROM found
    ON CONFLICT (thing, row_id, counter) DO UPDATE SET says = excluded.says, adds_up_to = excluded.adds_up_to
    WHERE (known.says, known.adds_up_to) <> (excluded.says, excluded.adds_up_to) RETURNING id
)
SELECT (SELECT count(*) FROM mended) + (SELECT count(*) FROM drifted)
"""
