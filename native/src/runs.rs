//! Find the runs of words that may be entries.
//!
//! In:    the words of a piece, as places where they start.
//! Out:   look-ups: fingerprints that the filter lets through, with the words they came from.
//! Else:  the exact look-up is `scan`. Rules: docs/reference/matching.md, section 5.
//!
//! A word is hashed only if the gate says that it may begin an entry and the next one may go on. All memory that is
//! not in the cache is asked for one step ahead, a whole piece's worth at a time. A run that may go on where the piece
//! ends waits for the next one.

use crate::border::Cpu;
use crate::characters::{decode, Characters, BUFFER, FRONT};
use crate::fold::Tables;
use crate::gate::{Gate, FIRST, SECOND, SINGLE};
use crate::segment::Segment;
use crate::siphash::Key;
use crate::windows::{Windows, LONGEST_WORD};

/// The most words in a run; a skipped initial comes on top.
pub const LONGEST_RUN: usize = 32;

/// Words from some word on.
#[derive(Clone, Copy)]
struct Run {
    fingerprint: u64,
    /// Where its first word begins in the body; not yet looked up if UNKNOWN.
    start_in_body: u64,
    /// Its first word's place among all folded characters of the body: what tells words apart.
    first: u64,
    /// Where its last word (skipped ones included) starts in the buffer.
    last: u16,
    words: u8,
    window: u8,
    has_skipped: bool,
}

const UNKNOWN: u64 = u64::MAX;

/// A run of words whose fingerprint the filter lets through.
#[derive(Clone, Copy)]
pub struct LookUp {
    pub fingerprint: u64,
    pub segment: u8,
    pub window: u8,
    pub has_skipped: bool,
    /// First byte of the body.
    pub start: u64,
    /// One past the last byte in the buffer.
    pub end: usize,
    /// Places of the first and the last word among all folded characters of the body.
    pub words: (u64, u64),
}

/// What is looked for.
pub struct Index<'a> {
    pub tables: &'a Tables,
    pub gate: &'a Gate,
    pub segments: &'a [Segment],
    pub word_key: &'a Key,
    pub phrase_key: &'a Key,
    pub longest_run: usize,
    /// Whether any entry has words of one.
    pub has_singles: bool,
}

/// Where it is looked for.
pub struct Piece<'a> {
    pub chars: &'a Characters,
    pub windows: &'a Windows,
    /// Blocks of words to begin at: first and one past the last.
    pub blocks: (usize, usize),
    /// What the buffer's first byte is among all folded characters of the body.
    pub origin: u64,
}

/// Memory that is used again for every piece.
#[derive(Default)]
pub struct Runs {
    hashes: HashMemory,
    now: Vec<Run>,
    next: Vec<Run>,
    waiting: Vec<Run>,
    /// What was found.
    pub found: Vec<LookUp>,
}

impl Runs {
    /// Forget everything: a new body begins.
    pub fn restart(&mut self) {
        self.waiting.clear();
    }

    /// Find the runs that begin in a piece, and go on with those that waited for it.
    #[inline(always)]
    pub fn find<C: Cpu>(&mut self, cpu: C, index: &Index, piece: &Piece) {
        self.found.clear();
        let mut waiting = std::mem::take(&mut self.waiting);
        for run in waiting.drain(..) {
            self.lengthen(cpu, index, piece, run, FRONT + 64 * piece.blocks.0);
        }
        if self.waiting.is_empty() {
            self.waiting = waiting; // Its memory is used again.
        }
        for block in piece.blocks.0..piece.blocks.1 {
            let here = piece.windows.blocks[block];
            let mut hot = here.hot;
            while hot != 0 {
                let place = hot.trailing_zeros();
                hot &= hot - 1;
                self.begin(cpu, index, piece, FRONT + 64 * block + place as usize, here.window_of(place));
            }
        }
        std::mem::swap(&mut self.now, &mut self.next);
        while !self.now.is_empty() {
            let now = std::mem::take(&mut self.now);
            for run in &now {
                self.ask(cpu, index, piece, *run);
            }
            self.now = now;
            self.now.clear();
            std::mem::swap(&mut self.now, &mut self.next);
        }
    }

