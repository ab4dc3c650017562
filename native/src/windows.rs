//! Cut folded characters into words and tell the window of each: TEXT, TAG or KEY.
//!
//! In:    folded characters with their masks.
//! Out:   for each 64 characters, where words start, and which places belong to TAG and KEY.
//! Else:  runs of words are `runs`. Rules: docs/reference/matching.md, section 2.
//!
//! All of it is arithmetic on 64 characters at a time; carries cross from one block to the next. Words are never
//! listed: a word is the place where it starts. No bracket and no quote is ever inside a word, so that its window is
//! that of its first character.

use crate::border::Cpu;
use crate::characters::{Characters, BEHIND, FRONT, ROOM};
use crate::masks::{is_space, starts_tag, Masks};

/// Between tags: what a reader sees, and JSON values.
pub const TEXT: usize = 0;
/// Inside tags.
pub const TAG: usize = 1;
/// The keys of JSON objects.
pub const KEY: usize = 2;

/// A word of more folded bytes breaks the run.
pub const LONGEST_WORD: usize = 64;
const LONGEST_KEY: u64 = 128;
/// So many folded bytes 128 bytes of a body give at most, generously.
const MOST_KEY_BYTES: usize = 1600;

/// What stands at 64 places: bit i for place i.
#[derive(Clone, Copy, Default)]
pub struct Block {
    /// A word starts here.
    pub starts: u64,
    /// No word goes on here: a separator, or the start of a word directly behind another.
    pub stops: u64,
    /// Inside a tag.
    tag: u64,
    /// Inside a key.
    key: u64,
    /// A word starts here that may matter (the gate says so).
    pub hot: u64,
}

impl Block {
    /// The places of one window.
    #[inline(always)]
    pub fn window(&self, window: usize) -> u64 {
        match window {
            TEXT => !(self.tag | self.key),
            TAG => self.tag & !self.key,
            _ => self.key,
        }
    }

    /// The window of one place.
    #[inline(always)]
    pub fn window_of(&self, place: u32) -> usize {
        if self.key >> place & 1 != 0 {
            KEY
        } else {
            (self.tag >> place & 1) as usize
        }
    }
}

/// The blocks of a piece, and what crosses from block to block.
pub struct Windows {
    pub blocks: Vec<Block>,
    used: usize,
    in_word: u64,
    in_tag: u64,
    /// The last character before the buffer that is no whitespace.
    solid_before: u8,
}

impl Windows {
    /// Begin a body.
    pub fn new() -> Windows {
        Windows {
            blocks: vec![Block::default(); (ROOM + BEHIND) / 64 + 2],
            used: 0,
            in_word: 0,
            in_tag: 0,
            solid_before: 0,
        }
    }

    /// Forget everything: a new body begins.
    pub fn restart(&mut self) {
        self.blocks[..self.used].fill(Block::default());
        self.used = 0;
        self.in_word = 0;
        self.in_tag = 0;
        self.solid_before = 0;
    }

    /// Find the words that start in blocks [first, last); `masks` and the characters go on behind `last`.
    #[inline(always)]
    pub fn cut<C: Cpu>(&mut self, cpu: C, chars: &Characters, masks: &[Masks], first: usize, last: usize) {
        for (block, m) in masks.iter().enumerate().take(last).skip(first) {
            let tag = if m.less | m.greater | self.in_tag != 0 {
                self.tag_region(chars, m, block)
            } else {
                0
            };
            let quotes = m.quote & (m.before_quote << 1 | u64::from(block == first || masks[block - 1].before_quote >> 63 != 0));
            if quotes != 0 {
                self.find_keys(cpu, chars, quotes, block);
            }
            let before = m.word << 1 | self.in_word;
            let seam = chars.seams[block] & m.word & before;
            self.in_word = m.word >> 63;
            let here = &mut self.blocks[block];
            here.tag = tag;
            here.starts = m.word & (!before | seam);
        }
        self.used = self.used.max(masks.len());
        for (block, m) in masks.iter().enumerate().skip(first) {
            self.blocks[block].stops = !m.word | chars.seams[block];
        }
    }

    /// The length of the word that starts at a place, in folded bytes; one more than LONGEST_WORD for all longer ones.
    #[inline(always)]
    pub fn length(&self, start: usize) -> usize {
        let (block, place) = ((start - FRONT) / 64, (start - FRONT) % 64);
        let near = self.blocks[block].stops & !1 << place;
        if near != 0 {
            return near.trailing_zeros() as usize - place;
        }
        let length = 64 - place + self.blocks[block + 1].stops.trailing_zeros() as usize;
        length.min(LONGEST_WORD + 1)
    }

    /// The next word of a window that starts at `from` or behind it, in blocks before `last`.
    #[inline(always)]
    pub fn next_word(&self, window: usize, from: usize, last: usize) -> Option<usize> {
        let mut block = (from - FRONT) / 64;
        let mut above = !0 << ((from - FRONT) % 64);
        while block < last {
            let here = &self.blocks[block];
            let starts = here.starts & here.window(window) & above;
            if starts != 0 {
                return Some(FRONT + 64 * block + starts.trailing_zeros() as usize);
            }
            above = !0;
            block += 1;
        }
        None
    }

    /// Whether the word that starts at a place may matter.
    #[inline(always)]
    pub fn is_hot(&self, start: usize) -> bool {
        self.blocks[(start - FRONT) / 64].hot >> ((start - FRONT) % 64) & 1 != 0
    }

    /// Blocks [0, gone) are about to leave the buffer.
    pub fn drop_before(&mut self, chars: &Characters, gone: usize) {
        self.solid_before = self.solid_byte_before(chars, FRONT + 64 * gone);
        self.blocks.copy_within(gone..self.used, 0);
        self.blocks[self.used - gone..self.used].fill(Block::default());
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
                    self.blocks[word].key |= above & below;
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
