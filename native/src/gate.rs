//! The gate: four bits a word that say whether the directory can begin, go on or end with it.
//!
//! In:    folded words.
//! Out:   whether a word may be the first or second of a run, an entry by itself, or the digits of a phone number.
//! Else:  certainty is `segment`. Layout: docs/reference/index-format.md.
//!
//! It is small enough for the second-level cache, so that nine words in ten cost no access to memory. Its hash is fast
//! and weak: in the file the gate is encrypted (a keystream of SipHash), in memory it is private.

use crate::siphash::Key;

/// May be the first word of a run of several.
pub const FIRST: u8 = 1;
/// May be the second word.
pub const SECOND: u8 = 2;
/// May be an entry by itself.
pub const SINGLE: u8 = 4;
/// May be the digits of a phone number.
pub const PHONE: u8 = 8;

/// 2^bits cells of four bits, two to a byte.
#[derive(Clone)]
pub struct Gate {
    bits: u32,
    cells: Vec<u8>,
    seeds: (u64, u64),
}

/// The smallest gate has 2^12 cells.
pub const FEWEST_BITS: u32 = 12;

impl Gate {
    /// A gate that lets nothing through.
    pub fn closed(key: &Key, bits: u32) -> Gate {
        Gate { bits, cells: vec![0; 1 << (bits - 1)], seeds: key.subkey("gate").halves() }
    }

    /// A gate that lets everything through.
    pub fn wide_open(key: &Key) -> Gate {
        let mut gate = Gate::closed(key, FEWEST_BITS);
        gate.cells.fill(0xff);
        gate
    }

    /// Undo the keystream of a gate as it lies in a file; its length is a power of two, at least 8.
    pub fn open(key: &Key, nonce: u64, file: &[u8]) -> Gate {
        let mut gate = Gate::closed(key, file.len().trailing_zeros() + 1);
        gate.cells.copy_from_slice(file);
        gate.apply_keystream(key, nonce);
        gate
    }

    /// The bytes for a file.
    pub fn seal(mut self, key: &Key, nonce: u64) -> Vec<u8> {
        self.apply_keystream(key, nonce);
        self.cells
    }

    fn apply_keystream(&mut self, key: &Key, nonce: u64) {
        let stream = key.subkey("gate");
        for (place, word) in self.cells.chunks_exact_mut(8).enumerate() {
            let block = stream.hash(&nonce.wrapping_add(place as u64).to_le_bytes()).to_le_bytes();
            for (cell, byte) in word.iter_mut().zip(block) {
                *cell ^= byte;
            }
        }
    }

    /// Let through what another gate lets through, too. This gate is not the smaller one.
    pub fn join(&mut self, other: &Gate) {
        let shift = self.bits - other.bits;
        for cell in 0..1usize << self.bits {
            self.set(cell, other.get(cell >> shift));
        }
    }

    /// Halve the gate until it is small, or too full to be halved again.
    ///
    /// fewest   2^fewest cells are small enough
    /// fullest  the share of FIRST, SECOND or SINGLE bits that may be set
    pub fn shrink(mut self, fewest: u32, fullest: f64) -> Gate {
        while self.bits > fewest {
            let mut half = Gate { bits: self.bits - 1, cells: vec![0; self.cells.len() / 2], seeds: self.seeds };
            let mut set = [0u64; 4];
            for cell in 0..1usize << half.bits {
                let value = self.get(2 * cell) | self.get(2 * cell + 1);
                half.set(cell, value);
                for (place, count) in set.iter_mut().enumerate() {
                    *count += u64::from(value >> place & 1);
                }
            }
            if set.iter().any(|count| *count as f64 > fullest * (1u64 << half.bits) as f64) {
                return self;
            }
            self = half;
        }
        self
    }

    /// Number of cells, as a power of two.
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

    /// The four bits at a mark.
    #[inline(always)]
    pub fn at(&self, mark: u64) -> u8 {
        self.get((mark >> (64 - self.bits)) as usize)
    }

    /// Let a word through, as what `bits` says.
    pub fn allow(&mut self, mark: u64, bits: u8) {
        let cell = (mark >> (64 - self.bits)) as usize;
        self.set(cell, bits);
    }

    #[inline(always)]
    fn get(&self, cell: usize) -> u8 {
        self.cells[cell / 2] >> (4 * (cell % 2)) & 15
    }

    fn set(&mut self, cell: usize, bits: u8) {
        self.cells[cell / 2] |= bits << (4 * (cell % 2));
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
        let mut gate = Gate::closed(&key, 16);
        let marks: Vec<u64> = ["alice", "bob", "carol", "mallory-the-merciless"].iter().map(|w| gate.mark_of(w.as_bytes())).collect();
        for mark in &marks {
            gate.allow(*mark, FIRST | SINGLE);
        }
        let small = gate.clone().shrink(FEWEST_BITS, 0.5);
        assert_eq!(small.bits(), FEWEST_BITS);
        let bytes = small.seal(&key, 99);
        let opened = Gate::open(&key, 99, &bytes);
        let mut joined = Gate::closed(&key, 14);
        joined.join(&opened);
        for mark in marks {
            assert_eq!(opened.at(mark), FIRST | SINGLE);
            assert_eq!(joined.at(mark), FIRST | SINGLE);
        }
    }
}
