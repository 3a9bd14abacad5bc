//! The two densities that commands look at.

use gan::core::theory::continuous::Pair;
use gan::core::theory::densities::{Density, check_normalised, parse};
use gan::core::theory::quadrature::{Integral, Tolerance};

use super::output::short;
use crate::fault::Usage;

/// How far a density may be from integrating to 1.
const NORMALISED: f64 = 1e-6;

/// p_data and p_g, in words: see `gan list densities`.
#[derive(clap::Args)]
pub(super) struct Densities {
    /// The density of the data: gaussian, laplace(mean=1), 0.7*gaussian + 0.3*uniform(low=2, high=3), ring, grid, ...
    #[arg(long, value_name = "DENSITY", default_value = "gaussian(mean=-1, std=0.8)")]
    p_data: String,
    /// The density of what the generator makes
    #[arg(long, value_name = "DENSITY", default_value = "gaussian(mean=1, std=1.2)")]
    p_g: String,
}

impl Densities {
    /// Both, checked to integrate to 1 and to have as many coordinates.
    pub fn build(&self) -> anyhow::Result<[Box<dyn Density>; 2]> {
        let one = |option: &str, text: &str| -> anyhow::Result<Box<dyn Density>> {
            let density = parse(text).map_err(|e| Usage(format!("{option}: {e}")))?;
            check_normalised(&*density, NORMALISED)?;
            Ok(density)
        };
        let both = [one("--p-data", &self.p_data)?, one("--p-g", &self.p_g)?];
        if both[0].dim() != both[1].dim() {
            let (a, b) = (both[0].dim(), both[1].dim());
            return Err(Usage(format!(
                "--p-data has {a} coordinates and --p-g has {b}: both must live on the line or in the plane"
            ))
            .into());
        }
        Ok(both)
    }

    /// What was asked for, in words.
    pub fn words(&self) -> String {
        format!("p_data = {}, p_g = {}", self.p_data, self.p_g)
    }
}

/// Points at which densities of the line are looked at, to find where there is something to see.
const LOOKS: usize = 4000;

/// The part of the line or plane that is worth a picture: where one of the densities is not negligible.
pub(super) fn shown(pair: &[Box<dyn Density>; 2]) -> Vec<(f64, f64)> {
    const NEGLIGIBLE: f64 = 1e-3;
    if pair[0].dim() == 1 {
        let heights = || looks(pair).into_iter().map(|(x, p, q)| (x, f64::max(p, q)));
        let most = heights().map(|h| h.1).fold(0.0, f64::max);
        let seen: Vec<f64> = heights().filter(|h| h.1 > NEGLIGIBLE * most).map(|h| h.0).collect();
        let (first, last) = (seen.first().copied().unwrap_or(0.0), seen.last().copied().unwrap_or(1.0));
        let room = 0.04 * (last - first);
        return vec![(first - room, last + room)];
    }
    // the box of a mode reaches to where nothing is left of it: its middle holds what is seen
    let middle = |(low, high): (f64, f64)| (low + 0.27 * (high - low), high - 0.27 * (high - low));
    let along = |axis: usize| {
        let sides = pair.iter().flat_map(|p| p.parts()).filter_map(|part| part.get(axis).copied().map(middle));
        sides.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), (a, b)| (l.min(a), h.max(b)))
    };
    (0..2).map(along).collect()
}

/// Both densities at many places of the line.
fn looks(pair: &[Box<dyn Density>; 2]) -> Vec<(f64, f64, f64)> {
    let ends = pair.iter().flat_map(|p| p.parts()).filter_map(|part| part.first().copied());
    let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), (a, b)| (l.min(a), h.max(b)));
    let at = |i: usize| low + (high - low) * i as f64 / LOOKS as f64;
    (0..=LOOKS).map(at).map(|x| (x, pair[0].density(&[x]), pair[1].density(&[x]))).collect()
}

/// Places to look at: on the line quantiles of the mixture of both, in the plane the middles of modes.
pub(super) fn places(pair: &[Box<dyn Density>; 2]) -> Vec<Vec<f64>> {
    const SHARES: [f64; 9] = [0.02, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.98];
    if pair[0].dim() == 1 {
        let looks = looks(pair);
        let total: f64 = looks.iter().map(|(_, p, q)| p + q).sum();
        let place = |share: f64| {
            let mut sum = 0.0;
            let reached = |(_, p, q): &&(f64, f64, f64)| {
                sum += p + q;
                sum >= share * total
            };
            looks.iter().find(reached).map(|(x, ..)| vec![*x])
        };
        return SHARES.into_iter().filter_map(place).collect();
    }
    let middles = |p: &dyn Density| -> Vec<Vec<f64>> {
        p.parts().iter().take(5).map(|part| part.iter().map(|(a, b)| f64::midpoint(*a, *b)).collect()).collect()
    };
    let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
    let mut all = middles(&*pair[0]);
    for middle in middles(&*pair[1]) {
        if !all.iter().any(|m| near(m, &middle)) {
            all.push(middle);
        }
    }
    all
}

/// All that theory says of the pair: name, value, and what it is.
pub(super) fn facts(pair: &[Box<dyn Density>; 2]) -> anyhow::Result<Vec<(&'static str, Integral, &'static str)>> {
    // seven digits are more than is printed; in the plane ten take minutes where one density is much narrower
    let p = Pair::new(&*pair[0], &*pair[1])?.with_tolerance(Tolerance::of(if pair[0].dim() == 2 { 1e-7 } else { 1e-11 }));
    let mut all = vec![
        ("C(G)", p.criterion()?, "max_D V(D, G) = V(D*, G), eq. 4; -log 4 = -1.38629 at p_g = p_data"),
        ("JSD(p_data, p_g)", p.jensen_shannon()?, "(C(G) + log 4) / 2, eq. 6; at most log 2 = 0.69315"),
        ("KL(p_data || p_g)", p.kullback_leibler()?, "what maximum likelihood descends"),
        ("KL(p_g || p_data)", p.swapped().kullback_leibler()?, ""),
        ("total variation", p.total_variation()?, "the best D is right in a share (1 + TV) / 2 of all cases"),
        ("Hellinger distance", p.hellinger()?, ""),
    ];
    if p.dim() == 1 {
        all.push(("Wasserstein-1", p.wasserstein_1()?, "in the unit of x: how far mass has to be carried"));
    }
    Ok(all)
}

/// The facts as lines.
pub(super) fn lines(facts: &[(&'static str, Integral, &'static str)]) -> String {
    facts
        .iter()
        .map(|(name, v, what)| format!("  {name:20} {:>9}  {what}", short(v.value)).trim_end().to_owned() + "\n")
        .collect()
}
