//! `lotgate tariff`: what a stay costs by the prices of a file, how that comes about, and a table of the first two days.
//! It asks the very arithmetic the gateway charges by; no lot, database or platform is needed.

use super::terminal;
use crate::config::{Sign, parse_sign, rendered, text_of};
use crate::gateway::tariff_of;
use crate::lang::{Lang, say};
use crate::lot::tariff::{
    BegunPeriods, Fee, FeePart, FeePartKind, Interval, ONCE, PricedStay, Sight, Tariff, Vehicle,
    VehicleClass,
};
use crate::standard::money::Money;
use crate::standard::plate::PlateNo;
use anyhow::{Context as _, bail};
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// How long the table is.
const TABLE: i64 = 48 * 60;

#[derive(Debug, clap::Subcommand)]
pub(super) enum TariffCommand {
    /// Say what a stay costs and how that comes about.
    Try {
        /// When it begins, in the lot's time, e.g. "2026-03-04 09:00".
        #[arg(long)]
        from: String,
        /// When it ends.
        #[arg(long)]
        to: String,
        #[command(flatten)]
        whose: Whose,
        /// A visit of the same plate before it, FROM/TO; may be given several times.
        #[arg(long, value_name = "FROM/TO")]
        earlier: Vec<String>,
        /// As JSON, for scripts.
        #[arg(long)]
        json: bool,
    },
    /// Show what stays of up to 48 hours cost.
    Table {
        /// When they begin; today at 9 when left out.
        #[arg(long)]
        from: Option<String>,
        #[command(flatten)]
        whose: Whose,
    },
}

/// Whose stay it is.
#[derive(Debug, clap::Args)]
pub(super) struct Whose {
    /// Its classes, e.g. small,new-energy.
    #[arg(long = "class", value_delimiter = ',')]
    classes: Vec<String>,
    /// Its plate, for classes by plate and by kind of plate.
    #[arg(long, default_value = "")]
    plate: String,
    /// The plate's colour, e.g. 白色: the army's plates count as such only where they are white.
    #[arg(long)]
    plate_color: Option<String>,
}

