//! `lotgate stock`: a count of the cars that truly stand there, compared with the stays that are open; these go by it once
//! somebody has said so, and can be put back within a day. Through the running gateway.

use super::local::{self, Local};
use super::{paper, terminal};
use crate::foreign::moment;
use crate::lang::{Lang, Words as _, say};
use crate::papers::{Misprint, plates};
use crate::standard::datetime::DateTime;
use crate::standard::id::Id;
use anyhow::{Context as _, bail};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A list that was written down longer ago may be of any count.
const OF_NOW: SignedDuration = SignedDuration::from_hours(12);
/// Lines of one kind that are shown.
const SHOWN: usize = 200;

/// The number of no taking: the last one is meant.
const LAST: &str = "0";

#[derive(Debug, clap::Args)]
pub(super) struct StockArguments {
    /// The list of the plates that truly stand there, as CSV or a plate a line.
    #[arg(required_unless_present = "undo")]
    file: Option<PathBuf>,
    /// When they were counted, e.g. "2026-03-02 22:00" or 22:00; when the list was written when absent. Stays that began later
    /// are left alone.
    #[arg(long, conflicts_with = "undo")]
    at: Option<String>,
    /// Why, 100 characters at most.
    #[arg(long, default_value = "stock taken")]
    reason: String,
    /// Who wants it; the user of this machine when absent.
    #[arg(long)]
    by: Option<String>,
    /// Only show what would change.
    #[arg(long, conflicts_with = "undo")]
    dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Take the last stock taken back, or the one of that number; within a day.
    #[arg(long, value_name = "NUMBER", num_args = 0..=1, default_missing_value = LAST, conflicts_with = "file")]
    undo: Option<i64>,
}

pub(super) fn stock(
    path: &Path,
    arguments: &StockArguments,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let local = Local::open(path, lang)?;
    let by = arguments.by.clone().unwrap_or_else(local::user);
    match (arguments.undo, &arguments.file) {
        (Some(number), _) => {
            let number = Some(number).filter(|number| number.to_string() != LAST);
            take_back(&local, number, &by, arguments.yes)
        }
        (None, Some(file)) => take(&local, file, arguments, &by),
        (None, None) => Ok(ExitCode::from(2)),
    }
}

fn take(
    local: &Local,
    file: &Path,
    arguments: &StockArguments,
    by: &str,
) -> anyhow::Result<ExitCode> {
    let lang = local.lang;
    local::bounded(&[("--reason", &arguments.reason, 100), ("--by", by, 50)], lang)?;
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let complain = |Misprint { line, column, problem }: &Misprint| {
        let place = paper::place(file, *line, u64::try_from(*column).unwrap_or(1));
        terminal::print(&format!("{place}: {}", problem.text(lang)));
    };
    let counted = match plates(&bytes) {
        Ok(counted) => counted,
        Err(misprint) => {
            complain(&misprint);
            return Ok(ExitCode::FAILURE);
        }
    };
    if counted.layout.heading_line.is_some() {
        paper::tell_layout(file, &counted.layout, lang);
    }
    for line in &counted.passed_over {
        let place = paper::place(file, *line, 1);
        terminal::print(&say!(
            lang,
            "{place}: 此行没有车牌，已略过",
            "{place}: holds no number plate; passed over"
        ));
    }
    if !counted.misprints.is_empty() {
        counted.misprints.iter().for_each(complain);
        terminal::print(&say!(
            lang,
            "清单有误，未作任何改动；请改正后重试",
            "the list is wrong; nothing was changed. Mend it and try again"
        ));
        return Ok(ExitCode::FAILURE);
    }
    let zone = &local.config.lot.time_zone;
    let at = match &arguments.at {
        Some(at) => counted_at(at, zone, lang)?,
        None => written_at(file, zone, lang)?,
    };
    let list: Vec<_> = counted.lines.into_iter().flat_map(|(_, plates)| plates).collect();
    let body = json!({ "at": at, "plateNoList": list, "operator": by, "reason": arguments.reason });
    let compared = asked(local, "/api/stock", &with(&body, "dryRun", json!(true)))?;
    let changes = tell(&compared, lang);
    if arguments.dry_run || !changes {
        terminal::print(&if changes {
            say!(lang, "未作任何改动", "nothing was changed")
        } else {
            say!(
                lang,
                "记录与清单一致，无需改动",
                "the records agree with the list; nothing is to be changed"
            )
        });
        return Ok(ExitCode::SUCCESS);
    }
    let count = |name: &str| of(&compared, name).len();
    let (close, enter) = (count("missing"), count("notKnown") + count("foundAgain"));
    let question = say!(
        lang,
        "将结束 {close} 条停车记录（不收费），补录 {enter} 辆",
        "{close} stays will be closed at nothing and {enter} cars entered"
    );
    if !arguments.yes && !local::confirmed(&question, lang)? {
        return Ok(ExitCode::FAILURE);
    }
    let taken = asked(local, "/api/stock", &with(&body, "id", json!(Id::random())))?;
    let number = taken.get("number").and_then(Value::as_i64).unwrap_or_default();
    let (closed, entered) = (
        of(&taken, "missing").len(),
        of(&taken, "notKnown").len() + of(&taken, "foundAgain").len(),
    );
    let until = paper::text(&taken, "takenBackUntil");
    terminal::print(&say!(
        lang,
        "盘点 {number}：已结束 {closed} 条停车记录，补录 {entered} 辆；{until} 前可撤回：lotgate stock --undo {number}",
        "stock {number}: {closed} stays closed, {entered} cars entered; until {until} it can be taken back: lotgate stock --undo {number}"
    ));
    Ok(ExitCode::SUCCESS)
}

