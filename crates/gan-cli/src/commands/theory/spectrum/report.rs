//! The eigenvalues of a game as numbers, and what they say.

use gan::core::theory::spectrum::{GameField, Leading, Stability, radius_of_step};
use gan::layers::Spec;
use gan::train::Config;
use serde_json::{Value, json};

use super::super::output::{self, short, table};
use crate::output::{counted, thousands};

/// An eigenvalue of the Jacobian.
#[derive(Clone)]
pub(super) struct Found {
    pub re: f64,
    pub im: f64,
    pub residual: f64,
    /// Whether the residual is within the tolerance.
    pub exact: bool,
    /// The part of the squared left eigenvector that lies on G's weights.
    generator: f64,
}

impl Found {
    fn magnitude(&self) -> f64 {
        self.re.hypot(self.im)
    }
}

/// What a search came to.
pub(super) struct Part {
    pub name: &'static str,
    pub values: Vec<Found>,
    converged: bool,
    products: usize,
    restarts: usize,
}

/// Everything that is printed and drawn.
pub(super) struct Report {
    pub title: String,
    pub parts: Vec<Part>,
    pub stability: Stability,
    /// The largest step that contracts all that do not grow anyway.
    pub step: Option<f64>,
    header: Value,
    lines: [String; 2],
    /// How many eigenvalues are known.
    known: usize,
    seconds: f64,
    radius: Box<dyn Fn(f64) -> f64>,
}

/// Where and with what the field was taken.
pub(super) struct Scene<'a> {
    pub config: &'a Config,
    pub step: u64,
    pub batch: usize,
    pub seed: u64,
    pub field: &'a GameField,
    /// Length of the field.
    pub norm: f64,
    pub tolerance: f64,
}

impl Report {
    /// The report on the eigenvalues of the largest magnitude and, if they were sought, the rightmost.
    pub fn new(scene: &Scene<'_>, largest: Leading, rightmost: Option<Leading>, seconds: f64) -> Report {
        let all = [("largest magnitude", Some(&largest)), ("rightmost", rightmost.as_ref())];
        let found = all.iter().filter_map(|(_, l)| *l).flat_map(|l| &l.pairs);
        let scale = found.map(|p| p.value.norm()).fold(0.0, f64::max);
        // what both searches found counts once
        let mut values: Vec<_> = largest.pairs.iter().map(|p| p.value).collect();
        for pair in rightmost.iter().flat_map(|l| &l.pairs) {
            let near = 1e-9 * scale + 100.0 * pair.residual;
            if values.iter().take(largest.pairs.len()).all(|v| (pair.value - v).norm() > near) {
                values.push(pair.value);
            }
        }
        let part = |(name, leading): (&'static str, Option<&Leading>)| {
            let leading = leading?;
            let (converged, products, restarts) = (leading.converged, leading.products, leading.restarts);
            let values = leading.pairs.iter().map(|p| {
                let own: f64 = p.vector.iter().take(scene.field.generator_parameters()).map(|x| x.norm_sqr()).sum();
                let exact = leading.complete || p.residual <= scene.tolerance * p.value.norm().max(1e-9 * scale);
                Found { re: p.value.re, im: p.value.im, residual: p.residual, exact, generator: own }
            });
            Some(Part { name, values: values.collect(), converged, products, restarts })
        };
        let (config, dimension, generator) = (scene.config, scene.field.dimension(), scene.field.generator_parameters());
        let penalties: Vec<String> = config.game.penalties.iter().map(described).collect();
        let objective = described(&config.game.objective);
        let rules = if penalties.is_empty() { objective.clone() } else { format!("{objective} with {}", penalties.join(", ")) };
        let stability = Stability::of(&values);
        let count = |n: usize| thousands(n as u64);
        Report {
            title: format!("{}, step {}", config.name, scene.step),
            parts: all.into_iter().filter_map(part).collect(),
            stability,
            step: Stability::of(&values.iter().copied().filter(|l| l.re <= 1e-9 * scale).collect::<Vec<_>>())
                .largest_step
                .filter(|h| h.is_finite()),
            header: json!({
                "name": config.name, "step": scene.step, "objective": objective, "penalties": penalties, "batch": scene.batch,
                "seed": scene.seed, "parameters": dimension, "generator_parameters": generator, "field_norm": output::json(scene.norm),
            }),
            lines: [
                format!(
                    "{} at step {}: {rules}; batch {}, seed {}",
                    config.name,
                    count(scene.step as usize),
                    scene.batch,
                    scene.seed
                ),
                format!(
                    "{} weights, {} of them G's; |v| = {}, 0 only at an equilibrium",
                    count(dimension),
                    count(generator),
                    short(scene.norm)
                ),
            ],
            known: values.len(),
            seconds,
            radius: Box::new(move |h| radius_of_step(&values, h)),
        }
    }

