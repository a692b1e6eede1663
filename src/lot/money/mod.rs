//! What a stay costs: [`fee`] reckons, [`order`] says it in table 14's form. Knows the tariff and nothing
//! of lanes, lists or leases: what time is free is handed in.

pub(super) mod fee;
pub(super) mod order;
