//! The tables and what they say.

use gan::core::theory::TheoryError;
use gan::core::theory::dynamics::{CriticalWeight, eigenvalues, relativistic_roots, relativistic_roots_as_printed};
use serde_json::{Value, json};

use super::super::output::{self, short, table};
use super::Kind;
use super::analysis::{Entry, Equilibrium, Fate, regulariser};

/// A complex number.
type Root = (f64, f64);

/// Lemma B.4 of Huang et al. 2024: its roots as they are printed, as they follow from its Jacobian, and as they are computed.
pub(super) struct Lemma {
    gamma: f64,
    printed: Vec<Root>,
    derived: Vec<Root>,
    computed: Vec<Root>,
}

/// `f'(0)` of the logistic function.
pub(super) const SLOPE: f64 = 0.5;

impl Lemma {
    pub fn at(game: Kind, gamma: f64) -> Result<Lemma, TheoryError> {
        let game = game.game("relativistic", "r1", gamma)?;
        let computed = eigenvalues(&game.jacobian(&game.equilibrium())?)?.into_iter().map(|l| (l.re, l.im)).collect();
        let printed = relativistic_roots_as_printed(gamma, SLOPE).map(|l| (l.re, l.im)).to_vec();
        let derived = relativistic_roots(gamma, SLOPE).map(|l| (l.re, l.im)).to_vec();
        Ok(Lemma { gamma, printed, derived, computed })
    }

    fn text(&self) -> String {
        let [printed, derived, computed] = [&self.printed, &self.derived, &self.computed].map(|roots| complex(roots));
        format!(
            "Lemma B.4 of R3GAN (Huang et al. 2024), the relativistic Dirac-GAN with R1, γ = {}, f'(0) = 1/2:\n  \
             as printed          -γ/2 ± sqrt(γ²/4 - f'(0))   {printed}\n  \
             of its Jacobian     -γ/2 ± sqrt(γ²/4 - f'(0)²)  {derived}\n  \
             computed here                                   {computed}\n\
             The print lacks a square; what the lemma is for, that every γ above 0 converges, holds either way.\n",
            self.gamma
        )
    }
}

/// For people.
pub(super) fn text(game: Kind, entries: &[Entry], h: f64, lemma: Option<&Lemma>) -> String {
    let what = match game {
        Kind::Dirac => "Dirac-GAN (Mescheder et al. 2018): data at 0, fakes at θ, D(x) = ψ x; equilibrium θ = ψ = 0",
        Kind::LinearQuadratic => {
            "Linear-quadratic game: data N(0, 1), G(z) = a z + b, D(x) = w2 x² + w1 x; equilibrium a = 1, all else 0"
        }
    };
    let mut text = format!(
        "{what}\n\nEigenvalues of the field's Jacobian at the equilibrium, and spectral radius of a step of {h}: below 1 it converges,\n\
         at 1 it circles, above 1 it diverges. The last column is the fate of alternating steps, D first.\n\n"
    );
    let header = ["", "eigenvalues", "simultaneous", "alternating", "optimistic", "extragradient", "fate"];
    text += &table(header, &grouped(entries, fate_row));
    if entries.iter().any(|e| critical_row(e).is_some()) {
        text += &format!(
            "\nThe least weight at which nothing rotates (every eigenvalue real), and at which steps of {h} contract; the largest step\n\
             that contracts with the weight above. 0: no weight is needed; > 0: any will do; none: no weight up to 1e5, no step.\n\n"
        );
        let header =
            ["", "no rotation", "simultaneous", "alternating", "optimistic", "extragradient", "step, sim.", "step, alt."];
        let kept: Vec<&Entry> = entries.iter().filter(|e| critical_row(e).is_some()).collect();
        text += &table(header, &grouped(kept, |e| critical_row(e).unwrap_or_default()));
    }
    text += &format!("\n{}", meaning(game));
    if let Some(lemma) = lemma {
        text += &format!("\n{}", lemma.text());
    }
    text
}

fn meaning(game: Kind) -> &'static str {
    match game {
        Kind::Dirac => {
            "What it shows: the bare game has the eigenvalues ±f'(0) i, so that simultaneous steps of any size run away and alternating\n\
             ones circle up to h = 2/|f'(0)| (Mescheder et al. 2018, section 2). R1, R2, consensus and, with a loss that curves,\n\
             instance noise give the eigenvalues a negative real part, and training converges; WGAN-GP has its kink where D is flat, the\n\
             field does not vanish there, and no step settles (section 3). Extragradient and optimistic steps converge without any\n\
             regulariser. With Pearson's least squares (c = 0) nothing pulls G at the equilibrium: the linear map does not decide.\n"
        }
        Kind::LinearQuadratic => {
            "What it shows: with a logistic loss D is damped by the curvature of its own loss wherever the data spread, and training\n\
             converges without a regulariser (Nagarajan and Kolter 2017); the Wasserstein and hinge losses are linear at D = 0, and\n\
             only a penalty, consensus or another kind of step damps them. WGAN-GP has its kink where D is flat.\n"
        }
    }
}

/// Rows under a line for each objective.
fn grouped<'a, const N: usize>(
    entries: impl IntoIterator<Item = &'a Entry>,
    row: impl Fn(&Entry) -> [String; N],
) -> Vec<[String; N]> {
    let mut rows: Vec<[String; N]> = Vec::new();
    let mut before = "";
    for entry in entries {
        let objective = entry.game.objective().name;
        if objective != before {
            let mut line: [String; N] = std::array::from_fn(|_| String::new());
            if let Some(first) = line.first_mut() {
                *first = objective.to_owned();
            }
            rows.push(line);
            before = objective;
        }
        let mut cells = row(entry);
        if let Some(first) = cells.first_mut() {
            *first = format!("  {}", regulariser(&entry.game));
        }
        rows.push(cells);
    }
    rows
}

