//! Qianyi (芊熠) cameras that push over HTTP, in Vzenith's form. Pure.
//!
//! Nothing says that they ask for commands between reads, so only the answer to a read could open.

use crate::devices::cameras::makes::http::CommandWay;
use crate::devices::cameras::makes::vzenith::VzenithPush;
use crate::devices::cameras::makes::{Ability, Make, ReadKeys};
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;

/// The make.
pub(super) const MAKE: Make = Make {
    name: "qianyi-http",
    abilities: &[Ability::Outputs],
    offline_after: SignedDuration::from_secs(90),
    read: ReadKeys::Http(|section| {
        let ways = [("answer", CommandWay::Answered), ("none", CommandWay::Never)];
        let way = section.choice("open_by", &ways).unwrap_or(CommandWay::Never);
        Arc::new(VzenithPush::new(way, Duration::from_millis(500)))
    }),
};
