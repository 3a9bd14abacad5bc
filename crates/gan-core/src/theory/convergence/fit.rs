/// The factor per step of values that shrink or grow geometrically: `exp` of the slope of the least-squares line through
/// `(i, log y_i)`. `None` for fewer than 5 values.
pub(super) fn geometric_rate(values: &[f64]) -> Option<f64> {
    if values.len() < 5 || values.iter().any(|&y| !(y > 0.0 && y.is_finite())) {
        return None;
    }
    let centre = (values.len() - 1) as f64 / 2.0;
    let (mut along, mut square) = (0.0, 0.0);
    for (i, y) in values.iter().enumerate() {
        let x = i as f64 - centre;
        along += x * y.ln();
        square += x * x;
    }
    Some((along / square).exp())
}

#[cfg(test)]
mod tests {
    use super::geometric_rate;

    #[test]
    fn of_a_geometric_series() {
        let series: Vec<f64> = (0..20).map(|i| 3.0 * 0.7_f64.powi(i)).collect();
        assert!((geometric_rate(&series).unwrap() - 0.7).abs() < 1e-14);
        assert_eq!(geometric_rate(&series[..4]), None);
        assert_eq!(geometric_rate(&[1.0, 1.0, 0.0, 1.0, 1.0]), None);
    }
}
