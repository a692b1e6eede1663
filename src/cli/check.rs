//! `lotgate check`: every mistake of the configuration with its place and what to write instead.

use super::terminal;
use crate::config::{Config, Loaded, load, rendered};
use crate::gateway::base_data::base_data;
use crate::lang::{Lang, Severity, Words as _, say};
use jiff::Timestamp;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn check(path: &Path, lang: Lang, as_json: bool) -> anyhow::Result<ExitCode> {
    let Loaded { config, findings, .. } = load(path);
    let refused = findings.iter().filter(|found| found.is_refused()).count();
    // What passes the keys must also pass as reports; a difference is our mistake, but say it here.
    if let Some(config) = &config {
        base_data(config, Timestamp::now())?;
    }
    if as_json {
        let list: Vec<_> = findings
            .iter()
            .map(|found| {
                json!({
                    "file": found.path,
                    "line": found.line,
                    "column": found.column,
                    "severity": match found.problem.severity() {
                        Severity::Error | Severity::Fault => "error",
                        Severity::Warning => "warning",
                    },
                    "message": found.problem.text(lang),
                })
            })
            .collect();
        terminal::print_json(&json!({ "ok": refused == 0, "problems": list }));
    } else {
        rendered(&findings, lang).for_each(|found| terminal::print_all(&found));
        terminal::print(&summary(config.as_ref(), path, refused, lang));
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn summary(config: Option<&Config>, path: &Path, refused: usize, lang: Lang) -> String {
    let path = path.display();
    match config {
        Some(config) if refused == 0 => {
            let (lanes, devices) = (config.lanes.len(), config.devices.len());
            say!(
                lang,
                "{path}：配置可用，{lanes} 条车道，{devices} 台设备",
                "{path}: usable, {lanes} lanes, {devices} devices"
            )
        }
        Some(_) => say!(
            lang,
            "{path}：共 {refused} 处错误；网关仍可启动，但请先改正",
            "{path}: mistakes: {refused}; the gateway starts all the same, but mend them first"
        ),
        None => say!(lang, "{path}：共 {refused} 处错误", "{path}: mistakes: {refused}"),
    }
}
