//! `lotgate forget`: what is kept of a plate goes, because its owner wants it. Through the running gateway; where none runs,
//! here.

use super::local::{self, Local};
use super::terminal;
use crate::lang::{Lang, Words as _, say};
use crate::lot::forgetting::{self, WentOn};
use crate::standard::plate::PlateNo;
use crate::store::{StoreError, Transaction};
use anyhow::bail;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct ForgetArguments {
    /// The plate.
    plate: String,
    /// Why, 100 characters at most; it is kept, so name no plate.
    #[arg(long, default_value = "by request of the person concerned")]
    reason: String,
    /// Who wants it; the user of this machine when absent.
    #[arg(long)]
    by: Option<String>,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

pub(super) fn forget(
    path: &Path,
    arguments: ForgetArguments,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let local = Local::open(path, lang)?;
    let plate = &arguments.plate;
    let Ok(plate_no) = plate.parse::<PlateNo>() else {
        bail!(say!(lang, "`{plate}` 不是车牌号码", "`{plate}` is no number plate"));
    };
    let question = say!(
        lang,
        "将永久清除 {plate_no} 的信息（金额保留）",
        "all that is kept of {plate_no} but sums goes for ever"
    );
    if !arguments.yes && !local::confirmed(&question, lang)? {
        return Ok(ExitCode::FAILURE);
    }
    let by = arguments.by.unwrap_or_else(local::user);
    let body = json!({ "plateNo": plate_no, "operator": by, "reason": arguments.reason });
    let done = match local::post(&local, "/api/plates/forget", &body)? {
        Some(answer) => answer.get("status").and_then(Value::as_str) == Some("forgotten"),
        None => here(&local, &plate_no, &by, &arguments.reason)?,
    };
    terminal::print(&if done {
        say!(lang, "已清除", "forgotten")
    } else {
        say!(lang, "正在清除，几分钟内完成", "being forgotten, within minutes")
    });
    Ok(ExitCode::SUCCESS)
}

/// No gateway runs that could do it.
fn here(local: &Local, plate_no: &PlateNo, by: &str, reason: &str) -> anyhow::Result<bool> {
    let (now, zone) = (Timestamp::now(), &local.config.lot.time_zone);
    let begun =
        local::write(local, |tx| forgetting::begin(tx, plate_no, (by, reason), (now, zone)))?;
    if let Err(refusal) = begun {
        bail!("{}", refusal.text(local.lang));
    }
    let all = |tx: &Transaction<'_>| -> Result<bool, StoreError> {
        while !matches!(forgetting::go_on(tx, now, zone)?, WentOn::Nobody) {}
        let waits = tx.all_forgetting()?;
        Ok(waits.iter().all(|one| one.plate_no != plate_no.as_str()))
    };
    local::write(local, all)
}
