//! Undo one escape: HTML entities, backslashes, percent-encoding, and these in each other.
//!
//! In:    the bytes of a body and the place of a `&`, `\` or `%`.
//! Out:   the code point it stands for and one past its last byte.
//! Else:  folding is `fold`. Rules: docs/reference/matching.md, section 1.1.

use crate::fold::Tables;

/// What a broken escape gives: U+FFFD, a separator.
pub const BROKEN: u32 = 0xfffd;
const LONGEST_CHAIN: usize = 4;
const LONGEST_NAME: usize = 31;
const LONGEST_BARE_NAME: usize = 6;

/// A code point, a second one (0 for none), one past the last byte.
pub type Unescaped = (u32, u32, usize);

/// Read the escape at a place; the byte itself if it begins none.
pub fn read(tables: &Tables, body: &[u8], at: usize) -> Unescaped {
    let mut lead = body[at];
    let mut behind = at + 1;
    for _ in 0..LONGEST_CHAIN {
        let found = match lead {
            b'&' => entity(tables, body, behind),
            b'\\' => backslash(body, behind),
            _ => percent(body, behind),
        };
        match found {
            // What came out begins an escape in turn: &amp;#233;
            Some((code, 0, end)) if code == 0x26 || code == 0x5c || code == 0x25 => {
                lead = code as u8;
                behind = end;
            }
            Some(done) => return done,
            None => break,
        }
    }
    (u32::from(lead), 0, behind)
}

fn entity(tables: &Tables, body: &[u8], at: usize) -> Option<Unescaped> {
    if body.get(at) == Some(&b'#') {
        let hex = matches!(body.get(at + 1), Some(b'x' | b'X'));
        let first = at + 1 + usize::from(hex);
        let (code, end) = digits(body, first, if hex { 16 } else { 10 }, 8);
        if end == first {
            return None;
        }
        let end = end + usize::from(body.get(end) == Some(&b';'));
        let code = if (128..160).contains(&code) {
            tables.windows[code as usize - 128]
        } else {
            checked(code)
        };
        return Some((code, 0, end));
    }
    let rest = &body[at..body.len().min(at + LONGEST_NAME)];
    let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
    if length == 0 {
        return None;
    }
    if body.get(at + length) == Some(&b';') {
        // The five that make up most of what is met are told without a search.
        match &rest[..length] {
            b"quot" => return Some((0x22, 0, at + 5)),
            b"amp" => return Some((0x26, 0, at + 4)),
            b"lt" => return Some((0x3c, 0, at + 3)),
            b"gt" => return Some((0x3e, 0, at + 3)),
            b"nbsp" => return Some((0xa0, 0, at + 5)),
            _ => {}
        }
        if let Some((code, second)) = tables.named(&body[at..at + length + 1]) {
            return Some((code, second, at + length + 1));
        }
    }
    for shorter in (1..=length.min(LONGEST_BARE_NAME)).rev() {
        if let Some((code, second)) = tables.named(&rest[..shorter]) {
            return Some((code, second, at + shorter));
        }
    }
    None
}

fn backslash(body: &[u8], at: usize) -> Option<Unescaped> {
    let code = match body.get(at)? {
        b'u' => {
            if body.get(at + 1) == Some(&b'{') {
                let (code, end) = digits(body, at + 2, 16, 6);
                if end > at + 2 && body.get(end) == Some(&b'}') {
                    return Some((checked(code), 0, end + 1));
                }
            }
            let (code, end) = digits(body, at + 1, 16, 4);
            if end != at + 5 {
                return None;
            }
            if (0xd800..0xdc00).contains(&code) {
                if let Some((low, behind)) = low_surrogate(body, end) {
                    return Some((0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00), 0, behind));
                }
            }
            return Some((checked(code), 0, end));
        }
        b'x' => {
            let (code, end) = digits(body, at + 1, 16, 2);
            return if end == at + 3 { Some((code, 0, end)) } else { None };
        }
        b'n' => 0x0a,
        b'r' => 0x0d,
        b't' => 0x09,
        b'f' => 0x0c,
        b'b' => 0x08,
        b'v' => 0x0b,
        other @ (b'/' | b'"' | b'\'' | b'\\' | b'\n') => u32::from(*other),
        _ => return None,
    };
    Some((code, 0, at + 1))
}

