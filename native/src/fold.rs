//! What a code point folds to, looked up in the tables that kernel/tables.py generates.
//!
//! In:    native/generated/tables.bin, made from Python's Unicode and HTML data when the crate is built.
//! Out:   for a code point: its class and folded bytes; HTML's entity names.
//! Else:  reading bytes is `characters`; escapes are `escape`. Rules: docs/reference/matching.md, section 1.3.

/// Ends a word.
pub const SEP: u64 = 0;
/// Joins a word.
pub const WORD: u64 = 1;
/// Starts a word of its own: scripts without spaces.
pub const IDEO: u64 = 2;
/// Joins the word before it, whatever its kind.
pub const EXTEND: u64 = 3;
/// Leaves nothing.
pub const DROP: u64 = 4;
/// Folds to several characters, which stand in the pool.
pub const SEVERAL: u64 = 5;

/// Stands for every separator outside ASCII: a byte that UTF-8 never has.
pub const ANY_SEPARATOR: u8 = 0xff;
/// Stands for the dashes outside ASCII that may join digits of a phone number.
pub const ANY_DASH: u8 = 0xfe;

const BLOCK: usize = 64;
static FILE: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/generated/tables.bin"));

/// What a code point folds to, packed in 64 bits.
#[derive(Clone, Copy)]
pub struct Entry(u64);

impl Entry {
    /// SEP, WORD, IDEO, EXTEND, DROP or SEVERAL.
    #[inline(always)]
    pub fn class(self) -> u64 {
        self.0 & 7
    }

    /// Whether it is one letter of class WORD: what an initial is made of.
    #[inline(always)]
    pub fn is_letter(self) -> bool {
        self.0 & 8 != 0
    }

    /// Whether it is one character of that class and so many bytes.
    #[inline(always)]
    pub fn is_one(self, class: u64, bytes: u64) -> bool {
        self.0 & 0xf7 == class | bytes << 4
    }

    /// The number of folded bytes (of characters, for SEVERAL).
    #[inline(always)]
    pub fn len(self) -> usize {
        (self.0 >> 4 & 15) as usize
    }

    /// The folded bytes, padded with zeros.
    #[inline(always)]
    pub fn bytes(self) -> [u8; 4] {
        ((self.0 >> 32) as u32).to_le_bytes()
    }
}

/// The tables, taken apart.
pub struct Tables {
    /// ASCII, padded with zeros.
    pub unicode_version: [u8; 16],
    /// What HTML makes of &#128; to &#159;.
    pub windows: [u32; 32],
    block_of: Vec<u16>,
    entries: Vec<u64>,
    low: Vec<u64>,
    pool: &'static [u8],
    names: Vec<(&'static [u8], u32, u32)>,
}

impl Tables {
    /// Take the built-in file apart.
    pub fn load() -> Tables {
        let mut rest = FILE;
        let mut take = |bytes: usize| -> &'static [u8] {
            let (head, tail) = rest.split_at(bytes);
            rest = tail;
            head
        };
        assert_eq!(take(8), b"SPILLTAB", "native/generated/tables.bin is no tables file");
        assert_eq!(number(take(4)), 1, "native/generated/tables.bin is of another version");
        let mut unicode_version = [0; 16];
        unicode_version.copy_from_slice(take(16));
        let [blocks, kept, pool_bytes, name_count] = [number(take(4)), number(take(4)), number(take(4)), number(take(4))];
        let mut windows = [0; 32];
        for code in windows.iter_mut() {
            *code = number(take(4));
        }
        let block_of: Vec<u16> = take(2 * blocks as usize)
            .chunks_exact(2)
            .map(|b| u16::from_le_bytes([b[0], b[1]]))
            .collect();
        let entries: Vec<u64> = take(8 * BLOCK * kept as usize)
            .chunks_exact(8)
            .map(|b| u64::from(number(b)) | u64::from(number(&b[4..])) << 32)
            .collect();
        let pool = take(pool_bytes as usize);
        let names = (0..name_count)
            .map(|_| {
                let record = take(44);
                (&record[1..1 + usize::from(record[0])], number(&record[36..]), number(&record[40..]))
            })
            .collect();
        let low = (0..0x800)
            .map(|code| entries[usize::from(block_of[code / BLOCK]) * BLOCK + code % BLOCK])
            .collect();
        Tables {
            unicode_version,
            windows,
            block_of,
            entries,
            low,
            pool,
            names,
        }
    }

    /// What a code point below 0x110000 folds to.
    #[inline(always)]
    pub fn entry(&self, code: u32) -> Entry {
        let code = code as usize;
        Entry(self.entries[usize::from(self.block_of[code / BLOCK]) * BLOCK + code % BLOCK])
    }

    /// The same for a code point below 0x800: one small table.
    #[inline(always)]
    pub fn low_entry(&self, code: u32) -> Entry {
        Entry(self.low[code as usize & 0x7ff])
    }

    /// Call `each(class, bytes)` for every character that a SEVERAL entry stands for.
    pub fn several(&self, entry: Entry, mut each: impl FnMut(u64, &[u8])) {
        let mut at = (entry.0 >> 32) as usize;
        for _ in 0..(entry.0 >> 4) & 0x0fff_ffff {
            let head = self.pool[at];
            let length = usize::from(head >> 4);
            each(u64::from(head & 7), &self.pool[at + 1..at + 1 + length]);
            at += 1 + length;
        }
    }

    /// The one or two code points of an HTML entity (0 for no second), by its exact name.
    pub fn named(&self, name: &[u8]) -> Option<(u32, u32)> {
        let place = self.names.binary_search_by(|(known, _, _)| (*known).cmp(name)).ok()?;
        Some((self.names[place].1, self.names[place].2))
    }
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_fold_and_marks_vanish() {
        let tables = Tables::load();
        let e_acute = tables.entry(0xe9);
        assert_eq!((e_acute.class(), e_acute.len(), e_acute.bytes()[0]), (WORD, 1, b'e'));
        assert!(e_acute.is_letter());
        assert_eq!(tables.entry(0x200b).class(), DROP);
        assert_eq!(tables.entry(0x4e00).class(), IDEO);
        assert_eq!(tables.entry(0x2013).bytes()[0], ANY_DASH);
        let mut text = Vec::new();
        tables.several(tables.entry(0xdf), |class, bytes| {
            assert_eq!(class, WORD);
            text.extend_from_slice(bytes);
        });
        assert_eq!(text, b"ss");
    }

    #[test]
    fn entities_are_known_by_their_exact_names() {
        let tables = Tables::load();
        assert_eq!(tables.named(b"eacute;"), Some((0xe9, 0)));
        assert_eq!(tables.named(b"eacute"), Some((0xe9, 0)));
        assert_eq!(tables.named(b"Eacut"), None);
        assert_eq!(tables.named(b"NotEqualTilde;"), Some((0x2242, 0x338)));
    }
}
