//! Find the runs of words that may be entries.
//!
//! In:    the words of one window.
//! Out:   look-ups: fingerprints that the filter lets through, with the words they came from.
//! Else:  the exact look-up is `scan`. Rules: docs/reference/matching.md, section 5.
//!
//! A word is hashed only if the gate says that it may begin an entry and the next one may go on. All memory that is
//! not in the cache is asked for one step ahead, a whole piece's worth at a time.

use crate::border::Cpu;
use crate::characters::{Characters, BUFFER};
use crate::fold::{Tables, WORD};
use crate::gate::{Gate, FIRST, SECOND, SINGLE};
use crate::phone::class_at;
use crate::segment::Segment;
use crate::siphash::Key;
use crate::windows::{Words, LONGEST_WORD};

/// The most words in a run; a skipped initial comes on top.
pub const LONGEST_RUN: usize = 32;
/// How many words behind a word decide what begins at it.
pub const REACH: usize = LONGEST_RUN + 1;

/// A run of words that may be the beginning of an entry.
#[derive(Clone, Copy)]
struct Run {
    fingerprint: u64,
    first: u32,
    last: u32,
    words: u8,
    has_skipped: bool,
}

/// A run of words whose fingerprint the filter lets through.
#[derive(Clone, Copy)]
pub struct LookUp {
    pub fingerprint: u64,
    pub segment: u8,
    pub first: u32,
    pub last: u32,
    pub has_skipped: bool,
}

/// What `find` needs besides the words.
pub struct Index<'a> {
    pub tables: &'a Tables,
    pub gate: &'a Gate,
    pub segments: &'a [Segment],
    pub word_key: &'a Key,
    pub phrase_key: &'a Key,
    pub has_singles: bool,
    pub longest_run: usize,
}

/// Memory that is used again for every piece.
#[derive(Default)]
pub struct Runs {
    flags: Vec<u8>,
    hashes: HashMemory,
    now: Vec<Run>,
    next: Vec<Run>,
    /// What was found.
    pub found: Vec<LookUp>,
}

impl Runs {
    /// Look for runs that begin at words 0 to `begin_before` (exclusive).
    ///
    #[inline(always)]
    pub fn find<C: Cpu>(&mut self, cpu: C, index: &Index, chars: &Characters, words: Words, begin_before: usize) {
        self.found.clear();
        if begin_before == 0 {
            return;
        }
        self.flag(index.gate, &chars.bytes, words);
        self.now.clear();
        let flags = std::mem::take(&mut self.flags);
        let singles = if index.has_singles { 0x0101_0101_0101_0101 } else { 0 };
        // Eight words at a time: which may begin a pair (with one word skipped, perhaps), or are an entry themselves?
        for group in 0..(begin_before + 7) / 8 {
            let eight = |from: usize| {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(&flags[from..from + 8]);
                u64::from_le_bytes(bytes)
            };
            let at = 8 * group;
            let here = eight(at);
            let mut begins = here & (eight(at + 1) | eight(at + 2) | singles);
            while begins != 0 {
                let first = at + begins.trailing_zeros() as usize / 8;
                begins &= begins - 1;
                if first < begin_before {
                    self.begin(cpu, index, chars, words, first, [flags[first], flags[first + 1], flags[first + 2]]);
                }
            }
        }
        self.flags = flags;
        while !self.now.is_empty() {
            self.go_on(cpu, index, chars, words);
        }
    }

    /// Tell for each word what the gate says of it.
    #[inline(always)]
    fn flag(&mut self, gate: &Gate, bytes: &[u8; BUFFER], words: Words) {
        let count = words.count();
        // Whole groups of eight, and two more, are looked at behind the last word.
        if self.flags.len() < count + 24 {
            self.flags.resize(2 * count + 24, 0);
        }
        let (starts, ends) = (&words.starts[..count], &words.ends[..count]);
        let word = |place: usize| {
            let length = usize::from(ends[place].wrapping_sub(starts[place]));
            (first_eight(bytes, starts[place], length), length)
        };
        gate.may_matter(count, word, &mut self.flags);
        self.flags[count..count + 24].fill(0);
    }

    #[inline(always)]
    fn begin<C: Cpu>(&mut self, cpu: C, index: &Index, chars: &Characters, words: Words, first: usize, flags: [u8; 3]) {
        let allowed = |word: usize, matters: u8| {
            let (start, length) = if matters == 0 { return 0 } else { words.span(word) };
            index.gate.at(index.gate.mark(first_eight(&chars.bytes, start as u16, length), length))
        };
        let [here, second, third] = [0, 1, 2].map(|place| allowed(first + place, flags[place]));
        let is_short = |word: usize| word < words.count() && words.span(word).1 <= LONGEST_WORD;
        if !is_short(first) {
            return;
        }
        let skips = here & FIRST != 0 && third & SECOND != 0 && is_short(first + 2) && is_initial(index.tables, chars, words, first + 1);
        let pairs = here & FIRST != 0 && second & SECOND != 0 && is_short(first + 1);
        if !(skips || pairs || here & SINGLE != 0) {
            return;
        }
        let hash = self.hashes.of(index, chars, words, first);
        if here & SINGLE != 0 {
            // A run of one word is looked up and left: longer ones are begun as pairs.
            self.push(
                cpu,
                index,
                Run {
                    fingerprint: hash,
                    first: first as u32,
                    last: first as u32,
                    words: 1,
                    has_skipped: false,
                },
            );
        }
        if pairs {
            self.join(cpu, index, chars, words, hash, first, first + 1, 2, false);
        }
        if skips {
            self.join(cpu, index, chars, words, hash, first, first + 2, 2, true);
        }
    }

