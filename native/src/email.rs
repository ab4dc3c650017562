//! Find what looks like an e-mail address around an @.
//!
//! In:    folded characters and the place of an @.
//! Out:   every try, as a stretch of the buffer.
//! Else:  whether a try is an entry is `scan`. Rules: docs/reference/matching.md, section 6.

use crate::characters::{is_word_byte, Characters, FRONT};

const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 253;
const MOST_QUOTES: usize = 4;

/// How far before an @ the characters must be at hand, in folded bytes.
pub const REACH_BACK_BYTES: usize = 4 * (LONGEST_LOCAL + 1);

/// Call `each(start, end)` for every try around the @ at `at`.
pub fn tries(chars: &Characters, at: usize, mut each: impl FnMut(usize, usize)) {
    let bytes = &chars.bytes[..];
    let local = match reach_left(bytes, at, is_local) {
        Some(start) => start,
        None => return,
    };
    let domain_end = match reach_right(bytes, at + 1) {
        Some(end) => end,
        None => return,
    };
    let domain = trim_right(bytes, at + 1, domain_end);
    // The empty domain is no try, and its seams are none of anybody's business.
    if domain == at + 1 {
        return;
    }
    let cut = match (at + 2..domain_end).find(|place| chars.is_seam(*place)) {
        Some(seam) => trim_right(bytes, at + 1, seam),
        None => domain,
    };
    let mut try_local = |start: usize| {
        let start = (start..at).find(|place| bytes[*place] != b'.').unwrap_or(at);
        if start < at {
            each(start, domain);
            if cut != domain && cut > at + 1 {
                each(start, cut);
            }
        }
    };
    try_local(local);
    let undecorated = (local..at).find(|place| !b"._+-'".contains(&bytes[*place])).unwrap_or(at);
    if undecorated != local {
        try_local(undecorated);
    }
    for quote in (local..at).filter(|place| bytes[*place] == b'\'').take(MOST_QUOTES) {
        try_local(quote + 1);
    }
    if let Some(start) = reach_left(bytes, at, |byte| is_local(byte) || b"!#$%&*/=?^`{|}~".contains(&byte)) {
        if start != local {
            try_local(start);
        }
    }
    if let Some(seam) = (local + 1..at).rev().find(|place| chars.is_seam(*place)) {
        try_local(seam);
    }
}

/// Whether a byte may stand in a local part as most of them are.
pub fn is_local(byte: u8) -> bool {
    is_word_byte(byte) || b"._+-'".contains(&byte)
}

/// Whether a byte may stand in a domain.
pub fn is_domain(byte: u8) -> bool {
    is_word_byte(byte) || byte == b'.' || byte == b'-'
}

fn reach_left(bytes: &[u8], at: usize, belongs: impl Fn(u8) -> bool) -> Option<usize> {
    let mut start = at;
    let mut characters = 0;
    while start > FRONT && belongs(bytes[start - 1]) {
        start -= 1;
        if bytes[start] & 0xc0 != 0x80 {
            characters += 1;
            if characters > LONGEST_LOCAL {
                return None;
            }
        }
    }
    Some(start)
}

fn reach_right(bytes: &[u8], from: usize) -> Option<usize> {
    let mut end = from;
    let mut characters = 0;
    while end < bytes.len() && is_domain(bytes[end]) {
        if bytes[end] & 0xc0 != 0x80 {
            characters += 1;
            if characters > LONGEST_DOMAIN {
                return None;
            }
        }
        end += 1;
    }
    Some(end)
}

fn trim_right(bytes: &[u8], from: usize, end: usize) -> usize {
    let mut end = end;
    while end > from && (bytes[end - 1] == b'.' || bytes[end - 1] == b'-') {
        end -= 1;
    }
    end
}
