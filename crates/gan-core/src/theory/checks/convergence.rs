use super::{Row, Topic};
use crate::theory::convergence::finite_k::{self, Order};
use crate::theory::convergence::{Curvature, descent, family, overfitting};
use crate::theory::{Distribution, LOG_4, TheoryError};

pub(super) const TOPIC: Topic =
    Topic { name: "convergence", doc: "Prop. 2 as a program, and what becomes of it where one of its conditions fails", rows };

fn binomial() -> Result<Distribution, TheoryError> {
    Distribution::from_weights(&[1.0, 4.0, 6.0, 4.0, 1.0])
}

fn proposition_2() -> Result<Vec<Row>, TheoryError> {
    let p_data = binomial()?;
    let starts = [
        ("the uniform distribution", Distribution::uniform(5)?),
        ("one outcome (KL infinite at first)", Distribution::point_mass(5, 4)?),
    ];
    let mut rows = Vec::new();
    for (name, start) in starts {
        let report = descent::run(&p_data, &start, &descent::Options::default())?;
        rows.push(Row::at_most(
            format!("Prop. 2 from {name}: KL(p_data, p_g) at the end"),
            report.end.kullback_leibler,
            1e-10,
            0.0,
        ));
        rows.push(Row::equal(format!("Prop. 2 from {name}: C(G) at the end = -log 4"), report.end.criterion, -LOG_4, 1e-10));
        let rise = report.history.windows(2).map(|m| m[1].jensen_shannon - m[0].jensen_shannon).fold(f64::NEG_INFINITY, f64::max);
        rows.push(Row::at_most(format!("Prop. 2 from {name}: the largest change of JSD in a step"), rise, 0.0, 0.0));
    }
    // half of the mass where the data have none
    let (hole, beside) = (Distribution::from_weights(&[1.0, 1.0, 0.0])?, Distribution::from_weights(&[1.0, 1.0, 2.0])?);
    let report = descent::run(&hole, &beside, &descent::Options::default())?;
    rows.push(Row::equal("Prop. 2: mass where the data have none, at the end", report.p_g.probabilities()[2], 0.0, 0.0));
    rows.push(Row::at_most("Prop. 2: KL(p_data, p_g) then", report.end.kullback_leibler, 1e-10, 0.0));
    // far below what anyone needs, one direction is left
    let far = descent::run(&p_data, &Distribution::uniform(5)?, &descent::Options { tolerance: 1e-25, ..Default::default() })?;
    let rate = far.rate.map_or((f64::NAN, f64::NAN), |r| (r.measured, r.predicted));
    rows.push(Row::equal(
        "its KL shrinks per step by max (1 - step lambda)^2, lambda of the Hessian 1 / (2 p_data)",
        rate.0,
        rate.1,
        5e-3,
    ));
    let even = Curvature::at_optimum(&Distribution::uniform(4)?).map_or(f64::NAN, |c| c.least);
    rows.push(Row::equal("curvature of C at the uniform distribution of 4 = 4 / 2", even, 2.0, 1e-12));
    Ok(rows)
}

fn capacity() -> Result<Vec<Row>, TheoryError> {
    let shown = family::demonstrate(&family::Scene::default())?;
    let lowest = shown.landscape.iter().map(|place| place.1).fold(f64::INFINITY, f64::min);
    Ok(vec![
        Row::at_most("one movable Gaussian: its descent ends at a stationary point, slope", shown.stuck.end.slope, 1e-8, 0.0),
        Row::at_least("and that is a local minimum only: C above the best mean by", shown.stuck.end.criterion - lowest, 0.3, 0.0),
        Row::at_least("the best mean itself: C above -log 4 by", lowest + LOG_4, 0.2, 0.0),
        Row::at_most(
            "bumps with free shares, as bad at first: C above -log 4 at the end by",
            shown.bumps.end.criterion + LOG_4,
            1e-4,
            0.0,
        ),
    ])
}

fn finite_steps() -> Result<Vec<Row>, TheoryError> {
    let (p_data, start) = (Distribution::from_weights(&[36.0, 34.0, 30.0])?, Distribution::from_weights(&[1.0, 1.0, 2.0])?);
    let options = finite_k::Options { k: 1, order: Order::Simultaneous, d_step: 2.0, g_step: 0.9, turns: 400 };
    let circling = finite_k::play(&p_data, &start, &options)?;
    let converging = finite_k::play(&p_data, &start, &finite_k::Options { k: 20, ..options })?;
    let alternating = finite_k::play(&p_data, &start, &finite_k::Options { order: Order::Alternating, ..options })?;
    let of = |r: &finite_k::Report| r.measured.unwrap_or(f64::NAN);
    Ok(vec![
        Row::at_least("k = 1, both at once: amplitude in the last quarter over the first", circling.decay, 0.95, 0.0),
        Row::at_least("k = 1, both at once: turns round the equilibrium", circling.rotations, 30.0, 0.0),
        Row::at_least("k = 1, both at once: spectral radius of a turn at the equilibrium", circling.predicted, 1.0, 0.0),
        Row::at_most("k = 20 with the same steps: KL(p_data, p_g) at the end", converging.kullback_leibler, 1e-12, 0.0),
        Row::at_most("k = 20: turns round the equilibrium", converging.rotations, 1.0, 0.0),
        Row::equal("k = 20: distance shrinks per turn by the spectral radius", of(&converging), converging.predicted, 0.01),
        Row::at_most("k = 1, in alternation: KL(p_data, p_g) at the end", alternating.kullback_leibler, 1e-12, 0.0),
        Row::equal(
            "k = 1, in alternation: distance shrinks per turn by the spectral radius",
            of(&alternating),
            alternating.predicted,
            0.01,
        ),
    ])
}

fn samples() -> Result<Vec<Row>, TheoryError> {
    let reports = overfitting::run(&binomial()?, &[10, 100, 1_000, 10_000], &overfitting::Options::default())?;
    let mut rows = Vec::new();
    for r in &reports {
        let n = r.samples;
        rows.push(Row::at_most(format!("{n} samples: JSD(samples, p_g) at the end"), r.divergence_to_samples, 1e-10, 0.0));
        rows.push(Row::at_least(
            format!("{n} samples: JSD(truth, p_g) stays, at least a tenth of 4 / (8 n)"),
            r.divergence_to_truth,
            0.05 / n as f64,
            0.0,
        ));
        rows.push(Row::at_least(
            format!("{n} samples: V on them, against the perfect generator, above -log 4 by"),
            r.value_on_training + LOG_4,
            0.0,
            0.0,
        ));
        rows.push(Row::at_most(
            format!("{n} samples: V of that D on the truth, above -log 4 by"),
            r.value_on_truth + LOG_4,
            0.0,
            1e-12,
        ));
    }
    let falls = reports.windows(2).map(|r| r[1].divergence_to_truth / r[0].divergence_to_truth).fold(0.0, f64::max);
    rows.push(Row::at_most("ten times the samples: the largest ratio of JSD(truth, p_g)", falls, 0.5, 0.0));
    Ok(rows)
}

fn rows() -> Result<Vec<Row>, TheoryError> {
    Ok([proposition_2()?, capacity()?, finite_steps()?, samples()?].concat())
}
