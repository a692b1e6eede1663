//! Qianyi (芊熠) cameras that push over HTTP, in Vzenith's form. Pure.
//!
//! Nothing says that they ask for commands between reads, so only the answer to a read could open.

use super::http::CommandWay;
use super::vzenith_http::VzenithPush;
use super::{Ability, Make, ReadKeys};
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;

/// The make.
pub static MAKE: Make = Make {
    name: "qianyi-http",
    abilities: &[Ability::Outputs],
    offline_after: SignedDuration::from_secs(90),
    read: ReadKeys::Http(|section| {
        let ways = [("answer", CommandWay::Answered), ("none", CommandWay::Never)];
        let way = section.choice("open_by", &ways).unwrap_or(CommandWay::Never);
        Arc::new(VzenithPush::new(way, Duration::from_millis(500)))
    }),
};
