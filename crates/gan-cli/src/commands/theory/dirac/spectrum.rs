//! Eigenvalues as the weight of a regulariser grows, and what the steps make of them.

use std::f64::consts::TAU;

use gan::core::theory::TheoryError;
use gan::core::theory::dynamics::{
    critical_contraction, critical_damping, eigenvalues, maps, relativistic_roots, relativistic_roots_as_printed, spectral_radius,
};
use gan::train::picture::{Axis, Figure, Ink, Panel, Point, Stroke};

use super::super::output::short;
use super::Kind;
use super::analysis::letter;
use super::report::SLOPE;

/// Weights over which the spectral radius is drawn.
const WEIGHTS: (f64, f64) = (1e-3, 1e2);
/// Weights on a curve.
const POINTS: i32 = 240;
/// Radii above this are not looked at.
const TOP: f64 = 1.15;

/// The figure of a game, with the lemma's if that is asked for.
pub(super) fn figure(game: &Setting<'_>, with_lemma: bool) -> Result<Figure, TheoryError> {
    let mut panels = vec![game.plane()?, game.radius()?];
    if with_lemma {
        panels.push(lemma()?);
    }
    Ok(Figure::new(panels).panel_size(640, 560))
}

/// A game with the step that is made in it.
pub(super) struct Setting<'a> {
    pub kind: Kind,
    pub objective: &'a str,
    pub regulariser: &'a str,
    pub weight: f64,
    pub h: f64,
}

impl Setting<'_> {
    fn values(&self, weight: f64) -> Result<Vec<Point>, TheoryError> {
        let game = self.kind.game(self.objective, self.regulariser, weight)?;
        Ok(eigenvalues(&game.jacobian(&game.equilibrium())?)?.into_iter().map(|l| (l.re, l.im)).collect())
    }

    fn letter(&self) -> &'static str {
        letter(self.regulariser)
    }

    fn name(&self) -> String {
        format!("{}, {}", self.objective, self.regulariser).replace('_', "-")
    }

    /// The weight from which on nothing rotates.
    fn damping(&self) -> Result<Option<f64>, TheoryError> {
        let mut game = self.kind.game(self.objective, self.regulariser, 0.0)?;
        Ok(critical_damping(&mut game)?.value())
    }

    /// The paths of the eigenvalues, and the circles that steps contract.
    fn plane(&self) -> Result<Panel, TheoryError> {
        let damping = self.damping()?;
        let last = 1.6 * damping.filter(|w| *w > 0.0).unwrap_or(1.0).max(self.weight);
        let mut path = Vec::new();
        for i in 0..=300 {
            path.extend(self.values(last * f64::from(i) / 300.0)?);
        }
        let bare = self.values(0.0)?;
        let now = self.values(self.weight)?;
        let reach = path.iter().map(|p| p.0.hypot(p.1)).fold(0.0, f64::max).max(1e-3);
        // the given step, and two so large that rotation decides
        let fastest = bare.iter().map(|p| p.1).fold(0.0, f64::max);
        let speed = if fastest > 0.0 { fastest } else { reach };
        let steps = [self.h, 0.5 / speed, 1.0 / speed];
        let circle = |h: f64| -> Vec<Point> {
            (0..=2000).map(|i| TAU * f64::from(i) / 2000.0).map(|a| ((a.cos() - 1.0) / h, a.sin() / h)).collect()
        };
        let g = self.letter();
        let title = format!("{}: eigenvalues for {g} from 0 to {}", self.name(), trimmed(last));
        let x = Axis::new("real part: decay per unit of time").over(-1.25 * reach, 0.35 * reach);
        let y = Axis::new("imaginary part: rotation, radians per unit of time").over(-1.15 * reach, 1.15 * reach);
        let mut panel = Panel::new(title, x, y).same_scale();
        let far = 1e3 * reach;
        panel = panel.guide("", vec![(-far, 0.0), (far, 0.0)]).guide("", vec![(0.0, -far), (0.0, far)]);
        for (h, ink) in steps.into_iter().zip([Ink::Orange, Ink::Sky, Ink::Grey]) {
            panel = panel.line(format!("inside: h = {} contracts", trimmed(h)), ink, Stroke::Dashed, circle(h));
        }
        panel = panel.dots("as the weight grows", Ink::Purple, 2.0, path).dots(format!("{g} = 0"), Ink::Red, 5.5, bare).dots(
            format!("{g} = {}", trimmed(self.weight)),
            Ink::Discriminator,
            5.5,
            now,
        );
        if let Some(weight) = damping.filter(|w| *w > 0.0) {
            panel = panel.dots(format!("{g} = {}: rotation ends", trimmed(weight)), Ink::Generator, 5.5, self.values(weight)?);
        }
        Ok(panel)
    }

    /// The spectral radius of the four maps over the weight.
    fn radius(&self) -> Result<Panel, TheoryError> {
        let mut game = self.kind.game(self.objective, self.regulariser, 0.0)?;
        let generator = game.model().generator_parameters();
        let equilibrium = game.equilibrium();
        let mut curves: Vec<Vec<Point>> = vec![Vec::new(); maps::ALL.len()];
        for i in 0..=POINTS {
            let weight = WEIGHTS.0 * (WEIGHTS.1 / WEIGHTS.0).powf(f64::from(i) / f64::from(POINTS));
            game.set_weight(weight)?;
            let jacobian = game.jacobian(&equilibrium)?;
            for (map, curve) in maps::ALL.iter().zip(&mut curves) {
                curve.push((weight, spectral_radius(&(map.linear)(&jacobian, generator, self.h))?));
            }
        }
        let least = curves.iter().flatten().map(|p| p.1).fold(1.0, f64::min);
        let (bottom, top) = (least - 0.05 * (1.0 - least) - 1e-4, (1.0 + 0.5 * (1.0 - least)).clamp(1.0 + 1e-3, TOP));
        let g = self.letter();
        let mut panel = Panel::new(
            format!("{}: spectral radius of a step of {}", self.name(), trimmed(self.h)),
            Axis::new(format!("{g}: weight of the regulariser")).over(WEIGHTS.0, WEIGHTS.1).logarithmic(),
            Axis::new("spectral radius (below 1 it converges)").over(bottom, top),
        )
        .guide("", vec![(WEIGHTS.0, 1.0), (WEIGHTS.1, 1.0)]);
        let looks = [
            (Ink::Red, Stroke::Solid),
            (Ink::Discriminator, Stroke::Solid),
            (Ink::Orange, Stroke::Solid),
            (Ink::Purple, Stroke::Dashed),
        ];
        for ((map, curve), (ink, stroke)) in maps::ALL.iter().zip(curves).zip(looks) {
            panel = panel.line(map.name, ink, stroke, curve);
        }
        let contraction = critical_contraction(&mut game, &maps::ALL[0], self.h)?.value();
        let marks = [("simultaneous contracts", contraction, Ink::Grey), ("rotation ends", self.damping()?, Ink::Generator)];
        for (name, weight, ink) in marks {
            if let Some(w) = weight.filter(|w| (WEIGHTS.0..WEIGHTS.1).contains(w)) {
                panel = panel.line(format!("{name}: {g} = {}", trimmed(w)), ink, Stroke::Dotted, vec![(w, bottom), (w, top)]);
            }
        }
        Ok(panel)
    }
}

