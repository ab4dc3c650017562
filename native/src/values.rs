//! Say what one directory value puts into the index.
//!
//! In:    a field code and a value as the directory holds it.
//! Out:   runs of words, or one folded address or number; or why it is refused.
//! Else:  hashing and writing are `builder`. Rules: docs/reference/matching.md, section 4.

use std::collections::HashSet;

use crate::border::Portable;
use crate::characters::{Characters, FRONT, ROOM};
use crate::email::{is_domain, is_local};
use crate::fold::{Tables, IDEO, WORD};
use crate::matches::{EMAIL, NAME, PHONE};
use crate::phone::{class_at, FEWEST_DIGITS, MOST_DIGITS};
use crate::runs::LONGEST_RUN;
use crate::windows::LONGEST_WORD;

/// What became of a value (spillkit.kernel.api.Taken).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taken {
    Ok = 0,
    Empty = 1,
    TooShort = 2,
    TooLong = 3,
    BadShape = 4,
}

const SHORTEST_ID: usize = 6;
const SHORTEST_DIGITS_ID: usize = 12;
const ADDRESS: u8 = 3;
const GIVEN_FAMILY: u8 = 0x1f;
const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 253;

/// What a value puts in.
#[derive(Default)]
pub struct Reading {
    /// Folded words; runs point into it.
    pub words: Vec<Vec<u8>>,
    /// Runs, as numbers of words.
    pub runs: Vec<Vec<usize>>,
    /// A folded address or number.
    pub text: Vec<u8>,
    /// Whether it counts only together with another field.
    pub is_weak: bool,
}

/// Reads values; its memory is used again.
pub struct Reader {
    chars: Characters,
    common: HashSet<Vec<u8>>,
    /// The last value read.
    pub reading: Reading,
}

impl Reader {
    /// Begin with the list of common words, one a line.
    pub fn new(tables: &Tables, common_words: &[u8]) -> Reader {
        let mut reader = Reader {
            chars: Characters::new(),
            common: HashSet::new(),
            reading: Reading::default(),
        };
        for line in common_words.split(|byte| *byte == b'\n') {
            if let [word] = &reader.words_of(tables, line)[..] {
                reader.common.insert(word.clone());
            }
        }
        reader
    }

    /// Read a value into `reading`.
    pub fn read(&mut self, tables: &Tables, field: u8, value: &[u8]) -> Taken {
        self.reading.words.clear();
        self.reading.runs.clear();
        self.reading.text.clear();
        self.reading.is_weak = false;
        match field {
            EMAIL => self.read_email(tables, value),
            PHONE => self.read_phone(tables, value),
            NAME => self.read_name(tables, value),
            _ => self.read_words(tables, field, value),
        }
    }

    fn read_words(&mut self, tables: &Tables, field: u8, value: &[u8]) -> Taken {
        self.reading.words = self.words_of(tables, value);
        if let Some(refusal) = refuse(&self.reading.words) {
            return refusal;
        }
        if field != ADDRESS {
            let letters: usize = self.reading.words.iter().map(|word| count_characters(word)).sum();
            if letters < SHORTEST_ID {
                return Taken::TooShort;
            }
            let has_digits_only = self.reading.words.iter().all(|word| word.iter().all(u8::is_ascii_digit));
            self.reading.is_weak = letters < SHORTEST_DIGITS_ID && has_digits_only;
        }
        self.reading.runs.push((0..self.reading.words.len()).collect());
        Taken::Ok
    }

    fn read_name(&mut self, tables: &Tables, value: &[u8]) -> Taken {
        let cut = value.iter().position(|byte| *byte == GIVEN_FAMILY).unwrap_or(value.len());
        let mut words = self.words_of(tables, &value[..cut]);
        let given_count = words.len();
        if cut < value.len() {
            words.append(&mut self.words_of(tables, &value[cut + 1..]));
        }
        if let Some(refusal) = refuse(&words) {
            return refusal;
        }
        let count = words.len();
        if count == 1 && count_characters(&words[0]) == 1 {
            return Taken::Empty;
        }
        let given: Vec<usize> = (0..given_count).collect();
        let family: Vec<usize> = (given_count..count).collect();
        // Middle initials are left out as well: single letters strictly inside the name.
        let stays = |word: &usize| *word == 0 || *word == count - 1 || !is_letter(tables, &words[*word]);
        let short_given: Vec<usize> = given.iter().copied().filter(stays).collect();
        let short_family: Vec<usize> = family.iter().copied().filter(stays).collect();
        let mut runs = orders(&given, &family);
        runs.extend(orders(&short_given, &short_family));
        let mut seen: HashSet<Vec<&[u8]>> = HashSet::new();
        runs.retain(|run| seen.insert(run.iter().map(|word| &words[*word][..]).collect()));
        drop(seen);
        // Three ideographs in a row are a rare name although each of them is common; two are an accident on every page.
        let has_many_ideographs = count > 2 && words.iter().any(|word| class_at(tables, word, 0) == Some(IDEO));
        let is_common = words.iter().all(|word| self.common.contains(word) || is_one_of_word(tables, word));
        self.reading.is_weak = count == 1 || (is_common && !has_many_ideographs);
        self.reading.runs = runs;
        self.reading.words = words;
        Taken::Ok
    }

