//! Matches of one body, and what section 8 of docs/reference/matching.md makes of them: hits.
//!
//! In:    matches as the parts of the scan find them.
//! Out:   hits: start, end, slot.
//! Else:  finding is `runs`, `email` and `phone`.

use std::collections::HashMap;

use crate::segment::{field_of, subject_of, Segment};

/// Field codes that matter to matching (spillkit.model.Field).
pub const NAME: u8 = 0;
pub const EMAIL: u8 = 1;
pub const PHONE: u8 = 2;

const SUPPORTED: u64 = 1 << 62;
const BARE: u64 = 1 << 63;
const SMALL_GROUP: u64 = 64;
const NO_WORDS: u8 = 0xff;

/// A group of entries, found in a body.
#[derive(Clone, Copy)]
pub struct Match {
    pub start: u64,
    pub end: u64,
    pub segment: u8,
    pub field: u8,
    pub is_weak: bool,
    pub is_bare: bool,
    /// The window of its words; 0xff for what has none.
    pub window: u8,
    /// First and last word, counted from the start of the body in its window.
    pub words: (u64, u64),
    /// Entries: first and one past the last.
    pub group: (u64, u64),
}

impl Match {
    /// A match that is no run of words.
    pub fn apart(start: u64, end: u64, segment: u8, field: u8, is_weak: bool, group: (u64, u64)) -> Match {
        Match {
            start,
            end,
            segment,
            field,
            is_weak,
            is_bare: false,
            window: NO_WORDS,
            words: (0, 0),
            group,
        }
    }
}

/// One finding: byte offsets and the slot (matching.md, section 8).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Hit {
    pub start: u64,
    pub end: u64,
    pub slot: u64,
}

/// Subjects that are no more: one bit each.
pub struct Dead {
    bits: Vec<u64>,
}

impl Dead {
    /// Take a list of subject numbers.
    pub fn new(numbers: &[u32]) -> Dead {
        let mut bits = Vec::new();
        if let Some(highest) = numbers.iter().max() {
            bits.resize(*highest as usize / 64 + 1, 0);
        }
        for number in numbers {
            bits[*number as usize / 64] |= 1 << (number % 64);
        }
        Dead { bits }
    }

    /// Whether a subject is no more.
    pub fn has(&self, number: u32) -> bool {
        self.bits
            .get(number as usize / 64)
            .map_or(false, |word| word >> (number % 64) & 1 != 0)
    }

    /// The first living entry of a group.
    pub fn first_living(&self, segment: &Segment, group: (u64, u64)) -> Option<u64> {
        if self.bits.is_empty() {
            return Some(group.0);
        }
        (group.0..group.1).find(|entry| !self.has(subject_of(segment.payload(*entry))))
    }
}

/// Turn the matches of one body into hits, sorted and unique. `matches` is used up.
pub fn hits_of(segments: &[Segment], dead: &Dead, matches: &mut Vec<Match>, hits: &mut Vec<Hit>) {
    hits.clear();
    if matches.is_empty() {
        return;
    }
    drop_inner_names(matches);
    drop_inner_phones(matches);
    let has_weak = matches.iter().any(|found| found.is_weak);
    let noted = if has_weak { note(segments, dead, matches) } else { HashMap::new() };
    let mut members = HashMap::new();
    for found in matches.iter() {
        let segment = &segments[usize::from(found.segment)];
        let place = u64::from(found.segment) << 40 | if found.is_bare { BARE } else { 0 };
        if found.is_weak {
            let supported = members
                .entry((found.segment, found.group.0))
                .or_insert_with(|| supported_members(segment, dead, &noted, found));
            for entry in supported {
                hits.push(Hit {
                    start: found.start,
                    end: found.end,
                    slot: *entry | place | SUPPORTED,
                });
            }
        } else if let Some(entry) = dead.first_living(segment, found.group) {
            hits.push(Hit {
                start: found.start,
                end: found.end,
                slot: entry | place,
            });
        }
    }
    matches.clear();
    hits.sort_unstable();
    hits.dedup();
}

/// Which fields (a bit each) were seen of which subject, in groups small enough to mean somebody.
fn note(segments: &[Segment], dead: &Dead, matches: &[Match]) -> HashMap<u32, u16> {
    let mut noted: HashMap<u32, u16> = HashMap::new();
    let mut seen = HashMap::new();
    for found in matches {
        if seen.insert((found.segment, found.group.0), ()).is_some() {
            continue;
        }
        let segment = &segments[usize::from(found.segment)];
        let living = (found.group.0..found.group.1)
            .map(|entry| subject_of(segment.payload(entry)))
            .filter(|subject| !dead.has(*subject));
        let some: Vec<u32> = living.take(SMALL_GROUP as usize + 1).collect();
        if some.len() <= SMALL_GROUP as usize {
            for subject in some {
                *noted.entry(subject).or_default() |= 1 << found.field;
            }
        }
    }
    noted
}

/// The living entries of a weak group whose subjects were noted with another field.
fn supported_members(segment: &Segment, dead: &Dead, noted: &HashMap<u32, u16>, found: &Match) -> Vec<u64> {
    let others = !(1u16 << found.field);
    if found.group.1 - found.group.0 <= SMALL_GROUP {
        return (found.group.0..found.group.1)
            .filter(|entry| {
                let payload = segment.payload(*entry);
                debug_assert_eq!(field_of(payload), found.field);
                let subject = subject_of(payload);
                !dead.has(subject) && noted.get(&subject).map_or(false, |fields| fields & others != 0)
            })
            .collect();
    }
    noted
        .iter()
        .filter(|(_, fields)| **fields & others != 0)
        .filter_map(|(subject, _)| segment.member(found.group, *subject))
        .collect()
}

/// A name within a longer name is no name of its own.
fn drop_inner_names(matches: &mut Vec<Match>) {
    let is_name = |found: &Match| found.field == NAME && found.window != NO_WORDS;
    if matches.iter().filter(|found| is_name(found)).count() < 2 {
        return;
    }
    // Sorted by first word, and the longer first: a name is inner if an earlier one reaches at least as far.
    matches.sort_by_key(|found| (found.window, found.words.0, std::cmp::Reverse(found.words.1)));
    let mut reach: Option<(u8, u64, u64)> = None;
    matches.retain(|found| {
        if !is_name(found) {
            return true;
        }
        if let Some((window, first, last)) = reach {
            if window == found.window && last >= found.words.1 {
                return (first, last) == found.words;
            }
        }
        reach = Some((found.window, found.words.0, found.words.1));
        true
    });
}

/// Of the same number found twice, one span inside the other, the longer stays.
fn drop_inner_phones(matches: &mut Vec<Match>) {
    if matches.iter().filter(|found| found.field == PHONE).count() < 2 {
        return;
    }
    matches.sort_by_key(|found| {
        (
            found.field != PHONE,
            found.segment,
            found.group.0,
            found.start,
            std::cmp::Reverse(found.end),
        )
    });
    let mut reach: Option<(u8, u64, u64)> = None;
    matches.retain(|found| {
        if found.field != PHONE {
            return true;
        }
        if let Some((segment, group, end)) = reach {
            if segment == found.segment && group == found.group.0 && end >= found.end {
                return false;
            }
        }
        reach = Some((found.segment, found.group.0, found.end));
        true
    });
}
