//! `gan theory spectrum`.

mod common;

use std::fs;

use common::{Place, is_png, json, text};

#[test]
fn a_run_and_its_checkpoints() {
    let p = Place::new();
    p.ring("a", 3);
    let said = json(&p.run(0, &["theory", "spectrum", "a", "--json", "--eigenvalues", "6", "--rightmost"]).stdout);
    // 2 -> 8 -> 8 -> 2 and 2 -> 8 -> 8 -> 1 with biases
    assert_eq!((&said["generator_parameters"], &said["parameters"]), (&114.into(), &(114 + 24 + 72 + 9).into()));
    assert_eq!((&said["step"], &said["batch"], &said["objective"]), (&3.into(), &16.into(), &"non_saturating".into()));
    let mut firsts = Vec::new();
    for part in ["largest_magnitude", "rightmost"] {
        let values = said[part]["eigenvalues"].as_array().unwrap();
        assert!((6..=7).contains(&values.len()) && said[part]["converged"] == true, "{part}: {}", said[part]);
        for v in values {
            let size = v["re"].as_f64().unwrap().hypot(v["im"].as_f64().unwrap());
            assert!(v["residual"].as_f64().unwrap() < 1e-6 * size.max(1e-3) && v["within_tolerance"] == true, "{v}");
            assert!((0.0..=1.0 + 1e-9).contains(&v["generator_share"].as_f64().unwrap()));
        }
        firsts.push(values[0].clone());
    }
    assert!(firsts[1]["re"].as_f64() >= firsts[0]["re"].as_f64());
    let rightmost = said["rightmost_real_part"].as_f64().unwrap();
    assert!((rightmost - firsts[1]["re"].as_f64().unwrap()).abs() < 1e-9);
    assert!(is_png(&fs::read(p.path("theory/spectrum.png")).unwrap()));

    // the same again, from the checkpoint itself and on more threads; another seed is another batch
    let first = |args: &[&str]| {
        let all = [&["theory", "spectrum"], args, &["--json", "--no-pictures", "--eigenvalues", "1"]].concat();
        json(&p.run(0, &all).stdout)["largest_magnitude"]["eigenvalues"][0].clone()
    };
    let whole = first(&["a"]);
    assert_eq!(whole, first(&["a/checkpoints/step-00000003", "--threads", "2"]));
    assert_eq!(whole, first(&["a", "--checkpoint", "3"]));
    assert_ne!(whole, first(&["a", "--seed", "2"]));
    assert_ne!(whole, first(&["a", "--batch", "15"]));
}

#[test]
fn words_and_svg() {
    let p = Place::new();
    p.ring("a", 2);
    let said =
        text(&p.run(0, &["theory", "spectrum", "a", "--format", "svg", "--out", "x", "--restarts", "0", "--rightmost"]).stdout);
    for word in [
        "ring at step 2: non_saturating with r1 (gamma 0.02); batch 16",
        "rotation",
        "growth",
        "step",
        "optimiser",
        "on G",
        "drawn: x/spectrum.svg",
    ] {
        assert!(said.contains(word), "{word} in {said}");
    }
    assert!(fs::read_to_string(p.path("x/spectrum.svg")).unwrap().starts_with("<svg"));
    // a search that was broken off says so
    let hard = [
        "theory",
        "spectrum",
        "a",
        "--no-pictures",
        "--restarts",
        "0",
        "--rightmost",
        "--eigenvalues",
        "3",
        "--tolerance",
        "1e-13",
    ];
    let said = text(&p.run(0, &hard).stdout);
    assert!(said.contains("* not within the tolerance"), "{said}");
}

#[test]
fn what_cannot_be_looked_at() {
    let p = Place::new();
    p.ring("a", 2);
    for (code, args, words) in [
        (1, &["gone"][..], &["there is no run gone"][..]),
        (1, &["a", "--checkpoint", "7"], &["7"]),
        (2, &["a", "--checkpoint", "first"], &["best, last or the number of a step"]),
        (2, &["a", "--batch", "0"], &["--batch"]),
        (2, &["a", "--batch", "501"], &["501", "500"]),
        (2, &["a", "--eigenvalues", "0"], &["--eigenvalues"]),
        (2, &["a", "--tolerance", "-1"], &["expected a number between 0 and 1"]),
        (2, &["a", "--tolerance", "nan"], &["expected a number between 0 and 1"]),
        (2, &[], &["RUN"]),
    ] {
        p.refuses(code, &[&["theory", "spectrum"], args].concat(), words);
    }
    // a run on a program's own data
    let facts = fs::read_to_string(p.path("a/data.json")).unwrap();
    fs::write(p.path("a/data.json"), facts.replace("\"name\": \"ring\"", "\"name\": \"mine\"")).unwrap();
    p.refuses(1, &["theory", "spectrum", "a"], &["mine"]);
}
