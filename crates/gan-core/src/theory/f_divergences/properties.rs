//! What every entry of the registry must satisfy, by formulas that do not come from its file.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::theory::{Distribution, LOG_4, criterion, hellinger, jensen_shannon, kullback_leibler, total_variation};

/// `u` over six decades, 1 among them.
fn ratios() -> impl Iterator<Item = f64> {
    (-300..=300).map(|i| 10.0_f64.powf(f64::from(i) / 100.0))
}

/// `f` as the table of the paper prints it.
fn published(name: &str, u: f64) -> f64 {
    match name {
        "kullback_leibler" => u * u.ln(),
        "reverse_kullback_leibler" => -u.ln(),
        "pearson" => (u - 1.0).powi(2),
        "neyman" => (1.0 - u).powi(2) / u,
        "squared_hellinger" => (u.sqrt() - 1.0).powi(2),
        "jeffreys" => (u - 1.0) * u.ln(),
        "jensen_shannon" => -(u + 1.0) * ((1.0 + u) / 2.0).ln() + u * u.ln(),
        "gan" => u * u.ln() - (u + 1.0) * (u + 1.0).ln(),
        "total_variation" => (u - 1.0).abs() / 2.0,
        other => panic!("no formula of {other}"),
    }
}

/// `f*` as the table prints it, where `u` is what it is tight for.
fn published_conjugate(name: &str, t: f64, u: f64) -> f64 {
    match name {
        "kullback_leibler" => (t - 1.0).exp(),
        "reverse_kullback_leibler" => -1.0 - (-t).ln(),
        "pearson" => t * t / 4.0 + t,
        "neyman" => 2.0 - 2.0 * (1.0 - t).sqrt(),
        "squared_hellinger" => t / (1.0 - t),
        // W(e^(1 - t)) = 1 / u, since W e^W = e^(1 - t) at t = f'(u)
        "jeffreys" => 1.0 / u + u + t - 2.0,
        "jensen_shannon" => -(2.0 - t.exp()).ln(),
        "gan" => -(1.0 - t.exp()).ln(),
        "total_variation" => t,
        other => panic!("no formula of {other}"),
    }
}

