//! The fuzzer: mutates the seeds of one target, guided by coverage. `cargo xtask fuzz` builds and runs it.
#![no_main]

use std::sync::OnceLock;

mod targets;

static TARGET: OnceLock<targets::Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(
    init: {
        let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names the target");
        let target = targets::ALL.iter().find(|(known, _)| *known == name).expect("a known target");
        let _ = TARGET.set(target.1);
    },
    |data: &[u8]| TARGET.get().expect("set at the start")(data)
);
