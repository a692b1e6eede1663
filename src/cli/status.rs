//! `lotgate status`: how the lot and its queue stand, from the database.

use super::local::{config_of, reader_of};
use super::status_of_store;
use super::terminal;
use crate::config::Config;
use crate::connections;
use crate::doctor::oddity_of;
use crate::lang::{Lang, Words as _, say};
use crate::model::another_gateway::LINK_LEFT;
use crate::model::put_aside::AsideWhy;
use crate::standard::datetime::DateTime;
use crate::web::last_taking;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

pub(super) fn status(path: &Path, lang: Lang, as_json: bool) -> anyhow::Result<ExitCode> {
    let config = config_of(path, lang)?;
    let (shown, of_lot) = match look(&config, lang) {
        Ok(shown) => {
            let of_lot = lines(&shown, lang);
            (shown, of_lot)
        }
        // A gateway that goes on without its database has something to say yet.
        Err(error) => match status_of_store::look(&config, None)? {
            store if store.get("away").is_some_and(Value::is_null) => return Err(error),
            store => (json!({ "version": env!("CARGO_PKG_VERSION"), "store": store }), Vec::new()),
        },
    };
    let store = shown.get("store").cloned().unwrap_or_default();
    if as_json {
        terminal::print_json(&shown);
    } else {
        let of_store = status_of_store::lines(&config, &store, lang);
        for line in of_lot.into_iter().chain(of_store) {
            terminal::print(&line);
        }
    }
    if store.get("away").is_some_and(|away| !away.is_null()) {
        return Ok(ExitCode::FAILURE);
    }
    let well = shown.get("queue").and_then(|queue| queue.get("full")) != Some(&Value::Bool(true));
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn look(config: &Config, lang: Lang) -> anyhow::Result<Value> {
    let mut reader = reader_of(config, lang)?;
    let tx = reader.snapshot()?;
    let counts = tx.queue_counts()?;
    let oldest = tx.oldest_pending()?.map(|at| DateTime::at(at, &config.lot.time_zone));
    let mut devices = Vec::new();
    for device in config.devices.iter().filter(|device| device.driver.is_heard()) {
        let online = tx.device_online(device.id.as_str())?;
        devices.push(json!({ "name": device.name, "id": device.id, "online": online }));
    }
    let mut connections = Vec::new();
    for name in connections::of(config) {
        if let Some(state) = tx.connection(&name)? {
            let since = DateTime::at(state.since, &config.lot.time_zone);
            let left = || {
                say!(lang, "让给控制道闸的网关", "left to the gateway that commands the barriers")
            };
            let error = if state.error == LINK_LEFT { left() } else { state.error };
            connections.push(json!({ "name": name.text(lang), "up": state.up,
                                     "since": since, "error": error }));
        }
    }
    let mut oddities = Vec::new();
    for (oddity, since) in tx.oddities()? {
        let since = DateTime::at(since, &config.lot.time_zone).to_string();
        oddities.push(oddity_of(oddity, since).text(lang));
    }
    let mut lanes = Vec::new();
    for lane in &config.lanes {
        let state = tx.lane_condition(lane.id.as_str())?.reported.number();
        lanes.push(json!({ "name": lane.name, "id": lane.id, "state": state }));
    }
    let mut garages = Vec::new();
    for garage in &config.garages {
        let condition = tx.garage(&garage.garage_code)?;
        let missions = tx.open_missions(&garage.garage_code)?;
        let missions = missions.iter().map(|mission| {
            json!({ "id": mission.id, "store": mission.store, "spaceNo": mission.space_no,
                    "state": mission.state.word(), "due": mission.due })
        });
        garages.push(json!({
            "garageCode": garage.garage_code,
            "state": condition.as_ref().map(|one| one.state),
            "available": condition.map(|one| one.spaces.available_large + one.spaces.available_small),
            "missions": missions.collect::<Vec<_>>(),
        }));
    }
    let clock = tx.boots()?.pop().map(|boot| {
        let since = DateTime::at(boot.lower_bound, &config.lot.time_zone);
        let by = boot.voucher.map(|voucher| voucher.text(lang));
        json!({ "proven": by.is_some(), "by": by, "laterThan": since })
    });
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "parkCode": config.lot.park_code,
        "totalSpaces": config.lot.total_spaces,
        "usedSpaces": tx.used_spaces()?,
        "reservedSpaces": tx.reserved_spaces()?,
        "queue": {
            "pending": counts.pending,
            "pictures": tx.images_waiting()?,
            "dead": counts.dead.saturating_add(tx.pictures_aside()?),
            "bytes": counts.bytes,
            "oldest": oldest,
            "full": tx.queue_full()?,
        },
        "store": status_of_store::look(config, Some(&tx))?,
        "stock": last_taking(&tx, &config.lot.time_zone, Timestamp::now())?,
        "putAside": {
            "endsTheProcess": tx.put_aside_for(AsideWhy::EndsTheProcess)?,
            "outOfTime": tx.put_aside_for(AsideWhy::OutOfTime)?,
        },
        "clock": clock,
        "connections": connections,
        "oddities": oddities,
        "devices": devices,
        "lanes": lanes,
        "garages": garages,
    }))
}

