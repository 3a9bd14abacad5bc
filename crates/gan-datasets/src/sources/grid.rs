//! Twenty-five Gaussians on a square grid: more modes than the ring, and far apart.

use super::Source;
use crate::{GaussianMixture, Modes};

const PLACES: [f64; 5] = [-4.0, -2.0, 0.0, 2.0, 4.0];

pub(super) const SOURCE: Source = Source {
    name: "grid",
    doc: "25 Gaussians in the plane, on a grid from -4 to 4, sigma 0.05",
    needs_dir: false,
    open: |options| {
        let centres = PLACES.iter().flat_map(|x| PLACES.iter().flat_map(move |y| [*x, *y])).collect();
        Ok(Box::new(GaussianMixture::new(SOURCE.name, Modes::equal(2, centres, 0.05), options)?))
    },
};
