//! `lotgate sim`: a part of the simulation by itself.

use crate::sim::broker;
use std::net::SocketAddr;
use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Part {
    /// An MQTT broker.
    Broker {
        /// Where it listens.
        #[arg(long, default_value = "127.0.0.1:1883")]
        listen: SocketAddr,
    },
}

pub(super) fn sim(part: &Part) -> anyhow::Result<ExitCode> {
    match part {
        Part::Broker { listen } => broker::serve(*listen)?,
    }
    Ok(ExitCode::SUCCESS)
}
