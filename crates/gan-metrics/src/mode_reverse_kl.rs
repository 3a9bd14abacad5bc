use serde::Serialize;

use crate::modes::histogram;
use crate::special::expectation;
use crate::{Direction, Floor, Input, MetricEntry, MetricError, Modes, Samples, Score};

/// Registry entry.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "mode_reverse_kl",
    doc: "KL divergence, in nats, of the samples' histogram over nearest modes from the uniform one.",
    better: Direction::Lower,
    needs: &[Input::Samples, Input::Modes],
    floor: "exact expectation of as many draws of equally likely modes; its deviation is that of the limit",
    run: |inputs| Ok(mode_reverse_kl(inputs.samples(&ENTRY)?, inputs.modes(&ENTRY)?)?.score),
};

/// Report of [`mode_reverse_kl`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModeReverseKl {
    /// The divergence, in nats.
    #[serde(flatten)]
    pub score: Score,
    /// All samples by their nearest mode, `[modes]`; they sum to `n`.
    pub nearest: Vec<usize>,
}

/// `KL(p_g || uniform) = sum_k p_k log(K p_k)` over `K` modes, with `p_k` the share of the samples whose
/// nearest mode is `k` (Lin et al. 2018, "PacGAN"), in nats.
///
/// 0 where all modes are equally frequent, `log K` where all samples fall to one mode. Unlike mode coverage it
/// sees modes that are rare but not lost.
///
/// The floor is what `n` draws of equally likely modes give: its mean is the exact sum over the binomial
/// distribution of one count, about `(K - 1) / 2n`; its deviation is that of the limit, in which `2 n KL` is
/// chi-squared with `K - 1` degrees of freedom, `sqrt((K - 1) / 2) / n`.
///
/// # Errors
/// [`MetricError::DimensionMismatch`].
pub fn mode_reverse_kl(samples: &Samples<'_>, modes: &Modes) -> Result<ModeReverseKl, MetricError> {
    let nearest = histogram(modes.count(), modes.assign(samples)?.iter().map(|a| a.mode));
    let (n, k) = (samples.n(), modes.count() as f64);
    let term = |count: usize| {
        let share = count as f64 / n as f64;
        if count == 0 { 0.0 } else { share * (share * k).ln() }
    };
    let value = nearest.iter().map(|&count| term(count)).sum::<f64>().max(0.0);
    let floor =
        Floor { value: (k * expectation(n, 1.0 / k, term)).max(0.0), deviation: Some(((k - 1.0) / 2.0).sqrt() / n as f64) };
    Ok(ModeReverseKl { score: Score { metric: ENTRY.name, n, value, floor: Some(floor) }, nearest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(values: &[f32], modes: usize) -> Score {
        let modes = Modes::new((0..modes).map(|i| i as f32).collect(), 1, 0.1).unwrap();
        mode_reverse_kl(&Samples::new(values, 1).unwrap(), &modes).unwrap().score
    }

    #[test]
    fn closed_forms() {
        assert!(score(&[0.0, 1.0, 2.0, 3.0], 4).value < 1e-15);
        assert!((score(&[2.0, 2.0, 2.0], 4).value - 4_f64.ln()).abs() < 1e-15);
        assert!((score(&[0.0, 1.0], 4).value - 2_f64.ln()).abs() < 1e-15);
        let three_to_one = 0.75 * 1.5_f64.ln() + 0.25 * 0.5_f64.ln();
        assert!((score(&[0.0, 0.0, 1.0, 0.0], 2).value - three_to_one).abs() < 1e-15);
        assert_eq!(score(&[5.0], 1).value, 0.0);
    }

    #[test]
    fn floor_by_hand_and_in_the_limit() {
        // Two draws, two modes: the same one (divergence log 2) half of the time.
        let floor = score(&[0.0, 1.0], 2).floor.unwrap();
        assert!((floor.value - 0.5 * 2_f64.ln()).abs() < 1e-15);
        // Miller and Madow: (K - 1) / 2n.
        let many = score(&vec![0.0; 10_000], 8).floor.unwrap();
        assert!((many.value / (7.0 / 20_000.0) - 1.0).abs() < 1e-2);
    }
}
