//! The border: the C interface, and the processor's own instructions. Every `unsafe` of the crate is here.
//!
//! In:    pointers and lengths from Python (src/spillkit/kernel/native.py declares the same functions).
//! Out:   codes (0 is good) and memory that the caller gives back.
//! Else:  all work is done in safe code by the other files.
//!
//! A panic never crosses: it becomes the code PANICKED, and what it touched is not used again.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::slice;
use std::sync::Mutex;

use crate::builder::Builder;
use crate::characters::Characters;
use crate::fold::Tables;
use crate::gate::Gate;
use crate::masks::{self, Masks};
use crate::runs::{Index, Piece, Runs};
use crate::scan::{Scan, Scanner};
use crate::segment::{is_undamaged, subject_of, Refusal};
use crate::siphash::Key;
use crate::stream::Stream;
use crate::values::{Reader, Taken};
use crate::windows::Windows;

const GOOD: i32 = 0;
const PANICKED: i32 = 1;
const NO_SUCH_ENTRY: i32 = 5;
const CANNOT_WRITE: i32 = 6;

/// What differs between processors. Both kinds give the same answers; tests hold them together.
pub trait Cpu: Copy {
    /// See masks::copy_plain.
    fn copy_plain(self, source: &[u8], target: &mut [u8], most: usize) -> usize;
    /// See masks::classify; `at` is where the 64 bytes begin.
    fn classify(self, bytes: &[u8], at: usize) -> Masks;
    /// The place of the first " newline { or } from `from` on; `until` if there is none before it.
    fn find_key_end(self, bytes: &[u8], from: usize, until: usize) -> usize;
    /// Ask for the memory of `bytes[at]`; it need not exist.
    fn prefetch(self, bytes: &[u8], at: usize);

    // The steps of a scan, each compiled apart for this processor: in one piece they would fight for its registers.

    /// See Characters::read.
    fn read(self, chars: &mut Characters, tables: &Tables, body: &[u8], from: usize, offset: u64, is_whole: bool) -> usize {
        chars.read(self, tables, body, from, offset, is_whole)
    }
    /// See Windows::cut.
    fn cut(self, windows: &mut Windows, chars: &Characters, masks: &[Masks], first: usize, last: usize) {
        windows.cut(self, chars, masks, first, last);
    }
    /// See Gate::heat.
    fn heat(self, gate: &Gate, chars: &Characters, windows: &mut Windows, first: usize, last: usize) {
        gate.heat(&chars.bytes, &mut windows.blocks, first, last);
    }
    /// See Runs::find.
    fn find_runs(self, runs: &mut Runs, index: &Index, piece: &Piece) {
        runs.find(self, index, piece);
    }
}

/// Any processor.
#[derive(Clone, Copy)]
pub struct Portable;

impl Cpu for Portable {
    #[inline(always)]
    fn copy_plain(self, source: &[u8], target: &mut [u8], most: usize) -> usize {
        masks::copy_plain(source, target, most)
    }

    #[inline(always)]
    fn classify(self, bytes: &[u8], at: usize) -> Masks {
        let mut block = [0; 64];
        block.copy_from_slice(&bytes[at..at + 64]);
        masks::classify(&block)
    }

    #[inline(always)]
    fn find_key_end(self, bytes: &[u8], from: usize, until: usize) -> usize {
        masks::find_key_end(bytes, from, until)
    }

