//! Collect fingerprints and write one index segment.
//!
//! In:    directory values with their subjects' numbers.
//! Out:   the file of docs/reference/index-format.md; the same bytes for the same values, in any order.
//! Else:  what a value puts in is `values`; opening is `segment`.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

use crate::fold::Tables;
use crate::gate::{phone_key, Gate, FEWEST_BITS, FIRST, PHONE as PHONE_GATE, SECOND, SINGLE};
use crate::matches::{EMAIL, NAME, PHONE};
use crate::scan::Keys;
use crate::segment::{block_of, BLOCK_BYTES, HASH_SIPHASH, HEADER_BYTES, MAGIC, PREFIX, SECTIONS, SECTION_TABLE, VERSION};
use crate::siphash::Key;
use crate::values::{Reader, Taken};

/// A name that more subjects bear is weak for all of them.
const MOST_BEARERS: usize = 20;
/// Bits of the filter for each marker.
const BITS_PER_MARKER: u64 = 9;
/// The gate is gathered at this size and shrunk when it is written.
const GATHERED_BITS: u32 = 18;
/// Up to 2^13 words (64 KiB) there is nothing to gain from a smaller gate.
const SMALLEST_GATE: u32 = 13;
const FULLEST_GATE: f64 = 0.06;
/// Prefixes repeat; they are made unique whenever this many have gathered.
const MOST_PREFIXES: usize = 1 << 25;
/// Entries are sorted in 2^12 parts that fit into the cache.
const PART_BITS: u32 = 12;

/// fingerprint << 32 | field << 28 | subject << 1 | weak: sorts by fingerprint, field, subject, strong first.
type Entry = u128;

/// What was written.
#[derive(Clone, Copy, Default)]
pub struct Stats {
    pub entries: u64,
    pub markers: u64,
    pub file_bytes: u64,
}

/// Values gathered so far.
pub struct Builder {
    tables: Tables,
    key: Key,
    keys: Keys,
    reader: Reader,
    gate: Gate,
    entries: Vec<Entry>,
    prefixes: Vec<u64>,
    longest_run: usize,
}

impl Builder {
    /// Begin a segment; `common_words` one a line.
    pub fn new(key: &Key, common_words: &[u8]) -> Builder {
        let tables = Tables::load();
        let reader = Reader::new(&tables, common_words);
        Builder {
            tables,
            key: *key,
            keys: Keys::new(key),
            reader,
            gate: Gate::closed(key, GATHERED_BITS),
            entries: Vec::new(),
            prefixes: Vec::new(),
            longest_run: 0,
        }
    }

    /// Take one value.
    pub fn add(&mut self, field: u8, subject: u32, value: &[u8], is_weak: bool) -> Taken {
        let taken = self.reader.read(&self.tables, field, value);
        if taken != Taken::Ok {
            return taken;
        }
        let reading = &self.reader.reading;
        let low = Entry::from(field) << 28 | Entry::from(subject) << 1 | Entry::from(is_weak || reading.is_weak);
        if field == EMAIL {
            self.entries.push(Entry::from(self.keys.email.hash(&reading.text)) << 32 | low);
            return taken;
        }
        if field == PHONE {
            let digits: Vec<u8> = reading.text.iter().copied().filter(u8::is_ascii_digit).collect();
            let value = digits.iter().fold(0u64, |value, digit| value * 10 + u64::from(digit - b'0'));
            self.gate.allow(self.gate.mark(phone_key(value), digits.len()), PHONE_GATE);
            self.entries.push(Entry::from(self.keys.phone.hash(&reading.text)) << 32 | low);
            return taken;
        }
        let hashes: Vec<u64> = reading.words.iter().map(|word| self.keys.word.hash(word)).collect();
        for run in &reading.runs {
            self.longest_run = self.longest_run.max(run.len());
            let mark = |place: usize| self.gate.mark_of(&reading.words[run[place]]);
            if run.len() == 1 {
                let only = mark(0);
                self.gate.allow(only, SINGLE);
            } else {
                let (first, second) = (mark(0), mark(1));
                self.gate.allow(first, FIRST);
                self.gate.allow(second, SECOND);
            }
            let mut fingerprint = hashes[run[0]];
            for word in &run[1..] {
                self.prefixes.push(fingerprint);
                fingerprint = self.keys.phrase.hash_two(fingerprint, hashes[*word]);
            }
            self.entries.push(Entry::from(fingerprint) << 32 | low);
        }
        if self.prefixes.len() >= MOST_PREFIXES && self.prefixes.len() == self.prefixes.capacity() {
            self.prefixes.sort_unstable();
            self.prefixes.dedup();
        }
        taken
    }

