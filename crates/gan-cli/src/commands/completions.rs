//! `gan completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::Outcome;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

pub(crate) fn run<C: CommandFactory>(args: &Args) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut C::command(), "gan", &mut script);
    crate::output::say(String::from_utf8_lossy(&script))?;
    Ok(Outcome::Done)
}