    #[inline(always)]
    fn prefetch(self, bytes: &[u8], at: usize) {
        prefetch(bytes, at);
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn prefetch(bytes: &[u8], at: usize) {
    // SAFETY: a prefetch reads nothing and faults on no address; wrapping_add makes no claim about the pointer.
    unsafe { std::arch::x86_64::_mm_prefetch(bytes.as_ptr().wrapping_add(at).cast(), std::arch::x86_64::_MM_HINT_T0) }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn prefetch(_: &[u8], _: usize) {}

#[cfg(target_arch = "x86_64")]
pub use x86::Avx2;

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{masks, prefetch, Characters, Cpu, Gate, Index, Masks, Piece, Runs, Scan, Scanner, Stream, Tables, Windows};
    use std::arch::x86_64::*;

    /// A processor with AVX2. Only `detect` makes one, so having it proves that the instructions exist.
    #[derive(Clone, Copy)]
    pub struct Avx2(());

    impl Avx2 {
        /// The proof, if this processor has what is needed.
        pub fn detect() -> Option<Avx2> {
            let has_all = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt")
                && is_x86_feature_detected!("popcnt");
            if has_all {
                Some(Avx2(()))
            } else {
                None
            }
        }

        /// Scan a whole body with all of it compiled for AVX2.
        pub fn scan(self, scan: &mut Scan, scanner: &Scanner, body: &[u8]) {
            // SAFETY: an Avx2 exists only where `detect` found these features.
            unsafe { scan_body(self, scan, scanner, body) }
        }

        /// Feed a stream likewise.
        pub fn feed(self, stream: &mut Stream, scanner: &Scanner, chunk: &[u8]) {
            // SAFETY: an Avx2 exists only where `detect` found these features.
            unsafe { feed(self, stream, scanner, chunk) }
        }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn scan_body(cpu: Avx2, scan: &mut Scan, scanner: &Scanner, body: &[u8]) {
        scan.take(cpu, scanner, body, 0, true);
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn feed(cpu: Avx2, stream: &mut Stream, scanner: &Scanner, chunk: &[u8]) {
        stream.feed(cpu, scanner, chunk);
    }

    impl Cpu for Avx2 {
        #[inline(always)]
        fn copy_plain(self, source: &[u8], target: &mut [u8], most: usize) -> usize {
            // SAFETY: an Avx2 exists only where `detect` found the features.
            unsafe { copy_plain(source, target, most) }
        }

        #[inline(always)]
        fn classify(self, bytes: &[u8], at: usize) -> Masks {
            let block = &bytes[at..at + 64];
            // SAFETY: an Avx2 exists only where `detect` found the features.
            unsafe { classify(block) }
        }

        #[inline(always)]
        fn find_key_end(self, bytes: &[u8], from: usize, until: usize) -> usize {
            // SAFETY: an Avx2 exists only where `detect` found the features.
            unsafe { find_key_end(bytes, from, until) }
        }

        #[inline(always)]
        fn prefetch(self, bytes: &[u8], at: usize) {
            prefetch(bytes, at);
        }

        fn read(self, chars: &mut Characters, tables: &Tables, body: &[u8], from: usize, offset: u64, is_whole: bool) -> usize {
            // SAFETY: an Avx2 exists only where `detect` found the features.
            unsafe { read(self, chars, tables, body, from, offset, is_whole) }
        }

        fn cut(self, windows: &mut Windows, chars: &Characters, masks: &[Masks], first: usize, last: usize) {
            // SAFETY: an Avx2 exists only where `detect` found the features.
            unsafe { cut(self, windows, chars, masks, first, last) }
        }

        fn heat(self, gate: &Gate, chars: &Characters, windows: &mut Windows, first: usize, last: usize) {
            // SAFETY: an Avx2 exists only where `detect` found the features.
            unsafe { heat(gate, chars, windows, first, last) }
        }

        fn find_runs(self, runs: &mut Runs, index: &Index, piece: &Piece) {
            // SAFETY: an Avx2 exists only where `detect` found the features.
            unsafe { find_runs(self, runs, index, piece) }
        }
    }

    #[inline(never)]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn read(cpu: Avx2, chars: &mut Characters, tables: &Tables, body: &[u8], from: usize, offset: u64, is_whole: bool) -> usize {
        chars.read(cpu, tables, body, from, offset, is_whole)
    }

    #[inline(never)]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn cut(cpu: Avx2, windows: &mut Windows, chars: &Characters, masks: &[Masks], first: usize, last: usize) {
        windows.cut(cpu, chars, masks, first, last);
    }

    #[inline(never)]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn heat(gate: &Gate, chars: &Characters, windows: &mut Windows, first: usize, last: usize) {
        gate.heat(&chars.bytes, &mut windows.blocks, first, last);
    }

    #[inline(never)]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    unsafe fn find_runs(cpu: Avx2, runs: &mut Runs, index: &Index, piece: &Piece) {
        runs.find(cpu, index, piece);
    }

    // Vectors of 32 bytes; macros, because closures of older compilers do not inherit the features of their function.

