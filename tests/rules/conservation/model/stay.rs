//! One stay's money, by what was truly paid for it.

use crate::conservation::platform::fen;
use crate::prelude::*;
use std::collections::BTreeMap;

/// A quoted order binds so long after its moment.
const PAY_WITHIN: SignedDuration = SignedDuration::from_mins(5);

#[derive(Debug, Clone)]
pub struct Stay {
    pub plate: String,
    pub enter: Timestamp,
    pub left: Option<Timestamp>,
    pub orders: BTreeMap<String, Order>,
    /// Their numbers, the newest last.
    pub quoted: Vec<String>,
    pub settled: Option<Settled>,
    /// What the lot took, in fen.
    pub taken: i64,
    pub let_off: i64,
    pub refunded: i64,
    /// Whether this model can say what is right to charge.
    pub priced: bool,
    /// Whether this model can say what the lot took.
    pub counted: bool,
    /// When it was read at an exit.
    pub exit_reads: Vec<Timestamp>,
}

/// Up to when a stay is settled and until when it may leave on that.
#[derive(Debug, Clone, Copy)]
pub struct Settled {
    pub up_to: Timestamp,
    pub until: Timestamp,
    /// By the full payment of an order, by its number.
    pub by_order: bool,
}

#[derive(Debug, Clone)]
pub struct Order {
    pub quoted: Timestamp,
    /// Up to when it is reckoned; none where it informs and never binds.
    pub moment: Option<Timestamp>,
    pub payable: i64,
    pub discount: i64,
    paid: i64,
}

pub struct Payment {
    pub received: i64,
    pub order: Option<String>,
    pub moment: Timestamp,
}

impl Stay {
    pub fn new(plate: &str, enter: Timestamp) -> Self {
        Self {
            plate: plate.to_owned(),
            enter,
            left: None,
            orders: BTreeMap::new(),
            quoted: Vec::new(),
            settled: None,
            taken: 0,
            let_off: 0,
            refunded: 0,
            priced: true,
            counted: true,
            exit_reads: Vec::new(),
        }
    }

    pub fn may_leave(&self, now: Timestamp) -> bool {
        self.settled.is_some_and(|settled| now <= settled.until)
    }

    pub fn quote(&mut self, number: &str, order: &Value, quoted: Timestamp, moment: Timestamp) {
        let discount = fen(&order["discount"]);
        let payable = (fen(&order["receivables"]) - discount - fen(&order["paidAmount"])).max(0);
        // What two coupons come to together is not said anywhere.
        self.priced &= discount == 0 || self.let_off == 0;
        let paid = self.orders.get(number).map_or(0, |known| known.paid);
        let moment = (moment >= quoted).then_some(moment);
        self.orders.insert(number.to_owned(), Order { quoted, moment, payable, discount, paid });
        self.quoted.retain(|known| known != number);
        self.quoted.push(number.to_owned());
    }

    /// Notes what was paid; whether an order that binds was paid by it.
    pub fn receive(
        &mut self,
        payment: &Payment,
        now: Timestamp,
        leave_within: SignedDuration,
    ) -> bool {
        self.taken += payment.received;
        let number = payment.order.clone().or_else(|| self.quote_for(payment));
        let Some(order) = number.as_ref().and_then(|number| self.orders.get_mut(number)) else {
            // Its own order's moment, when the notice came late, is not said.
            self.priced &= payment.moment == now;
            return false;
        };
        // Who pays an order of nothing pays what he pays.
        self.priced &= order.payable > 0;
        order.paid += payment.received;
        let binds = order.moment.filter(|moment| payment.moment <= *moment + PAY_WITHIN);
        let (Some(moment), true) = (binds, order.paid >= order.payable) else {
            self.priced &= order.discount == 0 && order.moment.is_some() && payment.moment == now;
            return false;
        };
        self.let_off = self.let_off.max(order.discount);
        let from = moment.max(payment.moment);
        let mut until = from + leave_within;
        if self.exit_reads.iter().any(|read| (from - leave_within..=until).contains(read)) {
            until = until.max(now + leave_within);
        }
        self.settle(moment, until, true);
        true
    }

    /// Who names no order and pays just what one that binds asks for pays that one.
    fn quote_for(&self, payment: &Payment) -> Option<String> {
        let asks = |number: &&String| {
            let order = self.orders.get(*number)?;
            let binds = self.left.is_some()
                || order.moment.is_some_and(|moment| payment.moment <= moment + PAY_WITHIN);
            Some(binds && order.payable == payment.received)
        };
        let newest_first = self.quoted.iter().rev().filter(|_| payment.received > 0);
        newest_first.into_iter().find(|number| asks(number).unwrap_or(false)).cloned()
    }

    pub fn settle(&mut self, up_to: Timestamp, until: Timestamp, by_order: bool) {
        let before = self.settled;
        let by_order = by_order || before.is_some_and(|one| one.by_order && one.until >= until);
        let up_to = before.map_or(up_to, |one| one.up_to.max(up_to));
        let until = before.map_or(until, |one| one.until.max(until));
        self.settled = Some(Settled { up_to, until, by_order });
    }
}
