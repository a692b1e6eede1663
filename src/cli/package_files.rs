//! `lotgate package-files`: the man page and shell completions, made from the command line itself, for
//! packages.

use super::Arguments;
use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn write(folder: &Path) -> anyhow::Result<ExitCode> {
    let command = Arguments::command();
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    clap_mangen::generate_to(command.clone(), folder)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut command.clone(), "lotgate", folder)?;
    }
    Ok(ExitCode::SUCCESS)
}
