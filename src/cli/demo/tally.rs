//! What the demo counts and says at its end: whatever the gateway says it did is held against what the
//! platform says it has.

#![allow(clippy::indexing_slicing, reason = "indexing a JSON value gives null, never a panic")]

use super::settled::Settled;
use crate::cli::terminal;
use crate::lang::{Lang, Words as _, say};
use crate::model::happening::Happening;
use crate::sim::lot::SimulatedLot;
use crate::standard::money::Money;
use rust_decimal::Decimal;
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;

/// What the gateway says it did; held against what the platform says it has.
#[derive(Debug, Default)]
pub(super) struct Counted {
    read: usize,
    held: usize,
    entered: BTreeSet<String>,
    left: BTreeSet<String>,
    paid: usize,
    taken: Money,
    booked: usize,
    commands: usize,
    acknowledged: usize,
    decisions: Vec<Duration>,
}

/// Writes what happens, line by line, and counts it.
pub(super) async fn write_lines(
    mut happenings: broadcast::Receiver<Happening>,
    ledger: Arc<Mutex<Counted>>,
    begun: Instant,
    lang: Lang,
) {
    while let Ok(happening) = happenings.recv().await {
        terminal::print(&format!(
            "{:>9.1} ms  {}",
            begun.elapsed().as_secs_f64() * 1000.0,
            happening.text(lang)
        ));
        let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
        match happening {
            Happening::PlateRead { .. } => ledger.read += 1,
            Happening::Held { .. } => ledger.held += 1,
            Happening::Entered { record, .. } => drop(ledger.entered.insert(record.to_string())),
            Happening::Left { record, .. } => drop(ledger.left.insert(record.to_string())),
            Happening::Paid { received, .. } => {
                ledger.paid += 1;
                ledger.taken = ledger.taken + received;
            }
            Happening::BookingUsed { .. } => ledger.booked += 1,
            Happening::Commanded { .. } => ledger.commands += 1,
            Happening::Acknowledged { count, .. } => ledger.acknowledged += count,
            Happening::BarrierCommanded { after: Some(after), .. } => ledger.decisions.push(after),
            _ => {}
        }
    }
}

/// What the gateway did and the platform does not know.
pub(super) fn missing(lot: &SimulatedLot, ledger: &Mutex<Counted>) -> Vec<String> {
    let has = |code: u16| -> BTreeSet<String> {
        let received = lot.platform.received(code);
        received.iter().filter_map(|element| element["id"].as_str().map(str::to_owned)).collect()
    };
    let ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
    let mut missing = Vec::new();
    for (code, records) in [(5004, &ledger.entered), (5005, &ledger.left)] {
        let known = has(code);
        missing.extend(records.difference(&known).map(|id| format!("{code} {id}")));
    }
    let charges = has(5008).len();
    missing.extend((charges..ledger.paid).map(|_| "5008".to_owned()));
    let charged = yuan(lot.platform.ledger().totals().charged);
    if charges == ledger.paid && charged != ledger.taken.decimal() {
        missing.push(format!("5008: {charged}, taken {}", ledger.taken));
    }
    missing
}

/// Fen, as yuan are written.
fn yuan(fen: i64) -> Decimal {
    Decimal::new(fen, 2).normalize()
}

pub(super) fn tally(
    lot: &SimulatedLot,
    ledger: &Mutex<Counted>,
    settled: &Settled,
    lang: Lang,
) -> ExitCode {
    let lost = missing(lot, ledger);
    let mut violations = lot.platform.violations();
    let books = lot.platform.ledger();
    violations.extend(books.contradictions());
    let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
    ledger.decisions.sort();
    let at = |share: usize| {
        let index = ledger.decisions.len().saturating_sub(1) * share / 100;
        ledger.decisions.get(index).map_or(0.0, |d| d.as_secs_f64() * 1000.0)
    };
    let (p50, p99) = (at(50), at(99));
    let Counted { read, held, paid, booked, commands, acknowledged, .. } = &*ledger;
    let (entered, left) = (ledger.entered.len(), ledger.left.len());
    let (gone, wrong) = (lost.len(), violations.len());
    terminal::print("");
    terminal::print(&say!(
        lang,
        "识别 {read}，入场 {entered}（预约 {booked}），出场 {left}，拦下 {held}，缴费 {paid}，平台指令 {commands}",
        "reads {read}, entered {entered} ({booked} as booked), left {left}, held {held}, payments {paid}, commands {commands}"
    ));
    let totals = books.totals();
    let (charged, refunded) = (yuan(totals.charged), yuan(totals.refunded));
    let (recorded, inside) = (yuan(totals.recorded), books.open_stays());
    terminal::print(&say!(
        lang,
        "平台账目：实收 {charged} 元，退款 {refunded} 元；离场记录合计 {recorded} 元；在场 {inside} 辆",
        "the platform's books: {charged} yuan received, {refunded} refunded; {recorded} by the records of cars that left; {inside} cars inside"
    ));
    terminal::print(&say!(
        lang,
        "平台确认 {acknowledged} 条上报，丢失 {gone}，不符合标准 {wrong}",
        "platform acknowledged {acknowledged} reports, lost {gone}, against the standard {wrong}"
    ));
    terminal::print(&settled.text(lang));
    terminal::print(&say!(
        lang,
        "识别到开闸指令：p50 {p50:.1} ms，p99 {p99:.1} ms（含提交）",
        "read to barrier command: p50 {p50:.1} ms, p99 {p99:.1} ms, commit included"
    ));
    for line in lost.iter().chain(&violations).chain(&settled.failed).take(20) {
        terminal::print(&format!("  ! {line}"));
    }
    if gone + wrong + settled.failed.len() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
