//! The part of `lotgate status` about the database: whether it can be written, what lanes do by themselves where it cannot,
//! and what may be missing of times in which it could not.

use crate::away;
use crate::config::Config;
use crate::lang::{Lang, Words as _, say};
use crate::model::without_store::StoreAway;
use crate::standard::datetime::DateTime;
use crate::store::{StoreError, Transaction};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Times without a database are told for so long.
const TOLD: SignedDuration = SignedDuration::from_hours(7 * 24);
/// And so many of them.
const AT_MOST: u32 = 20;

/// What a running gateway says of it; none where it writes, or none runs.
pub(super) fn away_now(config: &Config) -> Option<Value> {
    let StoreAway { since, fault, kept, dropped, .. } = away::of_running(config)?;
    let since = DateTime::at(since, &config.lot.time_zone);
    Some(json!({ "since": since, "fault": fault, "kept": kept, "dropped": dropped }))
}

/// All of it; what the database itself knows only where it can be read.
pub(super) fn look(config: &Config, tx: Option<&Transaction<'_>>) -> Result<Value, StoreError> {
    let losses = match tx {
        Some(tx) => tx.store_losses(Timestamp::now() - TOLD, AT_MOST)?,
        None => Vec::new(),
    };
    let zone = &config.lot.time_zone;
    let losses = losses.into_iter().map(|loss| {
        let mended = loss.mended.map(|mended| {
            let copied = mended.copied.map(|at| DateTime::at(at, zone));
            json!({ "aside": mended.aside, "copied": copied, "unread": mended.unread })
        });
        json!({ "since": DateTime::at(loss.since, zone), "until": DateTime::at(loss.until, zone),
                "fault": loss.fault, "kept": loss.kept, "dropped": loss.dropped, "mended": mended })
    });
    Ok(json!({
        "away": away_now(config),
        "whenItFails": config.store.when_it_fails,
        "losses": losses.collect::<Vec<_>>(),
    }))
}

/// The same for people.
pub(super) fn lines(config: &Config, store: &Value, lang: Lang) -> Vec<String> {
    let text = |value: &Value, key: &str| match value.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    let ways = config.store.when_it_fails;
    let (entry, exit) = (ways.entry.text(lang), ways.exit.text(lang));
    let mut lines = vec![say!(
        lang,
        "无法记录时：入口{entry}，出口{exit}（[store] when_it_fails）",
        "while nothing can be written down: entries {entry}, exits {exit} ([store] when_it_fails)"
    )];
    if let Some(away) = store.get("away").filter(|away| !away.is_null()) {
        let [since, fault, kept, dropped] =
            ["since", "fault", "kept", "dropped"].map(|key| text(away, key));
        lines.push(say!(
            lang,
            "！自 {since} 起数据库不可写：{fault}；内存中暂存 {kept} 条，遗漏 {dropped} 条；请检查磁盘",
            "! nothing can be written down since {since}: {fault}; {kept} things are kept in memory, {dropped} found no room; look at the disk"
        ));
    }
    for loss in store.get("losses").and_then(Value::as_array).into_iter().flatten() {
        let [since, until, fault, kept, dropped] =
            ["since", "until", "fault", "kept", "dropped"].map(|key| text(loss, key));
        lines.push(say!(
            lang,
            "！{since} 至 {until} 数据库中断（{fault}）：补记 {kept} 条，遗漏 {dropped} 条，期间记录可能不全",
            "! the database was not in use from {since} to {until} ({fault}): {kept} things were written afterwards, {dropped} reads are missing, and others may be"
        ));
        if let Some(mended) = loss.get("mended").filter(|mended| !mended.is_null()) {
            let [aside, copied, unread] =
                ["aside", "copied", "unread"].map(|key| text(mended, key));
            lines.push(say!(
                lang,
                "！　数据库曾损坏（{aside}），已用备份（{copied}）重建，约 {unread} 行无法读取",
                "!   the database was damaged ({aside}) and put together anew from a copy ({copied}); about {unread} rows cannot be read"
            ));
        }
    }
    lines
}
