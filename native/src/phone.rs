//! Collect the digits of what may be a phone number.
//!
//! In:    folded characters and the place where a group of digits starts.
//! Out:   every try from that group: its digits, whether a + stands before it, its stretch of the buffer.
//! Else:  whether a try is an entry is `scan`. Rules: docs/reference/matching.md, section 7.

use crate::characters::{Characters, BUFFER, FRONT};
use crate::fold::{Tables, WORD};

/// The fewest digits that are looked up.
pub const FEWEST_DIGITS: usize = 7;
/// The most.
pub const MOST_DIGITS: usize = 18;
const MOST_GROUPS: usize = 10;
const MOST_BETWEEN: usize = 3;

/// Joined digits of one or more groups.
#[derive(Clone, Copy)]
pub struct Digits {
    /// The digits as characters, from the left.
    pub text: [u8; MOST_DIGITS],
    /// How many.
    pub count: usize,
    /// One past the last one in the buffer.
    pub end: usize,
    /// Whether a + stands before them.
    pub is_marked: bool,
    /// Whether they are not marked, do not start with 0, and are one group or go on other digits.
    pub is_bare: bool,
}

/// Whether it is worth a closer look: a quick no for most numbers of a page.
///
/// near  bit i: a digit stands at start + i
#[inline(always)]
pub fn may_begin(bytes: &[u8; BUFFER], start: usize, near: u64) -> bool {
    let length = near.trailing_ones();
    if near.count_ones() < FEWEST_DIGITS as u32 || length > MOST_DIGITS as u32 {
        return false;
    }
    let between = (near >> length).trailing_zeros();
    let behind = bytes[(start + length as usize) & 0xffff];
    let is_alone = between > MOST_BETWEEN as u32 && length < FEWEST_DIGITS as u32;
    !is_alone && !behind.is_ascii_lowercase() && !bytes[(start - 1) & 0xffff].is_ascii_lowercase()
}

/// Call `each(digits)` for every try from the group of digits that starts at `start`.
pub fn tries(tables: &Tables, chars: &Characters, start: usize, mut each: impl FnMut(&Digits)) {
    let bytes = &chars.bytes[..];
    let first_end = match group_end(tables, chars, start) {
        Some(end) => end,
        None => return,
    };
    if looks_like_date(tables, chars, start, first_end) {
        return;
    }
    let before = |place: usize| if place > FRONT { bytes[place - 1] } else { b' ' };
    let is_marked = before(start) == b'+' || (before(start) == b'(' && before(start - 1) == b'+');
    let goes_on = goes_on_other_digits(bytes, start);
    let mut digits = Digits {
        text: [0; MOST_DIGITS],
        count: 0,
        end: start,
        is_marked,
        is_bare: false,
    };
    let (mut group, mut end) = (start, first_end);
    for number in 0..MOST_GROUPS {
        let kept = digits.count;
        if kept + (end - group) > MOST_DIGITS {
            return;
        }
        digits.text[kept..kept + (end - group)].copy_from_slice(&bytes[group..end]);
        digits.count += end - group;
        digits.end = end;
        digits.is_bare = (number == 0 || goes_on) && !is_marked && digits.text[0] != b'0';
        if digits.count >= FEWEST_DIGITS {
            each(&digits);
        }
        if number > 0 && end - group == 1 && bytes[group] == b'0' && before(group) == b'(' && bytes[end] == b')' {
            digits.count = kept; // The (0) of +49 (0) 30 is dialled at home only.
        }
        match next_group(tables, chars, end) {
            Some(next) => {
                group = next.0;
                end = next.1;
            }
            None => return,
        }
    }
}

/// Whether a digit stands before a group with only joining characters between: then it may be the tail of a longer number.
fn goes_on_other_digits(bytes: &[u8], start: usize) -> bool {
    let mut at = start;
    while at > FRONT {
        let byte = bytes[at - 1];
        if byte.is_ascii_digit() {
            return true;
        }
        let joins = matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')' | crate::fold::ANY_DASH);
        let doubled = at < start && (byte == b'.' || byte == b'/') && bytes[at] == byte;
        if !joins || doubled || start - at == MOST_BETWEEN {
            return false;
        }
        at -= 1;
    }
    false
}

/// The next group of the sequence behind a group that ends at `end`.
fn next_group(tables: &Tables, chars: &Characters, end: usize) -> Option<(usize, usize)> {
    let bytes = &chars.bytes[..];
    let mut at = end;
    while !bytes[at].is_ascii_digit() {
        let joins = matches!(bytes[at], b' ' | b'-' | b'.' | b'/' | b'(' | b')' | crate::fold::ANY_DASH);
        let doubled = at > end && (bytes[at] == b'.' || bytes[at] == b'/') && bytes[at - 1] == bytes[at];
        if !joins || doubled || at - end == MOST_BETWEEN {
            return None;
        }
        at += 1;
    }
    Some((at, group_end(tables, chars, at)?))
}

/// Where a group ends that starts at `start`; None if it touches a letter, or is too long for any number.
fn group_end(tables: &Tables, chars: &Characters, start: usize) -> Option<usize> {
    let bytes = &chars.bytes[..];
    let mut end = start;
    while bytes[end].is_ascii_digit() {
        end += 1;
        if end - start > MOST_DIGITS {
            return None;
        }
    }
    if is_word_before(tables, chars, start) || is_word_at(tables, bytes, end) {
        return None;
    }
    Some(end)
}

fn is_word_before(tables: &Tables, chars: &Characters, at: usize) -> bool {
    if at == FRONT {
        return false;
    }
    let mut first = at - 1;
    while first > FRONT && at - first < 4 && chars.bytes[first] & 0xc0 == 0x80 {
        first -= 1;
    }
    is_word_at(tables, &chars.bytes[..], first)
}

/// Whether a character of class WORD stands here.
fn is_word_at(tables: &Tables, bytes: &[u8], at: usize) -> bool {
    let byte = bytes[at];
    if byte < 0x80 {
        return byte.is_ascii_alphanumeric();
    }
    class_at(tables, bytes, at) == Some(WORD)
}

/// The class of the character outside ASCII whose bytes begin here; None for separators.
pub fn class_at(tables: &Tables, bytes: &[u8], at: usize) -> Option<u64> {
    let length = match bytes[at] {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => return None,
    };
    let char = std::str::from_utf8(bytes.get(at..at + length)?).ok()?.chars().next()?;
    Some(tables.entry(char as u32).class())
}

/// Whether the groups from here begin like 2026-11-21 or 21.11.2026.
fn looks_like_date(tables: &Tables, chars: &Characters, start: usize, end: usize) -> bool {
    let first = end - start;
    if first != 4 && first > 2 {
        return false;
    }
    let second = match next_group(tables, chars, end) {
        Some(group) => group,
        None => return false,
    };
    let third = match next_group(tables, chars, second.1) {
        Some(group) => group,
        None => return false,
    };
    let is_year = |at: usize| matches!(&chars.bytes[at..at + 2], b"19" | b"20");
    match (first, second.1 - second.0, third.1 - third.0) {
        (4, 2, 2) => is_year(start),
        (1 | 2, 1 | 2, 4) => is_year(third.0),
        _ => false,
    }
}
