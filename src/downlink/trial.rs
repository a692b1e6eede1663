//! One login on the long connection and out again, to see whether it would work. Commands that come
//! meanwhile are left unanswered; the platform repeats them.

use super::connection::{Dialer, now, send_all};
use super::link::{Action, CloseReason, Link};
use crate::config::{PlatformConfig, PlatformTcp};
use std::io;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt as _;

/// After the logout is sent, so long for its answer.
const GOODBYE_WITHIN: Duration = Duration::from_secs(2);

/// Why the login did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// No connection, or it broke.
    #[error("{0}")]
    Connection(#[from] io::Error),
    /// The platform said no, or nothing.
    #[error("{0}")]
    Closed(CloseReason),
}

/// Logs in and out; returns how long the login took, connection included.
pub async fn log_in_once(
    platform: &PlatformConfig,
    tcp: &PlatformTcp,
) -> Result<Duration, TrialError> {
    let begun = Instant::now();
    let dialer = Dialer::new(platform, tcp);
    let (mut read, mut write) = tokio::io::split(dialer.connect().await?.stream);
    let mut link = Link::new(dialer.settings.clone(), now());
    let mut buffer = vec![0; 16 * 1024];
    let (mut logged_in, mut leave_at) = (None, None);
    loop {
        while let Some(action) = link.next_action() {
            match (action, logged_in) {
                (Action::LoggedIn, _) => {
                    logged_in = Some(begun.elapsed());
                    leave_at = Some(Instant::now() + GOODBYE_WITHIN);
                    link.log_out(now());
                }
                (Action::Close(_), Some(after)) => return Ok(after),
                (Action::Close(reason), None) => return Err(TrialError::Closed(reason)),
                (Action::Command { .. } | Action::Fault(_), _) => {}
            }
        }
        send_all(&mut link, &mut write).await?;
        let deadline = leave_at.or_else(|| link.deadline()).unwrap_or_else(Instant::now);
        tokio::select! {
            () = tokio::time::sleep_until(deadline.into()) => match logged_in {
                Some(after) => return Ok(after),
                None => link.tick(now()),
            },
            received = read.read(&mut buffer) => match (received, logged_in) {
                (Ok(0) | Err(_), Some(after)) => return Ok(after),
                (Ok(0), None) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                (Err(error), None) => return Err(error.into()),
                (Ok(length), _) => link.received(buffer.get(..length).unwrap_or_default(), now()),
            },
        }
    }
}
