//! The presets: complete configurations, one TOML file each. A new one is a file and a line in [`ALL`].

/// A preset as the registry lists it.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// One line on what it is.
    pub doc: &'static str,
    /// The configuration.
    pub toml: &'static str,
}

macro_rules! presets {
    ($($name:literal, $doc:literal;)*) => {
        &[$(Preset { name: $name, doc: $doc, toml: include_str!(concat!("../../presets/", $name, ".toml")) }),*]
    };
}
pub(crate) use presets;

/// Every preset; the first is the default.
pub const ALL: &[Preset] = presets! {
    "digits", "5,000 embedded MNIST digits, an MLP and Adam: pictures of digits within three minutes";
    "mnist-2014", "the MNIST experiment of Goodfellow et al. 2014 as its code was published (needs MNIST: --data DIR)";
    "dcgan-mnist", "convolutional nets with batch norm on MNIST at 32 x 32 (needs MNIST: --data DIR)";
    "dcgan-cifar10", "convolutional nets with batch norm on CIFAR-10 (needs CIFAR-10: --data DIR)";
    "ring", "eight Gaussians on a circle: do all modes survive?";
    "grid", "25 Gaussians on a grid";
    "gaussian", "one Gaussian on a line: the game of the paper's Figure 1";
};