    /// Ask the filter about all runs at hand; look up what is complete, lengthen what may go on.
    #[inline(always)]
    fn go_on<C: Cpu>(&mut self, cpu: C, index: &Index, chars: &Characters, words: Words) {
        let now = std::mem::take(&mut self.now);
        let count = words.count();
        for run in &now {
            let mut may_go_on = false;
            for (number, segment) in index.segments.iter().enumerate() {
                if segment.may_hold(run.fingerprint) {
                    segment.prefetch_bucket(cpu, run.fingerprint);
                    self.found.push(LookUp {
                        fingerprint: run.fingerprint,
                        segment: number as u8,
                        first: run.first,
                        last: run.last,
                        has_skipped: run.has_skipped,
                    });
                }
                may_go_on |= run.words > 1 && segment.may_go_on(run.fingerprint);
            }
            let next = run.last as usize + 1;
            if !may_go_on || usize::from(run.words) >= index.longest_run || next >= count {
                continue;
            }
            if words.span(next).1 > LONGEST_WORD {
                continue;
            }
            self.join(
                cpu,
                index,
                chars,
                words,
                run.fingerprint,
                run.first as usize,
                next,
                run.words + 1,
                run.has_skipped,
            );
            if !run.has_skipped
                && next + 1 < count
                && words.span(next + 1).1 <= LONGEST_WORD
                && is_initial(index.tables, chars, words, next)
            {
                self.join(
                    cpu,
                    index,
                    chars,
                    words,
                    run.fingerprint,
                    run.first as usize,
                    next + 1,
                    run.words + 1,
                    true,
                );
            }
        }
        self.now = now;
        self.now.clear();
        std::mem::swap(&mut self.now, &mut self.next);
    }

    #[allow(clippy::too_many_arguments)]
    #[inline(always)]
    fn join<C: Cpu>(
        &mut self,
        cpu: C,
        index: &Index,
        chars: &Characters,
        words: Words,
        before: u64,
        first: usize,
        last: usize,
        count: u8,
        has_skipped: bool,
    ) {
        let hash = self.hashes.of(index, chars, words, last);
        let fingerprint = index.phrase_key.hash_two(before, hash);
        let run = Run {
            fingerprint,
            first: first as u32,
            last: last as u32,
            words: count,
            has_skipped,
        };
        for segment in index.segments {
            segment.prefetch_filter(cpu, fingerprint);
        }
        if count == 2 {
            self.now.push(run);
        } else {
            self.next.push(run);
        }
    }

    #[inline(always)]
    fn push<C: Cpu>(&mut self, cpu: C, index: &Index, run: Run) {
        for segment in index.segments {
            segment.prefetch_filter(cpu, run.fingerprint);
        }
        self.now.push(run);
    }
}

/// The keyed hashes of short words that were met lately; words repeat.
struct HashMemory {
    known: Vec<(u64, u64)>,
}

const REMEMBERED: usize = 1 << 11;

impl Default for HashMemory {
    fn default() -> HashMemory {
        HashMemory {
            known: vec![(0, 0); REMEMBERED],
        }
    }
}

impl HashMemory {
    /// The keyed hash of a word. One of at most eight bytes is known by them: no word has a zero in it.
    #[inline(always)]
    fn of(&mut self, index: &Index, chars: &Characters, words: Words, word: usize) -> u64 {
        let (start, length) = words.span(word);
        if length > 8 {
            return index.word_key.hash(&chars.bytes[start..start + length]);
        }
        let text = first_eight(&chars.bytes, start as u16, length);
        let place = (text.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 53) as usize;
        let known = &mut self.known[place];
        if known.0 != text {
            *known = (text, index.word_key.hash(&text.to_le_bytes()[..length]));
        }
        known.1
    }
}

/// The first eight bytes of a word, padded with zeros.
#[inline(always)]
fn first_eight(bytes: &[u8; BUFFER], start: u16, length: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[usize::from(start)..usize::from(start) + 8]);
    u64::from_le_bytes(eight) & MASKS[length.min(8)]
}

/// Whether a word is a single letter of class WORD.
fn is_initial(tables: &Tables, chars: &Characters, words: Words, word: usize) -> bool {
    let (start, length) = words.span(word);
    let lead = chars.bytes[start];
    if length == 1 {
        return lead.is_ascii_lowercase();
    }
    length <= 4 && class_at(tables, &chars.bytes[..start + length], start) == Some(WORD) && {
        let text = std::str::from_utf8(&chars.bytes[start..start + length]).unwrap_or("");
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => tables.entry(letter as u32).is_letter(),
            _ => false,
        }
    }
}

const MASKS: [u64; 9] = [
    0,
    0xff,
    0xffff,
    0xff_ffff,
    0xffff_ffff,
    0xff_ffff_ffff,
    0xffff_ffff_ffff,
    0xff_ffff_ffff_ffff,
    0xffff_ffff_ffff_ffff,
];
