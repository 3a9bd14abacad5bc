use gan_layers::{Spec, Value};

use super::{Density, build};
use crate::theory::{DensityError, TheoryError};

/// How deep descriptions may nest: deeper ones are an attack on the stack.
const DEEPEST: usize = 32;

/// Builds a density from one line of text.
///
/// ```text
/// sum     = term { "+" term }                      several terms are a mixture
/// term    = [ number "*" ] density
/// density = name [ "(" argument { "," argument } ")" ]
/// argument = name "=" value  |  sum                 a sum is a component of a mixture
/// value   = number | "[" value { "," value } "]" | density
/// ```
///
/// Of the components of a mixture those without a number share what the others leave of 1; where all have one, only the ratios
/// count.
///
/// # Errors
/// [`DensityError::Text`] with the place, or [`DensityError::Description`] with the place and the nearest known name.
///
/// ```
/// use gan_core::theory::densities::{Density, parse};
///
/// assert_eq!(parse("gaussian(mean=[0, 0], std=[1, 2], correlation=0.5)")?.dim(), 2);
/// let p = parse("mixture(gaussian(mean=-1), 0.3*gaussian(mean=2, std=.1))")?;
/// let q = parse("0.7*gaussian(mean=-1) + 0.3*gaussian(mean=2, std=.1)")?;
/// assert_eq!(p.density(&[0.3]), q.density(&[0.3]));
/// let fault = parse("gaussian(mean=1").unwrap_err().to_string();
/// assert_eq!(fault, "gaussian(mean=1\n               ^ expected `,` or `)`, found the end");
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn parse(text: &str) -> Result<Box<dyn Density>, TheoryError> {
    Ok(build(&parse_spec(text)?, "density").map_err(|fault| DensityError::from(Box::new(fault)))?)
}

/// The description that a line of text means, as it could stand in a configuration file.
///
/// # Errors
/// [`DensityError::Text`] with the place.
pub fn parse_spec(text: &str) -> Result<Spec, TheoryError> {
    let mut reader = Reader { text, at: 0 };
    let spec = reader.sum(0)?;
    match reader.peek() {
        None => Ok(spec),
        Some(_) => Err(reader.fault("`+` or the end")),
    }
}

struct Reader<'a> {
    text: &'a str,
    /// In bytes, at a character.
    at: usize,
}

