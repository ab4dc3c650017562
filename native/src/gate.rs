//! The gate: four bits a word that say whether the directory can begin, go on or end with it.
//!
//! In:    folded words.
//! Out:   whether a word may be the first or second of a run, an entry by itself, or the digits of a phone number.
//! Else:  certainty is `segment`. Layout: docs/reference/index-format.md.
//!
//! It is small enough for the second-level cache, so that nine words in ten cost no access to memory. Its hash is fast
//! and weak: in the file the gate is encrypted (a keystream of SipHash), in memory it is private.

use crate::characters::{BUFFER, FRONT};
use crate::runs::first_eight;
use crate::siphash::Key;
use crate::windows::Block;

/// May be the first word of a run of several.
pub const FIRST: u8 = 1;
/// May be the second word.
pub const SECOND: u8 = 2;
/// May be an entry by itself.
pub const SINGLE: u8 = 4;
/// May be the digits of a phone number.
pub const PHONE: u8 = 8;

/// 2^bits words of sixteen cells of four bits.
#[derive(Clone)]
pub struct Gate {
    bits: u32,
    words: Vec<u64>,
    seeds: (u64, u64),
    /// One bit a cell: any of FIRST, SECOND, SINGLE; the cells of four words interleaved in one.
    hot: Vec<u64>,
    /// 2^hot_bits words.
    hot_bits: u32,
}

/// The hot bits take at most 256 KiB: half of a second-level cache.
const MOST_HOT_BITS: u32 = 15;

/// The smallest gate has 2^8 words.
pub const FEWEST_BITS: u32 = 8;

impl Gate {
    /// A gate that lets nothing through.
    pub fn closed(key: &Key, bits: u32) -> Gate {
        Gate {
            bits,
            words: vec![0; 1 << bits],
            seeds: key.subkey("gate").halves(),
            hot: Vec::new(),
            hot_bits: 0,
        }
    }

    /// A gate that lets everything through.
    pub fn wide_open(key: &Key) -> Gate {
        let mut gate = Gate::closed(key, FEWEST_BITS);
        gate.words.fill(!0);
        gate
    }

    /// Undo the keystream of a gate as it lies in a file; its length is a power of two, at least 16.
    pub fn open(key: &Key, nonce: u64, file: &[u8]) -> Gate {
        let mut gate = Gate::closed(key, (file.len() / 8).trailing_zeros());
        for (word, bytes) in gate.words.iter_mut().zip(file.chunks_exact(8)) {
            let mut eight = [0; 8];
            eight.copy_from_slice(bytes);
            *word = u64::from_le_bytes(eight);
        }
        gate.apply_keystream(key, nonce);
        gate
    }

