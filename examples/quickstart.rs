//! Trains a generator on handwritten digits and paints what it has learned.
//!
//!     cargo run --release --example quickstart -- [steps] [picture]
//!
//! A few hundred steps give blobs of ink in about the right places; the preset's 12000 give digits.

use std::error::Error;

use gan::prelude::*;
use gan::train::{Portrait, picture};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let steps: u64 = arguments.next().map_or(Ok(500), |n| n.parse())?;
    let path = arguments.next().unwrap_or_else(|| "quickstart.png".to_owned());

    // a preset is a whole configuration; every field of it can be changed
    let mut config = Config::preset("digits")?;
    config.seed = 2014;
    config.generator.average = Some(0.99.into()); // a short run: the last hundred steps make up the averaged weights
    let mut session = Session::new(&config)?;
    println!("{} pictures of {:?} values", session.data().len(), session.data().sample_shape());
    println!("D(x) is D's belief that a digit of the data is real, D(G(z)) that a generated one is; 1/2 means it cannot tell.");

    for step in 1..=steps {
        let report = session.step()?;
        if step % (steps / 10).max(1) == 0 {
            let number = |name| report.number(name).unwrap_or(f64::NAN);
            println!("step {step:5}  D(x) {:.3}  D(G(z)) {:.3}  V {:+.3}", number("d_real"), number("d_fake"), number("value"));
        }
    }

    let samples = session.samples(64, 1)?;
    let ink = |x: &[f32]| x.iter().sum::<f32>() / x.len().max(1) as f32;
    println!("mean brightness of 64 generated digits: {:.3}", ink(&samples));
    picture::write_png(&path, &Portrait::new(session.data(), samples, 8)?.paint()?)?;
    println!("they are in {path}");
    Ok(())
}
