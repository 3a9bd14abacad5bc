//! The functions of one variable from which losses are made, each with its first three derivatives.

/// A function of D's output.
#[derive(Debug, Clone, Copy)]
pub struct Curve {
    /// Value, first, second and third derivative at a point; at a kink those from its right.
    pub at: fn(f64) -> [f64; 4],
    /// Where it has no derivative.
    pub kink: Option<f64>,
}

impl Curve {
    const fn smooth(at: fn(f64) -> [f64; 4]) -> Curve {
        Curve { at, kink: None }
    }
}

/// `log(1 + e^t)`; its derivative is the logistic function.
fn softplus(t: f64) -> [f64; 4] {
    let small = (-t.abs()).exp();
    let high = 1.0 / (1.0 + small);
    let (s, other) = if t >= 0.0 { (high, small * high) } else { (small * high, high) };
    let slope = s * other;
    [t.max(0.0) + small.ln_1p(), s, slope, slope * (other - s)]
}

/// `log(1 + e^t) = -log(1 - D)` of the logit t: what D pays for a fake, and, its sign turned, what G wins.
pub const SOFTPLUS: Curve = Curve::smooth(softplus);

/// `log(1 + e^-t) = -log D`: what D pays for the data.
pub const SOFTPLUS_OF_MINUS: Curve = Curve::smooth(|t| {
    let [f, first, second, third] = softplus(-t);
    [f, -first, second, -third]
});

/// `-log(1 + e^t) = log(1 - D)`: what G pays in the zero-sum game.
pub const MINUS_SOFTPLUS: Curve = Curve::smooth(|t| softplus(t).map(|part| -part));

/// `t`.
pub const IDENTITY: Curve = Curve::smooth(|t| [t, 1.0, 0.0, 0.0]);

/// `-t`.
pub const MINUS: Curve = Curve::smooth(|t| [-t, -1.0, 0.0, 0.0]);

/// `(t - 1)^2 / 2`.
pub const SQUARE_TO_ONE: Curve = Curve::smooth(|t| [0.5 * (t - 1.0) * (t - 1.0), t - 1.0, 1.0, 0.0]);

/// `(t + 1)^2 / 2`.
pub const SQUARE_TO_MINUS_ONE: Curve = Curve::smooth(|t| [0.5 * (t + 1.0) * (t + 1.0), t + 1.0, 1.0, 0.0]);

/// `t^2 / 2`.
pub const SQUARE_TO_ZERO: Curve = Curve::smooth(|t| [0.5 * t * t, t, 1.0, 0.0]);

/// `max(0, 1 - t)`.
pub const HINGE_OF_MINUS: Curve = Curve { at: |t| if t >= 1.0 { [0.0; 4] } else { [1.0 - t, -1.0, 0.0, 0.0] }, kink: Some(1.0) };

/// `max(0, 1 + t)`.
pub const HINGE: Curve = Curve { at: |t| if t < -1.0 { [0.0; 4] } else { [1.0 + t, 1.0, 0.0, 0.0] }, kink: Some(-1.0) };

/// `|t|`.
pub const ABSOLUTE: Curve = Curve { at: |t| [t.abs(), if t >= 0.0 { 1.0 } else { -1.0 }, 0.0, 0.0], kink: Some(0.0) };

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Curve; 11] = [
        SOFTPLUS,
        SOFTPLUS_OF_MINUS,
        MINUS_SOFTPLUS,
        IDENTITY,
        MINUS,
        SQUARE_TO_ONE,
        SQUARE_TO_MINUS_ONE,
        SQUARE_TO_ZERO,
        HINGE_OF_MINUS,
        HINGE,
        ABSOLUTE,
    ];

    #[test]
    fn each_derivative_is_that_of_the_one_before() {
        const H: f64 = 1e-3;
        for (i, curve) in ALL.iter().enumerate() {
            for t in [-7.3, -1.4, -0.6, 0.2, 0.9, 2.4, 8.1] {
                for order in 1..4 {
                    let f = |d: f64| (curve.at)(t + d)[order - 1];
                    let difference = (8.0 * (f(H) - f(-H)) - (f(2.0 * H) - f(-2.0 * H))) / (12.0 * H);
                    assert!((difference - (curve.at)(t)[order]).abs() < 1e-10, "curve {i}, order {order}, t {t}");
                }
            }
        }
    }

    #[test]
    fn softplus_at_both_ends() {
        assert_eq!((SOFTPLUS.at)(800.0), [800.0, 1.0, 0.0, 0.0]);
        let low = (SOFTPLUS.at)(-40.0);
        assert!((low[0] / (-40.0_f64).exp() - 1.0).abs() < 1e-15 && (low[1] / low[0] - 1.0).abs() < 1e-15);
        assert!((SOFTPLUS.at)(f64::NAN)[0].is_nan() && (HINGE.at)(f64::NAN)[0].is_nan());
    }
}