#[test]
fn functions_are_the_published_ones() {
    for entry in ALL {
        let f = entry.divergence;
        for u in ratios() {
            let expected = published(entry.name, u);
            assert!((f.f(u) - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{} f({u})", entry.name);
            let t = f.derivative(u);
            let expected = published_conjugate(entry.name, t, u);
            // the printed forms of the last two cancel: where e^t is near the end of the domain
            let found = f.conjugate(t);
            assert!((found - expected).abs() <= 1e-11 * expected.abs().max(1.0), "{} f*({t}): {found}, {expected}", entry.name);
        }
    }
}

#[test]
fn only_gan_is_not_zero_at_one() {
    for entry in ALL {
        let expected = if entry.name == "gan" { -LOG_4 } else { 0.0 };
        assert!((entry.divergence.f(1.0) - expected).abs() < 1e-15, "{}", entry.name);
    }
}

#[test]
fn fenchel_equality_at_the_derivative() {
    for entry in ALL {
        let f = entry.divergence;
        for u in ratios() {
            let t = f.derivative(u);
            let error = (u * t - f.conjugate(t) - f.f(u)).abs() / f.f(u).abs().max(1.0);
            assert!(error <= 1e-12, "{} at {u}: {error:e}", entry.name);
        }
    }
}

#[test]
fn derivatives_agree_with_differences() {
    for entry in ALL {
        let f = entry.divergence;
        for u in ratios().filter(|u| (u - 1.0).abs() > 0.01 || entry.name != "total_variation") {
            let h = 1e-4 * u;
            let difference = (8.0 * (f.f(u + h) - f.f(u - h)) - f.f(u + 2.0 * h) + f.f(u - 2.0 * h)) / (12.0 * h);
            let slope = f.derivative(u);
            // what rounding leaves of a difference quotient of this step
            let noise = 1e-9 * slope.abs().max(1.0) + 1e-15 * f.f(u).abs().max(1.0) / h;
            assert!((difference - slope).abs() <= noise, "{} f'({u}): {slope}, {difference}", entry.name);
        }
    }
}

/// The conjugate by its definition: the supremum over a fine grid of `u` is below it, and close where the best `u` lies inside.
#[test]
fn conjugates_are_suprema() {
    for entry in ALL {
        let f = entry.divergence;
        for v in (-40..=40).map(|i| f64::from(i) / 10.0) {
            let t = f.activation(v);
            let best = (0..=60_000).map(|i| 10.0_f64.powf(f64::from(i) / 5e3 - 6.0)).map(|u| u * t - f.f(u));
            let best = best.fold(f64::NEG_INFINITY, f64::max);
            let conjugate = f.conjugate(t);
            // the paper's Pearson conjugate is that of the parabola on the whole line
            let exact = !(entry.name == "pearson" && t < -2.0);
            let scale = conjugate.abs().max(1.0);
            assert!(best <= conjugate + 1e-12 * scale, "{} at t = {t}: {best} above {conjugate}", entry.name);
            assert!(!exact || best >= conjugate - 1e-5 * scale, "{} at t = {t}: {best} below {conjugate}", entry.name);
        }
    }
}

#[test]
fn conjugates_are_infinite_outside_their_domains_only() {
    for entry in ALL {
        let (f, Domain { lower, upper }) = (entry.divergence, entry.divergence.domain());
        if upper.is_finite() {
            assert_eq!(f.conjugate(upper + 1e-9), f64::INFINITY, "{}", entry.name);
            assert!(f.conjugate(upper - 1e-9).is_finite(), "{}", entry.name);
        }
        if lower.is_finite() {
            assert_eq!(f.conjugate(lower - 1e-9), f64::INFINITY, "{}", entry.name);
            assert!(f.conjugate(lower + 1e-9).is_finite(), "{}", entry.name);
        }
        assert!(f.conjugate(f64::NAN).is_nan() && f.derivative(f64::NAN).is_nan(), "{}", entry.name);
        // at the lower end of f' the conjugate is -f(0)
        let (least, zero) = (f.conjugate(f.derivative(0.0)), -f.f(0.0));
        assert!(least == zero || (least - zero).abs() < 1e-15, "{}: {least}, {zero}", entry.name);
    }
}

#[test]
fn activations_increase_into_the_domain() {
    for entry in ALL {
        let (f, Domain { lower, upper }) = (entry.divergence, entry.divergence.domain());
        let mut before = f64::NEG_INFINITY;
        for v in (-120..=120).map(|i| f64::from(i) / 10.0) {
            let t = f.activation(v);
            assert!(t > before && (lower..=upper).contains(&t), "{} g({v}) = {t} after {before}", entry.name);
            before = t;
        }
    }
}

#[test]
fn a_log_ratio_is_claimed_where_there_is_one() {
    for entry in ALL {
        let f = entry.divergence;
        let off = (-60..=60)
            .map(|i| f64::from(i) / 10.0)
            .map(|v| (f.activation(v) - f.derivative(v.exp())).abs() / f.activation(v).abs().max(1.0))
            .fold(0.0, f64::max);
        assert_eq!(off <= 1e-13, f.reads_log_ratio(), "{}: {off:e}", entry.name);
    }
    let named: Vec<_> = ALL.iter().filter(|e| e.divergence.reads_log_ratio()).map(|e| e.name).collect();
    assert_eq!(named, ["reverse_kullback_leibler", "jeffreys", "jensen_shannon", "gan"]);
    // and the multiples that the docs state
    for (name, multiple) in [("neyman", 2.0), ("squared_hellinger", 0.5)] {
        let f = find(name).unwrap().divergence;
        for v in [-3.0, -0.1, 0.0, 2.0] {
            assert!((f.activation(v) - f.derivative((v / multiple).exp())).abs() < 1e-12, "{name} {v}");
        }
    }
}

#[test]
fn terms_are_homogeneous_and_have_limits() {
    for entry in ALL {
        let f = entry.divergence;
        assert_eq!(f.term(0.0, 0.0), 0.0, "{}", entry.name);
        for (p, q) in [(0.3, 0.2), (1e-9, 0.5), (0.4, 1e-5), (0.25, 0.25), (1e-30, 3e-30)] {
            let direct = q * f.f(p / q);
            assert!((f.term(p, q) - direct).abs() <= 1e-13 * direct.abs(), "{} {p} {q}", entry.name);
        }
        // towards the limits at 0, from close by
        for (limit, near) in [(f.term(0.0, 0.5), f.term(1e-300, 0.5)), (f.term(0.5, 0.0), f.term(0.5, 1e-300))] {
            assert!(if limit.is_infinite() { near > 100.0 } else { (near - limit).abs() < 1e-12 }, "{}", entry.name);
        }
        assert!(!f.term(1.0, f64::from_bits(1)).is_nan() && !f.term(f64::from_bits(1), 1.0).is_nan(), "{}", entry.name);
    }
}

/// Distributions with outcomes that cannot occur, and a number for each outcome.
fn game() -> impl Strategy<Value = (Distribution, Distribution, Vec<f64>)> {
    let weight = || prop_oneof![1 => Just(0.0), 4 => 0.0..1.0_f64, 2 => (-20.0..0.0_f64).prop_map(f64::exp2)];
    prop::collection::vec((weight(), weight(), -6.0..6.0_f64), 1..60).prop_filter_map("no mass", |rows| {
        let p = Distribution::from_weights(&rows.iter().map(|r| r.0).collect::<Vec<_>>()).ok()?;
        let q = Distribution::from_weights(&rows.iter().map(|r| r.1).collect::<Vec<_>>()).ok()?;
        Some((p, q, rows.iter().map(|r| r.2).collect()))
    })
}

fn near(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= 1e-12 * b.abs().max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        rng_seed: RngSeed::Fixed(2016),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn divergences_are_those_of_the_other_modules((p, q, _) in game()) {
        let of = |name: &str| divergence(find(name).unwrap().divergence, &p, &q).unwrap();
        let forward = kullback_leibler(&p, &q).unwrap();
        let reverse = kullback_leibler(&q, &p).unwrap();
        prop_assert!(near(of("kullback_leibler"), forward));
        prop_assert!(near(of("reverse_kullback_leibler"), reverse));
        prop_assert!(near(of("jeffreys"), forward + reverse));
        prop_assert!(near(of("squared_hellinger"), 2.0 * hellinger(&p, &q).unwrap().powi(2)));
        prop_assert!(near(of("total_variation"), total_variation(&p, &q).unwrap()));
        prop_assert!(near(of("jensen_shannon"), 2.0 * jensen_shannon(&p, &q).unwrap()));
        prop_assert!(near(of("gan"), 2.0 * jensen_shannon(&p, &q).unwrap() - LOG_4));
        prop_assert!(near(of("gan"), criterion(&p, &q).unwrap()));
        // the two chi^2 mirror one another and bound the others
        prop_assert!(near(of("neyman"), divergence(find("pearson").unwrap().divergence, &q, &p).unwrap()));
        prop_assert!(forward <= of("pearson").ln_1p() + 1e-12);
    }

    #[test]
    fn the_bound_is_a_bound_and_is_tight((p, q, v) in game()) {
        for entry in ALL {
            let f = entry.divergence;
            let value = divergence(f, &p, &q).unwrap();
            prop_assert!(value >= f.f(1.0), "{}", entry.name);
            let t: Vec<f64> = v.iter().map(|&v| f.activation(v)).collect();
            prop_assert!(variational_bound(f, &p, &q, &t).unwrap() <= value + 1e-12 * value.abs().max(1.0), "{}", entry.name);
            let best = optimal_critic(f, &p, &q).unwrap();
            let bound = variational_bound(f, &p, &q, best.as_slice()).unwrap();
            prop_assert!(bound == value || (bound - value).abs() <= 1e-9 * value.abs().max(1.0), "{}: {bound} {value}", entry.name);
        }
    }

    #[test]
    fn fenchel_young((log_u, v) in (-7.0..7.0_f64, -12.0..12.0_f64)) {
        let u = log_u.exp();
        for entry in ALL {
            let f = entry.divergence;
            let t = f.activation(v);
            let slack = f.f(u) + f.conjugate(t) - u * t;
            let scale = [1.0, f.f(u).abs(), f.conjugate(t).abs(), (u * t).abs()].into_iter().fold(0.0, f64::max);
            prop_assert!(slack >= -1e-13 * scale, "{} u {u} t {t}: {slack:e}", entry.name);
        }
    }
}
