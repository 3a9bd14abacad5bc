//! The games of f-GAN (Nowozin et al. 2016): any f-divergence of the registry instead of the Jensen-Shannon divergence.

use gan_layers::{Fields, LayerError, spec};
use gan_tensor::Var;

use super::{EQUILIBRIUM, Objective, ObjectiveEntry, Optimum};
use crate::Scene;
use crate::theory::f_divergences::{self, Entry, FDivergence};

/// D ascends the variational bound `F = E T(x) - E f*(T(G(z)))` of `D_f(p_data || p_g)` with `T = g_f(v)` (eq. 4 and 6), where `v`
/// is D's raw output.
///
/// G descends F (`minimax`), or ascends `E T(G(z))` (`non_saturating`, section 3.2).
#[derive(Debug, Clone, Copy)]
struct FGan {
    divergence: &'static dyn FDivergence,
    non_saturating: bool,
}

impl Objective for FGan {
    fn discriminator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let (real, fake) = scene.d_pair();
        self.divergence.trace_conjugate(fake).mean() - self.divergence.trace_activation(real).mean()
    }
    fn generator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let fake = scene.d_fake();
        match self.non_saturating {
            true => -self.divergence.trace_activation(fake).mean(),
            false => -self.divergence.trace_conjugate(fake).mean(),
        }
    }
    /// Only where `v` is the logarithm of the density ratio, so that `sigmoid(v)` is the D of 2014.
    fn judges_by_probability(&self) -> bool {
        self.divergence.reads_log_ratio()
    }
    /// At the equilibrium of any f-GAN the density ratio is 1: where D reads it, D = 1/2 and the V shown is that of Theorem 1.
    fn optimum(&self) -> Option<Optimum> {
        self.divergence.reads_log_ratio().then_some(EQUILIBRIUM)
    }
}

/// Reads `divergence` and `generator`.
fn read(f: &Fields<'_>) -> Result<FGan, LayerError> {
    let divergence = choose(f, "divergence", f_divergences::ALL, |e| e.name, "gan")?;
    let generator = choose(f, "generator", &["minimax", "non_saturating"], |name| name, "minimax")?;
    let Entry { divergence, .. } = divergence;
    Ok(FGan { divergence: *divergence, non_saturating: *generator == "non_saturating" })
}

/// Picks what the text at `key` names.
fn choose<'a, T>(
    f: &Fields<'_>,
    key: &'static str,
    all: &'a [T],
    name: impl Fn(&T) -> &'static str,
    default: &'static str,
) -> Result<&'a T, LayerError> {
    let found = f.text_or(key, default)?;
    all.iter().find(|e| name(e) == found).ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(&name).collect();
        let meant = spec::nearest(found, known.iter().copied());
        let meant = meant.map(|m| format!(" (did you mean `{m}`?)")).unwrap_or_default();
        f.fault(key, &format!("one of {}", known.join(", ")), format!("`{found}`{meant}"))
    })
}

pub(super) const ENTRY: ObjectiveEntry = ObjectiveEntry {
    name: "f_gan",
    doc: "D measures an f-divergence (Nowozin et al. 2016). divergence (gan), generator: minimax or non_saturating (minimax)",
    build: |f| Ok(Box::new(read(f)?)),
};

#[cfg(test)]
mod tests {
    use gan_layers::Spec;

    use super::super::build;

    #[test]
    fn names_are_checked() {
        let message = |spec: Spec| build(&spec, "game.objective").unwrap_err().to_string();
        let f_gan = || Spec::new("f_gan");
        let text = message(f_gan().with("divergence", "jefreys"));
        assert!(text.starts_with("game.objective.divergence: expected one of kullback_leibler, "), "{text}");
        assert!(text.ends_with("found `jefreys` (did you mean `jeffreys`?)"), "{text}");
        let text = message(f_gan().with("generator", "non-saturating"));
        let expected = "expected one of minimax, non_saturating, found `non-saturating` (did you mean `non_saturating`?)";
        assert_eq!(text, format!("game.objective.generator: {expected}"));
        assert!(message(f_gan().with("divergence", 3)).contains("expected a text"));
        assert!(message(f_gan().with("divergance", "gan")).contains("did you mean `divergence`?"));
    }
}