fn low_surrogate(body: &[u8], at: usize) -> Option<(u32, usize)> {
    let slashes = body[at..].iter().take(4).take_while(|byte| **byte == b'\\').count();
    if slashes == 0 || body.get(at + slashes) != Some(&b'u') {
        return None;
    }
    let (code, end) = digits(body, at + slashes + 1, 16, 4);
    if end == at + slashes + 5 && (0xdc00..0xe000).contains(&code) {
        Some((code, end))
    } else {
        None
    }
}

fn percent(body: &[u8], at: usize) -> Option<Unescaped> {
    let (lead, first_end) = digits(body, at, 16, 2);
    if first_end != at + 2 {
        return None;
    }
    if lead < 0x80 {
        return Some((lead, 0, first_end));
    }
    let more = match lead {
        0xc2..=0xdf => 1,
        0xe0..=0xef => 2,
        0xf0..=0xf4 => 3,
        _ => return Some((BROKEN, 0, first_end)),
    };
    let mut encoded = [lead as u8, 0, 0, 0];
    let mut end = first_end;
    for place in encoded.iter_mut().skip(1).take(more) {
        match continuation(body, end) {
            Some((byte, behind)) => {
                *place = byte;
                end = behind;
            }
            None => return Some((BROKEN, 0, first_end)),
        }
    }
    match std::str::from_utf8(&encoded[..=more]).ok().and_then(|text| text.chars().next()) {
        Some(char) => Some((char as u32, 0, end)),
        None => Some((BROKEN, 0, first_end)),
    }
}

/// Read `%XX`, `%25XX` … `%252525XX` that gives a continuation byte.
fn continuation(body: &[u8], at: usize) -> Option<(u8, usize)> {
    if body.get(at) != Some(&b'%') {
        return None;
    }
    let mut at = at + 1;
    for _ in 0..LONGEST_CHAIN {
        let (byte, end) = digits(body, at, 16, 2);
        if end != at + 2 {
            return None;
        }
        if byte != 0x25 {
            return if (0x80..0xc0).contains(&byte) {
                Some((byte as u8, end))
            } else {
                None
            };
        }
        at = end;
    }
    None
}

/// Read up to `most` digits; return their value and where they end.
fn digits(body: &[u8], at: usize, base: u32, most: usize) -> (u32, usize) {
    let mut value: u32 = 0;
    let mut end = at;
    while end < at + most {
        match body.get(end).and_then(|byte| char::from(*byte).to_digit(base)) {
            Some(digit) => value = value.wrapping_mul(base).wrapping_add(digit),
            None => break,
        }
        end += 1;
    }
    (value, end)
}

fn checked(code: u32) -> u32 {
    if code == 0 || char::from_u32(code).is_none() {
        BROKEN
    } else {
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_in_each_other() {
        let tables = Tables::load();
        let rows: [(&[u8], u32, usize); 22] = [
            (b"&eacute;", 0xe9, 8),
            (b"&eacute", 0xe9, 7),
            (b"&amp;#233;", 0xe9, 10),
            (b"&#x00e9;x", 0xe9, 8),
            (b"&#128;", 0x20ac, 6),
            (b"&#0;", BROKEN, 4),
            (b"&nosuch;", 0x26, 1),
            (b"&notit;", 0xac, 4),
            (br"\u00e9", 0xe9, 6),
            (br"\\u00e9", 0xe9, 7),
            (br"\u{1F600}", 0x1f600, 9),
            (br"\ud83d\ude00", 0x1f600, 12),
            (br"\ud83dx", BROKEN, 6),
            (br"\x41", 0x41, 4),
            (br"\q", 0x5c, 1),
            (b"%C3%A9", 0xe9, 6),
            (b"%25C3%25A9", 0xe9, 10),
            (b"%C3%41", BROKEN, 3),
            (b"%zz", 0x25, 1),
            (b"%26amp;lt", 0x3c, 9),
            (b"%2526%2523", 0x26, 5),
            (b"&amp;amp;amp;amp;amp;", 0x26, 17),
        ];
        for (body, code, end) in rows {
            let (found, _, behind) = read(&tables, body, 0);
            assert_eq!((found, behind), (code, end), "{}", String::from_utf8_lossy(body));
        }
    }
}
