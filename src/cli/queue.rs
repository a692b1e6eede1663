//! `lotgate queue`: what waits for the platform and what it refused.
//!
//! Looks straight into the database; what changes it goes through the running gateway, which is the only
//! one to write, and only when none runs is done here.

use super::local::{self, Local};
use super::terminal;
use crate::lang::{Lang, Words as _, say};
use crate::lot::dead_letters::{self, ThrownAway};
use crate::model::queue::{QueueRefusal, SaidAt, ThrowAway};
use crate::standard::datetime::DateTime;
use crate::standard::interface::Interface;
use crate::store::{Deed, DroppedReport, ListedRow, Transaction};
use anyhow::bail;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// Rows read at a time.
const PAGE: u32 = 500;

#[derive(Debug, clap::Subcommand)]
pub(super) enum QueueSubcommand {
    /// List what waits and what was refused, the oldest first.
    Ls {
        /// Only what the platform refused.
        #[arg(long)]
        dead: bool,
        /// Only reports of this interface, e.g. 5004.
        #[arg(long)]
        code: Option<u16>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// As JSON, for scripts.
        #[arg(long)]
        json: bool,
    },
    /// Show one report whole.
    Show {
        /// Its number; pictures that were refused have numbers below 0.
        #[arg(allow_negative_numbers = true)]
        row: i64,
    },
    /// Send what was refused again.
    Retry {
        /// Numbers of refused reports.
        #[arg(required_unless_present = "all", allow_negative_numbers = true)]
        rows: Vec<i64>,
        /// Everything that was refused.
        #[arg(long)]
        all: bool,
    },
    /// Throw refused reports away. They will never reach the platform; who did it and why is noted.
    Drop {
        /// Numbers of refused reports.
        #[arg(required = true, allow_negative_numbers = true)]
        rows: Vec<i64>,
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
    /// List what was thrown away, by whom and why, the newest first.
    Dropped {
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// As JSON, for scripts.
        #[arg(long)]
        json: bool,
    },
    /// Write reports to standard output, one JSON object a line.
    Export {
        /// Only what the platform refused.
        #[arg(long)]
        dead: bool,
    },
}

pub(super) fn queue(path: &Path, command: QueueSubcommand, lang: Lang) -> anyhow::Result<ExitCode> {
    let mut local = Local::open(path, lang)?;
    match command {
        QueueSubcommand::Ls { dead, code, limit, json } => {
            list(&mut local, dead, code, limit, json)
        }
        QueueSubcommand::Show { row } => show(&mut local, row),
        QueueSubcommand::Retry { rows, all } => {
            let rows = if all { dead_rows(&mut local)? } else { rows };
            let count = retry(&local, &rows)?;
            Ok(done(count, rows.len(), lang))
        }
        QueueSubcommand::Drop { rows, reason, by, yes } => {
            let count = rows.len();
            let question =
                say!(lang, "将永久丢弃 {count} 条", "{count} will be thrown away for ever");
            if !yes && !local::confirmed(&question, lang)? {
                return Ok(ExitCode::FAILURE);
            }
            let by = by.unwrap_or_else(local::user);
            let wanted = ThrowAway { rows, by, reason, said: SaidAt::TheBox };
            Ok(done(throw_away(&local, &wanted)?, count, lang))
        }
        QueueSubcommand::Dropped { limit, json } => dropped(&mut local, limit, json),
        QueueSubcommand::Export { dead } => {
            each(&mut local, dead, |row, local| {
                terminal::print_json(&as_json(row, local));
                Ok(())
            })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn list(
    local: &mut Local,
    dead: bool,
    code: Option<u16>,
    limit: u32,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let (rows, refused) = {
        let reader = local.reader()?;
        let tx = reader.snapshot()?;
        let mut rows = pictures(&tx, i64::MIN, code, limit)?;
        let limit = limit.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
        rows.extend(tx.listed(0, dead, code, limit)?);
        (rows, tx.pictures_aside()?)
    };
    if json {
        let rows: Vec<_> = rows.iter().map(|row| as_json(row, local)).collect();
        terminal::print_json(&json!(rows));
    } else {
        for row in &rows {
            terminal::print(&line(row, local));
        }
        let counts = local.reader()?.snapshot()?.queue_counts()?;
        let (pending, dead) = (counts.pending, counts.dead.saturating_add(refused));
        terminal::print(&say!(
            local.lang,
            "待上报 {pending}，被拒 {dead}",
            "{pending} waiting, {dead} refused"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Pictures that were refused, unless it is asked for another interface.
fn pictures(
    tx: &Transaction<'_>,
    after: i64,
    code: Option<u16>,
    limit: u32,
) -> anyhow::Result<Vec<ListedRow>> {
    let asked = code.is_none_or(|code| code == 2001);
    Ok(if asked { tx.listed_pictures(after, limit)? } else { Vec::new() })
}

fn line(row: &ListedRow, local: &Local) -> String {
    let name = name_of(row.code, local.lang);
    let at = DateTime::at(row.created, &local.config.lot.time_zone);
    let refusal = row.refusal.as_deref().map(|words| format!("  ✗ {words}")).unwrap_or_default();
    format!("{:>9}  {at}  {} {name}  {}{refusal}", row.seq, row.code, row.key)
}

fn name_of(code: u16, lang: Lang) -> &'static str {
    Interface::find(code).map_or("", |interface| match lang {
        Lang::Zh => interface.name_zh,
        Lang::En => interface.name_en,
    })
}

fn as_json(row: &ListedRow, local: &Local) -> Value {
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    json!({
        "row": row.seq,
        "code": row.code,
        "subject": row.subject,
        "state": row.state,
        "refusal": row.refusal,
        "attempts": row.attempts,
        "created": DateTime::at(row.created, &local.config.lot.time_zone),
        "data": body,
    })
}

fn show(local: &mut Local, row: i64) -> anyhow::Result<ExitCode> {
    let Some(found) = local.reader()?.snapshot()?.listed_row(row)? else {
        bail!("{}", QueueRefusal::NoRow { row }.text(local.lang));
    };
    terminal::print_json_text(&serde_json::to_string_pretty(&as_json(&found, local))?);
    Ok(ExitCode::SUCCESS)
}

fn each(
    local: &mut Local,
    dead: bool,
    mut with: impl FnMut(&ListedRow, &Local) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = i64::MIN;
    loop {
        let mut rows = Vec::new();
        if after < 0 {
            rows = pictures(&local.reader()?.snapshot()?, after, None, PAGE)?;
        }
        if rows.is_empty() {
            rows = local.reader()?.snapshot()?.listed(after.max(0), dead, None, PAGE)?;
        }
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.seq;
        for row in &rows {
            with(row, local)?;
        }
    }
}

fn dead_rows(local: &mut Local) -> anyhow::Result<Vec<i64>> {
    let mut rows = Vec::new();
    each(local, true, |row, _| {
        rows.push(row.seq);
        Ok(())
    })?;
    Ok(rows)
}

/// Rows one call of the gateway is about.
const AT_ONCE: usize = 500;

fn done(count: u64, wanted: usize, lang: Lang) -> ExitCode {
    terminal::print(&say!(lang, "已处理 {count} 条", "{count} done"));
    if count == wanted as u64 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What the running gateway says that it did; none where none runs.
fn asked(local: &Local, path: &str, body: &Value) -> anyhow::Result<Option<u64>> {
    let answer = local::post(local, path, body)?;
    Ok(answer.map(|answer| answer.get("rows").and_then(Value::as_u64).unwrap_or(0)))
}

fn retry(local: &Local, rows: &[i64]) -> anyhow::Result<u64> {
    let mut count = 0;
    for rows in rows.chunks(AT_ONCE) {
        count += match asked(local, "/api/queue/retry", &json!({ "rows": rows }))? {
            Some(count) => count,
            None => local::write(local, |tx| {
                let mut count = 0;
                for row in rows {
                    count += u64::from(tx.retry(*row)?);
                }
                Ok(count)
            })?,
        };
    }
    Ok(count)
}

fn throw_away(local: &Local, wanted: &ThrowAway) -> anyhow::Result<u64> {
    local::bounded(&[("--reason", &wanted.reason, 100), ("--by", &wanted.by, 50)], local.lang)?;
    let ThrowAway { by, reason, .. } = wanted;
    let mut count = 0;
    for rows in wanted.rows.chunks(AT_ONCE) {
        let body = json!({ "rows": rows, "operator": by, "reason": reason });
        count += match asked(local, "/api/queue/drop", &body)? {
            Some(count) => count,
            None => throw_away_here(local, &ThrowAway { rows: rows.to_vec(), ..wanted.clone() })?,
        };
    }
    Ok(count)
}

/// No gateway runs that could do it.
fn throw_away_here(local: &Local, wanted: &ThrowAway) -> anyhow::Result<u64> {
    let came_to = local::write(local, |tx| dead_letters::throw_away(tx, wanted, Timestamp::now()))?;
    match came_to {
        ThrownAway::Done(told) => Ok(told.len() as u64),
        ThrownAway::Refused(refusal) => bail!("{}", refusal.text(local.lang)),
    }
}

fn dropped(local: &mut Local, limit: u32, as_json: bool) -> anyhow::Result<ExitCode> {
    let zone = local.config.lot.time_zone.clone();
    let dropped = local.reader()?.snapshot()?.dropped(limit)?;
    if as_json {
        let rows: Vec<_> =
            dropped.iter().map(|(deed, report)| whole(deed, report, &zone)).collect();
        terminal::print_json(&json!(rows));
        return Ok(ExitCode::SUCCESS);
    }
    for (deed, report) in &dropped {
        let at = DateTime::at(deed.at, &zone);
        let DroppedReport { row, code, key, .. } = report;
        let (name, by, reason) = (name_of(*code, local.lang), &deed.by, &deed.reason);
        terminal::print(&format!("{row:>9}  {at}  {code} {name}  {key}  {by}: {reason}"));
    }
    let count = dropped.len();
    terminal::print(&say!(local.lang, "已丢弃 {count} 条", "{count} thrown away"));
    Ok(ExitCode::SUCCESS)
}

fn whole(deed: &Deed, report: &DroppedReport, zone: &TimeZone) -> Value {
    json!({
        "row": report.row,
        "code": report.code,
        "key": report.key,
        "dropped": DateTime::at(deed.at, zone),
        "operator": deed.by,
        "reason": deed.reason,
    })
}
