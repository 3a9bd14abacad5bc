//! A few strong connections a unit (Martens 2010).

use gan_tensor::Shape;

use super::{Init, InitEntry};

/// For each unit (a column of `[in, out]`, a channel of `[kh, kw, in, out]`) `nonzero` incoming weights from `N(0, std^2)`, the rest 0.
#[derive(Debug, Clone, Copy)]
pub struct Sparse {
    /// Non-zero weights of a unit.
    pub nonzero: usize,
    /// Their standard deviation.
    pub std: f64,
}

impl Init for Sparse {
    fn fill(&self, shape: &Shape, seed: u64, out: &mut [f32]) {
        let (rows, cols) = super::matrix(shape).unwrap_or((out.len(), 1));
        out.fill(0.0);
        let count = self.nonzero.min(rows);
        let mut weights = vec![0.0; count * cols];
        super::normal(seed, self.std, &mut weights);
        let mut picks = vec![0.0; count * cols];
        super::uniform(seed, (0.0, 1.0), &mut picks);
        let mut order: Vec<usize> = (0..rows).collect();
        for col in 0..cols {
            // the first steps of a Fisher-Yates shuffle choose the rows
            for i in 0..count {
                let k = col * count + i;
                let j = i + ((f64::from(picks[k]) * (rows - i) as f64) as usize).min(rows - i - 1);
                order.swap(i, j);
                out[order[i] * cols + col] = weights[k];
            }
        }
    }
}

pub(super) const ENTRY: InitEntry = InitEntry {
    name: "sparse",
    doc: "a few normal weights a unit, the rest 0. nonzero (15), std (1)",
    build: |f| Ok(Box::new(Sparse { nonzero: f.count_or("nonzero", 15)?, std: f.positive("std", 1.0)? })),
};
