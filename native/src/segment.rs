//! One index segment: which fingerprints are in it, and whose.
//!
//! In:    the bytes of an index file, and the key.
//! Out:   whether a fingerprint may be there or may go on; the entries of one that is there.
//! Else:  writing is `builder`; the gate is `gate`. Layout: docs/reference/index-format.md.

use crate::border::Cpu;
use crate::gate::Gate;
use crate::siphash::Key;

pub const MAGIC: &[u8; 8] = b"SPILLIDX";
pub const VERSION: u32 = 1;
pub const HASH_SIPHASH: u32 = 1;
pub const HEADER_BYTES: usize = 4096;
pub const SECTIONS: usize = 5;
pub const SECTION_TABLE: usize = 208;
pub const BLOCK_BYTES: usize = 64;
/// Turns a fingerprint into the marker of a proper prefix; it touches only bits that choose places in a block.
pub const PREFIX: u64 = 0x9_e377_9b97;

/// Why a segment cannot be opened: what the border tells Python.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    Damaged = 2,
    OtherVersion = 3,
    OtherKey = 4,
}

/// An opened segment.
pub struct Segment {
    filter: &'static [u8],
    buckets: &'static [u8],
    remainders: &'static [u8],
    payloads: &'static [u8],
    blocks: u64,
    bucket_bits: u32,
    pub entries: u64,
    pub longest_run: u32,
}

/// The section checksum's coverage is checked apart: opening reads the header only.
pub struct Sections {
    pub spans: [(u64, u64, u64); SECTIONS],
}

