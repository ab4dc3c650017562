//! Scan one body, piece by piece: from bytes to matches.
//!
//! In:    opened segments and the bytes of a body.
//! Out:   hits.
//! Else:  each step is a file of its own: characters, masks, windows, runs, email, phone, matches.
//!
//! A piece is what fits into the cache. Its last characters are kept for the next piece wherever a rule looks ahead;
//! every word, @ and digit is judged once, with all that it needs at hand. Runs that are not at their end wait (`runs`).

use crate::border::{Cpu, Portable};
use crate::characters::{Characters, BEHIND, FRONT, ROOM};
use crate::email;
use crate::fold::Tables;
use crate::gate::{phone_key, Gate, FEWEST_BITS, PHONE as PHONE_GATE};
use crate::masks::Masks;
use crate::matches::{self, Dead, Hit, Match, EMAIL, NAME, PHONE};
use crate::phone::{self, Digits};
use crate::runs::{Index, Piece, Runs};
use crate::segment::{subject_of, Refusal, Segment};
use crate::siphash::Key;
use crate::values::Reading;
use crate::windows::Windows;

/// How far behind a place the rules look, in folded bytes: a key may have 128 bytes that fold to eleven times as many.
const AHEAD: usize = 1600;
/// How far before a place the rules look: the local part of an e-mail address.
const BACK: usize = (email::REACH_BACK_BYTES + 63) / 64 * 64;

/// Opened segments. Shared by all threads.
pub struct Scanner {
    pub tables: Tables,
    pub segments: Vec<Segment>,
    pub dead: Dead,
    pub keys: Keys,
    gate: Gate,
    has_singles: bool,
    longest_run: usize,
}

/// The subkeys of fingerprints.
pub struct Keys {
    pub word: Key,
    pub phrase: Key,
    pub email: Key,
    pub phone: Key,
}

impl Keys {
    /// Derive them.
    pub fn new(key: &Key) -> Keys {
        Keys {
            word: key.subkey("word"),
            phrase: key.subkey("phrase"),
            email: key.subkey("email"),
            phone: key.subkey("phone"),
        }
    }
}

impl Scanner {
    /// Open segments; on refusal, say which one and why.
    pub fn open(files: &[&'static [u8]], key: &Key, dead: &[u32]) -> Result<Scanner, (usize, Refusal)> {
        let mut segments = Vec::new();
        let mut gates: Vec<Gate> = Vec::new();
        for (number, file) in files.iter().enumerate() {
            let (segment, gate) = Segment::open(file, key).map_err(|refusal| (number, refusal))?;
            segments.push(segment);
            gates.push(gate);
        }
        gates.sort_by_key(|gate| std::cmp::Reverse(gate.bits()));
        let mut gate = if gates.is_empty() {
            Gate::closed(key, FEWEST_BITS)
        } else {
            gates.remove(0)
        };
        for other in &gates {
            gate.join(other);
        }
        gate.warm_up();
        let has_singles = gate.has_singles();
        let longest_run = segments
            .iter()
            .map(|segment| segment.longest_run as usize)
            .max()
            .unwrap_or(0)
            .min(crate::runs::LONGEST_RUN);
        Ok(Scanner {
            tables: Tables::load(),
            segments,
            dead: Dead::new(dead),
            keys: Keys::new(key),
            gate,
            has_singles,
            longest_run,
        })
    }
}

impl Scanner {
    /// The living subjects that a value points to, ascending.
    pub fn subjects_of(&self, field: u8, reading: &Reading) -> Vec<u64> {
        let mut fingerprints = Vec::new();
        if !reading.text.is_empty() {
            let key = if field == EMAIL { &self.keys.email } else { &self.keys.phone };
            fingerprints.push(key.hash(&reading.text));
        }
        for run in &reading.runs {
            let hashes = run.iter().map(|word| self.keys.word.hash(&reading.words[*word]));
            fingerprints.extend(hashes.reduce(|before, word| self.keys.phrase.hash_two(before, word)));
        }
        let mut subjects = Vec::new();
        for fingerprint in fingerprints {
            for segment in &self.segments {
                if let Some(entries) = segment.find(fingerprint, segment.bucket(Portable, fingerprint)) {
                    segment.groups(entries, |found, _, first, last| {
                        if found == field {
                            subjects.extend((first..last).map(|entry| subject_of(segment.payload(entry))));
                        }
                    });
                }
            }
        }
        subjects.retain(|subject| !self.dead.has(*subject));
        subjects.sort_unstable();
        subjects.dedup();
        subjects.into_iter().map(u64::from).collect()
    }
}

/// An e-mail address or phone number that may be an entry.
#[derive(Clone, Copy)]
struct Try {
    fingerprint: u64,
    field: u8,
    is_bare: bool,
    start: u32,
    end: u32,
}

/// All memory of one body's scan, used again for the next.
pub struct Scan {
    chars: Characters,
    masks: Vec<Masks>,
    windows: Windows,
    runs: Runs,
    origin: u64,
    tries: Vec<Try>,
    matches: Vec<Match>,
    next_block: usize,
    in_digits: u64,
    /// The hits of the body after `finish`.
    pub hits: Vec<Hit>,
}

impl Scan {
    /// Get the memory.
    pub fn new() -> Scan {
        Scan {
            chars: Characters::new(),
            masks: vec![Masks::default(); (ROOM + BEHIND) / 64 + 2],
            windows: Windows::new(),
            runs: Runs::default(),
            origin: 0,
            tries: Vec::new(),
            matches: Vec::new(),
            next_block: 0,
            in_digits: 0,
            hits: Vec::new(),
        }
    }

