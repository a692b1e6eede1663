//! `lotgate lease`: leases listed and imported through the running gateway.

use super::local::{self, Local};
use super::terminal;
use crate::lang::{Lang, say};
use anyhow::{Context as _, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub(super) enum LeaseCommand {
    /// List leases as JSON, the one that ends last first.
    Ls,
    /// Import leases from a CSV file with the columns plate_no_list, space_no_list, begin_date, end_date
    /// and, optionally, is_fixed, cycles, cycle_type, amount.
    Import {
        /// The file.
        file: PathBuf,
    },
}

pub(super) fn lease(path: &Path, command: &LeaseCommand, lang: Lang) -> anyhow::Result<ExitCode> {
    let mut local = Local::open(path, lang)?;
    match command {
        LeaseCommand::Ls => {
            // Whoever prints may wait for a reader of its own: nothing is held meanwhile.
            let leases = local.reader()?.snapshot()?.leases()?;
            for lease in leases {
                terminal::print_json_text(&lease.body);
            }
            Ok(ExitCode::SUCCESS)
        }
        LeaseCommand::Import { file } => import(&local, file),
    }
}

fn import(local: &Local, file: &Path) -> anyhow::Result<ExitCode> {
    let lang = local.lang;
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let Some(answer) = local::post_text(local, "/api/leases/import", "text/csv", text)? else {
        bail!(
            "{}",
            say!(lang, "网关未运行，无法导入", "the gateway does not run; nothing was imported")
        );
    };
    let errors = answer.get("errors").and_then(Value::as_array).cloned().unwrap_or_default();
    for error in &errors {
        let line = error.get("line").and_then(Value::as_u64).unwrap_or_default();
        let words = error.get("error").and_then(Value::as_str).unwrap_or_default();
        terminal::print(&format!("{}:{line}: {words}", file.display()));
    }
    let count = answer.get("imported").and_then(Value::as_u64).unwrap_or_default();
    terminal::print(&say!(lang, "已导入 {count} 份租约", "{count} leases imported"));
    Ok(if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