/// A component, its number if it has one, and where it begins.
type Term = (Spec, Option<f64>, usize);

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&mut self) -> Option<char> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self.rest().chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn fault(&mut self, expected: &str) -> TheoryError {
        let found = self.peek().map_or_else(|| "the end".to_owned(), |c| format!("`{c}`"));
        self.fault_at(self.at, expected, found)
    }

    fn fault_at(&self, at: usize, expected: &str, found: String) -> TheoryError {
        let at = self.text.get(..at).unwrap_or(self.text).chars().count();
        TheoryError::Density(DensityError::Text { text: self.text.to_owned(), at, expected: expected.to_owned(), found })
    }

    /// The longest run of characters that `belongs` accepts.
    fn run(&mut self, belongs: impl Fn(char) -> bool) -> String {
        self.peek();
        let run: String = self.rest().chars().take_while(|c| belongs(*c)).collect();
        self.at += run.len();
        run
    }

    fn sum(&mut self, depth: usize) -> Result<Spec, TheoryError> {
        let mut terms = vec![self.term(depth)?];
        while self.take('+') {
            terms.push(self.term(depth)?);
        }
        // A lone term is no mixture; a number before it says nothing.
        if terms.len() == 1 { Ok(terms.remove(0).0) } else { self.mixture(terms) }
    }

    fn term(&mut self, depth: usize) -> Result<Term, TheoryError> {
        let start = self.at;
        let weight = match self.peek() {
            Some(c) if starts_number(c) => {
                let start = self.at;
                let weight = self.number()?;
                if !self.take('*') {
                    return Err(self.fault("`*` and a density"));
                }
                if weight <= 0.0 {
                    return Err(self.fault_at(start, "a weight greater than 0", format!("{weight}")));
                }
                Some(weight)
            }
            _ => None,
        };
        Ok((self.density(depth)?, weight, start))
    }

    fn density(&mut self, depth: usize) -> Result<Spec, TheoryError> {
        if depth > DEEPEST {
            return Err(self.fault(&format!("at most {DEEPEST} levels")));
        }
        let name = self.name("the name of a density")?;
        let mut spec = Spec::new(&name);
        let mut terms = Vec::new();
        if self.take('(') && !self.take(')') {
            loop {
                self.argument(&mut spec, &mut terms, depth + 1)?;
                if self.take(')') {
                    break;
                }
                if !self.take(',') {
                    return Err(self.fault("`,` or `)`"));
                }
            }
        }
        if terms.is_empty() {
            return Ok(spec);
        }
        let mixture = self.mixture(terms)?;
        spec.fields.extend(mixture.fields);
        Ok(spec)
    }

    fn argument(&mut self, spec: &mut Spec, terms: &mut Vec<Term>, depth: usize) -> Result<(), TheoryError> {
        self.peek();
        let start = self.at;
        let name = self.run(belongs_to_name);
        if !name.is_empty() && self.take('=') {
            let value = self.value(depth)?;
            if spec.fields.insert(name.clone(), value).is_some() {
                return Err(self.fault_at(start, "each parameter once", format!("`{name}` again")));
            }
            return Ok(());
        }
        self.at = start;
        terms.push(self.term(depth)?);
        if self.peek() == Some('+') {
            // A sum in the place of a component: a mixture of its own.
            let (first, weight, at) = terms.pop().unwrap_or_else(|| (Spec::new(""), None, start));
            let mut inner = vec![(first, weight, at)];
            while self.take('+') {
                inner.push(self.term(depth)?);
            }
            terms.push((self.mixture(inner)?, None, start));
        }
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Value, TheoryError> {
        if depth > DEEPEST {
            return Err(self.fault(&format!("at most {DEEPEST} levels")));
        }
        match self.peek() {
            Some('[') => {
                self.at += 1;
                let mut items = vec![self.value(depth + 1)?];
                while self.take(',') {
                    items.push(self.value(depth + 1)?);
                }
                if self.take(']') { Ok(Value::List(items)) } else { Err(self.fault("`,` or `]`")) }
            }
            Some(c) if starts_number(c) => {
                let start = self.at;
                let number = self.number()?;
                // Whole numbers stay whole, as counts want them.
                let whole = self.text.get(start..self.at).and_then(|t| t.parse::<i64>().ok());
                Ok(whole.map_or(Value::Float(number), Value::Int))
            }
            _ => {
                let spec = self.density(depth)?;
                Ok(if spec.fields.is_empty() { Value::Text(spec.kind) } else { Value::from(spec) })
            }
        }
    }

    fn name(&mut self, expected: &str) -> Result<String, TheoryError> {
        match self.peek() {
            Some(c) if c.is_alphabetic() => Ok(self.run(belongs_to_name)),
            _ => Err(self.fault(expected)),
        }
    }

    fn number(&mut self) -> Result<f64, TheoryError> {
        self.peek();
        let start = self.at;
        // A sign belongs to the number at its beginning and after the e of its exponent.
        let mut end = start;
        let mut previous = ' ';
        for c in self.rest().chars() {
            let sign = matches!(c, '-' | '+') && matches!(previous, ' ' | 'e' | 'E');
            if !(sign || c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E')) {
                break;
            }
            previous = c;
            end += c.len_utf8();
        }
        self.at = end;
        let text = self.text.get(start..end).unwrap_or("");
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(self.fault_at(start, "a finite number", format!("`{text}`"))),
        }
    }

    /// The description of a mixture; terms without a number share what the numbers leave of 1.
    fn mixture(&self, terms: Vec<Term>) -> Result<Spec, TheoryError> {
        let given: f64 = terms.iter().filter_map(|t| t.1).sum();
        let without = terms.iter().filter(|t| t.1.is_none()).count();
        let rest = if given > 0.0 { (1.0 - given) / without as f64 } else { 1.0 };
        if let Some((.., at)) = terms.iter().find(|t| t.1.is_none() && rest <= 0.0) {
            let expected = "a weight, as the others leave nothing of 1";
            return Err(self.fault_at(*at, expected, format!("none, where the others sum to {given}")));
        }
        let (mut components, mut weights) = (Vec::new(), Vec::new());
        for (spec, weight, _) in terms {
            components.push(Value::from(spec));
            weights.push(Value::Float(weight.unwrap_or(rest)));
        }
        let mut mixture = Spec::new("mixture");
        mixture.fields.insert("components".to_owned(), Value::List(components));
        if given > 0.0 {
            mixture.fields.insert("weights".to_owned(), Value::List(weights));
        }
        Ok(mixture)
    }
}

