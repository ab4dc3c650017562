//! Read a body as folded characters that remember where they came from.
//!
//! In:    the bytes of a body, in pieces.
//! Out:   folded bytes in a small buffer, seams between words, and the way back to the body's offsets.
//! Else:  one escape is `escape`; what a code point folds to is `fold`. Rules: docs/reference/matching.md, section 1.
//!
//! The buffer holds UTF-8, but every separator outside ASCII is one byte that UTF-8 never has. Where a character
//! takes as many bytes folded as in the body nothing is noted; everything else leaves a `Detour`.

use crate::border::Cpu;
use crate::escape;
use crate::fold::{Entry, Tables, ANY_SEPARATOR, DROP, EXTEND, IDEO, SEP, SEVERAL, WORD};
use crate::masks::may_be_wbr;

/// Room before the folded bytes: what stands before the first of them can be asked for.
pub const FRONT: usize = 64;
/// How many folded bytes one piece may have.
pub const ROOM: usize = 24 * 1024;
/// Separators behind the last folded byte, so that look-ahead ends by itself.
pub const BEHIND: usize = 128;
/// A place in the buffer fits 16 bits, so that lists of places are short and need no check against the buffer's end.
pub const BUFFER: usize = (1 << 16) + 64;
/// The longest unit of a body, generously: before the end of a piece that goes on, no unit is begun.
pub const LONGEST_UNIT: usize = 256;
/// The most folded bytes that one unit gives, generously.
const MOST_FOLDED: usize = 128;

/// Folded bytes [folded, folded_end) came from the body's [body, body_end); behind it both go on in step.
#[derive(Clone, Copy, Debug)]
struct Detour {
    folded: usize,
    folded_end: usize,
    body: u64,
    body_end: u64,
}

/// The folded characters of one piece of a body.
pub struct Characters {
    /// Folded bytes from FRONT to `end`, then separators.
    pub bytes: Box<[u8; BUFFER]>,
    /// One past the last folded byte.
    pub end: usize,
    /// Bit i: a word starts at FRONT + i directly behind another word's last character.
    pub seams: Vec<u64>,
    detours: Vec<Detour>,
    before: u64, // SEP, WORD or IDEO: the kind of word that the last character belongs to
}

impl Characters {
    /// Make an empty buffer.
    pub fn new() -> Characters {
        let mut fresh = Characters {
            bytes: Box::new([0; BUFFER]),
            end: FRONT,
            seams: vec![0; (ROOM + BEHIND) / 64 + 2],
            detours: Vec::new(),
            before: SEP,
        };
        fresh.restart();
        fresh
    }

    /// Forget everything: a new body begins.
    pub fn restart(&mut self) {
        let used = (self.end - FRONT) / 64 + 1;
        self.seams[..used].fill(0);
        self.end = FRONT;
        self.before = SEP;
        self.detours.clear();
        self.detours.push(Detour {
            folded: FRONT,
            folded_end: FRONT,
            body: 0,
            body_end: 0,
        });
    }