pub(super) fn tariff(path: &Path, command: TariffCommand, lang: Lang) -> anyhow::Result<ExitCode> {
    let text = match text_of(path) {
        Ok(text) => text,
        Err(found) => {
            terminal::complain_all(&found.render(lang));
            return Ok(ExitCode::FAILURE);
        }
    };
    let (sign, findings) = parse_sign(&text, path);
    rendered(&findings, lang).for_each(|found| terminal::complain_all(&found));
    let Some(Sign { tariff, time_zone }) = sign else { return Ok(ExitCode::FAILURE) };
    let tariff = tariff_of(Some(&tariff), &time_zone);
    match command {
        TariffCommand::Try { from, to, whose, earlier, json } => {
            let vehicle = vehicle(&tariff, &whose, lang)?;
            let stay = visit(&tariff, &from, &to, lang)?;
            let mut before = Vec::new();
            for visit_text in &earlier {
                let (from, to) = visit_text.split_once('/').with_context(|| {
                    say!(lang, "--earlier 应写为 起/止", "--earlier is written FROM/TO")
                })?;
                before.push(visit(&tariff, from, to, lang)?);
            }
            before.sort_by_key(|visit| visit.from);
            let fee = explained(&tariff, &vehicle, &before, stay);
            if json {
                terminal::print_json(&as_json(&tariff, &fee));
            } else {
                terminal::print_all(&told(&tariff, stay, &fee, lang));
            }
        }
        TariffCommand::Table { from, whose } => {
            let vehicle = vehicle(&tariff, &whose, lang)?;
            let from = match from {
                Some(from) => moment(&tariff, &from, lang)?,
                None => today_at_nine(&tariff)?,
            };
            terminal::print_all(&table(&tariff, &vehicle, from, lang));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn vehicle(tariff: &Tariff, whose: &Whose, lang: Lang) -> anyhow::Result<Vehicle> {
    let built_in = VehicleClass::BUILT_IN.map(str::to_owned);
    let own = tariff.classes.iter().map(|class| class.name.clone());
    let known: Vec<String> = built_in.into_iter().chain(own).collect();
    for class in &whose.classes {
        if !known.contains(class) {
            let known = known.join(", ");
            bail!(say!(
                lang,
                "没有车型 `{class}`；可用：{known}",
                "there is no class `{class}`; there are: {known}"
            ));
        }
    }
    let plate_no = match whose.plate.parse::<PlateNo>() {
        Ok(plate) => plate.to_string(),
        Err(_) if whose.plate.is_empty() => String::new(),
        Err(_) => {
            let plate = &whose.plate;
            bail!(say!(lang, "`{plate}` 不是车牌号码", "`{plate}` is no number plate"));
        }
    };
    let plate_color = whose.plate_color.as_deref();
    let mut vehicle =
        tariff.vehicle(&Sight { plate_no: &plate_no, plate_color, ..Sight::default() });
    let named = whose.classes.iter().map(|name| VehicleClass::named(name));
    let (sizes, others): (Vec<_>, Vec<_>) =
        named.partition(|class| !matches!(class, VehicleClass::Named(_)));
    if !sizes.is_empty() {
        vehicle.classes.retain(|class| matches!(class, VehicleClass::Named(_)));
    }
    vehicle.classes.extend(sizes.into_iter().chain(others));
    vehicle.free |=
        tariff.classes.iter().any(|class| class.free && whose.classes.contains(&class.name));
    Ok(vehicle)
}

fn moment(tariff: &Tariff, text: &str, lang: Lang) -> anyhow::Result<Timestamp> {
    let local = text.trim().replace(' ', "T").parse::<DateTime>();
    let moment = local.ok().and_then(|local| tariff.time_zone.to_timestamp(local).ok());
    moment.with_context(|| {
        say!(
            lang,
            "`{text}` 不是时间；请写成 \"2026-03-04 09:00\"",
            "`{text}` is no moment; write it like \"2026-03-04 09:00\""
        )
    })
}

fn visit(tariff: &Tariff, from: &str, to: &str, lang: Lang) -> anyhow::Result<Interval> {
    let when = Interval { from: moment(tariff, from, lang)?, to: moment(tariff, to, lang)? };
    if when.to < when.from {
        bail!(say!(lang, "离场 {to} 早于入场 {from}", "it ends, {to}, before it begins, {from}"));
    }
    Ok(when)
}

fn today_at_nine(tariff: &Tariff) -> anyhow::Result<Timestamp> {
    let zone = &tariff.time_zone;
    let today = zone.to_datetime(Timestamp::now()).date();
    Ok(zone.to_timestamp(today.at(9, 0, 0, 0))?)
}

/// A fee and its stretches.
type Explained = (Fee, Vec<FeePart>);

fn explained(
    tariff: &Tariff,
    vehicle: &Vehicle,
    earlier: &[Interval],
    stay: Interval,
) -> Explained {
    if vehicle.free {
        return Explained::default();
    }
    let (earlier, since) = tariff.visits(vehicle, earlier);
    let visits_since = tariff.visits_since(vehicle, since, stay.from);
    let charged = [stay];
    let plain = PricedStay::plain(vehicle, stay.from, &charged);
    tariff.explained(&PricedStay { earlier: &earlier, visits_since, ..plain })
}

/// The sum and how it comes about, a line a stretch.
fn told(tariff: &Tariff, stay: Interval, (fee, parts): &Explained, lang: Lang) -> String {
    let local = |at| tariff.time_zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string();
    let mut lines = Vec::new();
    let (from, to) = (local(stay.from), local(stay.to));
    let length = length(stay.length(), lang);
    lines.push(say!(lang, "{from} 至 {to}，共 {length}", "{from} to {to}, {length}"));
    if fee.within_free && fee.sum == Money::ZERO {
        lines.push(say!(lang, "在免费时长内", "within the free time"));
    }
    for part in parts {
        let (from, to) = (local(part.when.from), local(part.when.to));
        lines.push(format!("  {from} – {to}  {}", of_part(part, lang)));
    }
    if fee.earlier > Money::ZERO {
        let earlier = fee.earlier;
        lines.push(say!(
            lang,
            "此前合并计费的停车已计 {earlier} 元",
            "visits before that cost as one with it: {earlier} yuan"
        ));
    }
    let sum = fee.sum;
    lines.push(say!(lang, "应收 {sum} 元", "it costs {sum} yuan"));
    lines.join("\n")
}

fn of_part(part: &FeePart, lang: Lang) -> String {
    let kind = match part.kind {
        FeePartKind::Day => say!(lang, "计费", "charged"),
        FeePartKind::Night => say!(lang, "夜间计费", "charged by night"),
        FeePartKind::OutsideHours => say!(lang, "免费时段", "not charged at that time"),
        FeePartKind::TakenOff => say!(lang, "扣除免费时长", "free time, taken off"),
        FeePartKind::Waived => say!(lang, "减免时长", "waived"),
    };
    let begun = part.begun.iter().map(|begun| {
        let (count, price) = (begun.count, begun.period.price);
        if begun.period.seconds >= ONCE {
            return say!(lang, "每次 {price} 元", "{price} yuan once");
        }
        let each = length(SignedDuration::from_secs(begun.period.seconds), lang);
        say!(lang, "{count} 个 {each} × {price} 元", "{count} × {each} at {price} yuan")
    });
    let begun = begun.collect::<Vec<_>>().join(" + ");
    let due: Money = part.begun.iter().map(BegunPeriods::price).sum();
    let charged = part.charged;
    let capped = if charged < due && part.kind != FeePartKind::Waived {
        say!(lang, "（封顶）", " (capped)")
    } else {
        String::new()
    };
    match begun.is_empty() {
        true if charged == Money::ZERO => kind,
        true => say!(lang, "{kind}：{charged} 元", "{kind}: {charged} yuan"),
        false => say!(
            lang,
            "{kind}：{begun} = {charged} 元{capped}",
            "{kind}: {begun} = {charged} yuan{capped}"
        ),
    }
}

fn length(length: SignedDuration, lang: Lang) -> String {
    let (hours, minutes) = (length.as_secs() / 3600, length.as_secs() % 3600 / 60);
    match (hours, minutes) {
        (0, minutes) => say!(lang, "{minutes} 分钟", "{minutes} min"),
        (hours, 0) => say!(lang, "{hours} 小时", "{hours} h"),
        (hours, minutes) => say!(lang, "{hours} 小时 {minutes} 分", "{hours} h {minutes} min"),
    }
}

fn as_json(tariff: &Tariff, (fee, parts): &Explained) -> Value {
    let local = |at| tariff.time_zone.to_datetime(at).to_string();
    let parts: Vec<_> = parts
        .iter()
        .map(|part| {
            let begun: Vec<_> = part
                .begun
                .iter()
                .map(|begun| {
                    let (seconds, price) = (begun.period.seconds, begun.period.price);
                    json!({ "count": begun.count, "seconds": seconds, "price": price })
                })
                .collect();
            let kind = match part.kind {
                FeePartKind::Day => "day",
                FeePartKind::Night => "night",
                FeePartKind::OutsideHours => "outside-hours",
                FeePartKind::TakenOff => "taken-off",
                FeePartKind::Waived => "waived",
            };
            json!({
                "from": local(part.when.from), "to": local(part.when.to), "kind": kind,
                "begun": begun, "charged": part.charged,
            })
        })
        .collect();
    json!({
        "sum": fee.sum, "withinFree": fee.within_free, "capped": fee.capped,
        "earlier": fee.earlier, "parts": parts,
    })
}

/// Each length at which the sum changes, the longest that still costs it.
fn table(tariff: &Tariff, vehicle: &Vehicle, from: Timestamp, lang: Lang) -> String {
    let sum = |minutes: i64| {
        let to = from.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(Timestamp::MAX);
        let when = Interval { from, to };
        explained(tariff, vehicle, &[], when).0.sum
    };
    let start = tariff.time_zone.to_datetime(from).strftime("%Y-%m-%d %H:%M").to_string();
    let mut lines =
        vec![say!(lang, "自 {start} 起，停车不超过：", "from {start}, stays of at most:")];
    let mut before = sum(0);
    for minutes in 1..=TABLE {
        let now = sum(minutes);
        if now != before {
            lines.push(row(minutes - 1, before, lang));
            before = now;
        }
    }
    lines.push(row(TABLE, before, lang));
    lines.join("\n")
}

fn row(minutes: i64, sum: Money, lang: Lang) -> String {
    let time = format!("{:>2}:{:02}", minutes / 60, minutes % 60);
    say!(lang, "  {time}  {sum} 元", "  {time}  {sum} yuan")
}