    /// Spectral radius of a simultaneous step of size `h`, over these eigenvalues.
    pub fn radius(&self, h: f64) -> f64 {
        (self.radius)(h)
    }

    /// The largest magnitude of all.
    pub fn scale(&self) -> f64 {
        self.parts.iter().flat_map(|p| &p.values).map(Found::magnitude).fold(0.0, f64::max)
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut text = self.lines.join("\n") + "\n";
        for part in &self.parts {
            let rows: Vec<[String; 6]> = part.values.iter().enumerate().map(row).collect();
            let header = ["", "real part", "imaginary part", "magnitude", "residual", "on G"];
            text += &format!("\neigenvalues of v', {} first\n{}", part.name, table(header, &rows));
            let (products, restarts) = (counted(part.products as u64, "product"), counted(part.restarts as u64, "restart"));
            text += &format!("{products} with v', {restarts}");
            text += if part.converged { "\n" } else { "; * not within the tolerance: more --restarts may help\n" };
        }
        text += "on G: the share of the left eigenvector, which tells what grows or turns, in G's weights; the rest is D's\n";
        text += &format!("{:.1} s\n\n", self.seconds);
        text + &self.meaning()
    }

    fn meaning(&self) -> String {
        let s = &self.stability;
        let known = self.known;
        let degrees = s.largest_angle.to_degrees();
        let rotation = match s.rotating {
            0 => "none of them turns".to_owned(),
            n => format!("{n} of {known} turn, at most at {degrees:.1}° to the real axis (90° is rotation without damping)"),
        };
        let growth = match s.growing {
            0 => format!("none of them lies to the right of 0; the rightmost known is {}", short(s.rightmost)),
            n => format!("{n} of {known} lie to the right of 0, up to {}: along them every step leads away", short(s.rightmost)),
        };
        let turn = match self.step.map(|h| s.steps_of_a_turn(h)) {
            Some(turn) if turn.is_finite() => format!("; the fastest rotation turns once in {} of them", short(turn)),
            _ => String::new(),
        };
        let step = match (self.step, s.growing) {
            (Some(h), 0) => format!("all of them contract below h = {}{turn}", short(h)),
            (Some(h), _) => format!("no step contracts them all; the others contract below h = {}{turn}", short(h)),
            (None, _) => "no step contracts them: they are not damped".to_owned(),
        };
        let neutral = match s.neutral {
            0 => String::new(),
            n => format!("  nothing    {n} of {known} are 0: directions in which nothing happens, which are left out above\n"),
        };
        let caution = match self.parts.len() {
            1 => "\nThese bound the step; what grows slowly may not be among them: --rightmost looks for it.",
            _ => "",
        };
        format!(
            "What they say of simultaneous gradient descent x + h v(x), near these weights and to first order\n\
             (Mescheder et al. 2017, section 3: it contracts where |1 + h λ| < 1 for every eigenvalue λ of v'):\n  \
             rotation   {rotation}\n  growth     {growth}\n  step       {step}\n{neutral}\
             The optimiser (momentum, Adam's scaling), clipping and the order of the players' moves are not in it.{caution}"
        )
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let mut value = self.header.clone();
        for part in &self.parts {
            let values: Vec<Value> = part
                .values
                .iter()
                .map(|f| {
                    json!({
                        "re": output::json(f.re), "im": output::json(f.im), "residual": output::json(f.residual),
                        "within_tolerance": f.exact, "generator_share": output::json(f.generator),
                    })
                })
                .collect();
            value[part.name.replace(' ', "_")] = json!({
                "eigenvalues": values, "converged": part.converged, "products": part.products, "restarts": part.restarts,
            });
        }
        let s = &self.stability;
        value["growing"] = s.growing.into();
        value["neutral"] = s.neutral.into();
        value["rotating"] = s.rotating.into();
        value["rightmost_real_part"] = output::json(s.rightmost);
        value["largest_angle_degrees"] = output::json(s.largest_angle.to_degrees());
        value["largest_step_of_the_others"] = self.step.map_or(Value::Null, output::json);
        value["largest_stable_step"] = s.largest_step.map_or(Value::Null, output::json);
        value["seconds"] = output::json(self.seconds);
        value
    }
}

fn row((i, f): (usize, &Found)) -> [String; 6] {
    let residual = format!("{:.1e}{}", f.residual, if f.exact { " " } else { "*" });
    [(i + 1).to_string(), short(f.re), short(f.im), short(f.magnitude()), residual, format!("{:.0} %", 100.0 * f.generator)]
}

/// `r1 (gamma = 0.02)`.
fn described(spec: &Spec) -> String {
    let fields: Vec<String> = spec.fields.iter().map(|(k, v)| format!("{k} {v}")).collect();
    if fields.is_empty() { spec.kind.clone() } else { format!("{} ({})", spec.kind, fields.join(", ")) }
}