    /// For benchmarks only: add random fingerprints, as entries of TOKEN that nothing will ever match.
    pub fn add_synthetic(&mut self, count: u64, seed: u64) {
        let key = Key::ZERO.subkey("synthetic");
        self.entries.reserve(count as usize);
        for number in 0..count {
            let fingerprint = key.hash_two(seed, number);
            let subject = Entry::from(number & 0x07ff_ffff);
            self.entries.push(Entry::from(fingerprint) << 32 | 9 << 28 | subject << 1);
        }
    }

    /// Write the file at `path`, which is made or overwritten. Everything gathered is used up.
    pub fn write(&mut self, path: &str, nonce: u64) -> io::Result<Stats> {
        let sorted = sort(std::mem::take(&mut self.entries));
        let (mut sorted, fingerprints) = settle(sorted);
        let bits = bucket_bits_of(sorted.len() as u64);
        order_within_remainders(&mut sorted, bits);

        let mut prefixes = std::mem::take(&mut self.prefixes);
        prefixes.sort_unstable();
        prefixes.dedup();
        let markers = (fingerprints.len() + prefixes.len()) as u64;
        let blocks = ((markers * BITS_PER_MARKER + 511) / 512).max(1);
        let mut filter = vec![0u8; blocks as usize * BLOCK_BYTES];
        for fingerprint in &fingerprints {
            set_marker(&mut filter, blocks, *fingerprint);
        }
        for prefix in &prefixes {
            set_marker(&mut filter, blocks, *prefix ^ PREFIX);
        }
        drop(prefixes);
        drop(fingerprints);
        let gate = std::mem::replace(&mut self.gate, Gate::closed(&self.key, FEWEST_BITS));
        let gate = gate.shrink(SMALLEST_GATE, FULLEST_GATE).seal(&self.key, nonce);

        let mut by_field = [0u64; 16];
        let mut subjects = 0;
        let mut buckets = vec![0u32; (1usize << bits) + 1];
        let mut remainders = Vec::with_capacity(5 * sorted.len());
        let mut payloads = Vec::with_capacity(4 * sorted.len());
        for entry in &sorted {
            let fingerprint = (entry >> 32) as u64;
            let (field, subject, weak) = parts(*entry);
            by_field[field as usize] += 1;
            subjects = subjects.max(u64::from(subject) + 1);
            buckets[(fingerprint >> (64 - bits)) as usize + 1] += 1;
            remainders.extend_from_slice(&(fingerprint << bits >> 24).to_le_bytes()[..5]);
            payloads.extend_from_slice(&(weak << 31 | field << 27 | subject).to_le_bytes());
        }
        let entries = sorted.len() as u64;
        drop(sorted);
        let mut total = 0;
        for bucket in &mut buckets {
            total += *bucket;
            *bucket = total;
        }
        let buckets: Vec<u8> = buckets.iter().flat_map(|bucket| bucket.to_le_bytes()).collect();

        let mut header = Header::new(&self.key, nonce);
        header.long(32, entries);
        header.long(40, subjects);
        header.int(48, bits);
        header.int(52, self.longest_run as u32);
        header.long(56, markers);
        header.bytes[64..80].copy_from_slice(&self.tables.unicode_version);
        for (field, count) in by_field.iter().enumerate() {
            header.long(80 + 8 * field, *count);
        }
        let file_bytes = write_file(path, header, [&gate, &filter, &buckets, &remainders, &payloads])?;
        Ok(Stats {
            entries,
            markers,
            file_bytes,
        })
    }
}

struct Header {
    bytes: Vec<u8>,
}

impl Header {
    fn new(key: &Key, nonce: u64) -> Header {
        let mut header = Header {
            bytes: vec![0; HEADER_BYTES],
        };
        header.bytes[..8].copy_from_slice(MAGIC);
        header.int(8, VERSION);
        header.int(12, HASH_SIPHASH);
        header.long(16, nonce);
        header.long(24, key.subkey("check").hash(&nonce.to_le_bytes()));
        header
    }