fn take_back(local: &Local, number: Option<i64>, by: &str, yes: bool) -> anyhow::Result<ExitCode> {
    let lang = local.lang;
    local::bounded(&[("--by", by, 50)], lang)?;
    let question = match number {
        Some(number) => say!(lang, "将撤回盘点 {number}", "stock {number} will be taken back"),
        None => say!(lang, "将撤回最近一次盘点", "the last stock taken will be taken back"),
    };
    if !yes && !local::confirmed(&question, lang)? {
        return Ok(ExitCode::FAILURE);
    }
    let body = json!({ "number": number, "operator": by, "id": Id::random() });
    let back = asked(local, "/api/stock/back", &body)?;
    let [restored, removed, left] = ["restored", "removed", "left"].map(|name| of(&back, name));
    let plates: Vec<&str> = left.iter().map(|one| paper::text(one, "plateNo")).collect();
    let (restored, removed, left) = (restored.len(), removed.len(), plates.join(" "));
    terminal::print(&say!(
        lang,
        "已撤回：恢复 {restored} 条停车记录，取消补录 {removed} 辆",
        "taken back: {restored} stays go on, {removed} entered cars are none"
    ));
    if !plates.is_empty() {
        terminal::print(&say!(
            lang,
            "盘点后又有动静，未撤回：{left}",
            "left alone, since they were seen since: {left}"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn with(body: &Value, name: &str, value: Value) -> Value {
    let mut body = body.clone();
    if let Some(fields) = body.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    body
}

fn asked(local: &Local, path: &str, body: &Value) -> anyhow::Result<Value> {
    local::post(local, path, body)?.with_context(|| {
        say!(
            local.lang,
            "网关未运行，未作任何改动",
            "the gateway does not run; nothing was changed"
        )
    })
}

/// When somebody says that he counted; a time alone is the last such time.
fn counted_at(text: &str, zone: &TimeZone, lang: Lang) -> anyhow::Result<DateTime> {
    if let Some(said) = moment::of_text(text) {
        return Ok(DateTime(said.local(zone)));
    }
    let Some(time) = moment::time(text) else {
        bail!(say!(
            lang,
            "--at 应为时刻，例如 \"2026-03-02 22:00\" 或 22:00",
            "--at must be a moment, e.g. \"2026-03-02 22:00\" or 22:00"
        ));
    };
    let now = zone.to_datetime(Timestamp::now());
    let today = now.date().to_datetime(time);
    let yesterday = || today.checked_sub(1.day()).unwrap_or(today);
    Ok(DateTime(if today <= now { today } else { yesterday() }))
}

/// When a list was written down, where nobody says when its cars were counted: not later. One of long ago is no count of now.
fn written_at(file: &Path, zone: &TimeZone, lang: Lang) -> anyhow::Result<DateTime> {
    let now = Timestamp::now();
    let written = std::fs::metadata(file).and_then(|meta| meta.modified());
    let written = written.ok().and_then(|at| Timestamp::try_from(at).ok()).unwrap_or(now).min(now);
    let at = DateTime::at(written, zone);
    if now.duration_since(written) > OF_NOW {
        bail!(say!(
            lang,
            "清单文件写于 {at}；请用 --at 说明清点车辆的时刻",
            "the list was written at {at}; say with --at when its cars were counted"
        ));
    }
    Ok(at)
}

fn of(answer: &Value, name: &str) -> Vec<Value> {
    answer.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Shows what a count comes to; whether anything would change.
fn tell(compared: &Value, lang: Lang) -> bool {
    let number = |name: &str| compared.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (at, counted, there) = (paper::text(compared, "at"), number("counted"), number("there"));
    terminal::print(&say!(
        lang,
        "清点时刻 {at}：清单 {counted} 辆，其中 {there} 辆与在场记录相符",
        "counted at {at}: {counted} plates, {there} of them are of open stays"
    ));
    let missing = of(compared, "missing");
    list(
        &say!(
            lang,
            "在场记录有、实际没有（将结束）：",
            "open stays whose cars are not there (to be closed):"
        ),
        &missing,
        |one| stay(one, lang),
        lang,
    );
    let not_known = of(compared, "notKnown");
    let plate = |one: &Value| one.as_str().unwrap_or_default().to_owned();
    list(
        &say!(
            lang,
            "实际有、没有记录（将补录）：",
            "cars of which no entry is known (to be entered):"
        ),
        &not_known,
        plate,
        lang,
    );
    let again = of(compared, "foundAgain");
    list(
        &say!(
            lang,
            "此前盘点时结束、又找到（将恢复）：",
            "closed by an earlier count and found again (go on):"
        ),
        &again,
        |one| stay(one, lang),
        lang,
    );
    let pair = |one: &Value| {
        let (written, kept) = (
            paper::text(one, "counted"),
            one.get("stay").map(|one| stay(one, lang)).unwrap_or_default(),
        );
        format!("{written} = {kept}")
    };
    list(
        &say!(
            lang,
            "一字之差，视为同一辆（不改动）：",
            "one character misread, taken for the same car (left as they are):"
        ),
        &of(compared, "misread"),
        pair,
        lang,
    );
    let unclear = compared.get("unclear").cloned().unwrap_or_default();
    let [plates, stays] = ["counted", "stays"].map(|name| of(&unclear, name));
    if !plates.is_empty() {
        let title = say!(
            lang,
            "可能是其中一辆，无法确定（不改动，请人工核对）：",
            "these may be one of those stays; nothing is done, look at them:"
        );
        list(&title, &plates, plate, lang);
        list(&say!(lang, "  可能的记录：", "  the stays:"), &stays, |one| stay(one, lang), lang);
    }
    let why = |one: &Value| {
        let why = match paper::text(one, "why") {
            "later" => say!(lang, "清点后入场", "came later"),
            "seen" => say!(lang, "清点后见过或在车道中", "seen since, or in a lane"),
            "stored" => say!(lang, "在机械车库内", "in an automated garage"),
            _ => say!(lang, "无牌车", "shows no plate"),
        };
        let stay = one.get("stay").map(|one| stay(one, lang)).unwrap_or_default();
        format!("{stay} ({why})")
    };
    list(
        &say!(lang, "未列入清单但不改动：", "not counted, and left alone:"),
        &of(compared, "leftOut"),
        why,
        lang,
    );
    list(
        &say!(
            lang,
            "清点后已离场或在车道中（不补录）：",
            "gone since, or in a lane (not entered):"
        ),
        &of(compared, "passedSince"),
        plate,
        lang,
    );
    !(missing.is_empty() && not_known.is_empty() && again.is_empty())
}

fn stay(stay: &Value, lang: Lang) -> String {
    let (plate, since) = (paper::text(stay, "plateNo"), paper::text(stay, "enterTime"));
    let paid = stay.get("received").map(ToString::to_string).filter(|paid| paid != "0");
    match paid {
        Some(paid) => say!(
            lang,
            "{plate}，{since} 入场，已付 {paid} 元",
            "{plate}, inside since {since}, paid {paid} yuan"
        ),
        None => say!(lang, "{plate}，{since} 入场", "{plate}, inside since {since}"),
    }
}

fn list(title: &str, all: &[Value], shown: impl Fn(&Value) -> String, lang: Lang) {
    if all.is_empty() {
        return;
    }
    let count = all.len();
    terminal::print(&format!("{title} {count}"));
    for one in all.iter().take(SHOWN) {
        terminal::print(&format!("  {}", shown(one)));
    }
    let more = count.saturating_sub(SHOWN);
    if more > 0 {
        terminal::print(&say!(lang, "  另有 {more} 条", "  and {more} more"));
    }
}
