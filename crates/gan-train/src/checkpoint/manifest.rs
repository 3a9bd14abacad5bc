//! Everything of a checkpoint that is not a parameter.

use serde::{Deserialize, Serialize};

use super::codec::{self, CodecError};

const MAGIC: [u8; 8] = *b"GANCKPT\n";
const VERSION: u32 = 1;
/// Most bytes of a manifest.
pub(super) const MAX_BYTES: u64 = (1 << 20) + 64;

/// A file of the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileEntry {
    pub name: String,
    pub len: u64,
    pub sha256: [u8; 32],
}

/// Where training stands.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Manifest {
    /// Steps made.
    pub step: u64,
    /// The task's counters: steps, draws of random numbers, updates, batches.
    pub counters: Vec<u64>,
    /// Epoch of the next batch.
    pub epoch: u64,
    /// The next batch within its epoch.
    pub batch: u64,
    /// Seconds spent training so far.
    pub seconds: f64,
    /// The best value of the metric that chooses the best checkpoint, and its step.
    pub best: Option<(f64, u64)>,
    pub(super) files: Vec<FileEntry>,
}

/// Version 1 as it is stored: frozen. bincode is positional, so another field means another version.
#[derive(Serialize, Deserialize)]
struct ManifestV1 {
    step: u64,
    counters: Vec<u64>,
    epoch: u64,
    batch: u64,
    seconds: f64,
    best: Option<(f64, u64)>,
    files: Vec<(String, u64, [u8; 32])>,
}

impl Manifest {
    /// A place in training: after `step` steps, before the batch at `(epoch, batch)`. [`save`](super::save) adds the task's counters.
    pub fn at(step: u64, (epoch, batch): (u64, u64), elapsed: std::time::Duration, best: Option<(f64, u64)>) -> Self {
        Self { step, epoch, batch, seconds: elapsed.as_secs_f64(), best, ..Self::default() }
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, CodecError> {
        let files = self.files.iter().map(|f| (f.name.clone(), f.len, f.sha256)).collect();
        let Manifest { step, epoch, batch, seconds, best, .. } = *self;
        let stored = ManifestV1 { step, counters: self.counters.clone(), epoch, batch, seconds, best, files };
        codec::encode(MAGIC, VERSION, &stored)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Manifest, CodecError> {
        let (_, payload) = codec::open(MAGIC, VERSION, bytes)?;
        let v1: ManifestV1 = codec::decode(payload)?;
        let files = v1.files.into_iter().map(|(name, len, sha256)| FileEntry { name, len, sha256 }).collect();
        let (step, epoch, batch, seconds, best) = (v1.step, v1.epoch, v1.batch, v1.seconds, v1.best);
        Ok(Manifest { step, counters: v1.counters, epoch, batch, seconds, best, files })
    }
}
