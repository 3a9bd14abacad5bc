//! Prop. 2 with all its conditions, in words and numbers.

use gan::core::theory::convergence::Curvature;
use gan::core::theory::convergence::descent::{Moment, Report};
use serde_json::{Value, json};

use super::super::output::{self, short, table};
use super::Shown;

/// The steps that a table shows of so many: more of the first ones.
pub(super) fn some_steps(last: usize) -> Vec<usize> {
    let grid = (0..9).flat_map(|e| [1, 2, 5].map(|m| m * 10_usize.pow(e)));
    let mut steps: Vec<usize> = std::iter::once(0).chain(grid.take_while(|s| *s < last)).chain([last]).collect();
    steps.dedup();
    steps
}

pub(super) fn text(shown: &Shown) -> String {
    let Report { history, end, rate, converged, .. } = &shown.descent;
    let rows: Vec<[String; 6]> = some_steps(end.iteration).into_iter().filter_map(|i| history.get(i)).map(row).collect();
    let ended = match converged {
        true => format!("KL(p_data || p_g) fell to {:.0e} nats after {} steps", shown.options.tolerance, end.iteration),
        false => format!(
            "KL(p_data || p_g) is {} nats after {} steps; it was to fall to {:.0e}",
            short(end.kullback_leibler),
            end.iteration,
            shown.options.tolerance
        ),
    };
    let rate = rate.map_or_else(String::new, |r| {
        format!(
            "Over the last half of them KL was multiplied by {:.5} a step; the Hessian of C at the optimum, 1 / (2 p_data), predicts {:.5}\nin the end.\n",
            r.measured, r.predicted
        )
    });
    format!(
        "Prop. 2 (Goodfellow et al. 2014), all its conditions met: D = D* at every step, and p_g itself moves, over {} outcomes,\n\
         against log(1 - D*), the slope of C(G) = max_D V(D, G).\n{}{ended}, and C(G) = {:.10}: -log 4 = -1.3862943611.\n{rate}",
        shown.p_data.outcomes(),
        table(["  step", "step size", "C(G), nats", "KL(p_data || p_g), nats", "JSD, nats", "KL ratio"], &rows),
        end.criterion,
    )
}

fn row(m: &Moment) -> [String; 6] {
    let size = if m.step == 0.0 { "-".to_owned() } else { short(m.step) };
    let ratio = m.ratio.map_or_else(|| "-".to_owned(), short);
    [
        format!("  {}", m.iteration),
        size,
        format!("{:.10}", m.criterion),
        short(m.kullback_leibler),
        short(m.jensen_shannon),
        ratio,
    ]
}

pub(super) fn json(shown: &Shown) -> Value {
    let Report { history, end, p_g, rate, converged } = &shown.descent;
    let curvature = Curvature::at_optimum(&shown.p_data);
    let moment = |m: &Moment| {
        json!({
            "iteration": m.iteration, "step": m.step, "criterion": m.criterion, "kl": output::json(m.kullback_leibler),
            "jsd": m.jensen_shannon, "ratio": m.ratio,
        })
    };
    json!({
        "converged": converged,
        "iterations": end.iteration,
        "end": moment(end),
        "p_g": p_g.probabilities().as_slice(),
        "rate": rate.map(|r| json!({ "measured": r.measured, "predicted": r.predicted })),
        "curvature": curvature.map(|c| json!({ "least": c.least, "largest": c.largest, "best_step": c.best_step() })),
        "history": history.iter().map(moment).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn some_steps_begin_and_end_with_all() {
        assert_eq!(super::some_steps(0), [0]);
        assert_eq!(super::some_steps(1), [0, 1]);
        assert_eq!(super::some_steps(17), [0, 1, 2, 5, 10, 17]);
    }
}
