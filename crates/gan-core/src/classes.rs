//! The classes that a conditional network is asked about.

use crate::CoreError;

/// Which classes samples are asked to be of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Classes {
    /// Sample `i` of class `i mod K`: all of them, equally often. Nothing is asked of a generator that knows no classes.
    #[default]
    InTurn,
    /// All of one class.
    One(usize),
    /// Each of its own.
    Each(Vec<usize>),
}

/// Checked classes for the samples of a call, to be fed chunk by chunk.
pub(crate) struct Asked<'a> {
    classes: &'a Classes,
    known: Option<usize>,
}

impl<'a> Asked<'a> {
    /// Of a network that reads no classes.
    pub fn nothing() -> Asked<'static> {
        Asked { classes: &Classes::InTurn, known: None }
    }

    /// Checks `classes` for `n` samples of a network that knows so many.
    pub fn new(classes: &'a Classes, known: Option<usize>, n: usize) -> Result<Asked<'a>, CoreError> {
        let Some(count) = known else {
            return match classes {
                Classes::InTurn => Ok(Asked { classes, known }),
                _ => Err(CoreError::Unconditional),
            };
        };
        let fault = |found: String| Err(CoreError::Labels { most: count.saturating_sub(1), samples: n, found });
        match classes {
            Classes::One(class) if *class >= count => fault(format!("class {class}")),
            Classes::Each(each) if each.len() != n => fault(format!("{} classes", each.len())),
            Classes::Each(each) => match each.iter().find(|c| **c >= count) {
                Some(class) => fault(format!("class {class}")),
                None => Ok(Asked { classes, known }),
            },
            _ => Ok(Asked { classes, known }),
        }
    }

    /// The labels of the samples from `start` on, filled up to the `size` of a plan; nothing if the plan takes none.
    pub fn labels(&self, start: usize, rows: usize, size: usize) -> Option<Vec<f32>> {
        let count = self.known?.max(1);
        let class = |i: usize| match self.classes {
            Classes::InTurn => i % count,
            Classes::One(class) => *class,
            Classes::Each(each) => each.get(i).copied().unwrap_or_default(),
        };
        let mut labels: Vec<f32> = (start..start + rows).map(|i| class(i) as f32).collect();
        labels.resize(size, 0.0);
        Some(labels)
    }
}
