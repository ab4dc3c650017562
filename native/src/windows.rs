//! Cut folded characters into words and tell the window of each: TEXT, TAG or KEY.
//!
//! In:    folded characters with their masks.
//! Out:   for each window, where its words start and end in the buffer.
//! Else:  runs of words are `runs`. Rules: docs/reference/matching.md, section 2.
//!
//! All of it is arithmetic on 64 characters at a time; carries cross from one block to the next. A word's window is
//! that of its first character: no bracket and no quote is ever inside a word.

use crate::characters::{Characters, FRONT};
use crate::masks::Masks;

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

/// A list of places in the buffer, for at most one start and one end a byte of a piece.
pub struct Places {
    list: Box<[u16; MOST_PLACES]>,
    count: usize,
}

const MOST_PLACES: usize = 1 << 15;

impl Places {
    fn new() -> Places {
        Places { list: Box::new([0; MOST_PLACES]), count: 0 }
    }

    /// All places, in order.
    #[inline(always)]
    pub fn all(&self) -> &[u16] {
        &self.list[..self.count]
    }

    /// Forget all of them.
    pub fn clear(&mut self) {
        self.count = 0;
    }

    /// Append one.
    pub fn push(&mut self, place: u16) {
        self.list[self.count] = place;
        self.count += 1;
    }

    /// Append the places of a mask's bits.
    #[inline(always)]
    fn push_bits(&mut self, base: u16, mut bits: u64) {
        let count = bits.count_ones() as usize;
        let room = &mut self.list[self.count..self.count + 64];
        self.count += count;
        for eight in room.chunks_exact_mut(8).take((count + 7) / 8) {
            // Eight at a time without looking: what is too much is overwritten by the next.
            for slot in eight {
                *slot = base + bits.trailing_zeros() as u16;
                bits &= bits.wrapping_sub(1);
            }
        }
    }
}

/// What crosses from block to block.
pub struct Windows {
    /// Start and end in turn, for each window.
    pub words: [Places; WINDOWS],
    keys: Vec<u64>,
    in_word: u64,
    in_tag: u64,
    tag_before: u64,
    key_before: u64,
    key_may_start: u64,
    end_is_known: bool,
}

impl Windows {
    /// Begin a body.
    pub fn new() -> Windows {
        Windows {
            words: [Places::new(), Places::new(), Places::new()],
            keys: Vec::new(),
            in_word: 0,
            in_tag: 0,
            tag_before: 0,
            key_before: 0,
            key_may_start: 0,
            end_is_known: false,
        }
    }

    /// Forget everything: a new body begins.
    pub fn restart(&mut self) {
        for words in &mut self.words {
            words.count = 0;
        }
        self.keys.fill(0);
        self.in_word = 0;
        self.in_tag = 0;
        self.tag_before = 0;
        self.key_before = 0;
        self.key_may_start = 0;
        self.end_is_known = false;
    }

    /// Find the words that start in blocks [first, last); `masks` and the characters go on behind `last`.
    #[inline(always)]
    pub fn cut(&mut self, chars: &Characters, masks: &[Masks], first: usize, last: usize) {
        if self.keys.len() < masks.len() + 1 {
            self.keys.resize(masks.len() + 1, 0);
        }
        for block in first..last {
            let m = &masks[block];
            let tag = self.tag_region(m, masks[block + 1].tag_start);
            self.find_keys(chars, masks, block);
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
            if seam & ends != 0 {
                self.push_slowly(base, starts, ends, [tag, tag_ends], [key, key_ends]);
                continue;
            }
            let in_key = starts & key | ends & key_ends;
            let in_tag = (starts & tag | ends & tag_ends) & !in_key;
            let in_text = (starts | ends) & !in_key & !in_tag;
            self.words[TEXT].push_bits(base, in_text);
            if in_tag != 0 {
                self.words[TAG].push_bits(base, in_tag);
            }
            if in_key != 0 {
                self.words[KEY].push_bits(base, in_key);
            }
        }
        self.close_last(chars, masks, last);
    }

    /// Blocks [0, gone) leave the buffer.
    pub fn drop_before(&mut self, gone: usize) {
        let length = self.keys.len();
        if gone < length {
            self.keys.copy_within(gone..length, 0);
        }
        self.keys[length.saturating_sub(gone)..].fill(0);
    }

    /// From < with a-z / ! ? behind it to the next > (included) or until before the next <.
    #[inline(always)]
    fn tag_region(&mut self, m: &Masks, next_tag_start: u64) -> u64 {
        let brackets = m.less | m.greater;
        let open = m.less & (m.tag_start >> 1 | next_tag_start << 63);
        let begin = open << 1 | self.in_tag;
        let (region, carry) = spread(begin, !brackets);
        self.in_tag = open >> 63 | carry;
        region
    }

    /// Mark the keys whose opening quote is in a block.
    #[inline(always)]
    fn find_keys(&mut self, chars: &Characters, masks: &[Masks], block: usize) {
        let m = &masks[block];
        let (reached, carry) = spread(m.before_key << 1 | self.key_may_start, m.space);
        self.key_may_start = m.before_key >> 63 | carry;
        let mut opening = reached & m.quote;
        while opening != 0 {
            let place = opening.trailing_zeros() as usize;
            opening &= opening - 1;
            if let Some(closing) = closing_quote(chars, masks, block, place) {
                for word in block..=closing / 64 {
                    let from = if word == block { !1 << place } else { !0 };
                    let until = if word == closing / 64 { (1 << (closing % 64)) - 1 } else { !0 };
                    self.keys[word] |= from & until;
                }
            }
        }
    }

    #[cold]
    fn push_slowly(&mut self, base: u16, starts: u64, ends: u64, tag: [u64; 2], key: [u64; 2]) {
        let mut both = starts | ends;
        while both != 0 {
            let bit = both & both.wrapping_neg();
            both &= both - 1;
            let at = base + bit.trailing_zeros() as u16;
            for (mask, side) in [(ends, 1), (starts, 0)] {
                if mask & bit != 0 {
                    let window = if key[side] & bit != 0 {
                        KEY
                    } else if tag[side] & bit != 0 {
                        TAG
                    } else {
                        TEXT
                    };
                    self.words[window].push(at);
                }
            }
        }
    }

    /// Look up where the last word ends, if it goes on behind the last block.
    fn close_last(&mut self, chars: &Characters, masks: &[Masks], last: usize) {
        for words in &mut self.words {
            if words.count % 2 == 0 {
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
            words.push(end as u16);
            self.end_is_known = true;
        }
    }
}

/// Where the key that a quote opens is closed (its block × 64 + place), if it is one.
#[inline(always)]
fn closing_quote(chars: &Characters, masks: &[Masks], block: usize, place: usize) -> Option<usize> {
    let mut at = block;
    let mut stops = masks[block].key_end & !1 << place;
    while stops == 0 {
        at += 1;
        if at >= masks.len() || at > block + 64 {
            return None;
        }
        stops = masks[at].key_end;
    }
    let stop = stops.trailing_zeros() as usize;
    if masks[at].quote >> stop & 1 == 0 {
        return None;
    }
    let closing = 64 * at + stop;
    let mut colon = FRONT + closing + 1;
    while colon < chars.end && is_space(chars.bytes[colon]) {
        colon += 1;
    }
    if colon >= chars.end || chars.bytes[colon] != b':' {
        return None;
    }
    let opening = FRONT + 64 * block + place;
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

#[inline(always)]
fn is_space(byte: u8) -> bool {
    byte == b' ' || (8..=13).contains(&byte)
}