    /// Read on until the body, or the room, is used up.
    ///
    /// body      what is at hand of the body
    /// from      where to read on
    /// offset    what to add to a place in `body` to get a place in the whole body
    /// is_whole  whether nothing follows `body`
    /// Returns   where reading stopped
    #[inline(always)]
    pub fn read<C: Cpu>(&mut self, cpu: C, tables: &Tables, body: &[u8], from: usize, offset: u64, is_whole: bool) -> usize {
        let stop = if is_whole {
            body.len()
        } else {
            body.len().saturating_sub(LONGEST_UNIT)
        };
        let mut at = from;
        while at < stop && self.end + MOST_FOLDED < FRONT + ROOM {
            let most = stop - at;
            let copied = cpu.copy_plain(&body[at..], &mut self.bytes[self.end..FRONT + ROOM - MOST_FOLDED], most);
            if copied > 0 {
                if self.before == IDEO && is_word_byte(self.bytes[self.end]) {
                    self.mark_seam();
                }
                self.end += copied;
                at += copied;
                self.before = if is_word_byte(self.bytes[self.end - 1]) { WORD } else { SEP };
            }
            // What needs a closer look often comes in rows: other scripts, escaped JSON.
            while at < stop && self.end + MOST_FOLDED < FRONT + ROOM {
                let byte = body[at];
                if byte >= 0x80 {
                    at = self.read_simple(tables, body, at, stop);
                    if at >= stop || body[at] < 0x80 || self.end + MOST_FOLDED >= FRONT + ROOM {
                        continue;
                    }
                    at = self.read_utf8(tables, body, at, offset);
                } else if byte == b'&' || byte == b'\\' || byte == b'%' {
                    at = self.read_escape(tables, body, at, offset);
                } else if byte == b'<' {
                    let length = if may_be_wbr(&body[at..]) { wbr_length(&body[at..]) } else { 0 };
                    if length == 0 {
                        self.push_ascii(b'<');
                        at += 1;
                    } else {
                        self.detour(self.end, at as u64 + offset, (at + length) as u64 + offset);
                        at += length;
                    }
                    break;
                } else if at + 1 < stop && body[at + 1] >= 0x80 {
                    // One plain byte between two others: the space between words of another script.
                    let lower = byte.to_ascii_lowercase();
                    self.push_ascii(lower);
                    at += 1;
                } else {
                    break;
                }
            }
        }
        at
    }

    /// Put separators behind the last byte, so that look-ahead ends by itself.
    pub fn seal(&mut self) {
        let end = self.end;
        self.bytes[end..end + BEHIND].fill(ANY_SEPARATOR);
    }

    /// Drop everything before `keep` and move the rest to the front; `keep - FRONT` is a multiple of 64.
    pub fn drop_before(&mut self, keep: usize) {
        let gone = keep - FRONT;
        if gone == 0 {
            return;
        }
        let body = self.start_in_body(keep);
        self.bytes.copy_within(keep..self.end, FRONT);
        let words = (self.end - FRONT) / 64 + 1;
        self.seams.copy_within(gone / 64..words, 0);
        self.seams[words - gone / 64..words].fill(0);
        self.end -= gone;
        let first = self.detours.partition_point(|detour| detour.folded_end < keep);
        self.detours.drain(..first);
        for detour in &mut self.detours {
            detour.folded = detour.folded.saturating_sub(gone).max(FRONT);
            detour.folded_end -= gone;
        }
        self.detours.insert(
            0,
            Detour {
                folded: FRONT,
                folded_end: FRONT,
                body,
                body_end: body,
            },
        );
    }

    /// Whether a seam stands right before the byte at `at`.
    #[inline]
    pub fn is_seam(&self, at: usize) -> bool {
        self.seams[(at - FRONT) / 64] >> ((at - FRONT) % 64) & 1 != 0
    }

    /// Where the unit that gave the character at `at` begins in the body.
    pub fn start_in_body(&self, at: usize) -> u64 {
        let after = self.detours.partition_point(|detour| detour.folded <= at);
        let detour = self.detours[after - 1];
        if at < detour.folded_end {
            detour.body
        } else {
            detour.body_end + (at - detour.folded_end) as u64
        }
    }

    /// Where the unit that gave the character ending at `at` ends in the body.
    pub fn end_in_body(&self, at: usize) -> u64 {
        let after = self.detours.partition_point(|detour| detour.folded < at);
        let detour = self.detours[after - 1];
        if at <= detour.folded_end {
            detour.body_end
        } else {
            detour.body_end + (at - detour.folded_end) as u64
        }
    }

    /// Whether folded bytes and the body run in step from the front to the end.
    pub fn is_straight(&self) -> bool {
        self.detours.len() == 1
    }