impl Segment {
    /// Check the header and take the sections.
    pub fn open(file: &'static [u8], key: &Key) -> Result<(Segment, Gate), Refusal> {
        let sections = read_header(file, key)?;
        let section = |number: usize| -> &'static [u8] {
            let (offset, length, _) = sections.spans[number];
            &file[offset as usize..(offset + length) as usize]
        };
        let entries = long(file, 32);
        let bucket_bits = int(file, 48);
        let [gate, filter, buckets, remainders, payloads] = [section(0), section(1), section(2), section(3), section(4)];
        let fits = (8..=40).contains(&bucket_bits)
            && entries < 1 << 32
            && (gate.is_empty() || (gate.len() >= 16 && gate.len().is_power_of_two() && gate.len() <= 1 << 28))
            && filter.len() % BLOCK_BYTES == 0
            && buckets.len() as u64 == 4 * ((1 << bucket_bits) + 1)
            && remainders.len() as u64 == 5 * entries
            && payloads.len() as u64 == 4 * entries;
        if !fits {
            return Err(Refusal::Damaged);
        }
        // The plain twin writes neither gate nor filter: then everything passes, and only the table decides.
        let gate = if gate.is_empty() {
            Gate::wide_open(key)
        } else {
            Gate::open(key, long(file, 16), gate)
        };
        let blocks = (filter.len() / BLOCK_BYTES) as u64;
        let longest_run = int(file, 52);
        Ok((
            Segment {
                filter,
                buckets,
                remainders,
                payloads,
                blocks,
                bucket_bits,
                entries,
                longest_run,
            },
            gate,
        ))
    }

    /// Ask for the memory that `may_hold` and `may_go_on` will look at.
    #[inline(always)]
    pub fn prefetch_filter<C: Cpu>(&self, cpu: C, fingerprint: u64) {
        cpu.prefetch(self.filter, block_of(fingerprint, self.blocks) * BLOCK_BYTES);
    }

    /// Whether a fingerprint may be an entry.
    #[inline(always)]
    pub fn may_hold(&self, fingerprint: u64) -> bool {
        if self.blocks == 0 {
            return true;
        }
        let line = &self.filter[block_of(fingerprint, self.blocks) * BLOCK_BYTES..][..BLOCK_BYTES];
        let is_set = |shift: u32| {
            let place = (fingerprint >> shift) as usize & 511;
            line[place / 8] >> (place % 8) & 1 != 0
        };
        is_set(0) && is_set(9) && is_set(18) && is_set(27)
    }

    /// Whether a run with this fingerprint may be the beginning of a longer entry.
    #[inline(always)]
    pub fn may_go_on(&self, fingerprint: u64) -> bool {
        self.may_hold(fingerprint ^ PREFIX)
    }

    /// Ask for the memory that `bucket` will look at.
    #[inline(always)]
    pub fn prefetch_bucket<C: Cpu>(&self, cpu: C, fingerprint: u64) {
        cpu.prefetch(self.buckets, 4 * self.bucket_number(fingerprint));
    }

    /// The entries among which a fingerprint would be; asks for their memory.
    #[inline(always)]
    pub fn bucket<C: Cpu>(&self, cpu: C, fingerprint: u64) -> (u64, u64) {
        let number = self.bucket_number(fingerprint);
        let first = u64::from(int(self.buckets, 4 * number)).min(self.entries);
        let last = u64::from(int(self.buckets, 4 * number + 4)).clamp(first, self.entries);
        cpu.prefetch(self.remainders, 5 * first as usize);
        (first, last)
    }

    /// The entries of a fingerprint, of all fields: first and one past the last.
    pub fn find(&self, fingerprint: u64, bucket: (u64, u64)) -> Option<(u64, u64)> {
        let wanted = fingerprint << self.bucket_bits >> 24;
        let first = self.partition(bucket, |entry| self.remainder(entry) < wanted);
        if first == bucket.1 || self.remainder(first) != wanted {
            return None;
        }
        Some((first, self.partition((first, bucket.1), |entry| self.remainder(entry) == wanted)))
    }

    /// Part the entries of a fingerprint into groups of one field; call `each(field, is_weak, first, last)`.
    pub fn groups(&self, entries: (u64, u64), mut each: impl FnMut(u8, bool, u64, u64)) {
        let mut first = entries.0;
        while first < entries.1 {
            let field = field_of(self.payload(first));
            let last = self.partition((first, entries.1), |entry| field_of(self.payload(entry)) <= field);
            each(field, self.payload(first) >> 31 != 0, first, last);
            first = last;
        }
    }

    /// The entry of a subject in a group, if it has one.
    pub fn member(&self, group: (u64, u64), subject: u32) -> Option<u64> {
        let at = self.partition(group, |entry| subject_of(self.payload(entry)) < subject);
        if at < group.1 && subject_of(self.payload(at)) == subject {
            Some(at)
        } else {
            None
        }
    }

    /// All entries of the fingerprint and field that an entry has.
    pub fn group_of(&self, entry: u64) -> (u64, u64) {
        let same =
            |other: u64| self.remainder(other) == self.remainder(entry) && field_of(self.payload(other)) == field_of(self.payload(entry));
        // The bucket is not known from the entry: step outward in growing strides, then halve.
        let mut step = 1;
        let mut low = entry;
        while low >= step && same(low - step) {
            low -= step;
            step *= 2;
        }
        let first = self.partition((low.saturating_sub(step), low), |other| !same(other));
        let mut step = 1;
        let mut high = entry;
        while high + step < self.entries && same(high + step) {
            high += step;
            step *= 2;
        }
        let last = self.partition((high, (high + step).min(self.entries)), same);
        (first, last)
    }

    /// weak | field | subject of an entry.
    #[inline(always)]
    pub fn payload(&self, entry: u64) -> u32 {
        int(self.payloads, 4 * entry as usize)
    }

    #[inline(always)]
    fn bucket_number(&self, fingerprint: u64) -> usize {
        (fingerprint >> (64 - self.bucket_bits)) as usize
    }

    #[inline(always)]
    fn remainder(&self, entry: u64) -> u64 {
        let at = 5 * entry as usize;
        u64::from(int(self.remainders, at)) | u64::from(self.remainders[at + 4]) << 32
    }

    /// The first of a range for which `holds` fails; it holds for all before and none behind.
    #[inline(always)]
    fn partition(&self, range: (u64, u64), holds: impl Fn(u64) -> bool) -> u64 {
        let (mut low, mut high) = range;
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// Which block of a filter a marker is in.
#[inline(always)]
pub fn block_of(marker: u64, blocks: u64) -> usize {
    (u128::from(marker) * u128::from(blocks) >> 64) as usize
}

/// The field code in a payload.
#[inline(always)]
pub fn field_of(payload: u32) -> u8 {
    (payload >> 27 & 15) as u8
}

/// The subject number in a payload.
#[inline(always)]
pub fn subject_of(payload: u32) -> u32 {
    payload & 0x07ff_ffff
}

/// Check everything about a header but the sections' own checksums.
pub fn read_header(file: &[u8], key: &Key) -> Result<Sections, Refusal> {
    if file.len() < HEADER_BYTES || &file[..8] != MAGIC {
        return Err(Refusal::Damaged);
    }
    if int(file, 8) != VERSION || int(file, 12) != HASH_SIPHASH {
        return Err(Refusal::OtherVersion);
    }
    if Key::ZERO.hash(&file[..HEADER_BYTES - 8]) != long(file, HEADER_BYTES - 8) {
        return Err(Refusal::Damaged);
    }
    if key.subkey("check").hash(&file[16..24]) != long(file, 24) {
        return Err(Refusal::OtherKey);
    }
    let mut spans = [(0, 0, 0); SECTIONS];
    for (number, span) in spans.iter_mut().enumerate() {
        let at = SECTION_TABLE + 24 * number;
        *span = (long(file, at), long(file, at + 8), long(file, at + 16));
        let end = span.0.checked_add(span.1).ok_or(Refusal::Damaged)?;
        if span.0 < HEADER_BYTES as u64 || end > file.len() as u64 {
            return Err(Refusal::Damaged);
        }
    }
    Ok(Sections { spans })
}

/// Whether every section has the checksum that the header says.
pub fn is_undamaged(file: &[u8], key: &Key) -> bool {
    read_header(file, key).map_or(false, |sections| {
        sections
            .spans
            .iter()
            .all(|(offset, length, checksum)| Key::ZERO.hash(&file[*offset as usize..(offset + length) as usize]) == *checksum)
    })
}

#[inline(always)]
fn int(bytes: &[u8], at: usize) -> u32 {
    let four = &bytes[at..at + 4];
    u32::from_le_bytes([four[0], four[1], four[2], four[3]])
}

#[inline(always)]
fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from(int(bytes, at)) | u64::from(int(bytes, at + 4)) << 32
}
