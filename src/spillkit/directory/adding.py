"""Add a customer list to the directory: the first time whole, later only what changed.

In:    opened lists with mappings, ownership tokens, the key.
Out:   index segments, the table of subjects, a manifest; an Added that says in numbers what was done.
Else:  reading is `survey`, preparing values is `persons`, putting in place is `manifest`.

How it goes:
1. Survey: who is on the list, and one keyed digest of each (no cell is looked into).
2. Compare with the digests of last time: new, changed, removed, unchanged.
3. Prepare and index new and changed rows under new numbers, in a delta segment; old numbers die.
   Once dead and delta numbers are more than a tenth of the living, everything is indexed anew instead.
4. Write segment and table under new names, then the manifest, by one rename.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spillkit.directory.badcells import BadCells
from spillkit.directory.filling import Filler, NewSubjects
from spillkit.directory.manifest import (
    Manifest,
    Places,
    hold_lock,
    key_check,
    read_manifest,
    remove_strays,
    sync_folder,
    write_manifest,
)
from spillkit.directory.opened import require_key
from spillkit.directory.opening import ReadProgress
from spillkit.directory.preparing import Prepare, prepare_here
from spillkit.directory.remembering import remembered
from spillkit.directory.subjects import MAX_NUMBER, SUBJECTS, empty_subjects, read_subjects, without, write_subjects
from spillkit.directory.survey import KnownDigests, MappedSource, Survey, survey
from spillkit.directory.tokens import TokenTable
from spillkit.errors import DirectoryError

FOLD_SHARE = 0.10  # of the living; above it a delta costs more at every scan than a new base once
REMOVAL_SHARE = 0.20  # of the living; above it the list is more likely cut than the customers gone
MAX_SEGMENTS = 200  # slots hold 8 bits of segment number (matching.md, section 8)


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a list is to be added."""

    partial: bool = False  # people missing from the list stay
    allow_removals: bool = False  # more than a fifth may go
    pseudonymise_ids: bool = False
    default_country: str = ""  # ISO 3166, for national phone numbers in rows without a country
    prepare: Prepare = prepare_here


@dataclass(frozen=True, slots=True)
class Added:
    """What was done, in numbers."""

    rows: int
    people: int  # living subjects afterwards
    new: int
    changed: int
    removed: int
    unchanged: int
    rebuilt: bool  # the whole list was indexed, not a delta
    entries: int  # fingerprints written now
    bad: BadCells = field(default_factory=BadCells)
    owners_unknown: int = 0  # ownership tokens whose owner is not on the list


@dataclass(frozen=True, slots=True)
class Change:
    """What a survey says against the table of last time."""

    new: NDArray[np.bool_]  # of the survey's ids
    changed: NDArray[np.bool_]
    kept_numbers: NDArray[np.int64]  # of the survey's ids; -1 if new
    dead: NDArray[np.bool_]  # of the table's numbers: dead from now on
    removed: int


