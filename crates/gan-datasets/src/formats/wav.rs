//! Sound in WAV files: one channel, at any rate.

use std::f64::consts::PI;

use hound::{SampleFormat, WavReader};

use super::FormatError;

/// The highest rate, in samples a second.
pub const MAX_RATE: u32 = 768_000;
/// The zero crossings of the resampler's kernel on each side.
const CROSSINGS: f64 = 16.0;

/// Decodes a WAV file of integers or floats to the mean of its channels, in [-1, 1], and its rate.
///
/// # Errors
/// What is wrong with the bytes.
pub fn parse(bytes: &[u8]) -> Result<(Vec<f32>, u32), FormatError> {
    let fault = |fault: hound::Error| FormatError::unexpected(0, "a whole WAV file", fault.to_string());
    let mut reader = WavReader::new(bytes).map_err(fault)?;
    let spec = reader.spec();
    let (rate, channels) = (spec.sample_rate, usize::from(spec.channels));
    if !(1..=MAX_RATE).contains(&rate) || channels == 0 {
        let expected = format!("a rate from 1 to {MAX_RATE} and at least one channel");
        return Err(FormatError::unexpected(0, expected, format!("{rate} and {channels}")));
    }
    let count = reader.len() as usize;
    if count > bytes.len() {
        return Err(FormatError::Truncated { expected: count as u64, found: bytes.len() as u64 });
    }
    let samples: Vec<f32> = match spec.sample_format {
        SampleFormat::Float => reader.samples::<f32>().collect::<Result<_, _>>().map_err(fault)?,
        SampleFormat::Int => {
            let scale = 0.5f64.powi(i32::from(spec.bits_per_sample) - 1);
            let samples = reader.samples::<i32>();
            samples.map(|x| x.map(|x| (f64::from(x) * scale) as f32)).collect::<Result<_, _>>().map_err(fault)?
        }
    };
    if let Some(at) = samples.iter().position(|x| !x.is_finite()) {
        return Err(FormatError::unexpected(0, "finite samples", format!("{} at place {at}", samples[at])));
    }
    let mean = |frame: &[f32]| (frame.iter().sum::<f32>() / channels as f32).clamp(-1.0, 1.0);
    Ok((samples.chunks_exact(channels).map(mean).collect(), rate))
}

/// The first `length` samples of `x`, which is at rate `from`, at rate `to`; zeros follow where it ends:
///
/// `y[m] = sum_n x[n] c sinc(c (t - n)) w((t - n) c / 16)`, `t = m from / to`, `c = min(1, to / from)`,
///
/// with the Hann window `w(u) = cos(pi u / 2)^2` on [-1, 1].
pub fn resample(x: &[f32], from: u32, to: u32, length: usize) -> Vec<f32> {
    let mut out = vec![0.0; length];
    if from == to {
        let n = x.len().min(length);
        out[..n].copy_from_slice(&x[..n]);
        return out;
    }
    let step = f64::from(from) / f64::from(to);
    let cutoff = (1.0 / step).min(1.0);
    let reach = CROSSINGS / cutoff;
    for (m, y) in out.iter_mut().enumerate() {
        let t = m as f64 * step;
        if t >= x.len() as f64 {
            break;
        }
        let first = (t - reach).ceil().max(0.0) as usize;
        let last = ((t + reach).floor() as usize + 1).min(x.len());
        let kernel = |n: usize| {
            let d = (t - n as f64) * cutoff;
            let sinc = if d == 0.0 { 1.0 } else { (PI * d).sin() / (PI * d) };
            cutoff * sinc * (PI * d / (2.0 * CROSSINGS)).cos().powi(2)
        };
        let sum: f64 = (first..last).map(|n| f64::from(x[n]) * kernel(n)).sum();
        *y = (sum as f32).clamp(-1.0, 1.0);
    }
    out
}