    /// The bytes for a file.
    pub fn seal(mut self, key: &Key, nonce: u64) -> Vec<u8> {
        self.apply_keystream(key, nonce);
        self.words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn apply_keystream(&mut self, key: &Key, nonce: u64) {
        let stream = key.subkey("gate");
        for (place, word) in self.words.iter_mut().enumerate() {
            *word ^= stream.hash(&nonce.wrapping_add(place as u64).to_le_bytes());
        }
    }

    /// Let through what another gate lets through, too. This gate is not the smaller one.
    pub fn join(&mut self, other: &Gate) {
        let shift = self.bits - other.bits;
        for (place, word) in self.words.iter_mut().enumerate() {
            *word |= other.words[place >> shift];
        }
    }

    /// Halve the gate until it is small, or too full to be halved again.
    ///
    /// fewest   2^fewest words are small enough
    /// fullest  the share of the FIRST, SECOND or SINGLE bits that may be set
    pub fn shrink(mut self, fewest: u32, fullest: f64) -> Gate {
        while self.bits > fewest {
            let words: Vec<u64> = self.words.chunks_exact(2).map(|pair| pair[0] | pair[1]).collect();
            let most = (fullest * 16.0 * words.len() as f64) as u64;
            let is_too_full = [FIRST, SECOND, SINGLE].iter().any(|bit| {
                let all = u64::from(*bit) * 0x1111_1111_1111_1111;
                words.iter().map(|word| u64::from((word & all).count_ones())).sum::<u64>() > most
            });
            if is_too_full {
                break;
            }
            self.bits -= 1;
            self.words = words;
        }
        self
    }

    /// Number of words, as a power of two.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Where a word's bits are: from its first eight bytes (padded with zeros) and its length.
    #[inline(always)]
    pub fn mark(&self, first_eight: u64, length: usize) -> u64 {
        let product = u128::from(first_eight ^ self.seeds.0) * u128::from(self.seeds.1 ^ length as u64);
        product as u64 ^ (product >> 64) as u64
    }

    /// The same for any word.
    pub fn mark_of(&self, word: &[u8]) -> u64 {
        let mut eight = [0; 8];
        let length = word.len().min(8);
        eight[..length].copy_from_slice(&word[..length]);
        self.mark(u64::from_le_bytes(eight), word.len())
    }

    /// Get ready for `heat`.
    pub fn warm_up(&mut self) {
        self.hot_bits = (self.bits - 2).min(MOST_HOT_BITS);
        self.hot = vec![0; 1 << self.hot_bits];
        let fold = self.bits - 2 - self.hot_bits;
        for (place, word) in self.words.iter().enumerate() {
            for cell in 0..16 {
                if (word >> (4 * cell)) as u8 & (FIRST | SECOND | SINGLE) != 0 {
                    self.hot[place >> 2 >> fold] |= 1 << (4 * cell | place & 3);
                }
            }
        }
    }

    /// Whether any entry has words of one.
    pub fn has_singles(&self) -> bool {
        self.words.iter().any(|word| word & 0x4444_4444_4444_4444 != 0)
    }

    /// Mark the words that may matter: those that may stand in the first two places of an entry.
    #[inline(always)]
    pub fn heat(&self, bytes: &[u8; BUFFER], blocks: &mut [Block], first: usize, last: usize) {
        let (hot_words, shift, seeds) = (&self.hot[..], 64 - self.bits, self.seeds);
        let fold = self.bits - self.hot_bits;
        for block in first..last {
            let next_stops = blocks[block + 1].stops << 1;
            let here = &mut blocks[block];
            let base = FRONT + 64 * block;
            let mut starts = here.starts;
            let mut hot = 0;
            while starts != 0 {
                let place = starts.trailing_zeros();
                starts &= starts - 1;
                // Where the next stop behind the start is, is the length; all from 64 on are the same here.
                let stops = here.stops >> place | next_stops << (63 - place);
                let length = (stops & !1).trailing_zeros() as usize;
                let product = u128::from(first_eight(bytes, base + place as usize, length) ^ seeds.0) * u128::from(seeds.1 ^ length as u64);
                let mark = product as u64 ^ (product >> 64) as u64;
                let top = mark >> shift;
                hot |= (hot_words[(top >> fold) as usize] >> (mark & 60 | top & 3) & 1) << place;
            }
            here.hot = hot;
        }
    }

    /// The four bits at a mark: its top bits choose the word, its bits 2-5 the cell.
    #[inline(always)]
    pub fn at(&self, mark: u64) -> u8 {
        (self.words[(mark >> (64 - self.bits)) as usize] >> (mark & 60)) as u8 & 15
    }

    /// Let a word through, as what `bits` says.
    pub fn allow(&mut self, mark: u64, bits: u8) {
        self.words[(mark >> (64 - self.bits)) as usize] |= u64::from(bits) << (mark & 60);
    }
}

/// Marks of a phone number's digits: their value and their number.
#[inline(always)]
pub fn phone_key(digits: u64) -> u64 {
    digits ^ 0x5048_4f4e_4500_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_survives_file_halving_and_joining() {
        let key = Key::new(&[7; 16]);
        let mut gate = Gate::closed(&key, 12);
        let marks: Vec<u64> = ["alice", "bob", "carol", "mallory-the-merciless"]
            .iter()
            .map(|w| gate.mark_of(w.as_bytes()))
            .collect();
        for mark in &marks {
            gate.allow(*mark, FIRST | SINGLE);
        }
        let small = gate.clone().shrink(FEWEST_BITS, 0.5);
        assert_eq!(small.bits(), FEWEST_BITS);
        let bytes = small.seal(&key, 99);
        let opened = Gate::open(&key, 99, &bytes);
        let mut joined = Gate::closed(&key, 10);
        joined.join(&opened);
        for mark in marks {
            assert_eq!(opened.at(mark), FIRST | SINGLE);
            assert_eq!(joined.at(mark), FIRST | SINGLE);
        }
    }
}
