//! `gan theory saturation`.

mod common;

use std::f64::consts::{LN_2, PI, TAU};
use std::fs;

use common::{Place, is_png, json, text};
use serde_json::Value;

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_else(|| panic!("{name} in {value}"))
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("{name} in {value}"))
}

#[test]
fn theory_and_a_trained_discriminator() {
    let p = Place::new();
    let said = json(&p.run(0, &["theory", "saturation", "--distance", "3", "--steps", "2000", "--json", "--no-pictures"]).stdout);
    // D*'s logit is 3 (3 / 2 - x), so both losses have the slope 3 times a mean of D or 1 - D
    let best = &said["optimum"];
    let (minimax, other) = (number(best, "minimax_by_mean"), number(best, "non_saturating_by_mean"));
    assert!((minimax + other - 3.0).abs() < 1e-9, "{best}");
    for row in list(&said, "optimal_d") {
        let m = number(row, "distance");
        let (minimax, other) = (number(row, "minimax_by_mean"), number(row, "non_saturating_by_mean"));
        assert!((minimax + other - m).abs() < 1e-9 * m, "{row}");
        // a residue of 1 / cosh, and a bound of what follows
        let r = (PI / m).powi(2);
        let leading = PI * (-m * m / 8.0).exp() / TAU.sqrt();
        assert!((minimax / leading - (1.0 - r / 2.0)).abs() < 0.7 * r * r, "{row}");
    }
    let sure = list(&said, "confidence");
    assert!(sure.windows(2).all(|w| number(&w[1], "non_saturating") > number(&w[0], "non_saturating")), "{sure:?}");

    let trained = list(&said, "trained");
    let (first, last) = (&trained[0], &trained[trained.len() - 1]);
    assert_eq!((first["step"].as_u64(), last["step"].as_u64()), (Some(1), Some(2000)));
    // no D is better than D*, and a trained one comes close: in its value, and in the gradients that it gives
    let criterion = number(best, "criterion");
    for moment in trained {
        assert!(number(moment, "value") <= criterion + 1e-6, "{moment}");
    }
    assert!(number(last, "value") > criterion - 0.01, "{last}");
    assert!(number(first, "value") < criterion - 0.3, "{first}");
    assert!((number(last, "minimax") / number(best, "minimax") - 1.0).abs() < 0.3, "{last} {best}");
    assert!((number(last, "non_saturating") / number(best, "non_saturating") - 1.0).abs() < 0.3, "{last} {best}");
    assert!(number(last, "non_saturating") > 10.0 * number(first, "non_saturating"));

    for row in list(&said, "uniforms") {
        let d = number(row, "distance");
        assert!((number(row, "jensen_shannon") - LN_2 * d.min(1.0)).abs() < 1e-10, "{row}");
        assert!((number(row, "wasserstein_1") - d).abs() < 1e-9, "{row}");
        assert_eq!(number(row, "jensen_shannon_slope"), if d < 1.0 { LN_2 } else { 0.0 });
    }
    let far = list(&said, "gaussians").last().unwrap();
    assert!((number(far, "jensen_shannon") - LN_2).abs() < 1e-10 && number(far, "jensen_shannon_slope") < 1e-40, "{far}");
    assert!((number(far, "wasserstein_1") - 3.0).abs() < 1e-9, "{far}");
}

#[test]
fn the_seed_decides_about_the_trained_discriminator_alone() {
    let p = Place::new();
    let run = |seed: &str| {
        let args = ["theory", "saturation", "--steps", "20", "--json", "--no-pictures", "--seed", seed];
        json(&p.run(0, &args).stdout)
    };
    let (one, again, other) = (run("1"), run("1"), run("2"));
    assert_eq!(one, again);
    assert_ne!(one["trained"], other["trained"]);
    assert_eq!((&one["optimal_d"], &one["confidence"]), (&other["optimal_d"], &other["confidence"]));
}

#[test]
fn both_pictures_in_both_formats() {
    let p = Place::new();
    let few = ["theory", "saturation", "--steps", "20"];
    let said = text(&p.run(0, &few).stdout);
    assert!(said.contains("section 3") && said.contains("drawn: theory/saturation.png theory/support.png"), "{said}");
    for name in ["saturation", "support"] {
        assert!(is_png(&fs::read(p.path(&format!("theory/{name}.png"))).unwrap()));
    }
    // extremes of every option; what is too small for a picture is left out, not a fault
    let extreme = ["--distance", "20", "--std", "0.1", "--width", "0.001", "--narrow", "1000", "--format", "svg", "--out", "far"];
    p.run(0, &[&few[..], &extreme].concat());
    for name in ["saturation", "support"] {
        let svg = fs::read_to_string(p.path(&format!("far/{name}.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>") && !svg.contains("NaN"));
    }
}

#[test]
fn options_say_what_they_expect() {
    let p = Place::new();
    for (option, value, expected) in [
        ("--distance", "0", "expected a number from 0.1 to 20"),
        ("--distance", "nan", "expected a number from 0.1 to 20"),
        ("--std", "-1", "expected a number from 0.1 to 10"),
        ("--width", "0", "expected a number from 0.001 to 1000"),
        ("--narrow", "inf", "expected a number from 0.001 to 1000"),
        ("--steps", "3", "10..=100000"),
        ("--seed", "x", "invalid digit"),
        ("--format", "gif", "png, svg"),
    ] {
        p.refuses(2, &["theory", "saturation", &format!("{option}={value}")], &[option, value, expected]);
    }
    assert!(!p.path("theory").exists());
}
