use std::f64::consts::{LN_2, PI, TAU};

use super::{Row, Topic};
use crate::theory::{Shifted, TheoryError, plateau_of_gaussians, plateau_of_uniforms};

pub(super) const TOPIC: Topic = Topic {
    name: "saturation",
    doc: "what gradient reaches G as D improves, under log(1 - D) and -log D, and the plateau of the JSD",
    rows,
};

/// `log(1 - D)` at the optimal discriminator, far away: `pi phi(m / 2) (1 - r / 2 + 5 r^2 / 8 - ...)` with
/// `r = (pi / m)^2`.
fn far_minimax(m: f64) -> f64 {
    let r = (PI / m).powi(2);
    PI * (-m * m / 8.0).exp() / TAU.sqrt() * (1.0 - r / 2.0 + 5.0 * r * r / 8.0)
}

fn rows() -> Result<Vec<Row>, TheoryError> {
    let at = |mean: f64, confidence: f64| Shifted::new(mean, 1.0)?.gradients(confidence);
    let (little, six, sure) = (at(6.0, 1e-6)?, at(6.0, 1.0)?, at(6.0, 4.0)?);
    let early = at(6.0, 0.25)?;
    let (ten, forty) = (at(10.0, 1.0)?, at(40.0, 1.0)?);
    let wide = plateau_of_uniforms(1.0, 0.5)?;
    let further = plateau_of_uniforms(1.0, 3.5)?;
    let apart = plateau_of_uniforms(1.0, 3.0)?;
    let narrow = plateau_of_gaussians(0.1, 2.0)?;
    let near = plateau_of_gaussians(1.0, 1.0)?;
    let step = 1e-3;
    let differenced = (plateau_of_gaussians(1.0, 1.0 + step)?.jensen_shannon
        - plateau_of_gaussians(1.0, 1.0 - step)?.jensen_shannon)
        / (2.0 * step);
    Ok(vec![
        Row::equal("a D that knows nothing gives no gradient, log(1 - D)", at(6.0, 0.0)?.minimax, 0.0, 0.0),
        Row::equal("a D that knows nothing gives no gradient, -log D", at(6.0, 0.0)?.non_saturating, 0.0, 0.0),
        Row::equal("a D that knows little gives both losses the same: ratio at m = 6", little.ratio(), 1.0, 1e-4),
        Row::equal("-log D does not fall: its gradient at D* is about m, m = 6", six.non_saturating, 6.0, 0.02),
        Row::equal("-log D does not fall: m = 40", forty.non_saturating, 40.0, 1e-9),
        Row::at_least(
            "-log D grows with an overconfident D, t = 4 against D*, m = 6",
            sure.non_saturating / six.non_saturating,
            3.9,
            0.0,
        ),
        Row::at_most("log(1 - D) falls as D gets better: D* against t = 1/4, m = 6", six.minimax / early.minimax, 0.3, 0.0),
        Row::equal(
            "log(1 - D), overconfident: t m P(Z > m/2), from the samples that D takes for data, ratio at t = 200",
            at(6.0, 200.0)?.minimax / (200.0 * 6.0 * 0.5 * libm::erfc(4.5_f64.sqrt())),
            1.0,
            1e-4,
        ),
        Row::equal(
            "log(1 - D*) at m = 10 is pi phi(m / 2), two terms further, ratio",
            ten.minimax / far_minimax(10.0),
            1.0,
            2e-3,
        ),
        Row::equal("log(1 - D*) at m = 40, where it is 2e-87, ratio", forty.minimax / far_minimax(40.0), 1.0, 1e-6),
        Row::equal(
            "both losses rest at p_g = p_data",
            at(0.0, 1.0)?.minimax.abs() + at(0.0, 1.0)?.non_saturating.abs(),
            0.0,
            0.0,
        ),
        Row::equal("JSD of uniforms half a width apart = log 2 / 2", wide.jensen_shannon, LN_2 / 2.0, 1e-10),
        Row::equal("JSD of uniforms apart = log 2", apart.jensen_shannon, LN_2, 1e-10),
        Row::equal(
            "JSD of uniforms does not change as they come nearer",
            further.jensen_shannon - apart.jensen_shannon,
            0.0,
            1e-12,
        ),
        Row::equal("JSD of Gaussians 20 sigma apart = log 2", narrow.jensen_shannon, LN_2, 1e-10),
        Row::at_most("its slope there", narrow.jensen_shannon_slope, 1e-19, 0.0),
        Row::equal("W1 of uniforms apart = the distance", apart.wasserstein_1, 3.0, 1e-9),
        Row::equal("W1 of Gaussians 20 sigma apart = the distance", narrow.wasserstein_1, 2.0, 1e-9),
        Row::equal("dJSD/dm is half of the gradient under log(1 - D*), m = 1", near.jensen_shannon_slope, differenced, 1e-6),
    ])
}
