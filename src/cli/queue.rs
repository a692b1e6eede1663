//! `lotgate queue`: what waits for the platform and what it refused.
//!
//! Looks straight into the database; what changes it goes through the running gateway, which is the only
//! one to write, and only when none runs is done here.

use super::local::{self, Local};
use crate::lang::{Lang, say};
use crate::standard::datetime::DateTime;
use crate::standard::interface::Interface;
use crate::store::ListedRow;
use anyhow::bail;
use serde_json::json;
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
        /// Its number.
        row: i64,
    },
    /// Send what was refused again.
    Retry {
        /// Numbers of refused reports.
        #[arg(required_unless_present = "all")]
        rows: Vec<i64>,
        /// Everything that was refused.
        #[arg(long)]
        all: bool,
    },
    /// Throw reports away. They will never reach the platform.
    Drop {
        /// Numbers of reports.
        #[arg(required = true)]
        rows: Vec<i64>,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
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
            change(&local, Change::Retry, &rows)
        }
        QueueSubcommand::Drop { rows, yes } => {
            let count = rows.len();
            let question =
                say!(lang, "将永久丢弃 {count} 条", "{count} will be thrown away for ever");
            if !yes && !local::confirmed(&question, lang)? {
                return Ok(ExitCode::FAILURE);
            }
            change(&local, Change::Drop, &rows)
        }
        QueueSubcommand::Export { dead } => {
            each(&mut local, dead, |row, local| {
                println!("{}", as_json(row, local));
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
    let rows = local.reader.snapshot()?.listed(0, dead, code, limit)?;
    if json {
        let rows: Vec<_> = rows.iter().map(|row| as_json(row, local)).collect();
        println!("{}", json!(rows));
    } else {
        for row in &rows {
            println!("{}", line(row, local));
        }
        let counts = local.reader.snapshot()?.queue_counts()?;
        let (pending, dead) = (counts.pending, counts.dead);
        println!(
            "{}",
            say!(local.lang, "待上报 {pending}，被拒 {dead}", "{pending} waiting, {dead} refused")
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn line(row: &ListedRow, local: &Local) -> String {
    let name = Interface::find(row.code).map_or("", |interface| match local.lang {
        Lang::Zh => interface.name_zh,
        Lang::En => interface.name_en,
    });
    let at = DateTime::at(row.created, &local.config.lot.time_zone);
    let refusal = row.refusal.as_deref().map(|words| format!("  ✗ {words}")).unwrap_or_default();
    format!("{:>9}  {at}  {} {name}  {}{refusal}", row.seq, row.code, row.key)
}

fn as_json(row: &ListedRow, local: &Local) -> serde_json::Value {
    let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
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
    let found = local.reader.snapshot()?.listed(row - 1, false, None, 1)?;
    let Some(found) = found.into_iter().find(|found| found.seq == row) else {
        bail!(
            "{}",
            say!(local.lang, "队列中没有第 {row} 条", "there is no row {row} in the queue")
        );
    };
    println!("{}", serde_json::to_string_pretty(&as_json(&found, local))?);
    Ok(ExitCode::SUCCESS)
}

fn each(
    local: &mut Local,
    dead: bool,
    mut with: impl FnMut(&ListedRow, &Local) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let rows = local.reader.snapshot()?.listed(after, dead, None, PAGE)?;
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

/// What becomes of rows.
#[derive(Clone, Copy)]
enum Change {
    Retry,
    Drop,
}

impl Change {
    /// Where the running gateway is asked for it.
    fn path(self) -> &'static str {
        match self {
            Self::Retry => "/api/queue/retry",
            Self::Drop => "/api/queue/drop",
        }
    }
}

fn change(local: &Local, what: Change, rows: &[i64]) -> anyhow::Result<ExitCode> {
    let lang = local.lang;
    let count = match local::post(local, what.path(), &json!({ "rows": rows }))? {
        Some(answer) => answer.get("rows").and_then(serde_json::Value::as_u64).unwrap_or(0),
        None => local::write(local, |tx| {
            let mut count = 0;
            for row in rows {
                let done = match what {
                    Change::Retry => tx.retry(*row)?,
                    Change::Drop => tx.drop_row(*row)?,
                };
                count += u64::from(done);
            }
            Ok(count)
        })?,
    };
    println!("{}", say!(lang, "已处理 {count} 条", "{count} done"));
    let all = count == rows.len() as u64;
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