    /// A new body begins.
    pub fn restart(&mut self) {
        self.chars.restart();
        self.windows.restart();
        self.runs.restart();
        self.origin = 0;
        self.matches.clear();
        self.next_block = 0;
        self.in_digits = 0;
    }

    /// Scan what is at hand of a body.
    ///
    /// body      the bytes at hand
    /// offset    place of its first byte in the whole body
    /// is_whole  whether nothing follows
    /// Returns   how many bytes were used up: all, if nothing follows
    #[inline(always)]
    pub fn take<C: Cpu>(&mut self, cpu: C, scanner: &Scanner, body: &[u8], offset: u64, is_whole: bool) -> usize {
        let mut at = 0;
        loop {
            at = cpu.read(&mut self.chars, &scanner.tables, body, at, offset, is_whole);
            let is_last = is_whole && at == body.len();
            let is_full = self.chars.end + 1024 > FRONT + ROOM;
            if !is_last && !is_full {
                return at; // The bytes at hand are used up, and there is room for more.
            }
            self.judge(cpu, scanner, is_last);
            if is_last {
                return at;
            }
        }
    }

    /// Turn the matches of the finished body into hits.
    pub fn finish(&mut self, scanner: &Scanner) {
        matches::hits_of(&scanner.segments, &scanner.dead, &mut self.matches, &mut self.hits);
    }

    /// Judge all characters at hand but those that later ones may change the meaning of.
    #[inline(always)]
    fn judge<C: Cpu>(&mut self, cpu: C, scanner: &Scanner, is_last: bool) {
        self.chars.seal();
        let length = self.chars.end - FRONT;
        let blocks = (length + 63) / 64;
        for (block, masks) in self.masks[..blocks].iter_mut().enumerate() {
            *masks = cpu.classify(&self.chars.bytes[..], FRONT + 64 * block);
        }
        self.masks[blocks] = Masks::default();
        let first = self.next_block;
        let last = if is_last { blocks } else { length.saturating_sub(AHEAD) / 64 };
        if last > first || is_last {
            cpu.cut(&mut self.windows, &self.chars, &self.masks[..blocks + 1], first, last);
            self.look_for_emails(cpu, scanner, first, last);
            self.look_for_phones(cpu, scanner, first, last);
            self.look_up_tries(cpu, scanner);
            self.look_for_runs(cpu, scanner, first, last);
        }
        if !is_last {
            let keep = last.saturating_sub(BACK / 64);
            self.windows.drop_before(&self.chars, keep);
            self.chars.drop_before(FRONT + 64 * keep);
            self.origin += 64 * keep as u64;
            self.next_block = last - keep;
        }
    }

    #[inline(always)]
    fn look_for_emails<C: Cpu>(&mut self, cpu: C, scanner: &Scanner, first: usize, last: usize) {
        let (chars, tries) = (&self.chars, &mut self.tries);
        for block in first..last {
            let mut ats = self.masks[block].at;
            while ats != 0 {
                let at = FRONT + 64 * block + ats.trailing_zeros() as usize;
                ats &= ats - 1;
                email::tries(chars, at, |start, end| {
                    let fingerprint = scanner.keys.email.hash(&chars.bytes[start..end]);
                    note(
                        cpu,
                        scanner,
                        tries,
                        Try {
                            fingerprint,
                            field: EMAIL,
                            is_bare: false,
                            start: start as u32,
                            end: end as u32,
                        },
                    );
                });
            }
        }
    }

    #[inline(always)]
    fn look_for_phones<C: Cpu>(&mut self, cpu: C, scanner: &Scanner, first: usize, last: usize) {
        let (chars, tries) = (&self.chars, &mut self.tries);
        for block in first..last {
            let digits = self.masks[block].digit;
            let mut starts = digits & !(digits << 1 | self.in_digits);
            self.in_digits = digits >> 63;
            let behind = self.masks[block + 1].digit;
            if starts == 0 || digits.count_ones() + behind.count_ones() < phone::FEWEST_DIGITS as u32 {
                continue;
            }
            while starts != 0 {
                let place = starts.trailing_zeros();
                starts &= starts - 1;
                let near = digits >> place | (behind << 1) << (63 - place);
                let start = FRONT + 64 * block + place as usize;
                if !phone::may_begin(&chars.bytes, start, near) {
                    continue;
                }
                phone::tries(&scanner.tables, chars, start, |found| {
                    look_up_digits(cpu, scanner, tries, start, found)
                });
            }
        }
    }

