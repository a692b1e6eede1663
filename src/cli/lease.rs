//! `lotgate lease`: leases listed and imported through the running gateway.

use super::local::{self, Local};
use super::{paper, terminal};
use crate::lang::{Lang, say};
use anyhow::{Context as _, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub(super) enum LeaseCommand {
    /// List leases as JSON, the one that ends last first.
    Ls,
    /// Import leases from a CSV file as a spreadsheet saves it: in UTF-8, UTF-16 or GBK, with commas, tabs or semicolons. A
    /// heading in Chinese or English names the columns, in any order: plates, first day and last day, and optionally space
    /// numbers and a price.
    Import {
        /// The file.
        file: PathBuf,
        /// Only say what would happen.
        #[arg(long)]
        dry_run: bool,
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
        LeaseCommand::Import { file, dry_run } => import(&local, file, *dry_run),
    }
}

fn import(local: &Local, file: &Path, dry_run: bool) -> anyhow::Result<ExitCode> {
    let lang = local.lang;
    let list = std::fs::read(file).with_context(|| file.display().to_string())?;
    let path = if dry_run { "/api/leases/import?dryRun=true" } else { "/api/leases/import" };
    let Some(answer) = local::post_bytes(local, path, "text/csv", list)? else {
        bail!(
            "{}",
            say!(lang, "网关未运行，无法导入", "the gateway does not run; nothing was imported")
        );
    };
    let of = |name: &str| answer.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(read_as) = answer.get("readAs") {
        paper::tell_columns(file, read_as, lang);
    }
    for lease in of("leases") {
        if dry_run {
            tell_lease(file, &lease, lang);
        }
        if let Some(written) = lease.get("writtenEndDate").and_then(Value::as_str) {
            let line = lease.get("line").and_then(Value::as_u64).unwrap_or_default();
            let (place, ends) = (paper::place(file, line, 1), paper::text(&lease, "endDate"));
            terminal::print(&say!(
                lang,
                "{place}: {written} 超出可保存的范围，按 {ends} 到期保存",
                "{place}: {written} lies beyond the last day that can be kept; it is kept as {ends}"
            ));
        }
    }
    for line in of("passedOver").iter().filter_map(Value::as_u64) {
        let place = paper::place(file, line, 1);
        terminal::print(&say!(
            lang,
            "{place}: 此行不含租约信息，已略过",
            "{place}: says nothing of a lease; passed over"
        ));
    }
    let errors = of("errors");
    for error in &errors {
        let number = |name: &str| error.get(name).and_then(Value::as_u64).unwrap_or(1);
        let place = paper::place(file, number("line"), number("column"));
        terminal::print(&format!("{place}: {}", paper::text(error, "error")));
    }
    let count = answer.get("imported").and_then(Value::as_u64).unwrap_or_default();
    terminal::print(&if dry_run {
        say!(
            lang,
            "将导入 {count} 份租约；未作任何改动",
            "{count} leases would be imported; nothing was changed"
        )
    } else {
        say!(lang, "已导入 {count} 份租约", "{count} leases imported")
    });
    Ok(if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What would become of a line.
fn tell_lease(file: &Path, lease: &Value, lang: Lang) {
    let line = lease.get("line").and_then(Value::as_u64).unwrap_or_default();
    let list = |name: &str| {
        let all = lease.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
    };
    let (place, plates, spaces) =
        (paper::place(file, line, 1), list("plateNoList"), list("spaceNoList"));
    let (begins, ends) = (paper::text(lease, "beginDate"), paper::text(lease, "endDate"));
    terminal::print(&if paper::text(lease, "comesTo") == "changed" {
        say!(
            lang,
            "{place}: {plates}：更改已有租约，{begins} 至 {ends}，车位 {spaces}",
            "{place}: {plates}: changes the lease there is, {begins} to {ends}, spaces {spaces}"
        )
    } else {
        say!(
            lang,
            "{place}: {plates}：新租约，{begins} 至 {ends}，车位 {spaces}",
            "{place}: {plates}: a new lease, {begins} to {ends}, spaces {spaces}"
        )
    });
}
