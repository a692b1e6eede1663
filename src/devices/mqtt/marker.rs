//! The marker: a message of our own, sent through the broker at each connection. What comes before it may
//! have lain there, what comes after it did not. Pure.
//!
//! It is awaited as long as anything still comes. Silence is counted in looks at the socket that found
//! nothing, not by a clock: a process that was stopped has looked once, however long it was.

use crate::model::event::Arrival;
use std::time::Duration;

/// How long one look at the socket lasts.
pub const LOOK: Duration = Duration::from_millis(250);
/// It is sent once more after so many looks in a row that found nothing: a full queue drops what comes last.
const AGAIN: u32 = 8;
/// It is given up after so many: 5 s.
const GIVE_UP: u32 = 20;
/// Devices that speak all the time must not keep it awaited for ever. What lay in a broker comes without
/// pauses; after pauses of so many looks altogether, 30 s, nothing of it can be left.
const GIVE_UP_AT_LAST: u32 = 120;
/// The same of one that the broker forbids, and that cannot come: what lay there has come when it is silent for 1 s, or for
/// 3 s altogether.
const FORBIDDEN_GIVE_UP: u32 = 4;
const FORBIDDEN_AT_LAST: u32 = 12;

/// One connection's marker.
#[derive(Debug)]
pub struct Marker {
    nonce: String,
    state: State,
    silent: u32,
    silent_altogether: u32,
    /// How much of a message that has not come whole had come at the last look.
    of_the_next: usize,
    forbidden: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Its topic is not granted yet.
    Asked,
    Sent,
    Back,
    GivenUp,
}

/// What a look that found nothing means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quiet {
    /// Nothing yet.
    Wait,
    /// It is to be sent once more.
    SendAgain,
    /// It is given up on this connection.
    GiveUp,
}

impl Marker {
    /// The marker of a new connection.
    pub fn new(nonce: String) -> Self {
        let state = State::Asked;
        Self { nonce, state, silent: 0, silent_altogether: 0, of_the_next: 0, forbidden: false }
    }

    /// Its topic has been granted; whether it is to be published now.
    pub fn granted(&mut self) -> bool {
        let first = self.state == State::Asked;
        if first {
            self.state = State::Sent;
        }
        first
    }

    /// What to publish.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Whether it is still awaited.
    pub fn is_awaited(&self) -> bool {
        matches!(self.state, State::Asked | State::Sent)
    }

    /// The broker does not take it.
    pub fn forbid(&mut self) {
        self.forbidden = true;
    }

    /// Something came on the connection.
    pub fn heard(&mut self) {
        self.silent = 0;
    }

    /// A message came on its topic; whether it is this one, for the first time. Late is not too late.
    pub fn came(&mut self, payload: &[u8]) -> bool {
        let ours = self.state != State::Back && payload == self.nonce.as_bytes();
        if ours {
            self.state = State::Back;
        }
        ours
    }

    /// A look at the socket found nothing, and nothing that came before waits to be acknowledged. So much of a message that
    /// has not come whole is there: while that grows, something comes.
    pub fn silent(&mut self, of_the_next: usize) -> Quiet {
        let comes = std::mem::replace(&mut self.of_the_next, of_the_next) < of_the_next;
        if comes {
            self.heard();
        }
        if comes || !self.is_awaited() {
            return Quiet::Wait;
        }
        self.silent += 1;
        self.silent_altogether += 1;
        let (give_up, at_last) = if self.forbidden {
            (FORBIDDEN_GIVE_UP, FORBIDDEN_AT_LAST)
        } else {
            (GIVE_UP, GIVE_UP_AT_LAST)
        };
        if self.silent >= give_up || self.silent_altogether >= at_last {
            self.state = State::GivenUp;
            return Quiet::GiveUp;
        }
        let again = self.silent == AGAIN && self.state == State::Sent;
        if again { Quiet::SendAgain } else { Quiet::Wait }
    }

    /// What is known of a message that comes now.
    pub fn arrival(&self, broker: &str) -> Arrival {
        match self.state {
            State::Asked | State::Sent => Arrival::BeforeMarker { broker: broker.to_owned() },
            State::Back => Arrival::Fresh,
            State::GivenUp => Arrival::Unmarked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> Marker {
        let mut marker = Marker::new("n1".to_owned());
        assert!(marker.granted());
        marker
    }

    fn before() -> Arrival {
        Arrival::BeforeMarker { broker: "lot".to_owned() }
    }

    #[test]
    fn what_comes_before_it_may_have_lain_there_and_what_comes_after_it_did_not() {
        let mut marker = Marker::new("n1".to_owned());
        assert_eq!(marker.arrival("lot"), before());
        assert_eq!((marker.granted(), marker.granted()), (true, false));
        assert!(!marker.came(b"n0"), "another connection's");
        assert_eq!(marker.arrival("lot"), before());
        assert!(marker.came(b"n1"));
        assert!(!marker.came(b"n1"), "only once");
        assert_eq!(marker.arrival("lot"), Arrival::Fresh);
        assert_eq!((marker.is_awaited(), marker.silent(0)), (false, Quiet::Wait));
    }

    #[test]
    fn it_is_given_up_after_five_seconds_in_a_row_of_nothing() {
        let mut marker = sent();
        let mut said = Vec::new();
        for _ in 0..GIVE_UP {
            said.push(marker.silent(0));
        }
        let again = said.iter().filter(|one| **one == Quiet::SendAgain).count();
        assert_eq!((again, said.last()), (1, Some(&Quiet::GiveUp)));
        assert_eq!(LOOK * GIVE_UP, Duration::from_secs(5));
        assert_eq!(marker.arrival("lot"), Arrival::Unmarked);
    }

    #[test]
    fn it_is_awaited_while_anything_comes_and_taken_when_it_comes_late() {
        let mut marker = sent();
        for _ in 0..5 {
            for _ in 1..GIVE_UP {
                assert_ne!(marker.silent(0), Quiet::GiveUp);
            }
            marker.heard();
        }
        assert!(marker.is_awaited());
        while marker.silent(0) != Quiet::GiveUp {}
        assert!(marker.came(b"n1"));
        assert_eq!(marker.arrival("lot"), Arrival::Fresh);
    }

    #[test]
    fn one_that_the_broker_forbids_is_given_up_when_what_lay_there_has_come() {
        let mut marker = sent();
        marker.forbid();
        let mut looks = 1;
        while marker.silent(0) != Quiet::GiveUp {
            looks += 1;
        }
        assert_eq!(LOOK * looks, Duration::from_secs(1));
        let mut marker = sent();
        marker.forbid();
        for _ in 1..FORBIDDEN_AT_LAST {
            assert_eq!(marker.silent(0), Quiet::Wait);
            marker.heard();
        }
        assert_eq!(marker.silent(0), Quiet::GiveUp);
    }

    #[test]
    fn a_message_that_comes_slowly_is_no_silence() {
        let mut marker = sent();
        // Five minutes of it.
        for look in 1..1200 {
            assert_eq!(marker.silent(look * 1000), Quiet::Wait);
        }
        let mut looks = 1;
        while marker.silent(1_199_000) != Quiet::GiveUp {
            looks += 1;
        }
        assert_eq!(LOOK * looks, Duration::from_secs(5), "it has stopped in the middle");
    }

    #[test]
    fn devices_that_speak_all_the_time_do_not_keep_it_awaited_for_ever() {
        let mut marker = sent();
        let mut looks = 0;
        while marker.silent(0) != Quiet::GiveUp {
            marker.heard();
            looks += 1;
        }
        assert_eq!(LOOK * (looks + 1), Duration::from_secs(30));
    }
}
