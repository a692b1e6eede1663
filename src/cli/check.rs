//! `lotgate check`: every mistake of the configuration with its place and what to write instead.

use crate::config::{Loaded, load};
use crate::gateway::base_data::base_data;
use crate::lang::{Lang, Severity, Words as _, say};
use jiff::Timestamp;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn check(path: &Path, lang: Lang, as_json: bool) -> anyhow::Result<ExitCode> {
    let Loaded { config, findings, .. } = load(path);
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
                        Severity::Error => "error",
                        Severity::Warning => "warning",
                    },
                    "message": found.problem.text(lang),
                })
            })
            .collect();
        println!("{}", json!({ "ok": config.is_some(), "problems": list }));
    } else {
        for found in &findings {
            println!("{}", found.render(lang));
        }
        println!("{}", summary(config.as_ref(), path, &findings, lang));
    }
    Ok(if config.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn summary(
    config: Option<&crate::config::Config>,
    path: &Path,
    findings: &[crate::config::Finding],
    lang: Lang,
) -> String {
    let path = path.display();
    match config {
        Some(config) => {
            let (lanes, devices) = (config.lanes.len(), config.devices.len());
            say!(
                lang,
                "{path}：配置可用，{lanes} 条车道，{devices} 台设备",
                "{path}: usable, {lanes} lanes, {devices} devices"
            )
        }
        None => {
            let is_error =
                |found: &&crate::config::Finding| found.problem.severity() == Severity::Error;
            let count = findings.iter().filter(is_error).count();
            say!(lang, "{path}：共 {count} 处错误", "{path}: mistakes: {count}")
        }
    }
}
