//! SipHash-2-4, the keyed hash of every fingerprint.
//!
//! In:    a 128-bit key and bytes.
//! Out:   64 bits that nobody without the key can tell from random ones.
//! Else:  which key hashes what is docs/reference/matching.md, section 3.
//!
//! Source: J.-P. Aumasson, D. J. Bernstein, SipHash: a fast short-input PRF, 2012.

/// A 128-bit key, as two little-endian halves.
#[derive(Clone, Copy)]
pub struct Key {
    k0: u64,
    k1: u64,
}

impl Key {
    /// Take a key from its 16 bytes.
    pub fn new(bytes: &[u8; 16]) -> Key {
        let value = u128::from_le_bytes(*bytes);
        Key {
            k0: value as u64,
            k1: (value >> 64) as u64,
        }
    }

    /// The all-zero key of checksums: it finds damage, not malice.
    pub const ZERO: Key = Key { k0: 0, k1: 0 };

    /// Return the key for one use: SipHash(key, label ‖ "0") ‖ SipHash(key, label ‖ "1").
    pub fn subkey(&self, label: &str) -> Key {
        Key {
            k0: self.hash(format!("{label}0").as_bytes()),
            k1: self.hash(format!("{label}1").as_bytes()),
        }
    }

    /// Return the two halves, as seeds of a gate.
    pub fn halves(&self) -> (u64, u64) {
        (self.k0, self.k1)
    }

    /// Hash bytes.
    #[inline]
    pub fn hash(&self, bytes: &[u8]) -> u64 {
        let mut state = self.start();
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let mut block = [0; 8];
            block.copy_from_slice(chunk);
            state.take(u64::from_le_bytes(block));
        }
        let mut last = (bytes.len() as u64) << 56;
        for (place, byte) in chunks.remainder().iter().enumerate() {
            last |= u64::from(*byte) << (8 * place);
        }
        state.take(last);
        state.finish()
    }

    /// Hash at most seven bytes, given as one little-endian number.
    #[inline]
    pub fn hash_short(&self, bytes: u64, length: usize) -> u64 {
        let mut state = self.start();
        state.take(bytes | (length as u64) << 56);
        state.finish()
    }

    /// Hash the 16 bytes of two numbers, little-endian.
    #[inline]
    pub fn hash_two(&self, first: u64, second: u64) -> u64 {
        let mut state = self.start();
        state.take(first);
        state.take(second);
        state.take(16 << 56);
        state.finish()
    }

    #[inline]
    fn start(&self) -> State {
        State {
            v0: self.k0 ^ 0x736f_6d65_7073_6575,
            v1: self.k1 ^ 0x646f_7261_6e64_6f6d,
            v2: self.k0 ^ 0x6c79_6765_6e65_7261,
            v3: self.k1 ^ 0x7465_6462_7974_6573,
        }
    }
}

struct State {
    v0: u64,
    v1: u64,
    v2: u64,
    v3: u64,
}

impl State {
    #[inline(always)]
    fn take(&mut self, block: u64) {
        self.v3 ^= block;
        self.round();
        self.round();
        self.v0 ^= block;
    }

    #[inline(always)]
    fn finish(mut self) -> u64 {
        self.v2 ^= 0xff;
        self.round();
        self.round();
        self.round();
        self.round();
        self.v0 ^ self.v1 ^ self.v2 ^ self.v3
    }

    #[inline(always)]
    fn round(&mut self) {
        self.v0 = self.v0.wrapping_add(self.v1);
        self.v1 = self.v1.rotate_left(13) ^ self.v0;
        self.v0 = self.v0.rotate_left(32);
        self.v2 = self.v2.wrapping_add(self.v3);
        self.v3 = self.v3.rotate_left(16) ^ self.v2;
        self.v0 = self.v0.wrapping_add(self.v3);
        self.v3 = self.v3.rotate_left(21) ^ self.v0;
        self.v2 = self.v2.wrapping_add(self.v1);
        self.v1 = self.v1.rotate_left(17) ^ self.v2;
        self.v2 = self.v2.rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    /// The first vectors of the authors' reference implementation (vectors_sip64), key 00 … 0f, messages 00 … n-1.
    #[test]
    fn the_authors_vectors_hold() {
        let mut bytes = [0; 16];
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = place as u8;
        }
        let key = Key::new(&bytes);
        let vectors: [(usize, u64); 5] = [
            (0, 0x726f_db47_dd0e_0e31),
            (1, 0x74f8_39c5_93dc_67fd),
            (7, 0xab02_00f5_8b01_d137),
            (8, 0x93f5_f579_9a93_2462),
            (15, 0xa129_ca61_49be_45e5),
        ];
        for (length, expected) in vectors {
            let message: Vec<u8> = (0..length as u8).collect();
            assert_eq!(key.hash(&message), expected, "{length} bytes");
        }
        assert_eq!(key.hash_short(0x06_0504_0302_0100, 7), key.hash(&[0, 1, 2, 3, 4, 5, 6]));
        let two: Vec<u8> = 1u64.to_le_bytes().iter().chain(2u64.to_le_bytes().iter()).copied().collect();
        assert_eq!(key.hash_two(1, 2), key.hash(&two));
    }
}