    /// Begin runs at a word that may matter.
    #[inline(always)]
    fn begin<C: Cpu>(&mut self, cpu: C, index: &Index, piece: &Piece, start: usize, window: usize) {
        // What is in the cache is asked first: the gate's hot bits of the next word, then the gate itself.
        let (next, may_follow) = next_of(index, piece, start, window);
        if !may_follow && !index.has_singles {
            return;
        }
        let length = piece.windows.length(start);
        let allowed = if length > LONGEST_WORD {
            0
        } else {
            allowed(index, piece, start, length)
        };
        let pairs = may_follow && allowed & FIRST != 0 && next.map_or(true, |next| may_be_second(index, piece, next));
        if !pairs && allowed & SINGLE == 0 {
            return;
        }
        let run = Run {
            fingerprint: self.hashes.of(index, piece.chars, start, length),
            start_in_body: UNKNOWN,
            first: piece.origin + start as u64,
            last: start as u16,
            words: 1,
            window: window as u8,
            has_skipped: false,
        };
        if allowed & SINGLE != 0 {
            self.push(cpu, index, run);
        }
        if pairs {
            self.lengthen(cpu, index, piece, run, start + 1);
        }
    }

    /// Ask the filter about a run; look it up if it may be complete, lengthen it if it may go on.
    #[inline(always)]
    fn ask<C: Cpu>(&mut self, cpu: C, index: &Index, piece: &Piece, run: Run) {
        let mut may_go_on = false;
        for (number, segment) in index.segments.iter().enumerate() {
            if segment.may_hold(run.fingerprint) {
                segment.prefetch_bucket(cpu, run.fingerprint);
                let last = usize::from(run.last);
                self.found.push(LookUp {
                    fingerprint: run.fingerprint,
                    segment: number as u8,
                    window: run.window,
                    has_skipped: run.has_skipped,
                    start: start_in_body(piece, &run),
                    end: last + piece.windows.length(last),
                    words: (run.first, piece.origin + last as u64),
                });
            }
            may_go_on |= run.words > 1 && segment.may_go_on(run.fingerprint);
        }
        if may_go_on && usize::from(run.words) < index.longest_run {
            self.lengthen(cpu, index, piece, run, usize::from(run.last) + 1);
        }
    }

    /// Join the next word of the window that starts at `from` or behind it; or skip it once, if it is an initial.
    fn lengthen<C: Cpu>(&mut self, cpu: C, index: &Index, piece: &Piece, run: Run, from: usize) {
        let mut run = run;
        let mut from = from;
        loop {
            let next = match piece.windows.next_word(usize::from(run.window), from, piece.blocks.1) {
                Some(next) => next,
                None => {
                    run.start_in_body = start_in_body(piece, &run);
                    self.waiting.push(run);
                    return;
                }
            };
            let length = piece.windows.length(next);
            if length > LONGEST_WORD {
                return;
            }
            let joins = run.words > 1 || (piece.windows.is_hot(next) && allowed(index, piece, next, length) & SECOND != 0);
            if joins {
                let mut longer = run;
                longer.fingerprint = index
                    .phrase_key
                    .hash_two(run.fingerprint, self.hashes.of(index, piece.chars, next, length));
                longer.words += 1;
                longer.last = next as u16;
                longer.start_in_body = run.start_in_body;
                self.push(cpu, index, longer);
            }
            if run.has_skipped || !may_be_initial(length) || !is_initial(index.tables, piece.chars, next, length) {
                return;
            }
            run.has_skipped = true;
            from = next + 1;
        }
    }

