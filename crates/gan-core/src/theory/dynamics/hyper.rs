use std::ops::{Add, Mul, Neg, Sub};

/// A hyper-dual number of third order (Fike and Alonso 2011, with a third unit): `sum_S c_S e_S` over the subsets `S` of three
/// units with `e_i^2 = 0`.
///
/// A function evaluated at `x + e_1 u + e_2 v + e_3 w` carries its exact derivatives along `u`, `v` and `w`: the part of `e_1` is
/// `f'[u]`, that of `e_1 e_2` is `f''[u, v]`, that of `e_1 e_2 e_3` is `f'''[u, v, w]`. Nothing is differenced, so they are right to
/// rounding; three orders are what the Jacobian of a field with consensus needs.
///
/// ```
/// use gan_core::theory::dynamics::Hyper;
///
/// // f(x) = x^3 at 2, twice and three times along the same direction
/// let x = Hyper::variable(2.0, [1.0, 1.0, 1.0]);
/// let y = x * x * x;
/// assert_eq!((y.value(), y.first()[0], y.second(0, 1), y.third()), (8.0, 12.0, 12.0, 6.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hyper {
    /// The part of each subset of the units, which the index lists bit by bit.
    parts: [f64; 8],
}

impl Hyper {
    /// A number that does not depend on anything.
    pub fn constant(value: f64) -> Hyper {
        let mut parts = [0.0; 8];
        parts[0] = value;
        Hyper { parts }
    }

    /// `value + sum_i directions_i e_i`: a coordinate of the point and of the three directions.
    pub fn variable(value: f64, directions: [f64; 3]) -> Hyper {
        let [a, b, c] = directions;
        Hyper { parts: [value, a, b, 0.0, c, 0.0, 0.0, 0.0] }
    }

    /// The value.
    pub fn value(self) -> f64 {
        self.parts[0]
    }

    /// The three first derivatives, along each of the directions.
    pub fn first(self) -> [f64; 3] {
        [self.parts[1], self.parts[2], self.parts[4]]
    }

    /// The second derivative along two different directions, numbered 0 to 2; 0 where they are not.
    pub fn second(self, i: usize, j: usize) -> f64 {
        match (i.min(j), i.max(j)) {
            (0, 1) => self.parts[3],
            (0, 2) => self.parts[5],
            (1, 2) => self.parts[6],
            _ => 0.0,
        }
    }

    /// The third derivative, along all directions.
    pub fn third(self) -> f64 {
        self.parts[7]
    }

    /// Whether nothing depends on it: it is 0 with all its derivatives.
    pub fn vanishes(self) -> bool {
        self.parts.iter().all(|&p| p == 0.0)
    }

    /// `f(self)`, for a function of one variable given by its value and first three derivatives at [`value`](Hyper::value): the
    /// chain rule of Faa di Bruno, a term for each partition of the directions.
    #[must_use]
    pub fn chain(self, [f0, f1, f2, f3]: [f64; 4]) -> Hyper {
        let [_, a, b, ab, c, ac, bc, abc] = self.parts;
        let third = f1 * abc + f2 * (a * bc + b * ac + c * ab) + f3 * a * b * c;
        Hyper { parts: [f0, f1 * a, f1 * b, f1 * ab + f2 * a * b, f1 * c, f1 * ac + f2 * a * c, f1 * bc + f2 * b * c, third] }
    }

    /// `self^2`.
    #[must_use]
    pub fn square(self) -> Hyper {
        self * self
    }

    /// `sqrt(self)`, for a value above 0.
    #[must_use]
    pub fn sqrt(self) -> Hyper {
        let (x, r) = (self.value(), self.value().sqrt());
        self.chain([r, 0.5 / r, -0.25 / (x * r), 0.375 / (x * x * r)])
    }
}

impl Add for Hyper {
    type Output = Hyper;
    fn add(self, other: Hyper) -> Hyper {
        Hyper { parts: std::array::from_fn(|s| self.parts[s] + other.parts[s]) }
    }
}

impl Sub for Hyper {
    type Output = Hyper;
    fn sub(self, other: Hyper) -> Hyper {
        Hyper { parts: std::array::from_fn(|s| self.parts[s] - other.parts[s]) }
    }
}

impl Neg for Hyper {
    type Output = Hyper;
    fn neg(self) -> Hyper {
        Hyper { parts: self.parts.map(|p| -p) }
    }
}

impl Mul for Hyper {
    type Output = Hyper;
    fn mul(self, other: Hyper) -> Hyper {
        let (x, y) = (self.parts, other.parts);
        // e_S comes from every way to cut S in two
        let pair = |i: usize, j: usize| x[0] * y[i | j] + x[i] * y[j] + x[j] * y[i] + x[i | j] * y[0];
        let all = x[0] * y[7] + x[7] * y[0] + x[1] * y[6] + x[6] * y[1] + x[2] * y[5] + x[5] * y[2] + x[4] * y[3] + x[3] * y[4];
        let single = |i: usize| x[0] * y[i] + x[i] * y[0];
        Hyper { parts: [x[0] * y[0], single(1), single(2), pair(1, 2), single(4), pair(1, 4), pair(2, 4), all] }
    }
}

impl Mul<f64> for Hyper {
    type Output = Hyper;
    fn mul(self, factor: f64) -> Hyper {
        Hyper { parts: self.parts.map(|p| p * factor) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// f(x, y) = x^3 y^2 + sqrt(x y): every mixed derivative in closed form.
    #[test]
    fn mixed_derivatives_of_two_variables() {
        let (a, b) = (1.3_f64, 0.7_f64);
        let f = |x: Hyper, y: Hyper| x * x * x * y.square() + (x * y).sqrt();
        // directions x, y, x
        let r = f(Hyper::variable(a, [1.0, 0.0, 1.0]), Hyper::variable(b, [0.0, 1.0, 0.0]));
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        close(r.value(), a.powi(3) * b * b + (a * b).sqrt());
        close(r.first()[0], 3.0 * a * a * b * b + 0.5 * (b / a).sqrt());
        close(r.first()[1], 2.0 * a.powi(3) * b + 0.5 * (a / b).sqrt());
        close(r.first()[2], r.first()[0]);
        close(r.second(0, 1), 6.0 * a * a * b + 0.25 / (a * b).sqrt());
        close(r.second(2, 1), r.second(0, 1));
        close(r.second(0, 2), 6.0 * a * b * b - 0.25 * b.sqrt() / a.powf(1.5));
        close(r.third(), 12.0 * a * b - 0.125 * a.powf(-1.5) * b.powf(-0.5));
    }

    #[test]
    fn a_constant_has_no_derivatives() {
        let c = Hyper::constant(2.0) * Hyper::constant(3.0) - Hyper::constant(1.0);
        assert_eq!((c.value(), c.first(), c.second(0, 1), c.third()), (5.0, [0.0; 3], 0.0, 0.0));
        assert!(!c.vanishes() && (c + (-c)).vanishes());
    }
}
