//! `lotgate drive`: of two boxes that run for one lot it is this one that commands the barriers. Through the running gateway.

use super::local::{self, Local};
use super::terminal;
use crate::lang::{Lang, say};
use crate::standard::id::Id;
use anyhow::bail;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct DriveArguments {
    /// Why, 100 characters at most.
    #[arg(long, default_value = "by lotgate drive")]
    reason: String,
    /// Who says so; the user of this machine when absent.
    #[arg(long)]
    by: Option<String>,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

pub(super) fn drive(path: &Path, said: DriveArguments, lang: Lang) -> anyhow::Result<ExitCode> {
    let local = Local::open(path, lang)?;
    let question = say!(
        lang,
        "将由本机控制道闸，另一台网关让位",
        "this box will command the barriers, and any other stands back"
    );
    if !said.yes && !local::confirmed(&question, lang)? {
        return Ok(ExitCode::FAILURE);
    }
    let by = said.by.unwrap_or_else(local::user);
    let body = json!({ "id": Id::random(), "operator": by, "reason": said.reason });
    if local::post(&local, "/api/lanes/drive", &body)?.is_none() {
        bail!(say!(
            lang,
            "网关未运行，未作任何改动",
            "the gateway does not run; nothing was changed"
        ));
    }
    terminal::print(&say!(
        lang,
        "由本机控制道闸；另一台在几秒内让位",
        "this box commands the barriers; the other stands back within seconds"
    ));
    Ok(ExitCode::SUCCESS)
}
