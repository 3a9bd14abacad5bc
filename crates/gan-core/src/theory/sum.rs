/// Sum with Neumaier's compensation: the error does not grow with the number of terms.
///
/// Infinite terms give the infinite (or NaN) sum that plain addition gives.
pub(super) fn stable_sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    let mut sum = 0.0_f64;
    let mut compensation = 0.0_f64;
    for term in terms {
        let next = sum + term;
        // Past the first infinity the compensation would be inf - inf = NaN.
        if next.is_finite() {
            compensation += if sum.abs() >= term.abs() { (sum - next) + term } else { (term - next) + sum };
        }
        sum = next;
    }
    sum + compensation
}

#[cfg(test)]
mod tests {
    use super::stable_sum;

    #[test]
    fn keeps_what_plain_addition_loses() {
        assert_eq!(stable_sum([1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(stable_sum(std::iter::repeat_n(0.1, 1_000_000)), 100_000.0);
        assert_eq!(stable_sum([]), 0.0);
    }

    #[test]
    fn infinities_come_through() {
        assert_eq!(stable_sum([1.0, f64::NEG_INFINITY, 3.0]), f64::NEG_INFINITY);
        assert!(stable_sum([f64::INFINITY, f64::NEG_INFINITY]).is_nan());
    }
}
