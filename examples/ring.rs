//! Eight narrow Gaussians on a ring, on which generators usually lose some of the modes.
//!
//!     cargo run --release --example ring -- [steps] [picture]
//!
//! Coverage counts the modes that receive a sample within three standard deviations, the high-quality share how many of
//! all samples fall so near to one. Both are shown beside what samples of the ring itself would get.

use std::error::Error;

use gan::metrics::{Modes, Samples, Score, high_quality_share, mode_coverage};
use gan::prelude::*;
use gan::train::{Portrait, picture};

/// Samples that are judged.
const SAMPLES: usize = 2500;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let steps: u64 = arguments.next().map_or(Ok(10_000), |n| n.parse())?;
    let path = arguments.next().unwrap_or_else(|| "ring.png".to_owned());

    let mut session = Session::new(&Config::preset("ring")?)?;
    let known = session.data().modes().ok_or("the ring knows its modes")?;
    let modes = Modes::new(known.centres.iter().map(|&x| x as f32).collect(), known.dim, known.sigma)?;
    let best = |score: &Score| score.floor.map_or(f64::NAN, |floor| floor.value);

    for step in 0..=steps {
        if step > 0 {
            session.step()?;
        }
        if step % (steps / 8).max(1) == 0 {
            let samples = session.samples(SAMPLES, 1)?;
            let samples = Samples::new(&samples, 2)?;
            let covered = mode_coverage(&samples, &modes, 1)?;
            let good = high_quality_share(&samples, &modes)?.score;
            println!(
                "step {step:5}  modes {} of {} (the ring itself: {:.1})  high quality {:5.1} % ({:.1} %)  by mode {:?}",
                covered.score.value,
                covered.modes,
                best(&covered.score),
                100.0 * good.value,
                100.0 * best(&good),
                covered.high_quality,
            );
        }
    }

    let samples = session.samples(1000, 2)?;
    picture::write_png(&path, &Portrait::new(session.data(), samples, 1)?.paint()?)?;
    println!("1000 of its points over the data: {path}");
    Ok(())
}