    /// 0xff at each byte that equals one.
    macro_rules! equal {
        ($text:expr, $byte:expr) => {
            _mm256_cmpeq_epi8($text, _mm256_set1_epi8($byte as i8))
        };
    }

    /// 0xff at each byte from one to another.
    macro_rules! between {
        ($text:expr, $first:expr, $last:expr) => {{
            let from_first = _mm256_sub_epi8($text, _mm256_set1_epi8($first as i8));
            _mm256_cmpeq_epi8(_mm256_min_epu8(from_first, _mm256_set1_epi8(($last - $first) as i8)), from_first)
        }};
    }

    /// Any of several.
    macro_rules! any {
        ($one:expr, $other:expr) => {
            _mm256_or_si256($one, $other)
        };
        ($one:expr, $($other:expr),+) => {
            _mm256_or_si256($one, any!($($other),+))
        };
    }

    /// The top bit of each byte.
    macro_rules! bits {
        ($vector:expr) => {
            _mm256_movemask_epi8($vector) as u32
        };
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    #[allow(unused_unsafe)]
    unsafe fn copy_plain(source: &[u8], target: &mut [u8], most: usize) -> usize {
        let most = most.min(source.len()).min(target.len());
        let mut at = 0;
        // Two bytes behind each 32 are looked at, for </w.
        while at + 32 <= most && at + 34 <= source.len() {
            // SAFETY: the features are the caller's promise; the loop's condition keeps all 34 bytes read and 32 bytes
            // written inside the slices. Bytes behind the first special one are overwritten later.
            let special = unsafe {
                let from = source.as_ptr().add(at);
                let text = _mm256_loadu_si256(from.cast());
                let space = _mm256_set1_epi8(0x20);
                let is_w = equal!(_mm256_or_si256(_mm256_loadu_si256(from.add(1).cast()), space), b'w');
                let is_w_2 = equal!(_mm256_or_si256(_mm256_loadu_si256(from.add(2).cast()), space), b'w');
                let is_slash = equal!(_mm256_loadu_si256(from.add(1).cast()), b'/');
                let wbr = _mm256_and_si256(equal!(text, b'<'), any!(is_w, _mm256_and_si256(is_slash, is_w_2)));
                let lower = any!(text, _mm256_and_si256(between!(text, b'A', b'Z'), space));
                _mm256_storeu_si256(target.as_mut_ptr().add(at).cast(), lower);
                bits!(any!(text, wbr, equal!(text, b'&'), equal!(text, b'%'), equal!(text, b'\\')))
            };
            if special != 0 {
                return at + special.trailing_zeros() as usize;
            }
            at += 32;
        }
        masks::copy_plain_bytes(source, target, at, most)
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    #[allow(unused_unsafe)]
    unsafe fn classify(block: &[u8]) -> Masks {
        assert!(block.len() >= 64);
        let mut masks = Masks::default();
        for half in 0..2 {
            let shift = 32 * half;
            // SAFETY: the features are the caller's promise; the assertion keeps both loads inside the slice.
            unsafe {
                let text = _mm256_loadu_si256(block.as_ptr().add(32 * half).cast());
                let digit = between!(text, b'0', b'9');
                // Signed, all of 0x80-0xfd is below -2: what is left are ASCII and the two separators outside it.
                let high = _mm256_cmpgt_epi8(_mm256_set1_epi8(-2), text);
                masks.word |= u64::from(bits!(any!(digit, between!(text, b'a', b'z'), high))) << shift;
                masks.digit |= u64::from(bits!(digit)) << shift;
                masks.at |= u64::from(bits!(equal!(text, b'@'))) << shift;
                masks.less |= u64::from(bits!(equal!(text, b'<'))) << shift;
                masks.greater |= u64::from(bits!(equal!(text, b'>'))) << shift;
                masks.quote |= u64::from(bits!(equal!(text, b'"'))) << shift;
                let before_quote = any!(equal!(text, b'{'), equal!(text, b','), between!(text, 0, b' '));
                masks.before_quote |= u64::from(bits!(before_quote)) << shift;
            }
        }
        masks
    }

    #[inline]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    #[allow(unused_unsafe)]
    unsafe fn find_key_end(bytes: &[u8], from: usize, until: usize) -> usize {
        let mut at = from;
        while at < until && at + 32 <= bytes.len() {
            // SAFETY: the features are the caller's promise; the loop's condition keeps the 32 bytes inside the slice.
            let ends = unsafe {
                let text = _mm256_loadu_si256(bytes.as_ptr().add(at).cast());
                bits!(any!(
                    equal!(text, b'"'),
                    equal!(text, b'\n'),
                    equal!(text, b'{'),
                    equal!(text, b'}')
                ))
            };
            if ends != 0 {
                return until.min(at + ends.trailing_zeros() as usize);
            }
            at += 32;
        }
        masks::find_key_end(bytes, at.min(until), until)
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::border::Portable;

        #[test]
        fn both_kinds_of_processor_read_alike() {
            let cpu = match Avx2::detect() {
                Some(cpu) => cpu,
                None => return,
            };
            let mut seed = 1u64;
            for round in 0..4000 {
                let bytes: Vec<u8> = (0..160)
                    .map(|_| {
                        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                        let byte = (seed >> 56) as u8;
                        if round % 2 == 0 {
                            byte
                        } else {
                            b"aZ09 <>/wW@\"{},:\n-&"[usize::from(byte) % 19]
                        }
                    })
                    .collect();
                assert_eq!(cpu.classify(&bytes, 32), Portable.classify(&bytes, 32));
                assert_eq!(cpu.find_key_end(&bytes, 3, 150), Portable.find_key_end(&bytes, 3, 150));
                let (mut one, mut two) = ([0; 160], [0; 160]);
                let copied = cpu.copy_plain(&bytes, &mut one, 150);
                assert_eq!(copied, Portable.copy_plain(&bytes, &mut two, 150));
                assert_eq!(one[..copied], two[..copied]);
            }
        }
    }
}

/// The processor that a scanner was opened for.
#[derive(Clone, Copy)]
enum Engine {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
}

impl Engine {
    fn choose(is_portable: bool) -> Engine {
        #[cfg(target_arch = "x86_64")]
        if !is_portable {
            if let Some(cpu) = Avx2::detect() {
                return Engine::Avx2(cpu);
            }
        }
        let _ = is_portable;
        Engine::Portable
    }

    fn scan(self, scan: &mut Scan, scanner: &Scanner, body: &[u8]) {
        scan.restart();
        match self {
            Engine::Portable => {
                scan.take(Portable, scanner, body, 0, true);
            }
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2(cpu) => cpu.scan(scan, scanner, body),
        }
        scan.finish(scanner);
    }
}

/// An opened index, with memory for as many scans as ever ran at once.
pub struct Opened {
    scanner: Scanner,
    engine: Engine,
    idle: Mutex<Vec<Scan>>,
    key: Key,
}

/// Return a slice of what the caller points to.
///
/// # Safety
/// `pointer` must point to `length` values that stay there and unchanged for as long as 'a; it is not looked at if `length` is 0.
unsafe fn lend<'a, T>(pointer: *const T, length: usize) -> &'a [T] {
    if length == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts(pointer, length) }
}

/// # Safety
/// `pointer` must point to 16 bytes.
unsafe fn lend_key(pointer: *const u8) -> Key {
    let mut bytes = [0; 16];
    // SAFETY: the caller's promise.
    bytes.copy_from_slice(unsafe { lend(pointer, 16) });
    Key::new(&bytes)
}

/// Hand numbers to the caller, who gives them back with sk_give_back.
///
/// # Safety
/// `out` and `count` must each point to a place to write to.
unsafe fn hand_over(numbers: Vec<u64>, out: *mut *mut u64, count: *mut u64) {
    let boxed = numbers.into_boxed_slice();
    // SAFETY: the caller's promise.
    unsafe {
        *count = boxed.len() as u64;
        *out = Box::into_raw(boxed).cast();
    }
}

fn guarded(work: impl FnOnce() -> i32) -> i32 {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(PANICKED)
}

/// The version of this interface.
#[no_mangle]
pub extern "C" fn sk_version() -> u32 {
    2
}

/// 1 if scanners opened now use AVX2 (unless told to be portable), else 0.
#[no_mangle]
pub extern "C" fn sk_has_avx2() -> u32 {
    match Engine::choose(false) {
        Engine::Portable => 0,
        #[cfg(target_arch = "x86_64")]
        Engine::Avx2(_) => 1,
    }
}

/// Give back numbers that were handed over.
///
/// # Safety
/// `numbers` and `count` are as they were handed over, and not used again.
#[no_mangle]
pub unsafe extern "C" fn sk_give_back(numbers: *mut u64, count: u64) {
    if !numbers.is_null() {
        // SAFETY: hand_over made exactly this box.
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(numbers, count as usize)) });
    }
}

