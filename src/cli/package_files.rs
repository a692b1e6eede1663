//! `lotgate package-files`: the man page and shell completions, made from the command line itself, for
//! packages.

use super::Arguments;
use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use std::path::Path;
use std::process::ExitCode;

/// What this build can do and a box's cannot.
const NOT_ON_BOXES: [&str; 3] = ["demo", "sim", "package-files"];

/// The command line of a box's build.
fn on_boxes() -> Command {
    let whole = Arguments::command();
    let on_box = |command: &&Command| !NOT_ON_BOXES.contains(&command.get_name());
    Command::new("lotgate")
        .version(env!("CARGO_PKG_VERSION"))
        .about(whole.get_about().cloned().unwrap_or_default())
        .args(whole.get_arguments().cloned())
        .subcommands(whole.get_subcommands().filter(on_box).cloned())
}

pub(super) fn write(folder: &Path) -> anyhow::Result<ExitCode> {
    let command = on_boxes();
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    clap_mangen::generate_to(command.clone(), folder)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut command.clone(), "lotgate", folder)?;
    }
    Ok(ExitCode::SUCCESS)
}