fn starts_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '.' | '-' | '+')
}

fn belongs_to_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    fn fault(text: &str) -> (usize, String, String) {
        match parse_spec(text) {
            Err(TheoryError::Density(DensityError::Text { at, expected, found, .. })) => (at, expected, found),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn reads_what_it_should() {
        assert_eq!(parse_spec("gaussian"), Ok(Spec::new("gaussian")));
        assert_eq!(parse_spec(" gaussian ( ) "), Ok(Spec::new("gaussian")));
        let spec = parse_spec("gaussian(mean = -1e-3, std=.5)").unwrap();
        assert_eq!(spec, Spec::new("gaussian").with("mean", -1e-3).with("std", 0.5));
        let spec = parse_spec("ring(modes=8,radius=+2)").unwrap();
        assert_eq!(spec, Spec::new("ring").with("modes", 8).with("radius", 2));
        let spec = parse_spec("kernel(samples=[[1,2],[3,4.5]], bandwidth=scott)").unwrap();
        let pair = |x: i32, y: Value| Value::List(vec![x.into(), y]);
        let samples = Value::List(vec![pair(1, 2.into()), pair(3, 4.5.into())]);
        assert_eq!(spec, Spec::new("kernel").with("samples", samples).with("bandwidth", "scott"));
    }

    #[test]
    fn weights_of_mixtures() {
        let weights = |text: &str| parse_spec(text).unwrap().fields.get("weights").cloned();
        let list = |w: &[f64]| Some(Value::List(w.iter().map(|x| Value::Float(*x)).collect()));
        assert_eq!(weights("laplace + laplace + uniform"), None);
        assert_eq!(weights("mixture(laplace, .5*laplace, uniform)"), list(&[0.25, 0.5, 0.25]));
        assert_eq!(weights("2*laplace + 6*uniform"), list(&[2.0, 6.0]));
        // A sum within a mixture is one component.
        let nested = parse_spec("mixture(laplace + uniform, 0.2*gaussian)").unwrap();
        assert_eq!(nested.fields.get("weights").cloned(), list(&[0.8, 0.2]));
        let Some(Value::List(parts)) = nested.fields.get("components") else { panic!() };
        assert_eq!(parts.len(), 2);
        assert_eq!(parse_spec("0.3*gaussian"), Ok(Spec::new("gaussian")));
    }

    #[test]
    fn faults_point_at_the_place() {
        let text = |at: usize, expected: &str, found: &str| (at, expected.to_owned(), found.to_owned());
        assert_eq!(fault(""), text(0, "the name of a density", "the end"));
        assert_eq!(fault("gaussian(mean=1, )"), text(17, "the name of a density", "`)`"));
        assert_eq!(fault("gaussian(mean=)"), text(14, "the name of a density", "`)`"));
        assert_eq!(fault("gaussian)"), text(8, "`+` or the end", "`)`"));
        assert_eq!(fault("gaussian(mean=1 std=2)"), text(16, "`,` or `)`", "`s`"));
        assert_eq!(fault("0.5 gaussian"), text(4, "`*` and a density", "`g`"));
        assert_eq!(fault("gaussian + -1*laplace"), text(11, "a weight greater than 0", "-1"));
        assert_eq!(fault("gaussian(mean=1e999)"), text(14, "a finite number", "`1e999`"));
        assert_eq!(fault("gaussian(mean=1-2)"), text(15, "`,` or `)`", "`-`"));
        assert_eq!(fault("gaussian(mean=1, mean=2)"), text(17, "each parameter once", "`mean` again"));
        assert_eq!(fault("kernel(samples=[1, 2)"), text(20, "`,` or `]`", "`)`"));
        assert_eq!(fault("gaussian + 1*laplace").0, 0);
        // Characters, not bytes.
        assert_eq!(fault("größe(a=?)").0, 8);
        assert_eq!(fault(&"mixture(".repeat(100_000)).1, "at most 32 levels");
        assert_eq!(fault(&format!("kernel(samples={}", "[".repeat(100_000))).1, "at most 32 levels");
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(2014),
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        /// Whatever is typed, the answer is a density or a fault.
        #[test]
        fn nothing_panics(text in "[a-z0-9(),=*+.\\[\\] \\-é_]{0,40}") {
            let _ = parse(&text);
        }
    }
}
