//! What the options of several commands of the theory hold.

use std::str::FromStr;

use gan::core::theory::Distribution;

/// `1,4,6,4,1`: the weights of outcomes, normalised.
pub(super) fn weights(text: &str) -> Result<Distribution, String> {
    let List(weights) = list(text).map_err(|found| format!("expected weights of outcomes as in 1,4,6,4,1, found {found}"))?;
    Distribution::from_weights(&weights).map_err(|fault| fault.to_string())
}

/// Values of an option, separated by commas.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct List<T>(pub Vec<T>);

/// The error is what was found.
fn list<T: FromStr>(text: &str) -> Result<List<T>, String> {
    let value = |part: &str| part.trim().parse().map_err(|_| format!("`{}`", part.trim()));
    text.split(',').map(value).collect::<Result<_, _>>().map(List)
}

/// `1,2,5`: at most `most` whole numbers from 1 to `largest`.
pub(super) fn counts(text: &str, most: usize, largest: usize) -> Result<List<usize>, String> {
    let expected = || format!("expected up to {most} whole numbers from 1 to {largest} as in 1,2,5");
    let list: List<usize> = list(text).map_err(|found| format!("{}, found {found}", expected()))?;
    if list.0.len() > most {
        return Err(format!("{}, found {} of them", expected(), list.0.len()));
    }
    match list.0.iter().find(|n| !(1..=largest).contains(*n)) {
        Some(n) => Err(format!("{}, found {n}", expected())),
        None => Ok(list),
    }
}

/// A finite number greater than 0.
pub(super) fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(v) if v > 0.0 && f64::is_finite(v) => Ok(v),
        _ => Err("expected a finite number greater than 0".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_and_normalised() {
        assert_eq!(weights("1, 3,0").unwrap().probabilities().as_slice(), [0.25, 0.75, 0.0]);
        for (text, words) in
            [("", "found ``"), ("1,x", "found `x`"), ("1,-2", "-2"), ("0,0", "sum 0"), ("1,nan", "NaN"), ("inf", "inf")]
        {
            let fault = weights(text).unwrap_err();
            assert!(fault.contains(words), "{text}: {fault}");
        }
    }

    #[test]
    fn counts_and_positive_numbers_say_what_they_expect() {
        assert_eq!(counts("1,20", 4, 20), Ok(List(vec![1, 20])));
        for text in ["0", "21", "1,1,1,1,1", "", "1.5", "-1"] {
            assert!(counts(text, 4, 20).unwrap_err().contains("from 1 to 20"), "{text}");
        }
        assert_eq!(positive("1e-3"), Ok(1e-3));
        for text in ["0", "-1", "nan", "inf", "", "1e999"] {
            assert!(positive(text).is_err(), "{text}");
        }
    }
}
