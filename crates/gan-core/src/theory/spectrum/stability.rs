use std::f64::consts::TAU;

use nalgebra::Complex;

/// An eigenvalue whose magnitude is below this share of the largest is taken for 0: a direction in which nothing happens.
const NEUTRAL: f64 = 1e-9;
/// The share of its magnitude from which on an imaginary part rotates, above what rounding makes of a double eigenvalue.
const ROTATES: f64 = 1e-6;

/// What the eigenvalues of `v'` say of gradient descent near the point at which they were taken.
///
/// From some eigenvalues it says what those do: a step that they bear is not yet borne by the rest. Those of the largest magnitude and the
/// rightmost together are what usually decides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stability {
    /// Eigenvalues with a real part above 0: directions that run away under any step.
    pub growing: usize,
    /// Eigenvalues that are 0 but for rounding: directions in which nothing happens (a weight that has no effect, say).
    pub neutral: usize,
    /// Eigenvalues with an imaginary part.
    pub rotating: usize,
    /// The largest real part.
    pub rightmost: f64,
    /// The largest angle between an eigenvalue and the real axis, in radians: at a right angle there is rotation and no damping.
    pub largest_angle: f64,
    /// The largest imaginary part: radians that the fastest rotation turns in a unit of time, `h` of them in a step of size `h`.
    pub fastest_rotation: f64,
    /// `min -2 Re l / |l|^2` over the eigenvalues that are not neutral: below this step all of them contract. `None` where one of them
    /// does under no step.
    pub largest_step: Option<f64>,
}

impl Stability {
    /// What these eigenvalues say.
    ///
    /// ```
    /// use gan_core::theory::spectrum::Stability;
    /// use nalgebra::Complex;
    ///
    /// let damped = Stability::of(&[Complex::new(-0.15, 0.4), Complex::new(-0.15, -0.4)]);
    /// assert_eq!((damped.growing, damped.rotating), (0, 2));
    /// assert!(damped.largest_step.is_some_and(|h| (h - 0.3 / 0.1825).abs() < 1e-12));
    /// ```
    pub fn of(values: &[Complex<f64>]) -> Stability {
        let largest = values.iter().map(|l| l.norm()).fold(0.0, f64::max);
        let moving: Vec<_> = values.iter().filter(|l| l.norm() > NEUTRAL * largest).collect();
        let rotates = |l: &&&Complex<f64>| l.im.abs() > ROTATES * l.norm();
        // a real part that rounding leaves of 0
        let damped = |l: &Complex<f64>| l.re < -NEUTRAL * largest;
        let steps = moving.iter().map(|l| -2.0 * l.re / l.norm_sqr()).fold(f64::INFINITY, f64::min);
        Stability {
            growing: moving.iter().filter(|l| l.re > NEUTRAL * largest).count(),
            neutral: values.len() - moving.len(),
            rotating: moving.iter().filter(rotates).count(),
            rightmost: values.iter().map(|l| l.re).fold(f64::NEG_INFINITY, f64::max),
            largest_angle: moving.iter().map(|l| l.im.abs().atan2(l.re.abs())).fold(0.0, f64::max),
            fastest_rotation: values.iter().map(|l| l.im.abs()).fold(0.0, f64::max),
            largest_step: moving.iter().all(|l| damped(l)).then_some(steps),
        }
    }

    /// Steps of size `h` in which the fastest rotation turns once; infinite where nothing rotates.
    pub fn steps_of_a_turn(&self, h: f64) -> f64 {
        TAU / (h * self.fastest_rotation)
    }
}

/// The spectral radius of the map of simultaneous steps, `max |1 + h l|` over these eigenvalues of `v'`: below 1 they contract; 0 of
/// none.
pub fn radius_of_step(values: &[Complex<f64>], h: f64) -> f64 {
    values.iter().map(|l| (l * h + 1.0).norm()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn c(re: f64, im: f64) -> Complex<f64> {
        Complex::new(re, im)
    }

    #[test]
    fn the_largest_step_is_where_the_radius_passes_one() {
        let values = [c(-0.15, 0.4), c(-0.15, -0.4), c(-3.0, 0.0), c(-0.01, 0.02), c(-0.01, -0.02)];
        let h = Stability::of(&values).largest_step.unwrap();
        assert!((h - 2.0 / 3.0).abs() < 1e-15);
        assert!(radius_of_step(&values, 0.999 * h) < 1.0 && radius_of_step(&values, 1.001 * h) > 1.0);
    }

    #[test]
    fn circling_growing_and_doing_nothing() {
        let circling = Stability::of(&[c(0.0, 0.5), c(0.0, -0.5), c(0.0, 0.0)]);
        assert_eq!((circling.growing, circling.neutral, circling.rotating, circling.largest_step), (0, 1, 2, None));
        assert!((circling.largest_angle - TAU / 4.0).abs() < 1e-15);
        assert!((circling.steps_of_a_turn(0.1) - TAU / 0.05).abs() < 1e-9);
        let growing = Stability::of(&[c(0.1, 0.0), c(-1.0, 0.0)]);
        assert_eq!((growing.growing, growing.rightmost, growing.largest_step), (1, 0.1, None));
        // a direction in which nothing happens does not forbid a step
        assert_eq!(Stability::of(&[c(-1.0, 0.0), c(0.0, 0.0)]).largest_step, Some(2.0));
        assert_eq!(Stability::of(&[c(-1.0, 0.0)]).steps_of_a_turn(0.1), f64::INFINITY);
        assert_eq!(radius_of_step(&[], 0.1), 0.0);
    }
}
