/// The version of the C interface.
#[no_mangle]
pub extern "C" fn sk_version() -> u32 {
    1
}
