//! A data set of one's own: pictures that are drawn when they are asked for.
//!
//!     cargo run --release --example custom_dataset -- [steps] [picture]
//!
//! A set says how many samples it has, of what shape, where they come from, and what sample `i` is. The preset that learns
//! digits then learns discs.

use std::error::Error;
use std::sync::Arc;

use gan::datasets::{DatasetError, Provenance, Split};
use gan::prelude::*;
use gan::train::{Portrait, picture};

const SIZE: usize = 28;

/// Bright discs on a dark ground, at any place and of any size.
struct Discs(Provenance);

impl Dataset for Discs {
    fn len(&self) -> usize {
        self.0.count
    }
    fn sample_shape(&self) -> &[usize] {
        &[SIZE, SIZE, 1]
    }
    fn provenance(&self) -> &Provenance {
        &self.0
    }
    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
        // three numbers in [0, 1) that fill the cube evenly, one after the other (Roberts 2018)
        let [u, v, w] = [0.819_172_5, 0.671_043_6, 0.549_700_5].map(|step: f64| (i as f64 * step).fract() as f32);
        let (radius, size) = (3.0 + 6.0 * w, SIZE as f32);
        let [x, y] = [u, v].map(|u| radius + u * (size - 2.0 * radius));
        for (at, value) in out.iter_mut().enumerate() {
            let (dx, dy) = ((at % SIZE) as f32 + 0.5 - x, (at / SIZE) as f32 + 0.5 - y);
            *value = (radius + 0.5 - dx.hypot(dy)).clamp(0.0, 1.0);
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let steps: u64 = arguments.next().map_or(Ok(3_000), |n| n.parse())?;
    let path = arguments.next().unwrap_or_else(|| "discs.png".to_owned());

    let discs = Discs(Provenance::new("discs", "drawn here", "CC0-1.0", Split::Train, 5_000));
    let mut session = Session::with_data(&Config::preset("digits")?, Arc::new(discs))?;
    for step in 1..=steps {
        session.step()?;
        if step % (steps / 6).max(1) == 0 {
            println!("step {step:5} of {steps}");
        }
    }
    let samples = session.samples(64, 1)?;
    picture::write_png(&path, &Portrait::new(session.data(), samples, 8)?.paint()?)?;
    println!("64 discs of its own: {path}");
    Ok(())
}