/// Open segments. Return null on refusal, and then in `why` a code and the segment's number.
///
/// # Safety
/// `key` is 16 bytes; `files` and `lengths` are `count` long and the files stay mapped until sk_scanner_close;
/// `dead` is `dead_count` long; `why` is two numbers.
#[no_mangle]
pub unsafe extern "C" fn sk_scanner_open(
    key: *const u8,
    files: *const *const u8,
    lengths: *const u64,
    count: u64,
    dead: *const u32,
    dead_count: u64,
    is_portable: u32,
    why: *mut u64,
) -> *mut Opened {
    let mut opened = None;
    let mut refusal = (PANICKED as u64, 0);
    let code = guarded(|| {
        // SAFETY: the caller's promises; the files outlive the scanner, so 'static is what it may take them for.
        let (key, files, dead) = unsafe {
            let pointers = lend(files, count as usize);
            let lengths = lend(lengths, count as usize);
            let files: Vec<&'static [u8]> = pointers
                .iter()
                .zip(lengths)
                .map(|(file, length)| lend(*file, *length as usize))
                .collect();
            (lend_key(key), files, lend(dead, dead_count as usize))
        };
        match Scanner::open(&files, &key, dead) {
            Ok(scanner) => {
                let engine = Engine::choose(is_portable != 0);
                opened = Some(Box::new(Opened {
                    scanner,
                    engine,
                    idle: Mutex::new(Vec::new()),
                    key,
                }));
                GOOD
            }
            Err((segment, because)) => {
                refusal = (because as u64, segment as u64);
                because as i32
            }
        }
    });
    match opened {
        Some(opened) if code == GOOD => Box::into_raw(opened),
        _ => {
            // SAFETY: the caller's promise about `why`.
            unsafe {
                *why = refusal.0;
                *why.add(1) = refusal.1;
            }
            std::ptr::null_mut()
        }
    }
}