fn fate_row(entry: &Entry) -> [String; 7] {
    let mut cells: [String; 7] = std::array::from_fn(|_| "-".to_owned());
    match &entry.equilibrium {
        Equilibrium::Found { values, fates, .. } => {
            cells[1] = complex(values);
            for (cell, fate) in cells[2..6].iter_mut().zip(fates) {
                *cell = format!("{:.6}", fate.radius);
            }
            cells[6] = fates.iter().find(|f| f.map == "alternating").map_or("-", |f| f.verdict.word()).to_owned();
        }
        Equilibrium::Missing { residual } => {
            cells[1] = format!("kink, |v| = {}", short(*residual));
            cells[6] = "no equilibrium".to_owned();
        }
    }
    cells
}

/// The critical weights of a game with a regulariser, and the largest steps.
fn critical_row(entry: &Entry) -> Option<[String; 8]> {
    let Equilibrium::Found { fates, damping, .. } = &entry.equilibrium else { return None };
    let weight = |w: Option<CriticalWeight>| match w {
        Some(CriticalWeight::Unneeded) => "0".to_owned(),
        Some(CriticalWeight::Any) => "> 0".to_owned(),
        Some(CriticalWeight::At(w)) => short(w),
        Some(CriticalWeight::None) => "none".to_owned(),
        None => "-".to_owned(),
    };
    let step = |fate: Option<&Fate>| match fate.and_then(|f| f.step) {
        Some(h) if h.is_finite() => short(h),
        Some(_) => "any".to_owned(),
        None => "none".to_owned(),
    };
    let mut cells: [String; 8] = std::array::from_fn(|_| String::new());
    cells[1] = weight(*damping);
    for (cell, fate) in cells[2..6].iter_mut().zip(fates) {
        *cell = weight(fate.weight);
    }
    (cells[6], cells[7]) = (step(fates.first()), step(fates.get(1)));
    Some(cells)
}

/// `-0.15 ± 0.47697i, -1`: conjugate pairs as one.
pub(super) fn complex(values: &[Root]) -> String {
    let plain = |v: f64| {
        let text = format!("{v:.5}");
        let text = text.trim_end_matches('0').trim_end_matches('.').to_owned();
        if text == "-0" { "0".to_owned() } else { text }
    };
    let imaginary = |v: f64| match plain(v) {
        one if one == "1" => "i".to_owned(),
        other => format!("{other}i"),
    };
    let mut words: Vec<String> = Vec::new();
    for &(re, im) in values.iter().filter(|v| v.1 >= 0.0) {
        let part = if re.abs() < 5e-6 { String::new() } else { format!("{} ", plain(re)) };
        words.push(if im > 0.0 {
            format!("{part}±{}{}", if part.is_empty() { "" } else { " " }, imaginary(im))
        } else {
            plain(re)
        });
    }
    words.join(", ")
}

/// For programs.
pub(super) fn json(game: Kind, entries: &[Entry], h: f64, lemma: Option<&Lemma>) -> Value {
    let pair = |&(re, im): &Root| json!({ "re": output::json(re), "im": output::json(im) });
    let pairs = |roots: &[Root]| roots.iter().map(pair).collect::<Vec<_>>();
    let games: Vec<Value> = entries
        .iter()
        .map(|entry| {
            let game = &entry.game;
            let mut value =
                json!({ "objective": game.objective().name, "regulariser": game.regulariser().name, "weight": game.weight() });
            match &entry.equilibrium {
                Equilibrium::Found { values, fates, damping } => {
                    value["eigenvalues"] = pairs(values).into();
                    value["damping_weight"] = weight_json(*damping);
                    for fate in fates {
                        value["maps"][fate.map] = json!({
                            "spectral_radius": output::json(fate.radius), "verdict": fate.verdict.word(),
                            "contraction_weight": weight_json(fate.weight), "largest_stable_step": fate.step.map(output::json),
                        });
                    }
                }
                Equilibrium::Missing { residual } => {
                    value["verdict"] = "no equilibrium".into();
                    value["field_norm"] = output::json(*residual);
                }
            }
            value
        })
        .collect();
    let name = match game {
        Kind::Dirac => "dirac",
        Kind::LinearQuadratic => "linear-quadratic",
    };
    let mut value = json!({ "game": name, "step": h, "games": games });
    if let Some(l) = lemma {
        value["r3gan_lemma_b4"] = json!({
            "gamma": l.gamma, "slope": SLOPE, "as_printed": pairs(&l.printed), "of_its_jacobian": pairs(&l.derived), "computed": pairs(&l.computed),
        });
    }
    value
}

/// A number, or why there is none.
fn weight_json(weight: Option<CriticalWeight>) -> Value {
    match weight {
        Some(CriticalWeight::Unneeded) => "unneeded".into(),
        Some(CriticalWeight::Any) => "any".into(),
        Some(CriticalWeight::At(w)) => output::json(w),
        Some(CriticalWeight::None) => "none".into(),
        None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::complex;

    #[test]
    fn pairs_stand_as_one() {
        assert_eq!(complex(&[(-0.15, 0.476_969_6), (-0.15, -0.476_969_6)]), "-0.15 ± 0.47697i");
        assert_eq!(complex(&[(0.0, 0.5), (0.0, -0.5), (-1.0, 0.0), (0.0, 0.0)]), "±0.5i, -1, 0");
        assert_eq!(complex(&[(-0.5, 0.0), (-0.5, 0.0)]), "-0.5, -0.5");
        assert_eq!(complex(&[(-0.5, 1.0 + 1e-9), (-0.5, -1.0 - 1e-9)]), "-0.5 ± i");
    }
}
