//! Folders of sounds: every kind of WAV file, damaged ones, and what resampling does to a sine.

use std::f64::consts::TAU;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use gan_datasets::formats::wav;
use gan_datasets::{Dataset, DatasetError, OpenOptions, Split, open};
use hound::{SampleFormat, WavSpec, WavWriter};
use proptest::prelude::*;

fn file(channels: u16, sample_rate: u32, bits_per_sample: u16, samples: &[i32]) -> Vec<u8> {
    let spec = WavSpec { channels, sample_rate, bits_per_sample, sample_format: SampleFormat::Int };
    let mut out = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut out, spec).unwrap();
    samples.iter().for_each(|x| writer.write_sample(*x).unwrap());
    writer.finalize().unwrap();
    out.into_inner()
}

fn floats(samples: &[f32]) -> Vec<u8> {
    let spec = WavSpec { channels: 1, sample_rate: 8000, bits_per_sample: 32, sample_format: SampleFormat::Float };
    let mut out = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut out, spec).unwrap();
    samples.iter().for_each(|x| writer.write_sample(*x).unwrap());
    writer.finalize().unwrap();
    out.into_inner()
}

#[test]
fn every_kind_of_samples() {
    for bits in [8, 16, 24, 32] {
        let most = 1i32 << (bits - 2);
        let (x, rate) = wav::parse(&file(1, 11025, bits, &[0, most, -most])).unwrap();
        assert_eq!((x, rate), (vec![0.0, 0.5, -0.5], 11025), "{bits} bits");
    }
    assert_eq!(wav::parse(&file(2, 8000, 16, &[16384, -16384, 16384, 0])).unwrap().0, [0.0, 0.25]);
    assert_eq!(wav::parse(&floats(&[0.25, -3.0])).unwrap().0, [0.25, -1.0]);
    assert!(wav::parse(&floats(&[f32::NAN])).unwrap_err().to_string().contains("finite samples"));
    assert!(wav::parse(b"RIFX").is_err());
}

#[test]
fn truncations_and_flipped_bits() {
    let golden = file(1, 8000, 16, &[1, 2, 3, 4]);
    for end in 0..golden.len() {
        assert!(wav::parse(&golden[..end]).is_err(), "cut at {end}");
    }
    for bit in 0..golden.len() * 8 {
        let mut bytes = golden.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok((x, rate)) = wav::parse(&bytes) {
            assert!(x.len() <= 8 && rate <= wav::MAX_RATE && x.iter().all(|x| x.abs() <= 1.0), "bit {bit}");
        }
    }
    let data = golden.windows(4).position(|four| four == b"data").unwrap();
    for size in [1u32 << 31, u32::MAX - 1] {
        let mut bytes = golden.clone();
        bytes[data + 4..data + 8].copy_from_slice(&size.to_le_bytes());
        assert!(wav::parse(&bytes).unwrap_err().to_string().contains("truncated"));
    }
}

/// A sine stays one at another rate, and one above half the new rate is taken out.
#[test]
fn sines_are_resampled() {
    let sine = |hertz: f64, rate: u32, n: usize| -> Vec<f32> {
        (0..n).map(|i| (0.8 * (TAU * hertz * i as f64 / f64::from(rate)).sin()) as f32).collect()
    };
    for (from, to) in [(8000, 16000), (16000, 8000), (44100, 8000), (8000, 11025), (8000, 8000)] {
        let n = from as usize / 2;
        let y = wav::resample(&sine(440.0, from, n), from, to, to as usize);
        let expected = sine(440.0, to, to as usize);
        let inner = 50..to as usize / 2 - 50;
        let worst = inner.map(|i| (y[i] - expected[i]).abs()).fold(0.0, f32::max);
        assert!(worst < 2e-3, "{from} to {to}: {worst}");
        assert!(y[to as usize / 2 + 1..].iter().all(|y| *y == 0.0), "zeros follow the end");
    }
    let high = wav::resample(&sine(6000.0, 16000, 8000), 16000, 8000, 4000);
    assert!(high[50..3950].iter().all(|y| y.abs() < 5e-3));
}

fn open_in(dir: &Path, options: OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    open("wav", &OpenOptions { dir: Some(dir.to_owned()), split: Split::All, ..options })
}

#[test]
fn folders() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let message = |options| open_in(dir, options).err().unwrap().to_string();
    assert!(message(OpenOptions::default()).contains("*.wav"));
    for (i, name) in ["one_b.wav", "one_a.wav", "two_a.WAV"].iter().enumerate() {
        fs::write(dir.join(name), file(1, 8000, 16, &[8192 * i as i32; 5])).unwrap();
    }
    let set = open_in(dir, OpenOptions { length: Some(7), ..Default::default() }).unwrap();
    assert_eq!((set.len(), set.sample_shape(), set.range(), set.classes()), (3, &[7, 1][..], (-1.0, 1.0), Some(2)));
    let mut x = [0.0; 7];
    set.read(0, &mut x).unwrap();
    assert_eq!((x, set.label(0), set.label(2)), ([0.25, 0.25, 0.25, 0.25, 0.25, 0.0, 0.0], Some(0), Some(1)));
    assert_eq!(open_in(dir, OpenOptions { rate: Some(4000), ..Default::default() }).unwrap().sample_shape(), [4000, 1]);
    assert!(message(OpenOptions { rate: Some(0), ..Default::default() }).contains("a rate from 1"));
    assert!(message(OpenOptions { length: Some(0), ..Default::default() }).contains("a length from 1"));
    assert!(message(OpenOptions { length: Some(usize::MAX), ..Default::default() }).contains("a length from 1"));
    fs::write(dir.join("bad.wav"), "RIFF").unwrap();
    assert!(message(OpenOptions::default()).contains("bad.wav: offset 0: expected a whole WAV file"));
    fs::write(dir.join("bad.wav"), file(1, 8000, 16, &[1])).unwrap();
    assert_eq!(open_in(dir, OpenOptions::default()).unwrap().classes(), None, "not every name has a class");
}

#[test]
fn the_real_digits() {
    let Some(dir) = std::env::var_os("GAN_DATA").filter(|d| !d.is_empty()).map(PathBuf::from) else {
        println!("skipped: GAN_DATA is not set");
        return;
    };
    let set = open_in(&dir, OpenOptions { length: Some(4000), ..Default::default() }).unwrap();
    assert_eq!((set.len(), set.sample_shape(), set.classes()), (3000, &[4000, 1][..], Some(10)));
    for class in 0..10 {
        assert_eq!((0..3000).filter(|i| set.label(*i) == Some(class)).count(), 300);
    }
}

proptest! {
    #[test]
    fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..64), at in 0usize..60) {
        let mut bytes = file(2, 8000, 16, &[1, 2, 3, 4]);
        bytes.truncate(at);
        bytes.extend(&noise);
        let _ = wav::parse(&bytes);
    }
}
