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
    "digits-by-class", "digits that can be asked for by their class: gan sample RUN --class 7";
    "mnist-2014", "the MNIST experiment of Goodfellow et al. 2014 as its code was published (needs MNIST: --data DIR)";
    "dcgan-mnist", "convolutional nets with batch norm on MNIST at 32 x 32 (needs MNIST: --data DIR)";
    "mnist-conv", "convolutions without normalisation, relativistic loss, R1 and R2 on MNIST (needs MNIST: --data DIR)";
    "stacked-mnist", "three digits as red, green and blue: are all 1,000 modes found? (needs MNIST: --data DIR)";
    "cifar10-small", "CIFAR-10 by a small residual net after R3GAN (needs CIFAR-10: --data DIR)";
    "sngan-cifar10", "CIFAR-10 by a small residual net with spectral normalisation (needs CIFAR-10: --data DIR)";
    "dcgan-cifar10", "convolutional nets with batch norm on CIFAR-10 (needs CIFAR-10: --data DIR)";
    "ring8", "eight Gaussians on a circle, all modes in balance: the settings of the zoo";
    "grid25", "25 Gaussians on a grid, all modes in balance: the settings of the zoo";
    "ring", "eight Gaussians on a circle: do all modes survive?";
    "grid", "25 Gaussians on a grid";
    "gaussian", "one Gaussian on a line: the game of the paper's Figure 1";
};
