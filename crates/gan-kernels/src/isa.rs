//! Which vector instructions the kernels use: chosen at run time, once per [`Pool`](crate::Pool).

use std::fmt;

/// An instruction set the kernels are compiled for.
///
/// Every kernel exists once per instruction set in the binary; no `target-cpu` flag is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    /// What every machine of the target architecture has (SSE2 on x86-64).
    Portable,
    /// AVX2 with fused multiply-add.
    Avx2,
    /// AVX-512 F, VL, BW and DQ.
    Avx512,
}

impl Isa {
    /// All of them, the most capable last.
    pub const ALL: [Isa; 3] = [Isa::Portable, Isa::Avx2, Isa::Avx512];

    /// Whether this machine can run it.
    pub fn is_available(self) -> bool {
        match self {
            Isa::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => {
                Isa::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The most capable set of this machine, or the one that the environment variable `GAN_ISA`
    /// (`portable`, `avx2`, `avx512`) names, as far as the machine has it.
    pub fn detect() -> Isa {
        let wanted = std::env::var("GAN_ISA").ok().and_then(|name| Isa::ALL.into_iter().find(|i| i.name() == name));
        let most = wanted.unwrap_or(Isa::Avx512);
        Isa::ALL.into_iter().rev().find(|i| *i <= most && i.is_available()).unwrap_or(Isa::Portable)
    }

    /// The name `GAN_ISA` takes.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Portable => "portable",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Defines a function once and compiles its body for every instruction set.
///
/// The function gets a leading argument `isa: Isa`. Its body is inlined into one wrapper per
/// set, so that the compiler vectorises it with that set's registers. Element types that are not hot
/// ([`Element::VECTOR`](crate::Element::VECTOR)) get the portable body alone: the other instances are never compiled.
macro_rules! simd {
    ($(#[$meta:meta])* $vis:vis fn $name:ident [$e:ident : Element $($gen:tt)*] ($($arg:ident : $ty:ty),* $(,)?) $(-> $ret:ty)? $body:block) => {
        $(#[$meta])*
        #[allow(clippy::too_many_arguments)]
        $vis fn $name<$e: Element $($gen)*>(isa: $crate::Isa, $($arg: $ty),*) $(-> $ret)? {
            #[inline(always)]
            #[allow(clippy::too_many_arguments)]
            fn body<$e: Element $($gen)*>($($arg: $ty),*) $(-> $ret)? $body
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")]
            #[allow(clippy::too_many_arguments)]
            fn avx512<$e: Element $($gen)*>($($arg: $ty),*) $(-> $ret)? { body($($arg),*) }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            #[allow(clippy::too_many_arguments)]
            fn avx2<$e: Element $($gen)*>($($arg: $ty),*) $(-> $ret)? { body($($arg),*) }
            if const { <$e as Element>::VECTOR } {
                match isa {
                    #[cfg(target_arch = "x86_64")]
                    // SAFETY: a pool only carries an instruction set that `is_available` confirmed.
                    $crate::Isa::Avx512 => unsafe { avx512($($arg),*) },
                    #[cfg(target_arch = "x86_64")]
                    // SAFETY: as above.
                    $crate::Isa::Avx2 => unsafe { avx2($($arg),*) },
                    _ => body($($arg),*),
                }
            } else {
                body($($arg),*)
            }
        }
    };
}
