//! The nets inside the crate. A new one is a folder in `nets/` and a line in [`ALL`].

/// A net as the registry lists it.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedNet {
    /// Its name, for `evaluate.classifier` and `gan eval --classifier`.
    pub name: &'static str,
    /// One line on what it is.
    pub doc: &'static str,
    /// The data sets whose samples it judges.
    pub suits: &'static [&'static str],
    /// `net.toml`.
    pub(super) description: &'static str,
    /// `net.safetensors`.
    pub(super) weights: &'static [u8],
}

macro_rules! nets {
    ($($name:literal, [$($suits:literal),*], $doc:literal;)*) => {
        &[$(EmbeddedNet {
            name: $name,
            doc: $doc,
            suits: &[$($suits),*],
            description: include_str!(concat!("../../nets/", $name, "/net.toml")),
            weights: include_bytes!(concat!("../../nets/", $name, "/net.safetensors")),
        }),*]
    };
}

/// Every net.
pub const ALL: &[EmbeddedNet] = nets! {
    "digits", ["digits", "mnist", "stacked-mnist"],
        "reads handwritten digits, 28 x 28 grey: preset mnist-classifier, trained on MNIST; pictures of several channels digit by digit";
};

/// The name of the net that judges samples of a data set.
pub fn suited(data: &str) -> Option<&'static str> {
    ALL.iter().find(|n| n.suits.contains(&data)).map(|n| n.name)
}
