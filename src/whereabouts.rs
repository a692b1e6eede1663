//! Where a name is: looked up anew for each connection, and now and then between, so that a name that moves to other
//! addresses is followed. For whoever keeps a connection to a host; it knows no protocol.

use crate::addresses::resolve;
use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Why a connection is given up that may be well.
pub const MOVED: &str = "the name has other addresses now";

/// A name is looked up this often.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// And once more so soon, when it seems to be elsewhere.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// A resolver that does not answer within this is asked again; one whose first server is silent takes a while.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// A name that moves more often than so many times in so long has addresses that take turns: that is no move.
const MOST_MOVES: usize = 4;
const MOVES_WITHIN: Duration = Duration::from_secs(3600);
/// A name that is followed.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    host: String,
    moves: watch::Sender<u64>,
}

/// Tells whoever holds it when the name has moved.
#[derive(Debug, Clone)]
pub struct Moves(watch::Receiver<u64>);

impl Whereabouts {
    /// Of this host; an address never moves.
    pub fn of(host: &str) -> Self {
        Self { host: host.trim_matches(['[', ']']).to_owned(), moves: watch::Sender::new(0) }
    }

    /// How often it has moved.
    pub fn moves(&self) -> u64 {
        *self.moves.borrow()
    }

    /// What tells of moves from now on.
    pub fn watch(&self) -> Moves {
        Moves(self.moves.subscribe())
    }

    /// Looks where it is until told to stop.
    pub async fn follow(self, stop: CancellationToken) {
        if self.host.parse::<IpAddr>().is_ok() {
            return;
        }
        let mut places = Places::default();
        let mut pause = Duration::ZERO;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = LOOK_EVERY;
            // A resolver that fails says nothing about the name.
            let looking = tokio::time::timeout(ANSWER_WITHIN, resolve(&self.host, 0));
            let Ok(Ok(found)) = looking.await else {
                places.missed = true;
                continue;
            };
            let found = found.into_iter().map(|address| address.ip()).collect();
            match places.look(found, Instant::now()) {
                Look::Same => {}
                Look::Perhaps => pause = LOOK_AGAIN,
                Look::Moved => self.moves.send_modify(|moves| *moves += 1),
            }
        }
    }
}

impl Moves {
    /// Comes back when the name has moved since this last came back.
    pub async fn moved(&mut self) {
        if self.0.changed().await.is_err() {
            // Nobody looks any more.
            std::future::pending::<()>().await;
        }
    }
}

/// What a look says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Same,
    /// Elsewhere, if the next look says the same.
    Perhaps,
    Moved,
}

/// Where a name is, by what looks found. Pure.
#[derive(Debug, Default)]
struct Places {
    now: Option<BTreeSet<IpAddr>>,
    /// It could not be found at first.
    missed: bool,
    perhaps: Option<BTreeSet<IpAddr>>,
    /// When it moved lately.
    moved_at: VecDeque<Instant>,
}

impl Places {
    fn look(&mut self, found: BTreeSet<IpAddr>, at: Instant) -> Look {
        if found.is_empty() {
            return Look::Same;
        }
        let Some(now) = &self.now else {
            self.now = Some(found);
            // Where it could not be found before, whoever waits may try.
            return if self.missed { Look::Moved } else { Look::Same };
        };
        if !found.is_disjoint(now) {
            self.now = Some(found);
            self.perhaps = None;
            return Look::Same;
        }
        if self.perhaps.as_ref() != Some(&found) {
            self.perhaps = Some(found);
            return Look::Perhaps;
        }
        self.now = self.perhaps.take();
        self.moved_at.retain(|then| at.saturating_duration_since(*then) < MOVES_WITHIN);
        if self.moved_at.len() >= MOST_MOVES {
            return Look::Same;
        }
        self.moved_at.push_back(at);
        Look::Moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(addresses: &[&str]) -> BTreeSet<IpAddr> {
        addresses.iter().map(|address| address.parse().unwrap()).collect()
    }

    #[test]
    fn a_name_has_moved_when_it_is_twice_nowhere_where_it_was() {
        let (mut places, now) = (Places::default(), Instant::now());
        let mut look = |addresses: &[&str]| places.look(at(addresses), now);
        assert_eq!(look(&["192.0.2.1", "192.0.2.2"]), Look::Same);
        assert_eq!(look(&["192.0.2.2", "192.0.2.3"]), Look::Same);
        assert_eq!(look(&["192.0.2.9"]), Look::Perhaps);
        assert_eq!(look(&["192.0.2.3"]), Look::Same);
        assert_eq!(look(&["192.0.2.9"]), Look::Perhaps);
        assert_eq!(look(&["192.0.2.8"]), Look::Perhaps);
        assert_eq!(look(&[]), Look::Same);
        assert_eq!(look(&["192.0.2.8"]), Look::Moved);
        assert_eq!(look(&["192.0.2.8"]), Look::Same);
        assert_eq!(look(&["192.0.2.3"]), Look::Perhaps);
        assert_eq!(look(&["192.0.2.3"]), Look::Moved, "back again");
    }

    #[test]
    fn a_name_whose_addresses_take_turns_moves_a_few_times_an_hour_at_most() {
        let (mut places, begun) = (Places::default(), Instant::now());
        let moves = |hour: u32, places: &mut Places| {
            let looks = (0..600_u32).map(|look| {
                let there = if look % 10 < 5 { "192.0.2.1" } else { "192.0.2.2" };
                places.look(at(&[there]), begun + MOVES_WITHIN * hour + LOOK_EVERY * look)
            });
            looks.filter(|look| *look == Look::Moved).count()
        };
        assert_eq!(moves(0, &mut places), MOST_MOVES);
        assert_eq!(moves(1, &mut places), MOST_MOVES);
    }

    #[test]
    fn a_name_that_is_found_at_last_is_news() {
        let mut places = Places { missed: true, ..Places::default() };
        assert_eq!(places.look(at(&["192.0.2.1"]), Instant::now()), Look::Moved);
    }
}
