//! Formulas and values of f-divergences, in words and numbers.

use gan::core::theory::TheoryError;
use gan::core::theory::f_divergences::{Entry, FDivergence, divergence, optimal_critic, variational_bound};
use serde_json::{Value, json};

use super::super::output::{self, short, table};
use super::compared::Compared;

/// What is computed of one divergence.
pub(super) struct Values {
    /// `D_f(p || q)`.
    pub divergence: f64,
    /// The bound at the best T.
    pub bound: f64,
    /// The bound of a critic that reads half of the log ratio.
    pub timid: f64,
    /// The bound of one that reads half as much again.
    pub bold: f64,
    /// The largest `|f(u) - (u T* - f*(T*))| / max(1, |f(u)|)` for `u` from 1e-3 to 1e3.
    pub fenchel: f64,
}

impl Values {
    pub fn of(entry: &Entry, compared: &Compared) -> Result<Values, TheoryError> {
        let (f, p, q) = (entry.divergence, &compared.p, &compared.q);
        let best = optimal_critic(f, p, q)?;
        Ok(Values {
            divergence: divergence(f, p, q)?,
            bound: variational_bound(f, p, q, best.as_slice())?,
            timid: compared.bound_at_scale(f, 0.5)?,
            bold: compared.bound_at_scale(f, 1.5)?,
            fenchel: fenchel_error(f),
        })
    }

    /// How far the bound at the best T is from the divergence; 0 where both are infinite.
    fn gap(&self) -> f64 {
        if self.divergence == self.bound { 0.0 } else { self.divergence - self.bound }
    }
}

fn fenchel_error(f: &dyn FDivergence) -> f64 {
    let ratios = (-300..=300).map(|i| 10_f64.powf(f64::from(i) / 100.0));
    ratios.map(|u| (tight(f, u) - f.f(u)).abs() / f.f(u).abs().max(1.0)).fold(0.0, f64::max)
}

/// `u T* - f*(T*)`, which is `f(u)`.
pub(super) fn tight(f: &dyn FDivergence, u: f64) -> f64 {
    let t = f.derivative(u);
    u * t - f.conjugate(t)
}

/// The interval in which `f*` is finite, as a condition on `t`.
pub(super) fn domain(f: &dyn FDivergence) -> String {
    let end = |v: f64| match v {
        _ if v == std::f64::consts::LN_2 => "log 2".to_owned(),
        _ => v.to_string(),
    };
    let sign = |v: f64| if f.conjugate(v).is_finite() { "<=" } else { "<" };
    let d = f.domain();
    match (d.lower.is_finite(), d.upper.is_finite()) {
        (false, false) => "all t".to_owned(),
        (false, true) => format!("t {} {}", sign(d.upper), end(d.upper)),
        (true, false) => format!("{} {} t", end(d.lower), sign(d.lower)),
        (true, true) => format!("{} {} t {} {}", end(d.lower), sign(d.lower), sign(d.upper), end(d.upper)),
    }
}

pub(super) fn text(entries: &[&Entry], values: &[Values], compared: &Compared) -> String {
    let functions: Vec<[String; 5]> = entries
        .iter()
        .map(|e| {
            let f = e.divergence;
            [format!("  {}", e.name), e.formulas.f.to_owned(), short(f.f(1.0)), e.formulas.conjugate.to_owned(), domain(f)]
        })
        .collect();
    let critics: Vec<[String; 6]> = entries
        .iter()
        .map(|e| {
            let (f, formulas) = (e.divergence, e.formulas);
            let reads = if f.reads_log_ratio() { "yes" } else { "no" };
            [
                format!("  {}", e.name),
                formulas.derivative.to_owned(),
                short(f.threshold()),
                formulas.activation.to_owned(),
                formulas.output.to_owned(),
                reads.to_owned(),
            ]
        })
        .collect();
    let numbers: Vec<[String; 6]> = entries
        .iter()
        .zip(values)
        .map(|(e, v)| {
            // an infinite gain less an infinite loss is no number
            let cell = |v: f64| if v.is_nan() { "-".to_owned() } else { short(v) };
            let cells = [v.divergence, v.gap(), v.timid, v.bold, v.fenchel].map(cell);
            let [d, gap, timid, bold, fenchel] = cells;
            [format!("  {}", e.name), d, gap, timid, bold, fenchel]
        })
        .collect();
    let support = match compared.on_line() {
        true => format!("in {} cells of the line", compared.p.outcomes()),
        false => format!("over {} outcomes", compared.p.outcomes()),
    };
    let tails = compared.on_line() && values.iter().any(|v| v.divergence > 1e6);
    let note = match tails {
        true => {
            "The cells end where less than 1e-14 of the mass is left, and densities below 1e-308 count as 0: where a value is huge or\n\
             infinite, the tails or places that only one of them reaches decide.\n"
        }
        false => "",
    };
    format!(
        "f-GAN (Nowozin et al. 2016): D_f(p_data || p_g) = sum p_g f(u) with u = p_data / p_g, and\n\
         D_f >= E_data T - E_g f*(T) (eq. 4) for any T into the domain of f*.\n{}\n\
         It is tight for T* = f'(u) (eq. 5). D's raw output v becomes T = g_f(v); above f'(1), D takes a sample for one of the data.\n{}\n\
         p_data = {}, p_g = {}, {support}; all in nats or without a unit:\n{}\
         gap: D_f less the bound at T*. At u^0.5 and u^1.5: the bound of a D that takes the log ratio for half of what it is, or for half\n\
         as much again. Fenchel: the largest error of f(u) = u T* - f*(T*) for u from 1e-3 to 1e3, relative to max(1, |f|).\n{note}",
        table(["  divergence", "f(u)", "f(1)", "f*(t)", "domain"], &functions),
        table(["  divergence", "T* = f'(u)", "f'(1)", "g_f(v)", "v at T*", "v = log u"], &critics),
        compared.names.0,
        compared.names.1,
        table(["  divergence", "D_f", "gap", "at u^0.5", "at u^1.5", "Fenchel"], &numbers),
    )
}

pub(super) fn json(entry: &Entry, values: &Values) -> Value {
    let (f, formulas) = (entry.divergence, entry.formulas);
    let d = f.domain();
    json!({
        "name": entry.name,
        "formulas": {
            "f": formulas.f, "derivative": formulas.derivative, "conjugate": formulas.conjugate,
            "activation": formulas.activation, "output": formulas.output,
        },
        "domain": [output::json(d.lower), output::json(d.upper)],
        "f_at_1": f.f(1.0),
        "threshold": f.threshold(),
        "reads_log_ratio": f.reads_log_ratio(),
        "value": output::json(values.divergence),
        "bound": output::json(values.bound),
        "gap": output::json(values.gap()),
        "bound_at_half": output::json(values.timid),
        "bound_at_three_halves": output::json(values.bold),
        "fenchel_error": output::json(values.fenchel),
    })
}

#[cfg(test)]
mod tests {
    use gan::core::theory::f_divergences;

    #[test]
    fn domains_are_written_with_their_ends() {
        let of = |name| super::domain(f_divergences::find(name).unwrap().divergence);
        assert_eq!(of("pearson"), "all t");
        assert_eq!(of("gan"), "t < 0");
        assert_eq!(of("neyman"), "t <= 1");
        assert_eq!(of("jensen_shannon"), "t < log 2");
        assert_eq!(of("total_variation"), "-0.5 <= t <= 0.5");
    }
}
