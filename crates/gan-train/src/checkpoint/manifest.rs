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

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Manifest {
        let files = (0..2u8).map(|i| FileEntry { name: format!("{i}.safetensors"), len: 1 << (10 * i), sha256: [i; 32] });
        let files = files.collect();
        Manifest {
            step: 1234,
            counters: vec![1, 2, u64::MAX],
            epoch: 3,
            batch: 7,
            seconds: 1.5,
            best: Some((-0.25, 1000)),
            files,
        }
    }

    /// A record around any payload, as a forger would make it.
    fn record(payload: &[u8]) -> Vec<u8> {
        use sha2::{Digest, Sha256};
        [&MAGIC[..], &VERSION.to_le_bytes(), &(payload.len() as u64).to_le_bytes(), &Sha256::digest(payload), payload].concat()
    }

    #[test]
    fn comes_back_as_it_went() {
        for manifest in [example(), Manifest::default(), Manifest { seconds: f64::INFINITY, best: None, ..example() }] {
            assert_eq!(Manifest::decode(&manifest.encode().unwrap()).unwrap(), manifest);
        }
    }

    /// Version 1 is frozen: these bytes must be read by every later program.
    #[test]
    fn version_1_is_laid_out_as_it_was() {
        let manifest = Manifest { step: 2, counters: vec![5], epoch: 1, batch: 3, seconds: 0.5, best: None, files: Vec::new() };
        let payload = [2, 1, 5, 1, 3, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f, 0, 0];
        assert_eq!(manifest.encode().unwrap(), record(&payload));
        assert_eq!(&manifest.encode().unwrap()[..20], b"GANCKPT\n\x01\0\0\0\x0f\0\0\0\0\0\0\0");
    }

    #[test]
    fn a_file_cut_at_any_byte_is_truncated() {
        let bytes = example().encode().unwrap();
        for n in 0..bytes.len() {
            let fault = Manifest::decode(&bytes[..n]).unwrap_err();
            assert!(
                matches!(fault, CodecError::Truncated { found, expected } if found == n as u64 && expected > found),
                "{n}: {fault}"
            );
        }
    }

    #[test]
    fn any_flipped_bit_is_noticed_and_named() {
        let bytes = example().encode().unwrap();
        for bit in 0..8 * bytes.len() {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let fault = Manifest::decode(&damaged).expect_err("a flipped bit");
            let expected = match bit / 8 {
                0..8 => matches!(fault, CodecError::Magic { .. }),
                8..12 => matches!(fault, CodecError::Version { known: VERSION, .. }),
                12..20 => matches!(fault, CodecError::Truncated { .. } | CodecError::Trailing { .. }),
                _ => fault == CodecError::Checksum,
            };
            assert!(expected, "bit {bit}: {fault}");
        }
    }

    #[test]
    fn other_files_and_later_versions_are_told_apart() {
        let good = example().encode().unwrap();
        assert!(matches!(Manifest::decode(b"GANCKPT\n\x01"), Err(CodecError::Truncated { found: 9, .. })));
        assert_eq!(Manifest::decode(&[&good[..], b"xy"].concat()), Err(CodecError::Trailing { extra: 2 }));
        assert!(matches!(Manifest::decode(&[b'z'; 100]), Err(CodecError::Magic { .. })));
        let mut newer = good.clone();
        newer[8] = 2;
        let fault = Manifest::decode(&newer).unwrap_err();
        assert_eq!(fault, CodecError::Version { found: 2, known: 1 });
        assert!(fault.to_string().contains("use a newer one"), "{fault}");
        // bytes after the record, within a payload whose checksum is right
        let longer = [&good[52..], &[0][..]].concat();
        assert_eq!(Manifest::decode(&record(&longer)), Err(CodecError::Trailing { extra: 1 }));
    }

    #[test]
    fn lengths_that_a_forger_declares_are_not_allocated() {
        // step 0, then a list that claims 2^63 entries (bincode's mark 253 and a u64)
        let mut payload = vec![0, 253];
        payload.extend((1u64 << 63).to_le_bytes());
        assert!(matches!(Manifest::decode(&record(&payload)), Err(CodecError::Contents { .. })));
        // 2^19 entries of 8 bytes: beyond the limit of a payload
        let payload = [&[0, 252][..], &(1u32 << 19).to_le_bytes()].concat();
        assert!(matches!(Manifest::decode(&record(&payload)), Err(CodecError::Contents { .. })));
        let mut declared = example().encode().unwrap();
        declared[12..20].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(matches!(Manifest::decode(&declared), Err(CodecError::Truncated { .. })));
    }

    proptest::proptest! {
        /// Whatever the payload, with a checksum that is right: a manifest or a named fault.
        #[test]
        fn any_payload_is_read_or_refused(payload in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            if let Ok(manifest) = Manifest::decode(&record(&payload)) {
                let again = Manifest::decode(&manifest.encode().unwrap()).unwrap();
                proptest::prop_assert_eq!(format!("{again:?}"), format!("{manifest:?}"));
            }
        }
    }
}
