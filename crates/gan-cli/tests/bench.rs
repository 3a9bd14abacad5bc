//! `gan bench`.

mod common;

use common::{Place, json, text};

#[test]
fn parzen_windows() {
    let p = Place::new();
    let small = ["bench", "parzen", "--points", "30", "--samples", "40", "--dim", "5", "--threads", "2"];
    assert!(text(&p.run(0, &small).stdout).starts_with("parzen, 40 samples x 30 points x 5, threads 2"));
    let line = json(&p.run(0, &[&small[..], &["--json"]].concat()).stdout);
    assert_eq!((&line["points"], &line["search_points"], &line["sigmas"]), (&30.into(), &3.into(), &10.into()));
    assert!(line["ms"].as_f64() > Some(0.0) && line["log_likelihood"].as_f64().is_some_and(f64::is_finite));
    p.refuses(2, &["bench", "parzen", "--points", "0"], &["--points"]);
}

#[test]
fn steps() {
    let p = Place::new();
    for model in ["mlp", "wgangp-mlp", "toy"] {
        let small = ["bench", "step", "--model", model, "--batch", "2", "--width", "4", "--chunks", "1", "--chunk-seconds", "0"];
        let line = json(&p.run(0, &[&small[..], &["--threads", "1", "--json"]].concat()).stdout);
        assert_eq!((&line["model"], &line["batch"], &line["threads"]), (&model.into(), &2.into(), &1.into()));
        assert!(line["ms"].as_f64() > Some(0.0) && line["ms_best"].as_f64() <= line["ms"].as_f64());
    }
}