    /// Look all e-mail addresses and phone numbers of a piece up: by now their memory has come.
    #[inline(always)]
    fn look_up_tries<C: Cpu>(&mut self, cpu: C, scanner: &Scanner) {
        for found in &self.tries {
            for (number, segment) in scanner.segments.iter().enumerate() {
                if !segment.may_hold(found.fingerprint) {
                    continue;
                }
                let entries = match segment.find(found.fingerprint, segment.bucket(cpu, found.fingerprint)) {
                    Some(entries) => entries,
                    None => continue,
                };
                segment.groups(entries, |field, is_weak, first, last| {
                    if field == found.field && scanner.dead.first_living(segment, (first, last)).is_some() {
                        let start = self.chars.start_in_body(found.start as usize);
                        let end = self.chars.end_in_body(found.end as usize);
                        let mut one = Match::apart(start, end, number as u8, field, is_weak, (first, last));
                        one.is_bare = found.is_bare;
                        self.matches.push(one);
                    }
                });
            }
        }
        self.tries.clear();
    }

    #[inline(always)]
    fn look_for_runs<C: Cpu>(&mut self, cpu: C, scanner: &Scanner, first: usize, last: usize) {
        cpu.heat(&scanner.gate, &self.chars, &mut self.windows, first, last);
        let index = Index {
            tables: &scanner.tables,
            gate: &scanner.gate,
            segments: &scanner.segments,
            word_key: &scanner.keys.word,
            phrase_key: &scanner.keys.phrase,
            longest_run: scanner.longest_run,
            has_singles: scanner.has_singles,
        };
        let piece = Piece {
            chars: &self.chars,
            windows: &self.windows,
            blocks: (first, last),
            origin: self.origin,
        };
        cpu.find_runs(&mut self.runs, &index, &piece);
        for found in &self.runs.found {
            let segment = &scanner.segments[usize::from(found.segment)];
            let entries = match segment.find(found.fingerprint, segment.bucket(cpu, found.fingerprint)) {
                Some(entries) => entries,
                None => continue,
            };
            let end = self.chars.end_in_body(found.end);
            let matches = &mut self.matches;
            segment.groups(entries, |field, is_weak, first, last| {
                let counts = if found.has_skipped {
                    field == NAME
                } else {
                    field != EMAIL && field != PHONE
                };
                if counts && scanner.dead.first_living(segment, (first, last)).is_some() {
                    let mut one = Match::apart(found.start, end, found.segment, field, is_weak, (first, last));
                    one.window = found.window;
                    one.words = found.words;
                    matches.push(one);
                }
            });
        }
    }
}

/// Ask for the filter's memory and remember a try.
#[inline(always)]
fn note<C: Cpu>(cpu: C, scanner: &Scanner, tries: &mut Vec<Try>, found: Try) {
    for segment in &scanner.segments {
        segment.prefetch_filter(cpu, found.fingerprint);
    }
    tries.push(found);
}

/// Turn joined digits into the fingerprints that may stand for them.
#[inline(always)]
fn look_up_digits<C: Cpu>(cpu: C, scanner: &Scanner, tries: &mut Vec<Try>, start: usize, found: &Digits) {
    let digits = &found.text[..found.count];
    let mut look = |digits: &[u8], with_plus: bool, without: bool| {
        let value = digits.iter().fold(0u64, |value, digit| value * 10 + u64::from(digit - b'0'));
        if scanner.gate.at(scanner.gate.mark(phone_key(value), digits.len())) & PHONE_GATE == 0 {
            return;
        }
        let mut text = [0; phone::MOST_DIGITS + 1];
        text[0] = b'+';
        text[1..=digits.len()].copy_from_slice(digits);
        for (wanted, message) in [(with_plus, &text[..=digits.len()]), (without, &text[1..=digits.len()])] {
            if wanted {
                let fingerprint = scanner.keys.phone.hash(message);
                note(
                    cpu,
                    scanner,
                    tries,
                    Try {
                        fingerprint,
                        field: PHONE,
                        is_bare: found.is_bare,
                        start: start as u32,
                        end: found.end as u32,
                    },
                );
            }
        }
    };
    look(digits, true, !found.is_marked);
    if !found.is_marked {
        for abroad in [&b"00"[..], b"011"] {
            if digits.starts_with(abroad) {
                look(&digits[abroad.len()..], true, false);
            }
        }
    }
}
