//! Spillkit's matching kernel: finds a directory's people in bytes, by keyed fingerprints.
//!
//! In:    index segments and decoded bodies, through the C interface of `border`.
//! Out:   hits: page, start, end, slot.
//! Else:  it knows bytes and offsets, nothing of Python. The rules are docs/reference/matching.md, word for word.
//!
//! Safe Rust and the standard library only; every `unsafe` is in `border`, each with its reason.

#![deny(unsafe_code)]
#![deny(unsafe_op_in_unsafe_fn)]
#![allow(
    clippy::precedence,
    clippy::new_without_default,
    clippy::manual_div_ceil,
    clippy::many_single_char_names
)]

#[allow(unsafe_code)]
pub mod border;
mod builder;
mod characters;
mod email;
mod escape;
mod fold;
mod gate;
mod masks;
mod matches;
mod phone;
mod runs;
mod scan;
mod segment;
mod siphash;
mod stream;
mod values;
mod windows;
