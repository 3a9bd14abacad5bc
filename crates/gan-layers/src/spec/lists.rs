//! Fields that hold several things.

use super::{Fields, Spec, SpecAt, Value};
use crate::LayerError;

impl Fields<'_> {
    /// Finite numbers: a list of them, or one that stands alone.
    ///
    /// # Errors
    /// A value of another kind, or an empty list.
    ///
    /// ```
    /// use gan_layers::{Fields, Spec, Value};
    /// let spec = Spec::new("gaussian").with("mean", Value::List(vec![0.5.into(), 2.into()])).with("std", 1);
    /// let fields = Fields::new(&spec, "density");
    /// assert_eq!(fields.numbers("mean")?, Some(vec![0.5, 2.0]));
    /// assert_eq!(fields.numbers("std")?, Some(vec![1.0]));
    /// assert_eq!(fields.numbers("correlation")?, None);
    /// # Ok::<(), gan_layers::LayerError>(())
    /// ```
    pub fn numbers(&self, key: &'static str) -> Result<Option<Vec<f64>>, LayerError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        row(value).map(Some).ok_or_else(|| self.fault(key, "a number or a list of numbers", value))
    }

    /// Points: a list of numbers, or of lists of equally many numbers, one a point.
    ///
    /// # Errors
    /// A value of another kind, an empty list, or points of different lengths.
    pub fn points(&self, key: &'static str) -> Result<Option<Vec<Vec<f64>>>, LayerError> {
        const EXPECTED: &str = "a list of numbers, or of lists of equally many numbers";
        let Some(value) = self.get(key) else { return Ok(None) };
        let points = match value {
            Value::List(items) => items.iter().map(row).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        let even = points.filter(|p| p.first().is_some_and(|first| p.iter().all(|point| point.len() == first.len())));
        even.map(Some).ok_or_else(|| self.fault(key, EXPECTED, value))
    }

    /// Nested specs, each with the place where it stands (`density.components[1]`).
    ///
    /// # Errors
    /// A value that is no list of specs, or an empty list.
    pub fn specs(&self, key: &'static str) -> Result<Option<Vec<SpecAt>>, LayerError> {
        const EXPECTED: &str = "a list of names or of tables with a `type`";
        let Some(value) = self.get(key) else { return Ok(None) };
        let Value::List(items) = value else { return Err(self.fault(key, EXPECTED, value)) };
        if items.is_empty() {
            return Err(self.fault(key, EXPECTED, value));
        }
        let read = |(i, item): (usize, &Value)| {
            let path = format!("{}.{key}[{i}]", self.path());
            let spec = Spec::from_value(item.clone())
                .map_err(|e| self.fault(&format!("{key}[{i}]"), "a name or a table with a `type`", e))?;
            Ok((spec, path))
        };
        items.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>().map(Some)
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(x) => Some(*x as f64),
        Value::Float(x) => Some(*x).filter(|x| x.is_finite()),
        _ => None,
    }
}

fn row(value: &Value) -> Option<Vec<f64>> {
    match value {
        Value::List(items) if items.is_empty() => None,
        Value::List(items) => items.iter().map(number).collect(),
        one => number(one).map(|x| vec![x]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_name_their_place() {
        let list = |items: &[Value]| Value::List(items.to_vec());
        let spec = Spec::new("x")
            .with("a", "one")
            .with("b", list(&[]))
            .with("c", list(&[1.into(), f64::NAN.into()]))
            .with("d", list(&[1.into(), list(&[1.into(), 2.into()])]))
            .with("e", list(&["gaussian".into(), 3.into()]));
        let fields = Fields::new(&spec, "here");
        for key in ["a", "b", "c"] {
            let fault = fields.numbers(key).unwrap_err().to_string();
            assert!(fault.starts_with(&format!("here.{key}: expected a number or a list of numbers, found")), "{fault}");
            assert!(fields.points(key).is_err());
        }
        assert!(fields.points("d").is_err());
        for key in ["a", "b"] {
            assert!(fields.specs(key).is_err());
        }
        let fault = fields.specs("e").unwrap_err().to_string();
        assert!(fault.starts_with("here.e[1]: expected a name or a table"), "{fault}");
        assert_eq!(fields.specs("absent"), Ok(None));
    }

    #[test]
    fn points_of_one_and_two_coordinates() {
        let pair = |x: i32, y: f64| Value::List(vec![x.into(), y.into()]);
        let spec = Spec::new("x")
            .with("a", Value::List(vec![1.into(), 2.5.into()]))
            .with("b", Value::List(vec![pair(1, 2.0), pair(3, 4.5)]));
        let fields = Fields::new(&spec, "here");
        assert_eq!(fields.points("a"), Ok(Some(vec![vec![1.0], vec![2.5]])));
        assert_eq!(fields.points("b"), Ok(Some(vec![vec![1.0, 2.0], vec![3.0, 4.5]])));
    }
}
