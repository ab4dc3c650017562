//! Cut folded characters into words and tell the window of each: TEXT, TAG or KEY.
//!
//! In:    folded characters with their masks.
//! Out:   for each window, where its words start and end in the buffer.
//! Else:  runs of words are `runs`. Rules: docs/reference/matching.md, section 2.
//!
//! All of it is arithmetic on 64 characters at a time; carries cross from one block to the next. A word's window is
//! that of its first character: no bracket and no quote is ever inside a word.

use crate::border::Cpu;
use crate::characters::{Characters, BEHIND, FRONT, ROOM};
use crate::masks::{is_space, starts_tag, Masks};

/// Between tags: what a reader sees, and JSON values.
pub const TEXT: usize = 0;
/// Inside tags.
pub const TAG: usize = 1;
/// The keys of JSON objects.
pub const KEY: usize = 2;
/// The number of windows.
pub const WINDOWS: usize = 3;

/// A word of more folded bytes breaks the run.
pub const LONGEST_WORD: usize = 64;
const LONGEST_KEY: u64 = 128;
/// So many folded bytes 128 bytes of a body give at most, generously.
const MOST_KEY_BYTES: usize = 1600;

/// A list of places in the buffer, for at most one a byte of a piece.
pub struct Places {
    list: Box<[u16; MOST_PLACES]>,
    count: usize,
}

const MOST_PLACES: usize = 1 << 15;

impl Places {
    fn new() -> Places {
        Places {
            list: Box::new([0; MOST_PLACES]),
            count: 0,
        }
    }

    /// All places, in order.
    #[inline(always)]
    pub fn all(&self) -> &[u16] {
        &self.list[..self.count]
    }

    fn push(&mut self, place: u16) {
        self.list[self.count] = place;
        self.count += 1;
    }

    /// Append the places of a mask's bits.
    #[inline(always)]
    fn push_bits(&mut self, base: u16, mut bits: u64) {
        let count = bits.count_ones() as usize;
        let room = &mut self.list[self.count..self.count + 64];
        self.count += count;
        let mut write = |slots: &mut [u16]| {
            for slot in slots {
                *slot = base + bits.trailing_zeros() as u16;
                bits &= bits.wrapping_sub(1);
            }
        };
        // Eight at a time without looking: what is too much is overwritten by the next.
        write(&mut room[..8]);
        if count > 8 {
            write(&mut room[8..16]);
            if count > 16 {
                write(&mut room[16..32]);
                if count > 32 {
                    write(&mut room[32..64]);
                }
            }
        }
    }
}

/// The words of one window.
pub struct WordList {
    starts: Places,
    ends: Places,
}

impl WordList {
    fn new() -> WordList {
        WordList {
            starts: Places::new(),
            ends: Places::new(),
        }
    }

    /// Where the words start and end in the buffer.
    #[inline(always)]
    pub fn all(&self) -> Words<'_> {
        Words {
            starts: self.starts.all(),
            ends: self.ends.all(),
        }
    }

    /// Forget all of them.
    pub fn clear(&mut self) {
        self.starts.count = 0;
        self.ends.count = 0;
    }

    /// Append one.
    pub fn push(&mut self, start: usize, end: usize) {
        self.starts.push(start as u16);
        self.ends.push(end as u16);
    }
}

/// Where words start and end in the buffer; word i has place i in both.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    pub starts: &'a [u16],
    pub ends: &'a [u16],
}

impl Words<'_> {
    /// How many.
    #[inline(always)]
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// Start and length of one, in folded bytes.
    #[inline(always)]
    pub fn span(&self, word: usize) -> (usize, usize) {
        (usize::from(self.starts[word]), usize::from(self.ends[word] - self.starts[word]))
    }
}

/// What crosses from block to block.
pub struct Windows {
    /// The words of each window.
    pub words: [WordList; WINDOWS],
    keys: Vec<u64>,
    in_word: u64,
    in_tag: u64,
    tag_before: u64,
    key_before: u64,
    end_is_known: bool,
    /// The last character before the buffer that is no whitespace.
    solid_before: u8,
}

impl Windows {
    /// Begin a body.
    pub fn new() -> Windows {
        Windows {
            words: [WordList::new(), WordList::new(), WordList::new()],
            keys: vec![0; (ROOM + BEHIND) / 64 + 2],
            in_word: 0,
            in_tag: 0,
            tag_before: 0,
            key_before: 0,
            end_is_known: false,
            solid_before: 0,
        }
    }

    /// Forget everything: a new body begins.
    pub fn restart(&mut self) {
        for words in &mut self.words {
            words.clear();
        }
        self.keys.fill(0);
        self.in_word = 0;
        self.in_tag = 0;
        self.tag_before = 0;
        self.key_before = 0;
        self.end_is_known = false;
        self.solid_before = 0;
    }