    /// Read letters of two bytes and ideographs of three that fold to as many, and spaces between them: most of a line
    /// in another script. Stops before anything else.
    #[inline(always)]
    fn read_simple(&mut self, tables: &Tables, body: &[u8], from: usize, stop: usize) -> usize {
        let (mut at, mut end, mut before) = (from, self.end, self.before);
        let (bytes, seams) = (&mut *self.bytes, &mut self.seams[..]);
        while at < stop && end + MOST_FOLDED < FRONT + ROOM {
            let text = match body.get(at..at + 4) {
                Some(text) => [text[0], text[1], text[2], text[3]],
                None => break,
            };
            let room = &mut bytes[end & 0xffff..(end & 0xffff) + 4];
            if text[0] < 0x80 {
                if text[0] != b' ' || text[1] < 0x80 {
                    break;
                }
                room[0] = b' ';
                before = SEP;
                at += 1;
                end += 1;
            } else if text[0] & 0xe0 == 0xc0 {
                // Two letters at a time while it lasts; what begins with c0 or c1 is ASCII, and no letter of two bytes.
                let first = tables.low_entry(u32::from(text[0] & 0x1f) << 6 | u32::from(text[1] & 0x3f));
                if text[1] & 0xc0 != 0x80 || !first.is_one(WORD, 2) || before == IDEO {
                    break;
                }
                room.copy_from_slice(&first.bytes());
                before = WORD;
                at += 2;
                end += 2;
                let second = tables.low_entry(u32::from(text[2] & 0x1f) << 6 | u32::from(text[3] & 0x3f));
                if text[2] & 0xe0 == 0xc0 && text[3] & 0xc0 == 0x80 && second.is_one(WORD, 2) && at < stop {
                    room[2..].copy_from_slice(&second.bytes()[..2]);
                    at += 2;
                    end += 2;
                }
            } else if text[0] & 0xf0 == 0xe0 && text[1] & 0xc0 == 0x80 && text[2] & 0xc0 == 0x80 {
                let code = u32::from(text[0] & 0x0f) << 12 | u32::from(text[1] & 0x3f) << 6 | u32::from(text[2] & 0x3f);
                // Overlong forms are ASCII or two-byte letters, surrogates separators: none of them is an ideograph.
                let entry = tables.entry(code);
                if !entry.is_one(IDEO, 3) {
                    break;
                }
                room.copy_from_slice(&entry.bytes());
                seams[(end - FRONT) / 64] |= u64::from(before != SEP) << ((end - FRONT) % 64);
                before = IDEO;
                at += 3;
                end += 3;
            } else {
                break;
            }
        }
        self.end = end;
        self.before = before;
        at
    }

    #[inline(always)]
    fn read_utf8(&mut self, tables: &Tables, body: &[u8], at: usize, offset: u64) -> usize {
        let lead = body[at];
        if (0xc2..0xe0).contains(&lead) {
            if let Some(second) = body.get(at + 1) {
                if second & 0xc0 == 0x80 {
                    let code = u32::from(lead & 0x1f) << 6 | u32::from(second & 0x3f);
                    self.push(tables, tables.low_entry(code), at as u64 + offset, 2);
                    return at + 2;
                }
            }
        } else if let Some((code, length)) = decode(&body[at..]) {
            self.push(tables, tables.entry(code), at as u64 + offset, length);
            return at + length;
        }
        self.push_ascii(ANY_SEPARATOR);
        at + 1
    }

    fn read_escape(&mut self, tables: &Tables, body: &[u8], at: usize, offset: u64) -> usize {
        let (code, second, end) = escape::read(tables, body, at);
        let (start, length) = (at as u64 + offset, end - at);
        if code < 0x80 && second == 0 {
            // A bracket counts only where a backslash wrote it: JavaScript strings hold markup, &lt; shows it.
            let byte = if (code == 0x3c || code == 0x3e) && body[at] != b'\\' {
                ANY_SEPARATOR
            } else {
                code as u8
            };
            let folded = self.end;
            self.push_ascii(byte.to_ascii_lowercase());
            if length > 1 {
                self.detour(folded, start, start + length as u64);
            }
        } else if second == 0 {
            self.push(tables, tables.entry(code), start, length);
        } else {
            let folded = self.end;
            self.push_silently(tables, tables.entry(code));
            self.push_silently(tables, tables.entry(second));
            self.detour(folded, start, start + length as u64);
        }
        end
    }