/// Close a scanner.
///
/// # Safety
/// `opened` came from sk_scanner_open and is not used again, by no stream either.
#[no_mangle]
pub unsafe extern "C" fn sk_scanner_close(opened: *mut Opened) {
    if !opened.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(opened) });
    }
}

/// Scan bodies; hand over page, start, end, slot of every hit.
///
/// # Safety
/// `opened` is open; `pages` and `lengths` are `count` long and describe bytes; `out` and `out_count` are places to write to.
#[no_mangle]
pub unsafe extern "C" fn sk_scan(
    opened: *const Opened,
    pages: *const *const u8,
    lengths: *const u64,
    count: u64,
    out: *mut *mut u64,
    out_count: *mut u64,
) -> i32 {
    guarded(|| {
        // SAFETY: the caller's promises.
        let (opened, pages, lengths) = unsafe { (&*opened, lend(pages, count as usize), lend(lengths, count as usize)) };
        let idle = opened.idle.lock().map_or(None, |mut idle| idle.pop());
        let mut scan = idle.unwrap_or_else(Scan::new);
        let mut numbers = Vec::new();
        for (number, (page, length)) in pages.iter().zip(lengths).enumerate() {
            // SAFETY: the caller's promise.
            let body = unsafe { lend(*page, *length as usize) };
            opened.engine.scan(&mut scan, &opened.scanner, body);
            for hit in &scan.hits {
                numbers.extend_from_slice(&[number as u64, hit.start, hit.end, hit.slot]);
            }
        }
        if let Ok(mut idle) = opened.idle.lock() {
            idle.push(scan);
        }
        // SAFETY: the caller's promise.
        unsafe { hand_over(numbers, out, out_count) };
        GOOD
    })
}

