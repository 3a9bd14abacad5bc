//! The statements of section 4 as properties of random distributions, to 1e-12.

use std::f64::consts::LN_2;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

const ROUNDING: f64 = 1e-12;

/// Weights over many orders of magnitude, with outcomes that cannot occur among them.
fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 4 => 0.0..1.0_f64, 2 => (-12.0..0.0_f64).prop_map(f64::exp2)]
}

/// Two distributions on one support, and a discriminator that may be certain.
fn game() -> impl Strategy<Value = (Distribution, Distribution, Vec<f64>)> {
    let answer = prop_oneof![8 => 0.0..=1.0_f64, 1 => Just(0.0), 1 => Just(1.0)];
    prop::collection::vec((weight(), weight(), answer), 1..80).prop_filter_map("no mass", |rows| {
        let p = Distribution::from_weights(&rows.iter().map(|r| r.0).collect::<Vec<_>>()).ok()?;
        let q = Distribution::from_weights(&rows.iter().map(|r| r.1).collect::<Vec<_>>()).ok()?;
        Some((p, q, rows.iter().map(|r| r.2).collect()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        rng_seed: RngSeed::Fixed(2014),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn theorem_1_the_criterion_is_a_shifted_divergence((p, q, _) in game()) {
        let c = criterion(&p, &q).unwrap();
        prop_assert!((c - (-LOG_4 + 2.0 * jensen_shannon(&p, &q).unwrap())).abs() < ROUNDING);

        let mixture = Distribution::new((p.probabilities() + q.probabilities()) / 2.0).unwrap();
        let equation_5 = -LOG_4 + kullback_leibler(&p, &mixture).unwrap() + kullback_leibler(&q, &mixture).unwrap();
        prop_assert!((c - equation_5).abs() < ROUNDING);
    }

    #[test]
    fn proposition_1_no_discriminator_beats_the_optimal_one((p, q, d) in game()) {
        let c = criterion(&p, &q).unwrap();
        let best = optimal_discriminator(&p, &q).unwrap();
        prop_assert!((value_function(&p, &q, best.as_slice()).unwrap() - c).abs() < ROUNDING);
        prop_assert!(value_function(&p, &q, &d).unwrap() <= c + ROUNDING);
    }

    #[test]
    fn proposition_1_moving_one_answer_lowers_the_value((p, q, d) in game(), at in any::<prop::sample::Index>()) {
        let mut moved = optimal_discriminator(&p, &q).unwrap();
        let i = at.index(moved.len());
        let step = d[i] - moved[i];
        moved[i] = d[i];
        let mass = p.probabilities()[i] + q.probabilities()[i];
        let lost = criterion(&p, &q).unwrap() - value_function(&p, &q, moved.as_slice()).unwrap();
        prop_assert!(lost >= 2.0 * mass * step * step - ROUNDING, "lost {lost}");
    }

    #[test]
    fn theorem_1_the_minimum_is_at_the_data((p, q, _) in game()) {
        prop_assert!((criterion(&p, &p).unwrap() + LOG_4).abs() < ROUNDING);
        prop_assert!(optimal_discriminator(&p, &p).unwrap().iter().all(|&d| d == 0.5));
        prop_assert_eq!(jensen_shannon(&p, &p).unwrap(), 0.0);
        prop_assert_eq!(kullback_leibler(&p, &p).unwrap(), 0.0);
        // And nowhere else: the criterion exceeds its minimum by at least the squared total variation.
        let variation = total_variation(&p, &q).unwrap();
        prop_assert!(criterion(&p, &q).unwrap() + LOG_4 >= variation * variation - ROUNDING);
        if variation > 0.0 {
            prop_assert!(jensen_shannon(&p, &q).unwrap() > 0.0);
            prop_assert!(kullback_leibler(&p, &q).unwrap() > 0.0);
        }
    }

    #[test]
    fn jensen_shannon_bounds((p, q, _) in game()) {
        let jsd = jensen_shannon(&p, &q).unwrap();
        let variation = total_variation(&p, &q).unwrap();
        prop_assert_eq!(jsd, jensen_shannon(&q, &p).unwrap());
        prop_assert!((0.0..=LN_2).contains(&jsd));
        prop_assert!(variation * variation / 2.0 <= jsd + ROUNDING);
        prop_assert!(jsd <= variation * LN_2 + ROUNDING);
    }

    #[test]
    fn disjoint_supports_are_log_2_apart(p in prop::collection::vec(0.001..1.0_f64, 1..40), q in prop::collection::vec(0.001..1.0_f64, 1..40)) {
        let mut left = p.clone();
        left.resize(p.len() + q.len(), 0.0);
        let mut right = vec![0.0; p.len()];
        right.extend(&q);
        let (p, q) = (Distribution::from_weights(&left).unwrap(), Distribution::from_weights(&right).unwrap());
        prop_assert!((jensen_shannon(&p, &q).unwrap() - LN_2).abs() < ROUNDING);
        prop_assert!(criterion(&p, &q).unwrap().abs() < ROUNDING);
        prop_assert!((total_variation(&p, &q).unwrap() - 1.0).abs() < ROUNDING);
        prop_assert!((hellinger(&p, &q).unwrap() - 1.0).abs() < ROUNDING);
        prop_assert_eq!(kullback_leibler(&p, &q).unwrap(), f64::INFINITY);
    }

    #[test]
    fn inequalities_between_divergences((p, q, _) in game()) {
        let variation = total_variation(&p, &q).unwrap();
        let h = hellinger(&p, &q).unwrap();
        prop_assert!(h * h <= variation + ROUNDING);
        prop_assert!(variation <= h * (2.0 - h * h).sqrt() + ROUNDING);
        // Pinsker.
        prop_assert!(kullback_leibler(&p, &q).unwrap() + ROUNDING >= 2.0 * variation * variation);
    }

    #[test]
    fn the_criterion_is_convex_in_the_generator((p, q, _) in game(), seed in 0.0..=1.0_f64) {
        // The step of Prop. 2: a maximum of functions linear in p_g is convex.
        let mixture = Distribution::new(q.probabilities() * (1.0 - seed) + p.probabilities() * seed).unwrap();
        let chord = (1.0 - seed) * criterion(&p, &q).unwrap() + seed * criterion(&p, &p).unwrap();
        prop_assert!(criterion(&p, &mixture).unwrap() <= chord + ROUNDING);
    }
}
