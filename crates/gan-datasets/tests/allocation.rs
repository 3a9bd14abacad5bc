//! In steady state the loader allocates nothing, on either thread. Alone in its binary, since the count is global.

use std::alloc::System;
use std::sync::Arc;

use gan_datasets::{Loader, LoaderOptions, OpenOptions, open};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn thirty_epochs_without_an_allocation_a_batch() {
    for name in ["digits", "ring"] {
        let set = Arc::from(open(name, &OpenOptions { count: Some(1000), ..Default::default() }).unwrap());
        let mut loader = Loader::new(set, LoaderOptions { batch: 100, ..Default::default() }).unwrap();
        for _ in 0..15 {
            loader.next().unwrap();
        }
        // The standard channel makes itself a place to wait (two allocations) when a thread first waits for it. When that
        // happens depends on the machine's other work; that it happens once for each of two threads does not.
        let region = Region::new(ALLOCATOR);
        for _ in 0..300 {
            loader.next().unwrap();
        }
        let change = region.change();
        assert!(change.allocations <= 4 && change.reallocations == 0, "{name}: {change:?}");
    }
}