/// Begin a stream; null if that failed.
#[no_mangle]
pub extern "C" fn sk_stream_open() -> *mut Stream {
    catch_unwind(|| Box::into_raw(Box::new(Stream::new()))).unwrap_or(std::ptr::null_mut())
}

/// Feed a stream.
///
/// # Safety
/// `opened` is open, `stream` came from sk_stream_open and no other thread uses it now; `chunk` is `length` bytes.
#[no_mangle]
pub unsafe extern "C" fn sk_stream_feed(opened: *const Opened, stream: *mut Stream, chunk: *const u8, length: u64) -> i32 {
    guarded(|| {
        // SAFETY: the caller's promises.
        let (opened, stream, chunk) = unsafe { (&*opened, &mut *stream, lend(chunk, length as usize)) };
        match opened.engine {
            Engine::Portable => stream.feed(Portable, &opened.scanner, chunk),
            #[cfg(target_arch = "x86_64")]
            Engine::Avx2(cpu) => cpu.feed(stream, &opened.scanner, chunk),
        }
        GOOD
    })
}

/// End a stream; hand over page (0), start, end, slot of every hit.
///
/// # Safety
/// As sk_stream_feed; `out` and `out_count` are places to write to.
#[no_mangle]
pub unsafe extern "C" fn sk_stream_finish(opened: *const Opened, stream: *mut Stream, out: *mut *mut u64, out_count: *mut u64) -> i32 {
    guarded(|| {
        // SAFETY: the caller's promises.
        let (opened, stream) = unsafe { (&*opened, &mut *stream) };
        let scan = stream.finish(Portable, &opened.scanner);
        let numbers = scan.hits.iter().flat_map(|hit| [0, hit.start, hit.end, hit.slot]).collect();
        // SAFETY: the caller's promise.
        unsafe { hand_over(numbers, out, out_count) };
        GOOD
    })
}

/// Close a stream.
///
/// # Safety
/// `stream` came from sk_stream_open and is not used again.
#[no_mangle]
pub unsafe extern "C" fn sk_stream_close(stream: *mut Stream) {
    if !stream.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(stream) });
    }
}

/// Hand over the subject numbers that a directory value points to, ascending.
///
/// # Safety
/// `opened` is open; `value` is `length` bytes; `out` and `out_count` are places to write to.
#[no_mangle]
pub unsafe extern "C" fn sk_find(
    opened: *const Opened,
    field: u32,
    value: *const u8,
    length: u64,
    out: *mut *mut u64,
    out_count: *mut u64,
) -> i32 {
    guarded(|| {
        // SAFETY: the caller's promises.
        let (opened, value) = unsafe { (&*opened, lend(value, length as usize)) };
        let mut reader = Reader::new(&opened.scanner.tables, b"");
        let mut numbers = Vec::new();
        if reader.read(&opened.scanner.tables, field as u8, value) == Taken::Ok {
            numbers = opened.scanner.subjects_of(field as u8, &reader.reading);
        }
        // SAFETY: the caller's promise.
        unsafe { hand_over(numbers, out, out_count) };
        GOOD
    })
}

/// Hand over field, weakness (0 or 1), and the living subject numbers, ascending, of an entry's group.
///
/// # Safety
/// `opened` is open; `out` and `out_count` are places to write to.
#[no_mangle]
pub unsafe extern "C" fn sk_group(opened: *const Opened, segment: u32, entry: u64, out: *mut *mut u64, out_count: *mut u64) -> i32 {
    guarded(|| {
        // SAFETY: the caller's promise.
        let opened = unsafe { &*opened };
        let segment = match opened.scanner.segments.get(segment as usize) {
            Some(segment) if entry < segment.entries => segment,
            _ => return NO_SUCH_ENTRY,
        };
        let payload = segment.payload(entry);
        let mut numbers = vec![
            u64::from(payload >> 27 & 15),
            u64::from(payload >> 31),
            u64::from(subject_of(payload)),
        ];
        let group = segment.group_of(entry);
        let subjects = (group.0..group.1).map(|entry| subject_of(segment.payload(entry)));
        numbers.extend(subjects.filter(|subject| !opened.scanner.dead.has(*subject)).map(u64::from));
        // SAFETY: the caller's promise.
        unsafe { hand_over(numbers, out, out_count) };
        GOOD
    })
}

