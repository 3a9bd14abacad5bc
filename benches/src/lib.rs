//! The workspace's benches: `cargo bench -p gan-benches --bench conv`, and so on for the other files of `benches/`.
//! Products beside those of other libraries: `cargo bench -p gan-benches --features peers --bench matmul`.
//!
//! They run for seconds, not minutes. Run them on a quiet machine: two threads on two cores lose half their speed to one
//! other busy process.

/// Numbers between -1 and 1 without pattern, the same at every run.
pub fn numbers(n: usize) -> Vec<f32> {
    (0..n as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0).collect()
}