    /// Find the words that start in blocks [first, last); `masks` and the characters go on behind `last`.
    #[inline(always)]
    pub fn cut<C: Cpu>(&mut self, cpu: C, chars: &Characters, masks: &[Masks], first: usize, last: usize) {
        for (block, m) in masks.iter().enumerate().take(last).skip(first) {
            let tag = self.tag_region(chars, m, block);
            if m.quote != 0 {
                self.find_keys(cpu, chars, m.quote, block);
            }
            let key = self.keys[block];

            let before = m.word << 1 | self.in_word;
            let seam = chars.seams[block] & m.word & before;
            let starts = m.word & !before | seam;
            let mut ends = !m.word & before | seam;
            if self.end_is_known && ends != 0 {
                ends &= ends - 1; // This word was cut at the end of the last piece, where its end was looked up.
                self.end_is_known = false;
            }
            self.in_word = m.word >> 63;
            // The window of an end is that of the character before it.
            let tag_ends = tag << 1 | self.tag_before;
            let key_ends = key << 1 | self.key_before;
            self.tag_before = tag >> 63;
            self.key_before = key >> 63;
            let base = (FRONT + 64 * block) as u16;
            let (text_starts, text_ends) = (starts & !tag & !key, ends & !tag_ends & !key_ends);
            if text_starts | text_ends != 0 {
                self.words[TEXT].starts.push_bits(base, text_starts);
                self.words[TEXT].ends.push_bits(base, text_ends);
            }
            if tag | tag_ends != 0 {
                self.words[TAG].starts.push_bits(base, starts & tag & !key);
                self.words[TAG].ends.push_bits(base, ends & tag_ends & !key_ends);
            }
            if key | key_ends != 0 {
                self.words[KEY].starts.push_bits(base, starts & key);
                self.words[KEY].ends.push_bits(base, ends & key_ends);
            }
        }
        self.close_last(chars, masks, last);
    }

    /// Blocks [0, gone) are about to leave the buffer.
    pub fn drop_before(&mut self, chars: &Characters, gone: usize) {
        self.solid_before = self.solid_byte_before(chars, FRONT + 64 * gone);
        let length = self.keys.len();
        self.keys.copy_within(gone..length, 0);
        self.keys[length - gone..].fill(0);
    }

    /// From < with a-z / ! ? behind it to the next > (included) or until before the next <.
    #[inline(always)]
    fn tag_region(&mut self, chars: &Characters, m: &Masks, block: usize) -> u64 {
        let mut open = 0;
        let mut less = m.less;
        while less != 0 {
            let place = less.trailing_zeros();
            less &= less - 1;
            let behind = chars.bytes[(FRONT + 64 * block + place as usize + 1) & 0xffff];
            open |= u64::from(starts_tag(behind)) << place;
        }
        let begin = open << 1 | self.in_tag;
        let (region, carry) = spread(begin, !(m.less | m.greater));
        self.in_tag = open >> 63 | carry;
        region
    }

    /// Mark the keys whose opening quote is in a block.
    #[inline(always)]
    fn find_keys<C: Cpu>(&mut self, cpu: C, chars: &Characters, mut quotes: u64, block: usize) {
        while quotes != 0 {
            let opening = FRONT + 64 * block + quotes.trailing_zeros() as usize;
            quotes &= quotes - 1;
            if !matches!(self.solid_byte_before(chars, opening), b'{' | b',') {
                continue;
            }
            if let Some(closing) = closing_quote(cpu, chars, opening) {
                let (from, until) = (opening + 1 - FRONT, closing - FRONT);
                for word in from / 64..=until / 64 {
                    let above = if word == from / 64 { !0 << (from % 64) } else { !0 };
                    let below = if word == until / 64 { (1 << (until % 64)) - 1 } else { !0 };
                    self.keys[word] |= above & below;
                }
            }
        }
    }

    /// The last character before a place that is no whitespace.
    #[inline(always)]
    fn solid_byte_before(&self, chars: &Characters, at: usize) -> u8 {
        let mut at = at;
        while at > FRONT {
            at -= 1;
            let byte = chars.bytes[at & 0xffff];
            if !is_space(byte) {
                return byte;
            }
        }
        self.solid_before
    }

    /// Look up where the last word ends, if it goes on behind the last block.
    fn close_last(&mut self, chars: &Characters, masks: &[Masks], last: usize) {
        for words in &mut self.words {
            if words.starts.count == words.ends.count {
                continue;
            }
            // The word is closed here; its end in the next piece is then no news.
            let mut block = last;
            let mut end = FRONT + 64 * last;
            while block < masks.len() {
                let stop = !masks[block].word | chars.seams[block];
                if stop != 0 {
                    end = FRONT + 64 * block + stop.trailing_zeros() as usize;
                    break;
                }
                block += 1;
                end = FRONT + 64 * block;
            }
            words.ends.push(end as u16);
            self.end_is_known = true;
        }
    }
}

/// Where the key that a quote opens is closed, if it is one.
#[inline(always)]
fn closing_quote<C: Cpu>(cpu: C, chars: &Characters, opening: usize) -> Option<usize> {
    let until = chars.end.min(opening + MOST_KEY_BYTES);
    let closing = cpu.find_key_end(&chars.bytes[..], opening + 1, until.max(opening + 1));
    if closing >= until || chars.bytes[closing & 0xffff] != b'"' {
        return None;
    }
    let mut colon = closing + 1;
    while colon < until && is_space(chars.bytes[colon & 0xffff]) {
        colon += 1;
    }
    if colon >= until || chars.bytes[colon & 0xffff] != b':' {
        return None;
    }
    let length = if chars.is_straight() {
        (colon - opening) as u64
    } else {
        chars.start_in_body(colon) - chars.start_in_body(opening)
    };
    if length <= LONGEST_KEY {
        Some(closing)
    } else {
        None
    }
}

/// From each bit of `begin` over all bits of `over` above it, with the bit they end on; and what runs out at the top.
#[inline(always)]
fn spread(begin: u64, over: u64) -> (u64, u64) {
    let (sum, overflow) = (begin & over).overflowing_add(over);
    ((sum ^ over) | begin, u64::from(overflow))
}
