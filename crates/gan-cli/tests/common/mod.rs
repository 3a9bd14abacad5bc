//! What the tests of the binary share.
#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

/// Networks so small that a step takes no time.
pub const SMALL: [&str; 8] = [
    "--set=generator.layers[0].units=8",
    "--set=generator.layers[2].units=8",
    "--set=discriminator.layers[0].units=8",
    "--set=discriminator.layers[2].units=8",
    "--set=train.batch=16",
    "--set=data.count=500",
    "--set=samples.count=20",
    "--set=evaluate.samples=100",
];

/// A folder to work in, and the binary.
pub struct Place(pub tempfile::TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn gan(&self) -> Command {
        let mut command = Command::cargo_bin("gan").unwrap();
        // data sets are looked for below the test's own folder
        command.current_dir(self.0.path()).env_remove("GAN_DATA");
        command
    }

    /// Runs it and expects an exit code.
    #[track_caller]
    pub fn run(&self, code: i32, args: &[&str]) -> Output {
        let output = self.gan().args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{}\n{}", text(&output.stdout), text(&output.stderr));
        output
    }

    /// Runs it, expects an exit code and each of these words on the standard error, and no panic.
    #[track_caller]
    pub fn refuses(&self, code: i32, args: &[&str], words: &[&str]) {
        let output = self.run(code, args);
        let said = text(&output.stderr);
        for word in words {
            assert!(said.contains(word), "{args:?}: expected `{word}` in:\n{said}");
        }
        assert!(!said.contains("panicked"), "{said}");
    }

    /// Trains the ring with small networks.
    #[track_caller]
    pub fn ring(&self, out: &str, steps: u32) {
        let steps = steps.to_string();
        self.run(0, &[&["train", "ring", "--quiet", "--out", out, "--steps", &steps][..], &SMALL].concat());
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|e| panic!("{e} in {}", text(bytes)))
}

pub fn json_file(path: &Path) -> Value {
    json(&fs::read(path).unwrap())
}

/// The parameters of both networks in a checkpoint, as they are stored.
pub fn weights(run: &Path, step: u64) -> Vec<Vec<u8>> {
    let folder = run.join(format!("checkpoints/step-{step:08}"));
    ["generator", "discriminator"].map(|n| fs::read(folder.join(format!("{n}.safetensors"))).unwrap()).to_vec()
}

/// Shape and values of a `.npy` file of little-endian `f32`, read by hand.
pub fn npy(bytes: &[u8]) -> (String, Vec<f32>) {
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let len = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = text(&bytes[10..10 + len]);
    assert!(header.contains("'descr': '<f4'") && header.contains("'fortran_order': False"), "{header}");
    let shape = header.split_once('(').and_then(|(_, rest)| rest.split_once(')')).unwrap().0.replace(' ', "");
    let data = &bytes[10 + len..];
    assert_eq!((10 + len) % 64, 0, "NumPy aligns the data");
    // `(5,2,)` and `(5, 2)` are the same in Python
    (shape.trim_end_matches(',').to_owned(), data.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect())
}

pub fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.ends_with(b"IEND\xaeB`\x82")
}