/// Lemma B.4 of R3GAN as printed and as it follows.
fn lemma() -> Result<Panel, TheoryError> {
    let gammas = || (0..=200).map(|i| 1.6 * f64::from(i) / 200.0);
    let mut computed = Vec::new();
    for gamma in gammas().step_by(10) {
        let game = Kind::Dirac.game("relativistic", "r1", gamma)?;
        let values = eigenvalues(&game.jacobian(&game.equilibrium())?)?;
        computed.push((gamma, values.iter().map(|l| l.im).fold(0.0, f64::max)));
    }
    let curve = |of: fn(f64, f64) -> f64| gammas().map(|g| (g, of(g, SLOPE))).collect::<Vec<_>>();
    Ok(Panel::new(
        "R3GAN, Lemma B.4: its Jacobian does not have the roots in print",
        Axis::new("γ: weight of R1"),
        Axis::new("imaginary part of the eigenvalue"),
    )
    .line("as printed: f'(0)", Ink::Red, Stroke::Dashed, curve(|g, s| relativistic_roots_as_printed(g, s)[0].im))
    .line("of its Jacobian: f'(0)²", Ink::Discriminator, Stroke::Solid, curve(|g, s| relativistic_roots(g, s)[0].im))
    .dots("computed", Ink::Data, 4.0, computed))
}

/// A number without zeros that say nothing.
fn trimmed(v: f64) -> String {
    let text = short(v);
    if text.contains(['e', 'n']) || !text.contains('.') {
        text
    } else {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}