    fn int(&mut self, at: usize, value: u32) {
        self.bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    fn long(&mut self, at: usize, value: u64) {
        self.bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
    }
}

fn write_file(path: &str, mut header: Header, sections: [&[u8]; SECTIONS]) -> io::Result<u64> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    file.seek(SeekFrom::Start(HEADER_BYTES as u64))?;
    let mut offset = HEADER_BYTES;
    for (number, section) in sections.iter().enumerate() {
        let at = SECTION_TABLE + 24 * number;
        header.long(at, offset as u64);
        header.long(at + 8, section.len() as u64);
        header.long(at + 16, Key::ZERO.hash(section));
        file.write_all(section)?;
        let padded = (section.len() + HEADER_BYTES - 1) / HEADER_BYTES * HEADER_BYTES;
        file.write_all(&[0; HEADER_BYTES][..padded - section.len()])?;
        offset += padded;
    }
    let checksum = Key::ZERO.hash(&header.bytes[..HEADER_BYTES - 8]);
    header.long(HEADER_BYTES - 8, checksum);
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header.bytes)?;
    file.flush()?;
    Ok(offset as u64)
}

fn set_marker(filter: &mut [u8], blocks: u64, marker: u64) {
    let line = &mut filter[block_of(marker, blocks) * BLOCK_BYTES..][..BLOCK_BYTES];
    for shift in [0, 9, 18, 27] {
        let place = (marker >> shift) as usize & 511;
        line[place / 8] |= 1 << (place % 8);
    }
}

fn parts(entry: Entry) -> (u32, u32, u32) {
    let low = entry as u32;
    (low >> 28, low >> 1 & 0x07ff_ffff, low & 1)
}

/// max(8, ceil(log2(entries / 8)))
fn bucket_bits_of(entries: u64) -> u32 {
    let mut bits = 8;
    while entries > 8 << bits {
        bits += 1;
    }
    bits
}

/// Sort by the top bits into parts first, then each part: the parts fit into the cache.
fn sort(entries: Vec<Entry>) -> Vec<Entry> {
    if entries.len() < 1 << 16 {
        let mut entries = entries;
        entries.sort_unstable();
        return entries;
    }
    let part_of = |entry: &Entry| (*entry >> (96 - PART_BITS)) as usize;
    let mut ends = vec![0usize; (1 << PART_BITS) + 1];
    for entry in &entries {
        ends[part_of(entry) + 1] += 1;
    }
    for part in 1..ends.len() {
        ends[part] += ends[part - 1];
    }
    let starts = ends.clone();
    let mut sorted = vec![0; entries.len()];
    for entry in &entries {
        let end = &mut ends[part_of(entry)];
        sorted[*end] = *entry;
        *end += 1;
    }
    drop(entries);
    for part in 0..1 << PART_BITS {
        sorted[starts[part]..starts[part + 1]].sort_unstable();
    }
    sorted
}

/// Make equal entries one and groups weak or not as a whole; also return the fingerprints, each once.
fn settle(mut sorted: Vec<Entry>) -> (Vec<Entry>, Vec<u64>) {
    let mut fingerprints: Vec<u64> = Vec::new();
    let mut kept = 0;
    let mut first = 0;
    while first < sorted.len() {
        let group = sorted[first] >> 28;
        let mut end = first;
        let start = kept;
        let mut is_weak = true;
        while end < sorted.len() && sorted[end] >> 28 == group {
            is_weak &= sorted[end] & 1 != 0;
            if end == first || sorted[end] >> 1 != sorted[kept - 1] >> 1 {
                sorted[kept] = sorted[end];
                kept += 1;
            }
            end += 1;
        }
        is_weak |= (group as u32 & 15) as u8 == NAME && kept - start > MOST_BEARERS;
        for entry in &mut sorted[start..kept] {
            *entry = *entry >> 1 << 1 | Entry::from(is_weak);
        }
        let fingerprint = (group >> 4) as u64;
        if fingerprints.last() != Some(&fingerprint) {
            fingerprints.push(fingerprint);
        }
        first = end;
    }
    sorted.truncate(kept);
    (sorted, fingerprints)
}

/// Where fingerprints differ only below what is compared, their entries are one run, sorted by field and subject.
fn order_within_remainders(sorted: &mut [Entry], bits: u32) {
    if bits + 40 >= 64 {
        return;
    }
    let cut = 32 + 24 - bits;
    let mut first = 0;
    while first < sorted.len() {
        let mut end = first + 1;
        while end < sorted.len() && sorted[end] >> cut == sorted[first] >> cut {
            end += 1;
        }
        if sorted[first] >> 32 != sorted[end - 1] >> 32 {
            sorted[first..end].sort_unstable_by_key(|entry| *entry as u32);
        }
        first = end;
    }
}