def add_people(
    places: Places,
    key: bytes,
    lists: Sequence[MappedSource],
    tokens: Sequence[TokenTable] = (),
    wishes: Wishes | None = None,
    *,
    token_options: Sequence[str] = (),
    bad: BadCells | None = None,
    progress: ReadProgress | None = None,
    on_indexing: Callable[[int], None] | None = None,
    fresh_key: bool = False,
) -> Added:
    """Make the directory what the lists say.

    lists          every list, with its mapping; together they are all customers (unless wishes.partial)
    token_options  the --tokens options as typed, remembered for next time
    on_indexing    called with the number of rows that will be prepared, before it begins
    fresh_key      the directory was made under another key: build everything anew under this one
    Raises         DirectoryError, KeyMismatch; the directory is then what it was
    """
    wishes = wishes or Wishes()
    bad = bad if bad is not None else BadCells()
    with hold_lock(places):
        manifest = read_manifest(places)
        if manifest is not None and not fresh_key:
            require_key(manifest, key)
        remove_strays(places, manifest)
        pseudonymise = wishes.pseudonymise_ids or (manifest is not None and manifest.pseudonymised)
        id_key = key if pseudonymise else None
        country = wishes.default_country or (manifest.default_country if manifest is not None else "")
        table = empty_subjects()
        if manifest is not None and not fresh_key:
            table = read_subjects(places.directory_dir / manifest.subjects)
        known = _known(table, manifest, wishes) if table.num_rows else None
        found = survey(lists, tokens, key, id_key, bad, progress, default_country=country, known=known)
        if not len(found.ids):
            raise DirectoryError(
                "No row of the list can be used. Check the column that was taken for the id; nothing was changed."
            )
        change = compare(found, table, partial=wishes.partial)
        _refuse_many_removals(change, table, wishes)
        plan = _plan(found, table, change, manifest if not fresh_key else None, wishes)
        sources = [remembered(mapped) for mapped in lists]
        if wishes.partial and manifest is not None:
            sources = [*manifest.sources, *(s for s in sources if s not in manifest.sources)]
        if on_indexing is not None:
            on_indexing(int((plan.numbers >= 0).sum()))
        generation = (manifest.generation if manifest is not None else 0) + 1
        written = Manifest(
            generation=generation,
            key_check=key_check(key),
            subjects=f"subjects-{generation}.parquet",
            segments=plan.segments_kept,
            base_numbers=plan.base_numbers,
            pseudonymised=pseudonymise,
            default_country=country,
            sources=tuple(sources),
            tokens=tuple(token_options),
        )
        entries = owners_unknown = 0
        if (plan.numbers >= 0).any():
            if plan.rebuilt:
                found = replace(found, kept=None)
            filler = Filler(key, plan.numbers, plan.first_new, found, with_ids=id_key is None)
            filler.fill(lists, id_key, country, wishes.prepare, bad, progress)
            owners_unknown = filler.fill_tokens(tokens, id_key, bad)
            segment = f"people-{generation}-{len(plan.segments_kept)}.idx"
            entries = filler.builder.write(places.index_dir / segment).entries
            sync_folder(places.index_dir)
            written = replace(written, segments=(*written.segments, segment))
            plan = _with_rows(plan, filler.subjects, found)
        write_subjects(places.directory_dir / written.subjects, plan.table)
        write_manifest(places, written)
    living = int(pc.sum(pc.invert(plan.table.column("dead"))).as_py() or 0)
    new, changed = int(change.new.sum()), int(change.changed.sum())
    return Added(
        found.rows,
        living,
        new,
        changed,
        change.removed,
        len(found.ids) - new - changed,
        plan.rebuilt,
        entries,
        bad,
        owners_unknown,
    )


def compare(found: Survey, table: pa.Table, *, partial: bool) -> Change:
    """Return who is new, changed, removed."""
    is_dead = table.column("dead").combine_chunks()
    live_ids = pc.if_else(is_dead, pa.scalar(None, pa.large_string()), table.column("id").combine_chunks())
    numbers = np.asarray(
        pc.fill_null(pc.index_in(found.ids, value_set=live_ids), -1).to_numpy(zero_copy_only=False), dtype=np.int64
    )
    new = numbers < 0
    digests = table.column("digest").to_numpy()
    changed = np.zeros(len(numbers), dtype=np.bool_)
    changed[~new] = digests[numbers[~new]] != found.digests[~new]
    dead = np.zeros(table.num_rows, dtype=np.bool_)
    dead[numbers[changed]] = True
    removed = 0
    if not partial:
        missing = ~np.asarray(is_dead.to_numpy(zero_copy_only=False), dtype=np.bool_)
        missing[numbers[~new]] = False
        removed = int(missing.sum())
        dead |= missing
    return Change(new, changed, numbers, dead, removed)


@dataclass(frozen=True, slots=True)
class _Plan:
    numbers: NDArray[np.int64]  # of the survey's ids: the number to index it under; -1: already indexed
    first_new: int  # numbers from here on are new
    table: pa.Table  # of the numbers before first_new
    segments_kept: tuple[str, ...]
    base_numbers: int
    rebuilt: bool


