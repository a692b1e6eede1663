//! The scenarios of Annex C, one test each, named by its clause and written step by step from its text:
//! what the driver, the platform and the people at the lot see of the real binary. C.2.2.6 (overdue arrears
//! are reported to a credit centre) needs an interface that is still to come.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod elsewhere;
mod off_street;
mod street;

use common::{A_WHILE, PATIENCE, World, plate_of};
use jiff::{SignedDuration, Timestamp};
use lotgate::sim::plan::PARK_CODE;
use lotgate::standard::id::Id;
use serde_json::{Value, json};

const PLATE: &str = "粤B88888";

impl World {
    /// A command down the link that is carried out; its one element.
    async fn ordered(&self, code: u16, element: Value) -> Value {
        let reply = self.lot.platform.command(code, &[element]).await.unwrap();
        assert!(reply.succeeded(), "{code}: {reply:?}\n{}", self.log());
        reply.data.into_iter().next().unwrap_or_default()
    }

    /// The driver asks for the fee on the phone (6006).
    async fn asks_fee(&self, plate: &str) -> Value {
        self.ordered(6006, json!({ "parkCode": PARK_CODE, "plateNo": plate })).await
    }

    /// The driver has paid an order at the platform, which tells the lot (6007).
    async fn pays_online(&self, order: &Value) -> Value {
        self.pays(order, 2, "微信公众号").await
    }

    /// The platform has deducted an order's amount (6007).
    async fn deducts(&self, order: &Value) -> Value {
        self.pays(order, 6, "无感支付").await
    }

    async fn pays(&self, order: &Value, pay_type: i64, pay_from: &str) -> Value {
        let charge = json!({
            "id": Id::random(), "orderNo": order["orderNo"], "recordId": order["recordId"],
            "parkCarInfo": { "plateNo": order["plateNo"], "eidEquiped": false },
            "payTime": self.local(Timestamp::now()), "receivables": order["receivables"],
            "discount": 0, "received": order["receivables"], "payType": pay_type,
            "payFrom": pay_from,
        });
        self.ordered(6007, json!({ "parkCode": PARK_CODE, "chargeInfo": charge })).await;
        charge
    }

    /// The platform's answer to 5010 is in the record.
    async fn has_contract(&self, plate: &str) {
        let begun = std::time::Instant::now();
        let encoded = plate.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
        loop {
            let (_, found) = self.look(&format!("/api/records?plateNo={encoded}")).await;
            let records = found["records"].as_array().unwrap().iter();
            let known = |one: &&Value| one["plateNo"] == plate && one["contract"] == true;
            if records.filter(known).count() > 0 {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "no answer to 5010: {found}\n{}", self.log());
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    fn local(&self, moment: Timestamp) -> String {
        self.lot.local(moment).to_string()
    }

    /// The car drives to the exit, and its barrier opens by itself.
    async fn leaves(&self, plate: &str) -> Value {
        let opens = self.lot.exit.opens().len();
        self.lot.exit.read(plate).await;
        self.exit_opens(opens + 1).await;
        self.left(plate).await
    }

    /// The car drives to the exit, and its barrier stays shut.
    async fn is_held(&self, plate: &str, why: &str) {
        let opens = self.lot.exit.opens().len();
        self.lot.exit.read(plate).await;
        self.until("the hold", || self.log().contains(&format!("{plate} is held: {why}"))).await;
        assert!(!self.lot.exit.opened(opens + 1, A_WHILE).await, "{}", self.log());
    }

    async fn exit_opens(&self, times: usize) {
        assert!(self.lot.exit.opened(times, PATIENCE).await, "the exit:\n{}", self.log());
    }

    /// Its 5005.
    async fn left(&self, plate: &str) -> Value {
        self.report(5005, |record| plate_of(record) == plate).await
    }

    /// The entry's barrier stays shut to it.
    async fn is_turned_away(&self, plate: &str) {
        let opens = self.lot.entry.opens().len();
        self.lot.entry.read(plate).await;
        self.until("the hold", || self.log().contains(&format!("{plate} is held: "))).await;
        assert!(!self.lot.entry.opened(opens + 1, A_WHILE).await, "{}", self.log());
    }

    /// 5003 says so.
    async fn counts_are(&self, used: i64, reserved: i64, unused: i64) {
        let wanted = [used, reserved, unused];
        self.report(5003, |counts| {
            let of = |name: &str| counts[name].as_i64().unwrap();
            ["usedSpaces", "reservedSpaces", "unusedSpaces"].map(of) == wanted
        })
        .await;
    }

    /// 5001 says so of a space: 0 free, 1 booked, 2 occupied.
    async fn space_is(&self, space_no: &Value, state: i64) {
        self.report(5001, |space| space["spaceNo"] == *space_no && space["state"] == state).await;
    }

    /// The order in which the platform heard of a record.
    fn heard_of(&self, record: &Value) -> Vec<u16> {
        let received = self.lot.platform.all_received().into_iter();
        let its = received.filter(|stored| {
            [&stored.element["id"], &stored.element["recordId"]].contains(&&record["id"])
        });
        its.map(|stored| stored.code).collect()
    }
}

/// `[receivables, discount, received]`
fn sums(report: &Value) -> [i64; 3] {
    ["receivables", "discount", "received"].map(|name| report[name].as_i64().unwrap_or(-1))
}

/// A moment so many minutes from now.
fn minutes_from_now(minutes: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_mins(minutes)
}
