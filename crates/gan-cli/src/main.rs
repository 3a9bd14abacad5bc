//! The command gan.
fn main() {}