def _plan(found: Survey, table: pa.Table, change: Change, manifest: Manifest | None, wishes: Wishes) -> _Plan:
    fresh = change.new | change.changed
    if manifest is not None and not wishes.partial:
        in_delta = ~fresh & (change.kept_numbers >= manifest.base_numbers)
        dead_after = without(table, change.dead) if change.dead.any() else table
        dead_count = int(pc.sum(dead_after.column("dead")).as_py() or 0)
        if fresh.sum() + in_delta.sum() + dead_count <= FOLD_SHARE * len(found.ids):
            numbers = _number(fresh, table.num_rows)
            # What lives in earlier deltas goes into this one, under the numbers it has: there is one delta, not a chain.
            numbers[in_delta] = change.kept_numbers[in_delta]
            return _Plan(
                numbers, table.num_rows, dead_after, manifest.segments[:1], manifest.base_numbers, rebuilt=False
            )
    elif manifest is not None:
        if len(manifest.segments) >= MAX_SEGMENTS:
            raise DirectoryError(
                "Too many partial lists were added one after another. Add the whole list once, without --partial."
            )
        numbers = _number(fresh, table.num_rows)
        kept_table = without(table, change.dead) if change.dead.any() else table
        return _Plan(numbers, table.num_rows, kept_table, manifest.segments, manifest.base_numbers, rebuilt=False)
    everybody = np.ones(len(found.ids), dtype=np.bool_)
    return _Plan(_number(everybody, 0), 0, empty_subjects(), (), len(found.ids), rebuilt=True)


def _known(table: pa.Table, manifest: Manifest | None, wishes: Wishes) -> KnownDigests:
    """Return who need not be indexed again if nothing changed: what lives in a delta goes into the next one."""
    stays = ~np.asarray(table.column("dead").combine_chunks().to_numpy(zero_copy_only=False), dtype=np.bool_)
    if manifest is not None and not wishes.partial:
        stays[manifest.base_numbers :] = False
    mask = pa.array(stays)
    return KnownDigests(table.column("id").combine_chunks().filter(mask), table.column("digest").to_numpy()[stays])


def _number(fresh: NDArray[np.bool_], first: int) -> NDArray[np.int64]:
    count = int(fresh.sum())
    if first + count > MAX_NUMBER:
        raise DirectoryError(f"More than {MAX_NUMBER:,} people. This version of the index cannot number them.")
    numbers = np.full(len(fresh), -1, dtype=np.int64)
    numbers[fresh] = np.arange(first, first + count)
    return numbers


def _with_rows(plan: _Plan, subjects: NewSubjects, found: Survey) -> _Plan:
    """Return the plan with the rows of the new numbers behind the table it had."""
    is_new = plan.numbers >= plan.first_new
    rows = pa.Table.from_arrays(
        [
            found.ids.filter(pa.array(is_new)),
            pa.array(found.digests[is_new]),
            *subjects.trait_columns(),
            pa.array(subjects.minor == 1, mask=subjects.minor < 0),
            pa.array(subjects.has_fields),
            pa.array(np.zeros(int(is_new.sum()), dtype=np.bool_)),
        ],
        schema=SUBJECTS,
    )
    table = pa.concat_tables([plan.table, rows]).unify_dictionaries()
    return _Plan(plan.numbers, plan.first_new, table, plan.segments_kept, plan.base_numbers, plan.rebuilt)


def _refuse_many_removals(change: Change, table: pa.Table, wishes: Wishes) -> None:
    living = table.num_rows - int(pc.sum(table.column("dead")).as_py() or 0)
    if change.removed > REMOVAL_SHARE * living and not wishes.allow_removals:
        raise DirectoryError(
            f"{change.removed:,} of {living:,} people are not in this list and would be removed. If they really went, add "
            "--allow-removals; if this is only a part of the list, add --partial. Nothing was changed."
        )


def forget_people(places: Places, key: bytes, ids: Sequence[str]) -> int:
    """Remove subjects: nothing but a number stays in the table, and their fingerprints match no more.

    ids      as they are kept (Directory.subject_id); unknown ones are passed over
    Returns  how many were removed
    """
    with hold_lock(places):
        manifest = read_manifest(places)
        if manifest is None:
            raise DirectoryError("No customer list was added yet; there is nobody to forget.")
        require_key(manifest, key)
        table = read_subjects(places.directory_dir / manifest.subjects)
        dead = np.asarray(pc.is_in(table.column("id").combine_chunks(), value_set=pa.array(ids, pa.large_string())))
        dead = dead & ~np.asarray(table.column("dead").combine_chunks().to_numpy(zero_copy_only=False), dtype=np.bool_)
        if not dead.any():
            return 0
        generation = manifest.generation + 1
        name = f"subjects-{generation}.parquet"
        write_subjects(places.directory_dir / name, without(table, dead))
        write_manifest(places, replace(manifest, generation=generation, subjects=name))
        return int(dead.sum())