/// The stock taken last, while it can be taken back.
fn stock_line(shown: &Value, lang: Lang) -> Option<String> {
    let stock = shown.get("stock").filter(|stock| stock.get("open") == Some(&Value::Bool(true)))?;
    let text = |name: &str| stock.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| stock.get(name).and_then(Value::as_i64).unwrap_or_default();
    let (number_of, closed, entered) = (number("number"), number("closed"), number("entered"));
    let (done, by, until) = (text("done"), text("operator"), text("takenBackUntil"));
    Some(say!(
        lang,
        "盘点 {number_of}（{done}，{by}）：结束 {closed} 条停车记录，补录 {entered} 辆；{until} 前可撤回：lotgate stock --undo {number_of}",
        "stock {number_of} taken ({done}, {by}): {closed} stays closed, {entered} cars entered; until {until} it can be taken back: lotgate stock --undo {number_of}"
    ))
}

fn lines(shown: &Value, lang: Lang) -> Vec<String> {
    let text = |value: Option<&Value>| match value {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    let at = |pointer: &str| text(shown.pointer(pointer));
    let (park, used, total) = (at("/parkCode"), at("/usedSpaces"), at("/totalSpaces"));
    let (reserved, pending, dead) =
        (at("/reservedSpaces"), at("/queue/pending"), at("/queue/dead"));
    let pictures = at("/queue/pictures");
    let mut lines = vec![
        say!(
            lang,
            "停车场 {park}：在场 {used} / {total}，预约 {reserved}",
            "lot {park}: {used} of {total} inside, {reserved} booked"
        ),
        say!(
            lang,
            "上报队列：待上报 {pending}，待传图片 {pictures}，被拒 {dead}",
            "queue of reports: {pending} waiting, {pictures} pictures waiting, {dead} refused"
        ),
    ];
    if let Some(oldest) = shown.pointer("/queue/oldest").and_then(Value::as_str) {
        lines.push(say!(lang, "最早一条：{oldest}", "the oldest waits since {oldest}"));
    }
    if shown.pointer("/queue/full") == Some(&Value::Bool(true)) {
        lines.push(say!(lang, "！队列已达上限", "! the queue has reached its bound"));
    }
    let count = |pointer| shown.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    let (ends, out_of_time) = (count("/putAside/endsTheProcess"), count("/putAside/outOfTime"));
    if ends + out_of_time > 0 {
        lines.push(say!(
            lang,
            "！已搁置：导致程序中断或无法入库 {ends}，时间不可信 {out_of_time}；lotgate aside ls 查看",
            "! put aside: {ends} ended the process or cannot be stored, {out_of_time} late reads of moments that cannot be right; see lotgate aside ls"
        ));
    }
    lines.extend(stock_line(shown, lang));
    if shown.pointer("/clock/proven") == Some(&Value::Bool(false)) {
        let since = at("/clock/laterThan");
        lines.push(say!(
            lang,
            "！时钟未核实：只知道晚于 {since}，出口只按已证实的时长收费",
            "! the clock is not proven: it is later than {since}, and only proven time is charged"
        ));
    }
    let list = |name: &str| shown.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    for connection in list("connections") {
        let [name, since, error] = ["name", "since", "error"].map(|key| text(connection.get(key)));
        lines.push(match connection.get("up") {
            Some(Value::Bool(true)) => {
                say!(lang, "{name}：自 {since} 已连接", "{name}: up since {since}")
            }
            _ => say!(
                lang,
                "{name}：自 {since} 断开：{error}",
                "{name}: down since {since}: {error}"
            ),
        });
    }
    for oddity in list("oddities") {
        lines.push(format!("! {}", text(Some(&oddity))));
    }
    for device in list("devices") {
        let name = text(device.get("name"));
        lines.push(match device.get("online") {
            Some(Value::Bool(true)) => say!(lang, "设备 {name}：在线", "device {name}: online"),
            Some(Value::Bool(false)) => say!(lang, "设备 {name}：离线", "device {name}: offline"),
            _ => say!(lang, "设备 {name}：尚无消息", "device {name}: not heard yet"),
        });
    }
    for garage in list("garages") {
        let (code, free) = (text(garage.get("garageCode")), text(garage.get("available")));
        let under_way = garage.get("missions").and_then(Value::as_array).map_or(0, Vec::len);
        lines.push(say!(
            lang,
            "车库 {code}：空余 {free}，存取任务 {under_way}",
            "garage {code}: {free} free, {under_way} missions to do"
        ));
    }
    for lane in list("lanes") {
        let name = text(lane.get("name"));
        lines.push(match lane.get("state").and_then(Value::as_i64) {
            Some(1) => say!(lang, "车道 {name}：正常", "lane {name}: normal"),
            Some(2 | 3) => say!(lang, "车道 {name}：拥堵", "lane {name}: congested"),
            _ => say!(lang, "车道 {name}：停用", "lane {name}: stopped"),
        });
    }
    lines
}
