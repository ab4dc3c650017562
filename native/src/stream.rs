//! One body that arrives in chunks.
//!
//! In:    chunks, cut anywhere.
//! Out:   the hits of the whole body.
//! Else:  everything else is `scan`; here only the last bytes wait for what completes them.

use crate::border::Cpu;
use crate::scan::{Scan, Scanner};

/// A body in the making.
pub struct Stream {
    scan: Scan,
    waiting: Vec<u8>,
    offset: u64,
}

impl Stream {
    /// Begin a body.
    pub fn new() -> Stream {
        let mut scan = Scan::new();
        scan.restart();
        Stream {
            scan,
            waiting: Vec::new(),
            offset: 0,
        }
    }

    /// Take the next bytes.
    #[inline(always)]
    pub fn feed<C: Cpu>(&mut self, cpu: C, scanner: &Scanner, chunk: &[u8]) {
        self.waiting.extend_from_slice(chunk);
        let used = self.scan.take(cpu, scanner, &self.waiting, self.offset, false);
        self.waiting.drain(..used);
        self.offset += used as u64;
    }

    /// End the body; `hits` then holds what was found.
    #[inline(always)]
    pub fn finish<C: Cpu>(&mut self, cpu: C, scanner: &Scanner) -> &Scan {
        let waiting = std::mem::take(&mut self.waiting);
        self.scan.take(cpu, scanner, &waiting, self.offset, true);
        self.scan.finish(scanner);
        &self.scan
    }
}
