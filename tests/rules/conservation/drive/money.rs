//! Money: at the booth and by the platform.

use super::{Asked, World, plate};
use crate::conservation::day::{Action, Coupon, End, Sum, Which};
use crate::conservation::model::Payment;
use crate::conservation::platform::id;
use crate::prelude::*;

impl World {
    pub(super) fn move_money(&mut self, action: &Action) {
        match *action {
            Action::Cash { car, sum } => self.cash(car, sum),
            Action::Quote { car, coupon, end } => self.quote(car, coupon, end),
            Action::Pay { car, order, sum, ago } => self.pay(car, order, sum, ago),
            Action::PayAgain => {
                if let Some((notice, _)) = self.paid.clone() {
                    self.command(6007, &notice);
                }
            }
            _ => {}
        }
    }

    /// Staff take cash from a car inside.
    fn cash(&mut self, car: u8, sum: Sum) {
        let Some(record) = self.platform.open_of(&plate(car)).map(|(record, _)| record.clone())
        else {
            return;
        };
        let stay = &self.model.stays[&record];
        let due = self.model.due(stay, self.lot.now);
        let (offered, due) = (sum.of(due), stay.priced.then_some(due));
        if offered <= 0 {
            return;
        }
        let before = self.platform.stays[&record].received();
        let answer = self.staff(StaffAction::Pay(Box::new(StaffPayment {
            plate_no: plate(car).parse().unwrap(),
            received: Money::yuan(offered / 100),
            discount: Money::ZERO,
            pay_type: 1,
            pay_from: "线下缴费".to_owned(),
            discounts: Vec::new(),
        })));
        self.gather();
        let kept = self.platform.stays[&record].received() - before;
        let payment = Payment { received: kept, order: None, moment: self.lot.now };
        self.model.pay(&record, &payment, self.lot.now);
        let done = matches!(answer, StaffAnswer::Done(_));
        self.seen.asked = Asked::Cash { due, offered, kept, done };
    }

    fn quote(&mut self, car: u8, coupon: Coupon, end: End) {
        let now = self.lot.now;
        let mut query = if self.site.is_street() {
            json!({ "spaceNo": self.space_of(car) })
        } else {
            fee(&plate(car))
        };
        let (kind, value) = coupon.of_table_83();
        query["couponType"] = json!(kind);
        query["couponValue"] = json!(value);
        let moment = end.moment(now);
        if end != End::Now {
            query["endTime"] = json!(local(moment));
        }
        let reply = self.command(6006, &query);
        let Some(order) = reply.data.first().filter(|_| reply.succeeded()).cloned() else { return };
        let number = order["orderNo"].as_str().unwrap_or_default().to_owned();
        let its = |world: &Self| {
            let stay = world.model.stays.get(&id(&order, "recordId"))?;
            stay.orders.get(&number).map(|order| order.payable)
        };
        let known = its(self);
        self.model.learn_order(&order, now, moment);
        let payable = its(self).unwrap_or_default();
        self.seen.asked = Asked::Quote { reply, known, payable };
    }

    /// The platform tells of a payment.
    fn pay(&mut self, car: u8, which: Which, sum: Sum, ago: i64) {
        let now = self.lot.now;
        let Some(record) = self.newest_record(car) else { return };
        let stay = self.model.stays[&record].clone();
        let number = match which {
            Which::Newest => stay.quoted.last(),
            Which::Former => stay.quoted.iter().rev().nth(1),
            Which::None => None,
        };
        if number.is_none() && which != Which::None {
            return;
        }
        let order = number.and_then(|number| stay.orders.get(number));
        let due = order
            .map_or_else(|| self.model.due(&stay, stay.left.unwrap_or(now)), |order| order.payable);
        let received = sum.of(due);
        if received <= 0 {
            return;
        }
        let earliest = order.map_or(stay.enter, |order| order.quoted);
        let moment = (now - SignedDuration::from_secs(ago)).max(earliest).min(now);
        let discount = order.map_or(0, |order| order.discount);
        let mut info = json!({
            "id": self.id(), "recordId": record, "payTime": local(moment),
            "receivables": (received + discount) / 100, "discount": discount / 100,
            "received": received / 100, "payType": 2, "payFrom": "微信公众号",
        });
        if let Some(number) = number {
            info["orderNo"] = json!(number);
        }
        if !self.site.is_street() {
            info["parkCarInfo"] = json!({ "plateNo": stay.plate, "eidEquiped": false });
        }
        let payment = Payment { received, order: number.cloned(), moment };
        self.notify(json!({ "parkCode": PARK_CODE, "chargeInfo": info }), record, &payment);
    }

    fn notify(&mut self, notice: Value, record: String, payment: &Payment) {
        // What the lot took is known once it has answered; what it does at once must see it already.
        let reply = self.command(6007, &notice);
        if reply.succeeded() {
            self.model.pay(&record, payment, self.lot.now);
            self.paid = Some((notice, record.clone()));
            let stay = &self.model.stays[&record];
            let settles = stay.settled.is_some_and(|one| one.by_order) && payment.order.is_some();
            if settles && stay.may_leave(self.lot.now) {
                self.seen.asked = Asked::Settled { record };
            }
        }
    }
}

impl Sum {
    /// So much where so much is due, in fen.
    fn of(self, due: i64) -> i64 {
        match self {
            Self::Right => due,
            Self::Less => due - 100,
            Self::More => due + 500,
        }
    }
}

impl Coupon {
    fn of_table_83(self) -> (i64, i64) {
        match self {
            Self::None => (0, 0),
            Self::Money(yuan) => (1, yuan),
            Self::Hours(hours) => (2, hours),
            Self::All => (3, 1),
        }
    }
}

impl End {
    fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Now => now,
            Self::Later(seconds) => now + SignedDuration::from_secs(seconds),
            Self::Earlier(seconds) => now - SignedDuration::from_secs(seconds),
        }
    }
}
