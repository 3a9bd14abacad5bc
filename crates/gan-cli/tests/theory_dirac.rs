//! `gan theory dirac`.

mod common;

use std::fs;

use common::{Place, is_png, json, text};
use serde_json::Value;

/// The game of an objective and a regulariser among those that were printed.
#[track_caller]
fn game<'a>(all: &'a Value, objective: &str, regulariser: &str) -> &'a Value {
    let games = all["games"].as_array().unwrap();
    games.iter().find(|g| g["objective"] == objective && g["regulariser"] == regulariser).unwrap()
}

#[track_caller]
fn near(found: &Value, expected: f64, tolerance: f64) {
    let v = found.as_f64().unwrap_or_else(|| panic!("{found} is no number, expected {expected}"));
    assert!((v - expected).abs() <= tolerance, "{v}, expected {expected}");
}

#[test]
fn the_reference_values() {
    let p = Place::new();
    let all = json(&p.run(0, &["theory", "dirac", "--no-pictures", "--json"]).stdout);
    assert_eq!(all["games"].as_array().unwrap().len(), 49);
    let radius = |objective: &str, regulariser: &str, map: &str| {
        game(&all, objective, regulariser)["maps"][map]["spectral_radius"].clone()
    };
    for (objective, slope, simultaneous) in [
        ("minimax", 0.5, 1.001_249),
        ("non_saturating", 0.5, 1.001_249),
        ("relativistic", 0.5, 1.001_249),
        ("wasserstein", 1.0, 1.004_988),
    ] {
        let bare = game(&all, objective, "none");
        near(&bare["eigenvalues"][0]["im"], slope, 1e-12);
        near(&bare["eigenvalues"][0]["re"], 0.0, 1e-12);
        near(&radius(objective, "none", "simultaneous"), simultaneous, 5e-7);
        near(&radius(objective, "none", "alternating"), 1.0, 1e-12);
        assert_eq!(bare["maps"]["simultaneous"]["verdict"], "diverges");
        assert_eq!(bare["maps"]["alternating"]["verdict"], "circles");
        assert_eq!(bare["maps"]["optimistic"]["verdict"], "converges");
        let r1 = game(&all, objective, "r1");
        near(&r1["damping_weight"], 2.0 * slope, 1e-10);
        near(&r1["maps"]["simultaneous"]["contraction_weight"], 0.1 * slope * slope, 1e-10);
        assert_eq!(r1["maps"]["alternating"]["contraction_weight"], "any");
    }
    let r1 = game(&all, "non_saturating", "r1");
    near(&r1["eigenvalues"][0]["re"], -0.15, 1e-12);
    near(&r1["eigenvalues"][0]["im"], 0.476_970, 5e-7);
    near(&radius("non_saturating", "r1", "simultaneous"), 0.986_154, 5e-7);
    near(&radius("non_saturating", "r1", "alternating"), 0.984_886, 5e-7);
    near(&r1["maps"]["simultaneous"]["largest_stable_step"], 1.2, 1e-9);
    for objective in ["minimax", "wasserstein", "hinge"] {
        let kink = game(&all, objective, "wgan_gp");
        assert_eq!(kink["verdict"], "no equilibrium");
        near(&kink["field_norm"], 1.0, 1e-12);
    }
    assert_eq!(game(&all, "least_squares_pearson", "r1")["maps"]["optimistic"]["verdict"], "undecided");
    // the lemma of R3GAN: what follows from the Jacobian is what is computed, what is printed is not
    let lemma = &all["r3gan_lemma_b4"];
    near(&lemma["computed"][0]["im"], lemma["of_its_jacobian"][0]["im"].as_f64().unwrap(), 1e-12);
    near(&lemma["as_printed"][0]["im"], 0.4775_f64.sqrt(), 1e-12);
    assert_eq!(fs::read_dir(p.path("")).unwrap().count(), 0, "no pictures");
}

#[test]
fn pictures_of_both_kinds() {
    let p = Place::new();
    let said = text(&p.run(0, &["theory", "dirac"]).stdout);
    for word in ["±0.5i", "-0.15 ± 0.47697i", "no equilibrium", "Lemma B.4", "drawn: theory/dirac.png theory/dirac-spectrum.png"]
    {
        assert!(said.contains(word), "{word} in {said}");
    }
    for name in ["dirac", "dirac-spectrum"] {
        let bytes = fs::read(p.path(&format!("theory/{name}.png"))).unwrap();
        assert!(is_png(&bytes));
        assert_eq!(
            png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap().info().width,
            if name == "dirac" { 1860 } else { 1920 }
        );
    }
    let args =
        ["theory", "dirac", "--game", "linear-quadratic", "--objective", "wasserstein", "--regulariser", "r1", "--step", "0.05"];
    let said = json(&p.run(0, &[&args[..], &["--weight", "1", "--format", "svg", "--out", "x", "--json"]].concat()).stdout);
    assert_eq!(said["pictures"], serde_json::json!(["x/dirac.svg", "x/dirac-spectrum.svg"]));
    let found = game(&said, "wasserstein", "r1");
    // each block -c gamma +- sqrt(gamma^2 c^2 - ...): of w1 and b -1/2 +- sqrt(1/4 - 1)
    assert_eq!(found["eigenvalues"].as_array().unwrap().len(), 4);
    assert!(found["eigenvalues"].as_array().unwrap().iter().any(|l| (l["re"].as_f64().unwrap() + 0.5).abs() < 1e-9));
    for name in ["dirac", "dirac-spectrum"] {
        assert!(fs::read_to_string(p.path(&format!("x/{name}.svg"))).unwrap().starts_with("<svg"));
    }
}

#[test]
fn games_without_a_spectrum_have_their_portrait() {
    let p = Place::new();
    for regulariser in ["none", "wgan_gp"] {
        let args = ["theory", "dirac", "--objective", "hinge", "--regulariser", regulariser, "--json", "--out", regulariser];
        assert_eq!(json(&p.run(0, &args).stdout)["pictures"], serde_json::json!([format!("{regulariser}/dirac.png")]));
    }
    // the largest weight and step that are taken, and the smallest step
    for args in [["--weight", "1e6", "--step", "1e6"], ["--weight", "0", "--step", "1e-300"]] {
        p.run(0, &[&["theory", "dirac", "--objective", "minimax"][..], &args].concat());
    }
}

#[test]
fn what_cannot_be_meant() {
    let p = Place::new();
    for (args, words) in [
        (&["--objective", "minmax"][..], &["minmax", "minimax"][..]),
        (&["--regulariser", "r3"], &["r3", "r1_r2"]),
        (&["--game", "chess"], &["chess", "linear-quadratic"]),
        (&["--weight", "-1"], &["--weight", "expected a number from 0"]),
        (&["--weight", "nan"], &["expected a number from 0"]),
        (&["--step", "0"], &["--step", "expected a number greater than 0"]),
        (&["--step", "inf"], &["expected a number greater than 0"]),
        (&["--regulariser", "none", "--weight", "1"], &["leave one of them out"]),
        (&["--no-pictures", "--out", "x"], &["--no-pictures"]),
        (&["--format", "gif"], &["svg"]),
    ] {
        p.refuses(2, &[&["theory", "dirac"], args].concat(), words);
    }
    fs::write(p.path("theory"), "a file").unwrap();
    p.refuses(1, &["theory", "dirac", "--objective", "hinge"], &["theory"]);
}
