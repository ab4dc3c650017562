#![deny(unsafe_op_in_unsafe_fn)]
#![deny(unsafe_code)]
#[allow(unsafe_code)]
mod border;
