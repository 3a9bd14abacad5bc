//! Every library crate is usable alone: a package outside the workspace depends on just one of them and does something
//! with it.

use std::fs;
use std::process::Command;

use anyhow::Context;

/// A crate and a program that uses nothing else.
const PACKAGES: &[(&str, &str)] = &[
    (
        "gan-tensor",
        r#"
use gan_tensor::{Cx, Graph, Pool};
fn main() {
    let g = Graph::new();
    let x = g.input("x", [2]);
    let dx = g.grad(x.square().sum(), &[x])[0];
    let mut plan = g.compile::<f32>(&[dx]).unwrap();
    Pool::new(2).region(|team| plan.run(&mut [], &[&[1.0, 2.0]], &Cx::new(team, 0, 0))).unwrap();
    assert_eq!(plan.output(0), [2.0, 4.0]);
}
"#,
    ),
    (
        "gan-layers",
        r#"
use gan_layers::{Network, Spec};
fn main() {
    let net = Network::build("net", &[Spec::new("maxout").with("units", 3).with("pieces", 2)], [4], 0, 1).unwrap();
    assert_eq!(net.params().trainable_len(), 4 * 6 + 6);
}
"#,
    ),
    (
        "gan-datasets",
        r#"
use std::sync::Arc;
use gan_datasets::{Loader, LoaderOptions, OpenOptions, open};
fn main() {
    let digits = open("digits", &OpenOptions::default()).unwrap();
    let mut loader = Loader::new(Arc::from(digits), LoaderOptions::default()).unwrap();
    assert_eq!(loader.next().unwrap().x.len(), 100 * 784);
}
"#,
    ),
    (
        "gan-core",
        r#"
use gan_core::theory::{Distribution, LOG_4, criterion};
fn main() {
    let p = Distribution::from_weights(&[1.0, 3.0]).unwrap();
    assert!((criterion(&p, &p).unwrap() + LOG_4).abs() < 1e-12);
}
"#,
    ),
];

pub(crate) fn run() -> anyhow::Result<()> {
    let workspace = crate::workspace();
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    for (name, program) in PACKAGES {
        let package = folder.path().join(name);
        fs::create_dir_all(package.join("src"))?;
        let path = workspace.join("crates").join(name);
        let manifest = format!(
            "[package]\nname = \"outside\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\n{name} = {{ path = {:?} }}\n",
            path.display().to_string()
        );
        fs::write(package.join("Cargo.toml"), manifest)?;
        fs::write(package.join("src/main.rs"), program)?;
        // the versions that the workspace was tested with
        fs::copy(workspace.join("Cargo.lock"), package.join("Cargo.lock"))?;
        println!("{name} alone");
        crate::succeed(
            Command::new("cargo")
                .args(["run", "--quiet"])
                .current_dir(&package)
                .env("CARGO_TARGET_DIR", folder.path().join("target")),
        )?;
    }
    println!("{} passed, 0 failed", PACKAGES.len());
    Ok(())
}