    fn read_email(&mut self, tables: &Tables, value: &[u8]) -> Taken {
        if !self.fold(tables, value) {
            return Taken::BadShape;
        }
        let text = trim(&self.chars.bytes[FRONT..self.chars.end]);
        if text.is_empty() {
            return Taken::Empty;
        }
        let at = match text.iter().position(|byte| *byte == b'@') {
            Some(at) => at,
            None => return Taken::BadShape,
        };
        let local = &text[..at];
        let mut domain = &text[at + 1..];
        if domain.last() == Some(&b'.') {
            domain = &domain[..domain.len() - 1];
        }
        let is_shaped = (1..=LONGEST_LOCAL).contains(&count_characters(local))
            && (1..=LONGEST_DOMAIN).contains(&count_characters(domain))
            && local[0] != b'.'
            && !matches!(domain[domain.len() - 1], b'.' | b'-')
            && local.iter().all(|byte| is_local(*byte) || b"!#$%&*/=?^`{|}~".contains(byte))
            && domain.iter().all(|byte| is_domain(*byte));
        if !is_shaped {
            return Taken::BadShape;
        }
        self.reading.text.extend_from_slice(local);
        self.reading.text.push(b'@');
        self.reading.text.extend_from_slice(domain);
        Taken::Ok
    }

    fn read_phone(&mut self, tables: &Tables, value: &[u8]) -> Taken {
        if !self.fold(tables, value) {
            return Taken::BadShape;
        }
        let text = trim(&self.chars.bytes[FRONT..self.chars.end]);
        if text.is_empty() {
            return Taken::Empty;
        }
        let digits = if text[0] == b'+' { &text[1..] } else { text };
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Taken::BadShape;
        }
        if digits.len() < FEWEST_DIGITS {
            return Taken::TooShort;
        }
        if digits.len() > MOST_DIGITS {
            return Taken::TooLong;
        }
        self.reading.text.extend_from_slice(text);
        Taken::Ok
    }

    /// The folded words of a value. One that does not fit is cut: its words are too many or too long anyway.
    fn words_of(&mut self, tables: &Tables, value: &[u8]) -> Vec<Vec<u8>> {
        self.fold(tables, value);
        let mut words: Vec<Vec<u8>> = Vec::new();
        let mut inside = false;
        for at in FRONT..self.chars.end {
            let byte = self.chars.bytes[at];
            let belongs = crate::characters::is_word_byte(byte);
            if belongs && (!inside || self.chars.is_seam(at)) {
                words.push(Vec::new());
            }
            inside = belongs;
            if let (true, Some(word)) = (belongs, words.last_mut()) {
                word.push(byte);
            }
        }
        words
    }

    /// Fold a value into `chars`; whether all of it fitted.
    fn fold(&mut self, tables: &Tables, value: &[u8]) -> bool {
        self.chars.restart();
        let used = self.chars.read(Portable, tables, value, 0, 0, true);
        debug_assert!(self.chars.end <= FRONT + ROOM);
        used == value.len()
    }
}

fn orders(given: &[usize], family: &[usize]) -> Vec<Vec<usize>> {
    if !given.is_empty() && !family.is_empty() {
        return vec![[given, family].concat(), [family, given].concat()];
    }
    let words = [given, family].concat();
    let count = words.len();
    if count == 1 {
        return vec![words];
    }
    let last_first = [&words[count - 1..], &words[..count - 1]].concat();
    let first_last = [&words[1..], &words[..1]].concat();
    vec![words, last_first, first_last]
}

fn refuse(words: &[Vec<u8>]) -> Option<Taken> {
    if words.is_empty() {
        return Some(Taken::Empty);
    }
    if words.len() > LONGEST_RUN || words.iter().any(|word| word.len() > LONGEST_WORD) {
        return Some(Taken::TooLong);
    }
    None
}

fn trim(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| *byte == b' ' || (8..=13).contains(byte);
    let start = text.iter().position(|byte| !is_space(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_space(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

fn count_characters(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// Whether a word is one code point of class WORD.
fn is_one_of_word(tables: &Tables, word: &[u8]) -> bool {
    count_characters(word) == 1 && (word[0] < 0x80 || class_at(tables, word, 0) == Some(WORD))
}

/// Whether a word is one letter of class WORD.
fn is_letter(tables: &Tables, word: &[u8]) -> bool {
    let mut letters = std::str::from_utf8(word).unwrap_or("").chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => tables.entry(letter as u32).is_letter(),
        _ => false,
    }
}
