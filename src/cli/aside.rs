//! `lotgate aside`: what could not be taken and was put aside for people.
//!
//! Looks straight into the database; what changes it goes through the running gateway, and only when none runs is done
//! here: what is to be done again is done at the next start then.

use super::local::{self, Local};
use super::terminal;
use crate::lang::{Lang, Words as _, say};
use crate::lot::aside::{self, SetFree};
use crate::model::put_aside::{AsideRefusal, AsideWhy, KeptAside, ThrowAside};
use crate::model::queue::SaidAt;
use crate::standard::datetime::DateTime;
use crate::store::{StoreError, Transaction};
use anyhow::bail;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub(super) enum AsideSubcommand {
    /// List what was put aside, the newest first.
    Ls {
        /// At most so much.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// As JSON, whole, for scripts.
        #[arg(long)]
        json: bool,
    },
    /// Show one thing whole.
    Show {
        /// Its number.
        number: i64,
    },
    /// Do it again: reads and commands at once, anything else when it comes again.
    Retry {
        /// Numbers.
        #[arg(required = true)]
        numbers: Vec<i64>,
    },
    /// Throw it away for ever. Who did it and why is noted.
    Drop {
        /// Numbers.
        #[arg(required = true)]
        numbers: Vec<i64>,
        /// Why, 100 characters at most.
        #[arg(long)]
        reason: String,
        /// Who wants it; the user of this machine when absent.
        #[arg(long)]
        by: Option<String>,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

pub(super) fn aside(path: &Path, command: AsideSubcommand, lang: Lang) -> anyhow::Result<ExitCode> {
    let mut local = Local::open(path, lang)?;
    match command {
        AsideSubcommand::Ls { limit, json } => list(&mut local, limit, json),
        AsideSubcommand::Show { number } => {
            let Some(kept) = local.reader()?.snapshot()?.aside(number)? else {
                bail!("{}", AsideRefusal::NoSuch { number }.text(lang));
            };
            terminal::print_json_text(&serde_json::to_string_pretty(&whole(&kept, &local))?);
            Ok(ExitCode::SUCCESS)
        }
        AsideSubcommand::Retry { numbers } => {
            let asked = asked(&local, "/api/put-aside/retry", &json!({ "numbers": numbers }))?;
            let count = match asked {
                Some(count) => count,
                None => here(&local, |tx| aside::wanted_again(tx, &numbers))?,
            };
            terminal::print(&say!(lang, "已处理 {count} 条", "{count} done"));
            Ok(ExitCode::SUCCESS)
        }
        AsideSubcommand::Drop { numbers, reason, by, yes } => {
            let count = numbers.len();
            let question =
                say!(lang, "将永久丢弃 {count} 条", "{count} will be thrown away for ever");
            if !yes && !local::confirmed(&question, lang)? {
                return Ok(ExitCode::FAILURE);
            }
            let by = by.unwrap_or_else(local::user);
            local::bounded(&[("--reason", &reason, 100), ("--by", &by, 50)], lang)?;
            let body = json!({ "numbers": numbers, "operator": by, "reason": reason });
            let wanted = ThrowAside { numbers, by, reason, said: SaidAt::TheBox };
            let count = match asked(&local, "/api/put-aside/drop", &body)? {
                Some(count) => count,
                None => here(&local, |tx| aside::dropped(tx, &wanted, Timestamp::now()))?,
            };
            terminal::print(&say!(lang, "已丢弃 {count} 条", "{count} thrown away"));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn list(local: &mut Local, limit: u32, as_json: bool) -> anyhow::Result<ExitCode> {
    let kept = local.reader()?.snapshot()?.all_put_aside(i64::MAX, limit)?;
    if as_json {
        terminal::print_json(&json!(kept.iter().map(|one| whole(one, local)).collect::<Vec<_>>()));
        return Ok(ExitCode::SUCCESS);
    }
    for KeptAside { number, what, last, times, .. } in &kept {
        let last = DateTime::at(*last, &local.config.lot.time_zone);
        let lane = what.lane_id.as_ref();
        let lane = lane.and_then(|id| local.config.lanes.iter().find(|lane| lane.id == *id));
        let lane = lane.map_or("", |lane| lane.name.as_str());
        let (why, plate) = (why(what.why, local.lang), what.plate_no.as_deref().unwrap_or("—"));
        let said = &what.said;
        terminal::print(&format!("{number:>9}  {last}  ×{times}  {why}  {lane}  {plate}  {said}"));
    }
    let count = kept.len();
    terminal::print(&say!(local.lang, "已搁置 {count} 条", "{count} put aside"));
    Ok(ExitCode::SUCCESS)
}

fn why(why: AsideWhy, lang: Lang) -> String {
    match why {
        AsideWhy::OutOfTime => say!(lang, "时间不可信", "a moment that cannot be right"),
        AsideWhy::EndsTheProcess => {
            say!(lang, "导致程序中断或无法入库", "ends the process or cannot be stored")
        }
    }
}

fn whole(kept: &KeptAside, local: &Local) -> Value {
    let zone = &local.config.lot.time_zone;
    let KeptAside { number, what, at, last, times, again } = kept;
    let body: Value =
        what.body.as_deref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
    json!({
        "number": number,
        "why": what.why.word(),
        "kind": what.kind.word(),
        "deviceId": what.device_id,
        "laneId": what.lane_id,
        "plateNo": what.plate_no,
        "said": what.said,
        "since": DateTime::at(*at, zone),
        "last": DateTime::at(*last, zone),
        "times": times,
        "again": again,
        "data": body,
    })
}

/// What the running gateway says that it did; none where none runs.
fn asked(local: &Local, path: &str, body: &Value) -> anyhow::Result<Option<usize>> {
    let answer = local::post(local, path, body)?;
    let count = |answer: Value| answer.get("count").and_then(Value::as_u64).unwrap_or(0);
    Ok(answer.map(|answer| usize::try_from(count(answer)).unwrap_or(usize::MAX)))
}

/// No gateway runs that could do it.
fn here(
    local: &Local,
    work: impl FnOnce(&Transaction<'_>) -> Result<Result<SetFree, AsideRefusal>, StoreError>,
) -> anyhow::Result<usize> {
    match local::write(local, work)? {
        Ok(SetFree { count, .. }) => Ok(count),
        Err(refusal) => bail!("{}", refusal.text(local.lang)),
    }
}
