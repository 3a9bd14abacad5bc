//! Opens a data set and prints the time and the memory it took: `open NAME [SPLIT [FOLDER]]`, the folder `GAN_DATA` if none is named.
//! One set a process, since the peak of memory is that of the process.

use std::time::Instant;

use gan_datasets::{OpenOptions, open};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let name = args.next().ok_or("usage: open NAME [SPLIT [FOLDER]]")?;
    let split = args.next().map_or(Ok(Default::default()), |split| split.parse())?;
    let dir = args.next().map(Into::into).or_else(|| std::env::var_os("GAN_DATA").filter(|d| !d.is_empty()).map(Into::into));
    let start = Instant::now();
    let set = open(&name, &OpenOptions { dir, split, ..Default::default() })?;
    let seconds = start.elapsed().as_secs_f64();
    // Linux only; elsewhere nothing is known of the memory
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or(" unknown");
    let bytes = set.len() * set.sample_len();
    println!("{name} {split}: {} samples, {bytes} values, {seconds:.2} s, peak memory {}", set.len(), peak.trim());
    Ok(())
}
