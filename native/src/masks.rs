//! What kind of character stands at each of 64 folded bytes, as bit masks.
//!
//! In:    64 folded bytes.
//! Out:   one 64-bit mask for each kind, bit i for byte i.
//! Else:  the same with AVX2 is in `border`; tests hold the two together.

/// One bit a byte; docs/reference/matching.md, sections 1.3, 2, 6 and 7.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Masks {
    /// Part of a word.
    pub word: u64,
    /// 0-9
    pub digit: u64,
    /// @
    pub at: u64,
    /// <
    pub less: u64,
    /// >
    pub greater: u64,
    /// "
    pub quote: u64,
    /// { or , or a control character or space: a quote behind it may open a key
    pub before_quote: u64,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;

/// Classify 64 bytes, eight at a time.
pub fn classify(bytes: &[u8; 64]) -> Masks {
    let mut masks = Masks::default();
    for (place, chunk) in bytes.chunks_exact(8).enumerate() {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        let x = u64::from_le_bytes(eight);
        let shift = 8 * place;
        let digit = between(x, b'0', b'9');
        let letter = between(x, b'a', b'z');
        let high = x & !LOW & !equal(x, 0xff) & !equal(x, 0xfe);
        masks.word |= bits(digit | letter | high) << shift;
        masks.digit |= bits(digit) << shift;
        masks.at |= bits(equal(x, b'@')) << shift;
        masks.less |= bits(equal(x, b'<')) << shift;
        masks.greater |= bits(equal(x, b'>')) << shift;
        masks.quote |= bits(equal(x, b'"')) << shift;
        masks.before_quote |= bits(equal(x, b'{') | equal(x, b',') | between(x, 0, b' ')) << shift;
    }
    masks
}

/// Whether a < directly before it begins a tag: a-z / ! ?
#[inline(always)]
pub fn starts_tag(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte == b'/' || byte == b'!' || byte == b'?'
}

/// Whether it is U+0008-000D or the space.
#[inline(always)]
pub fn is_space(byte: u8) -> bool {
    byte == b' ' || (8..=13).contains(&byte)
}

/// The place of the first " newline { or } from `from` on; `until` if there is none before it.
pub fn find_key_end(bytes: &[u8], from: usize, until: usize) -> usize {
    bytes[from..until]
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\n' | b'{' | b'}'))
        .map_or(until, |place| from + place)
}

/// Copy ASCII without anything to undo, in lower case; stop at a byte that needs a closer look.
///
/// source   a body from some place on
/// target   at least `most` bytes
/// Returns  how many bytes were copied, at most `most`
pub fn copy_plain(source: &[u8], target: &mut [u8], most: usize) -> usize {
    let most = most.min(source.len()).min(target.len());
    let mut at = 0;
    while at + 8 <= most {
        let mut eight = [0; 8];
        eight.copy_from_slice(&source[at..at + 8]);
        let x = u64::from_le_bytes(eight);
        let special = x & !LOW | equal(x, b'&') | equal(x, b'\\') | equal(x, b'%') | equal(x, b'<');
        if special != 0 {
            break;
        }
        let lower = x + (between(x, b'A', b'Z') >> 2);
        target[at..at + 8].copy_from_slice(&lower.to_le_bytes());
        at += 8;
    }
    copy_plain_bytes(source, target, at, most)
}

/// The same, byte by byte, from `at` on.
pub fn copy_plain_bytes(source: &[u8], target: &mut [u8], mut at: usize, most: usize) -> usize {
    while at < most {
        let byte = source[at];
        if byte >= 0x80 || byte == b'&' || byte == b'\\' || byte == b'%' || (byte == b'<' && may_be_wbr(&source[at..])) {
            break;
        }
        target[at] = byte.to_ascii_lowercase();
        at += 1;
    }
    at
}

/// Whether `<w` or `</w` stands here, in any case: perhaps a <wbr>.
pub fn may_be_wbr(source: &[u8]) -> bool {
    let next = source.get(1).copied().unwrap_or(0);
    next | 0x20 == b'w' || (next == b'/' && source.get(2).copied().unwrap_or(0) | 0x20 == b'w')
}

/// 0x80 in every byte of `x` that equals `byte`, exactly.
fn equal(x: u64, byte: u8) -> u64 {
    let x = x ^ ONES * u64::from(byte);
    !(((x & LOW) + LOW) | x | LOW)
}

/// 0x80 in every byte of `x` from `first` to `last`, both below 0x80.
fn between(x: u64, first: u8, last: u8) -> u64 {
    let low = x & LOW;
    let reached = low + ONES * u64::from(0x80 - first);
    let passed = low + ONES * u64::from(0x7f - last);
    reached & !passed & !x & !LOW
}

/// The top bits of eight bytes, side by side.
fn bits(x: u64) -> u64 {
    (x >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_classed_at_every_place() {
        for byte in 0..=255u8 {
            let mut block = [b' '; 64];
            let place = usize::from(byte) % 64;
            block[place] = byte;
            let masks = classify(&block);
            let bit = 1 << place;
            let is = |mask: u64| mask & bit != 0;
            assert_eq!(
                is(masks.word),
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || (0x80..0xfe).contains(&byte)
            );
            assert_eq!(is(masks.digit), byte.is_ascii_digit());
            assert_eq!(
                [is(masks.at), is(masks.less), is(masks.greater), is(masks.quote)],
                [byte == b'@', byte == b'<', byte == b'>', byte == b'"']
            );
        }
    }

    #[test]
    fn plain_text_is_lowered_up_to_the_first_escape() {
        let source = b"Hello <b>World</b>, this is ALL plain & this is not";
        let mut target = [0; 64];
        let copied = copy_plain(source, &mut target, 64);
        assert_eq!(&target[..copied], b"hello <b>world</b>, this is all plain ");
        assert_eq!(copy_plain(b"lo<wBr>ng", &mut target, 64), 2);
    }
}
