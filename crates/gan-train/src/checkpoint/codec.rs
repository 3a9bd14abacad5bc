//! The one place where bytes meet bincode.
//!
//! A record is magic (8 bytes), version (u32), length (u64), SHA-256 of the payload (32 bytes), payload; numbers are
//! little-endian. bincode decodes a slice within a limit; whatever is left over is a fault.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// Faults of a record.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// It is shorter than its header or its declared length.
    #[error("the file is truncated: {expected} bytes are expected, found {found}")]
    Truncated {
        /// Bytes expected.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// It is longer than its declared length.
    #[error("the file goes on for {extra} bytes after its end")]
    Trailing {
        /// Bytes too many.
        extra: u64,
    },
    /// It does not start as it should.
    #[error("this is not such a file (it starts with {found:02x?})")]
    Magic {
        /// The first bytes.
        found: Vec<u8>,
    },
    /// A version of the future.
    #[error("format version {found} is not known to this program, which reads up to {known}: use a newer one")]
    Version {
        /// The version found.
        found: u32,
        /// The newest known.
        known: u32,
    },
    /// The payload was changed.
    #[error("the checksum does not match: the file is damaged")]
    Checksum,
    /// The payload is not the record.
    #[error("the contents cannot be read: {message}")]
    Contents {
        /// bincode's word.
        message: String,
    },
}

/// Bytes before the payload.
const HEADER: usize = 8 + 4 + 8 + 32;
/// Most bytes of a payload.
const LIMIT: usize = 1 << 20;

fn settings() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<LIMIT>()
}

/// Encodes a record.
pub(super) fn encode<T: Serialize>(magic: [u8; 8], version: u32, value: &T) -> Result<Vec<u8>, CodecError> {
    let payload =
        bincode::serde::encode_to_vec(value, settings()).map_err(|e| CodecError::Contents { message: e.to_string() })?;
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend(magic);
    bytes.extend(version.to_le_bytes());
    bytes.extend((payload.len() as u64).to_le_bytes());
    bytes.extend(Sha256::digest(&payload));
    bytes.extend(payload);
    Ok(bytes)
}

/// The version and payload of a record, once everything around the payload is as it should be.
pub(super) fn open(magic: [u8; 8], known: u32, bytes: &[u8]) -> Result<(u32, &[u8]), CodecError> {
    let truncated = |expected: u64| CodecError::Truncated { expected, found: bytes.len() as u64 };
    let (head, payload) = bytes.split_at_checked(HEADER).ok_or_else(|| truncated(HEADER as u64))?;
    let word = |at: usize, n: usize| head.get(at..at + n).unwrap_or_default();
    if word(0, 8) != magic {
        return Err(CodecError::Magic { found: word(0, 8).to_vec() });
    }
    let version = word(8, 4).iter().rev().fold(0u32, |v, &b| v << 8 | u32::from(b));
    if version == 0 || version > known {
        return Err(CodecError::Version { found: version, known });
    }
    let len = word(12, 8).iter().rev().fold(0u64, |v, &b| v << 8 | u64::from(b));
    let found = payload.len() as u64;
    if found < len {
        return Err(truncated(len.saturating_add(HEADER as u64)));
    }
    if found > len {
        return Err(CodecError::Trailing { extra: found - len });
    }
    if Sha256::digest(payload)[..] != *word(20, 32) {
        return Err(CodecError::Checksum);
    }
    Ok((version, payload))
}

/// Decodes a payload, all of it.
pub(super) fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, CodecError> {
    let (value, used) =
        bincode::serde::decode_from_slice(payload, settings()).map_err(|e| CodecError::Contents { message: e.to_string() })?;
    match (payload.len() - used) as u64 {
        0 => Ok(value),
        extra => Err(CodecError::Trailing { extra }),
    }
}
