//! What a stay costs: [`fee`] reckons, [`relief`] lets off what coupons give, [`order`] says it in table 14's form. Knows the tariff and nothing
//! of lanes, lists or leases: what time is free is handed in. An order that is new is written down, so that it keeps its number.

pub(super) mod fee;
pub(super) mod order;
pub(super) mod relief;