    /// Append what a code point folds to.
    #[inline(always)]
    fn push(&mut self, tables: &Tables, entry: Entry, start: u64, length: usize) {
        let folded = self.end;
        self.push_silently(tables, entry);
        if self.end - folded != length || entry.class() == SEVERAL {
            self.detour(folded, start, start + length as u64);
        }
    }

    #[inline(always)]
    fn push_silently(&mut self, tables: &Tables, entry: Entry) {
        let class = entry.class();
        if class < DROP {
            self.join(class);
            let end = self.end;
            self.bytes[end..end + 4].copy_from_slice(&entry.bytes());
            self.end += entry.len();
        } else if class == SEVERAL {
            tables.several(entry, |class, bytes| {
                self.join(class);
                let end = self.end;
                self.bytes[end..end + bytes.len()].copy_from_slice(bytes);
                self.end += bytes.len();
            });
        }
    }

    /// Append one ASCII byte, or a separator.
    #[inline(always)]
    fn push_ascii(&mut self, byte: u8) {
        self.join(if is_word_byte(byte) { WORD } else { SEP });
        self.bytes[self.end] = byte;
        self.end += 1;
    }

    /// Note whether the next character continues a word or starts one behind another.
    #[inline(always)]
    fn join(&mut self, class: u64) {
        match class {
            EXTEND => {
                if self.before == SEP {
                    self.before = WORD;
                }
                return;
            }
            IDEO if self.before != SEP => self.mark_seam(),
            WORD if self.before == IDEO => self.mark_seam(),
            _ => {}
        }
        self.before = class;
    }

    #[inline(always)]
    fn mark_seam(&mut self) {
        let place = self.end - FRONT;
        self.seams[place / 64] |= 1 << (place % 64);
    }

    #[inline(always)]
    fn detour(&mut self, folded: usize, body: u64, body_end: u64) {
        if folded == self.end {
            // What is dropped may come in any number: one note for a row of it.
            if let Some(last) = self.detours.last_mut() {
                if last.folded == folded && last.folded_end == folded && last.body_end == body {
                    last.body_end = body_end;
                    return;
                }
            }
        }
        self.detours.push(Detour {
            folded,
            folded_end: self.end,
            body,
            body_end,
        });
    }
}

/// Whether a byte of the folded text belongs to a word.
#[inline(always)]
pub fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || (0x80..0xfe).contains(&byte)
}

/// The length of the <wbr> that a text begins with, or 0.
fn wbr_length(text: &[u8]) -> usize {
    for tag in [&b"<wbr>"[..], b"<wbr/>", b"<wbr />", b"</wbr>"] {
        if text.len() >= tag.len() && text[..tag.len()].eq_ignore_ascii_case(tag) {
            return tag.len();
        }
    }
    0
}

/// Decode three or four bytes of strict UTF-8.
#[inline(always)]
pub fn decode(text: &[u8]) -> Option<(u32, usize)> {
    let lead = *text.first()?;
    let tail = |place: usize| -> Option<u32> {
        let byte = *text.get(place)?;
        if byte & 0xc0 == 0x80 {
            Some(u32::from(byte & 0x3f))
        } else {
            None
        }
    };
    if lead & 0xf0 == 0xe0 {
        let code = u32::from(lead & 0x0f) << 12 | tail(1)? << 6 | tail(2)?;
        return if code >= 0x800 && !(0xd800..0xe000).contains(&code) {
            Some((code, 3))
        } else {
            None
        };
    }
    if (0xf0..0xf5).contains(&lead) {
        let code = u32::from(lead & 0x07) << 18 | tail(1)? << 12 | tail(2)? << 6 | tail(3)?;
        return if (0x10000..0x110000).contains(&code) {
            Some((code, 4))
        } else {
            None
        };
    }
    None
}