    #[inline(always)]
    fn push<C: Cpu>(&mut self, cpu: C, index: &Index, run: Run) {
        for segment in index.segments {
            segment.prefetch_filter(cpu, run.fingerprint);
        }
        self.next.push(run);
    }
}

/// The next word of the window, and whether it may be a second one (or an initial before it); unknown where the piece ends.
#[inline(always)]
fn next_of(index: &Index, piece: &Piece, start: usize, window: usize) -> (Option<usize>, bool) {
    let (block, place) = ((start - FRONT) / 64, (start - FRONT) % 64);
    let here = &piece.windows.blocks[block];
    // Nearly always the next word is in the same 64 characters.
    let near = here.starts & here.window(window) & !1 << place;
    let next = if near != 0 {
        let place = near.trailing_zeros();
        let next = FRONT + 64 * block + place as usize;
        if here.hot >> place & 1 != 0 {
            return (Some(next), true);
        }
        next
    } else {
        match piece.windows.next_word(window, FRONT + 64 * (block + 1), piece.blocks.1) {
            Some(next) if piece.windows.is_hot(next) => return (Some(next), true),
            Some(next) => next,
            None => return (None, true),
        }
    };
    (Some(next), is_initial_at(index, piece, next))
}

/// Whether the gate lets a word through as the second of a run, or it is an initial.
#[inline(always)]
fn may_be_second(index: &Index, piece: &Piece, start: usize) -> bool {
    let is_second = piece.windows.is_hot(start) && allowed(index, piece, start, piece.windows.length(start)) & SECOND != 0;
    is_second || is_initial_at(index, piece, start)
}

#[inline(always)]
fn is_initial_at(index: &Index, piece: &Piece, start: usize) -> bool {
    let length = piece.windows.length(start);
    may_be_initial(length) && is_initial(index.tables, piece.chars, start, length)
}

/// Where a run begins in the body. Its first word is still in the buffer unless it waited, and then it is known.
#[inline(always)]
fn start_in_body(piece: &Piece, run: &Run) -> u64 {
    if run.start_in_body == UNKNOWN {
        piece.chars.start_in_body((run.first - piece.origin) as usize)
    } else {
        run.start_in_body
    }
}

/// What the gate says of a word.
#[inline(always)]
fn allowed(index: &Index, piece: &Piece, start: usize, length: usize) -> u8 {
    index
        .gate
        .at(index.gate.mark(first_eight(&piece.chars.bytes, start, length), length))
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
    fn of(&mut self, index: &Index, chars: &Characters, start: usize, length: usize) -> u64 {
        if length > 8 {
            return index.word_key.hash(&chars.bytes[start..start + length]);
        }
        let text = first_eight(&chars.bytes, start, length);
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
pub fn first_eight(bytes: &[u8; BUFFER], start: usize, length: usize) -> u64 {
    let mut eight = [0; 8];
    let start = start & 0xffff;
    eight.copy_from_slice(&bytes[start..start + 8]);
    u64::from_le_bytes(eight) & MASKS[length.min(8)]
}

/// Whether a word of that many bytes may be a single letter.
#[inline(always)]
fn may_be_initial(length: usize) -> bool {
    length <= 4
}

/// Whether a word of at most four bytes is a single letter of class WORD.
#[inline(always)]
fn is_initial(tables: &Tables, chars: &Characters, start: usize, length: usize) -> bool {
    let lead = chars.bytes[start & 0xffff];
    if lead < 0x80 {
        return length == 1 && lead.is_ascii_lowercase();
    }
    if lead < 0xe0 {
        let second = chars.bytes[(start + 1) & 0xffff];
        return length == 2 && tables.low_entry(u32::from(lead & 0x1f) << 6 | u32::from(second & 0x3f)).is_letter();
    }
    match decode(&chars.bytes[start & 0xffff..(start & 0xffff) + 4]) {
        Some((code, bytes)) => bytes == length && tables.entry(code).is_letter(),
        None => false,
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