/// GOOD if all checksums of an index file are right.
///
/// # Safety
/// `opened` is open; `file` is `length` bytes.
#[no_mangle]
pub unsafe extern "C" fn sk_check(opened: *const Opened, file: *const u8, length: u64) -> i32 {
    guarded(|| {
        // SAFETY: the caller's promises.
        let (opened, file) = unsafe { (&*opened, lend(file, length as usize)) };
        if is_undamaged(file, &opened.key) {
            GOOD
        } else {
            Refusal::Damaged as i32
        }
    })
}

/// Begin a segment; null if that failed.
///
/// # Safety
/// `key` is 16 bytes; `common_words` is `length` bytes, one word a line.
#[no_mangle]
pub unsafe extern "C" fn sk_builder_open(key: *const u8, common_words: *const u8, length: u64) -> *mut Builder {
    let work = || {
        // SAFETY: the caller's promises.
        let (key, common_words) = unsafe { (lend_key(key), lend(common_words, length as usize)) };
        Box::into_raw(Box::new(Builder::new(&key, common_words)))
    };
    catch_unwind(work).unwrap_or(std::ptr::null_mut())
}

/// Add values: value i is text[offsets[i]..offsets[i + 1]]; taken[i] tells what became of it.
///
/// # Safety
/// `builder` is open and no other thread uses it now; `numbers` and `taken` are `count` long, `offsets` one longer,
/// ascending and within `text`.
#[no_mangle]
pub unsafe extern "C" fn sk_builder_add(
    builder: *mut Builder,
    field: u32,
    is_weak: u32,
    numbers: *const u32,
    text: *const u8,
    offsets: *const u64,
    taken: *mut u8,
    count: u64,
) -> i32 {
    guarded(|| {
        let count = count as usize;
        if count == 0 {
            return GOOD;
        }
        // SAFETY: the caller's promises.
        let (builder, numbers, offsets) = unsafe { (&mut *builder, lend(numbers, count), lend(offsets, count + 1)) };
        // SAFETY: the caller's promises.
        let (text, taken) = unsafe { (lend(text, offsets[count] as usize), slice::from_raw_parts_mut(taken, count)) };
        for place in 0..count {
            let value = &text[offsets[place] as usize..offsets[place + 1] as usize];
            taken[place] = builder.add(field as u8, numbers[place], value, is_weak != 0) as u8;
        }
        GOOD
    })
}

/// For benchmarks only: add random fingerprints that nothing will match.
///
/// # Safety
/// `builder` is open and no other thread uses it now.
#[no_mangle]
pub unsafe extern "C" fn sk_builder_add_synthetic(builder: *mut Builder, count: u64, seed: u64) -> i32 {
    guarded(|| {
        // SAFETY: the caller's promise.
        unsafe { &mut *builder }.add_synthetic(count, seed);
        GOOD
    })
}

/// Write the file; stats becomes entries, markers, bytes (or the system's error number, on CANNOT_WRITE).
///
/// # Safety
/// `builder` is open and no other thread uses it now; `path` is `length` bytes of UTF-8; `stats` is three numbers.
#[no_mangle]
pub unsafe extern "C" fn sk_builder_write(builder: *mut Builder, path: *const u8, length: u64, nonce: u64, stats: *mut u64) -> i32 {
    guarded(|| {
        // SAFETY: the caller's promises.
        let (builder, path, stats) = unsafe { (&mut *builder, lend(path, length as usize), slice::from_raw_parts_mut(stats, 3)) };
        match builder.write(&String::from_utf8_lossy(path), nonce) {
            Ok(written) => {
                stats.copy_from_slice(&[written.entries, written.markers, written.file_bytes]);
                GOOD
            }
            Err(error) => {
                stats[0] = error.raw_os_error().unwrap_or(0) as u64;
                CANNOT_WRITE
            }
        }
    })
}

/// Close a builder.
///
/// # Safety
/// `builder` came from sk_builder_open and is not used again.
#[no_mangle]
pub unsafe extern "C" fn sk_builder_close(builder: *mut Builder) {
    if !builder.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(builder) });
    }
}
