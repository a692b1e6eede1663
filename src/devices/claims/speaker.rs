//! One broker's claims: this gateway's own said every 5 s, the others' heard, on a connection of its own with no session, so
//! that nothing of it waits in the broker, and two gateways of one name there still hear each other.
//!
//! A claim is worth something only where nobody but a gateway can make one. That is tried at each connection: a word that the
//! shipped rights keep from our own login, and one of somebody without a login. Where either comes nobody is stopped.

use super::claim::GatewayClaim;
use crate::backoff::Backoff;
use crate::config::Mqtt;
use crate::devices::mqtt::{Arrived, BrokerLine, BrokerRequest, Incoming, Opened, Publishing};
use rumqttc::QoS;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// What the topics of claims begin with; the shipped rights keep them from all logins but the gateway's.
pub const CLAIMS: &str = "lotgate-claim";
/// What the shipped rights keep even from the gateway's login begins with.
const FORBIDDEN: &str = "lotgate-doctor";
/// How often it is claimed.
const EVERY: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Somebody without a login has said his word by then, or was refused.
const NOBODY_WITHIN: Duration = Duration::from_secs(3);
/// Requests that wait for the broker.
const REQUESTS: usize = 16;
/// A broker that so often in a row hangs up on a claim forbids it.
const HANGS_UP: u32 = 3;
/// Claims that a broker does not take are tried again after so long.
const FORBIDDEN_FOR: Duration = Duration::from_secs(3600);
/// Our own claims that have to come back before it is known that forbidden words do not.
const CLAIMS_BACK: u32 = 2;

/// What a broker's claims tell.
#[derive(Debug)]
pub(super) enum Told {
    /// Somebody else claims.
    Claim { broker: String, claim: GatewayClaim, retained: bool },
    /// Whether the broker takes our claims; its reason where it does not.
    MayClaim { broker: String, topic: String, refused: Option<u8> },
    /// Whether nobody but a gateway can.
    Protected { broker: String, protected: bool },
}

/// Speaks and hears on one broker.
pub(super) struct Speaker {
    broker: Mqtt,
    park_code: String,
    own: watch::Receiver<GatewayClaim>,
    tell: mpsc::Sender<Told>,
    number: u64,
    /// Since when the broker is known to keep forbidden words from us and to hang up on them.
    keeps_words: Option<Instant>,
    /// Since when it is known not to take our claims.
    forbidden: Option<Instant>,
    /// How often in a row it has hung up on a claim, or on a forbidden word.
    hung_up: u32,
}

/// What is known on a connection of who may say what there.
#[derive(Debug, Default)]
struct Trial {
    /// Subscriptions that were granted, and that were answered at all.
    granted: u32,
    answered: u32,
    /// A forbidden word came.
    open: bool,
    /// The broker said that it does not take it.
    refused: bool,
    /// Own claims that came back since the words were said.
    back: u32,
    told: Option<bool>,
}

impl Trial {
    /// What is known by now, where that is new.
    fn verdict(&mut self, has_login: bool) -> Option<bool> {
        let closed = has_login && self.granted == 2 && !self.open;
        let known = self.open || !has_login || self.back >= CLAIMS_BACK;
        (known && self.told.replace(closed) != Some(closed)).then_some(closed)
    }
}

impl Speaker {
    pub(super) fn new(
        broker: &Mqtt,
        park_code: &str,
        own: watch::Receiver<GatewayClaim>,
        tell: mpsc::Sender<Told>,
    ) -> Self {
        Self {
            broker: broker.clone(),
            park_code: park_code.to_owned(),
            own,
            tell,
            number: 0,
            keeps_words: None,
            forbidden: None,
            hung_up: 0,
        }
    }

    /// Claims until told to stop.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut backoff = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            let begun = Instant::now();
            tokio::select! {
                () = stop.cancelled() => return,
                // That a broker is away is told by the connection that reads come on.
                () = self.connection() => {}
            }
            backoff.was_up(begun.elapsed());
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(backoff.pause(fastrand::f64())) => {}
            }
        }
    }

    /// One connection, until it ends.
    async fn connection(&mut self) {
        let own = self.own.borrow().clone();
        let name = format!("lotgate-claim-{}-{}", own.box_id, own.run);
        let opened = BrokerLine::open(&self.broker, &name, false).await;
        let Ok(Opened { mut line, .. }) = opened else { return };
        let (ask, mut asked) = mpsc::channel(REQUESTS);
        let forbidden = format!("{FORBIDDEN}/claim-{}", own.run);
        for topic in [format!("{CLAIMS}/{}/+", self.park_code), forbidden.clone()] {
            let _ = ask.try_send(BrokerRequest::Subscribe(topic, QoS::AtMostOnce));
        }
        let mut trial = Trial::default();
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let incoming = tokio::select! {
                incoming = line.next(&mut asked) => incoming,
                _ = ticks.tick(), if trial.answered == 2 && self.may_claim() => {
                    // A broker that takes nothing ends the connection by itself.
                    let _ = ask.try_send(self.claim());
                    continue;
                }
            };
            match incoming {
                Ok(Incoming::Granted) => {
                    (trial.granted, trial.answered) = (trial.granted + 1, trial.answered + 1);
                }
                Ok(Incoming::TopicRefused { .. }) => trial.answered += 1,
                Ok(Incoming::Message(arrived)) => {
                    self.heard(&arrived, &forbidden, &mut trial).await;
                    continue;
                }
                Ok(Incoming::PublishRefused { topic, .. }) if topic == forbidden => {
                    trial.refused = true;
                    continue;
                }
                Ok(Incoming::PublishRefused { topic, reason }) => {
                    self.refused(topic, reason).await;
                    continue;
                }
                Ok(Incoming::MayPublish { topic }) => {
                    self.allowed(topic, &forbidden).await;
                    continue;
                }
                Ok(_) => continue,
                Err(_) => {
                    if trial.refused {
                        self.keeps_words = Some(Instant::now());
                    } else if let Some(topic) = line.last_said() {
                        self.hung_up_on(topic, &forbidden).await;
                    }
                    return;
                }
            }
            if trial.answered == 2 {
                if self.may_try_words() {
                    let _ = ask.try_send(said(forbidden.clone(), own.run.clone().into_bytes()));
                }
                let nobody = self.nobody_speaks(&own.run);
                let _ = tokio::time::timeout(NOBODY_WITHIN, nobody).await;
                self.verdict(&mut trial).await;
            }
        }
    }

    async fn heard(&mut self, arrived: &Arrived, forbidden: &str, trial: &mut Trial) {
        let own = self.own.borrow().run.clone();
        if arrived.topic == forbidden || is_nobodys(&arrived.payload, &own) {
            trial.open = true;
        } else if let Some(claim) = GatewayClaim::of_payload(&arrived.payload) {
            if claim.run == own {
                self.hung_up = 0;
                trial.back = trial.back.saturating_add(u32::from(!arrived.retained));
            } else {
                let (broker, retained) = (self.broker.name.clone(), arrived.retained);
                // Nobody who listens has ended.
                let _ = self.tell.send(Told::Claim { broker, claim, retained }).await;
            }
        }
        self.verdict(trial).await;
    }

    async fn verdict(&self, trial: &mut Trial) {
        if let Some(protected) = trial.verdict(self.broker.login.is_some()) {
            let broker = self.broker.name.clone();
            let _ = self.tell.send(Told::Protected { broker, protected }).await;
        }
    }

    fn may_claim(&self) -> bool {
        self.forbidden.is_none_or(|since| since.elapsed() >= FORBIDDEN_FOR)
    }

    fn may_try_words(&self) -> bool {
        self.keeps_words.is_none_or(|since| since.elapsed() >= FORBIDDEN_FOR)
    }

    /// The broker does not take our claims.
    async fn refused(&mut self, topic: String, reason: u8) {
        self.forbidden = Some(Instant::now());
        let broker = self.broker.name.clone();
        // Nobody who listens has ended.
        let _ = self.tell.send(Told::MayClaim { broker, topic, refused: Some(reason) }).await;
    }

    async fn allowed(&mut self, topic: String, forbidden: &str) {
        if topic != forbidden {
            self.hung_up = 0;
            if self.forbidden.take().is_some() {
                let broker = self.broker.name.clone();
                let _ = self.tell.send(Told::MayClaim { broker, topic, refused: None }).await;
            }
        }
    }

    /// Not every broker says what it forbids: some hang up on it.
    async fn hung_up_on(&mut self, topic: String, forbidden: &str) {
        const NOT_AUTHORISED: u8 = 0x87;
        self.hung_up += 1;
        if self.hung_up < HANGS_UP {
            return;
        }
        self.hung_up = 0;
        if topic == forbidden {
            self.keeps_words = Some(Instant::now());
        } else {
            self.refused(topic, NOT_AUTHORISED).await;
        }
    }

    /// Our next claim.
    fn claim(&mut self) -> BrokerRequest {
        self.number = self.number.saturating_add(1);
        let claim = GatewayClaim { number: self.number, ..self.own.borrow().clone() };
        said(format!("{CLAIMS}/{}/{}", self.park_code, claim.box_id), claim.payload())
    }

    /// Somebody without a login says a word on a topic of claims, where the broker has him.
    async fn nobody_speaks(&self, run: &str) {
        let nobody = Mqtt { login: None, ..self.broker.clone() };
        let name = format!("lotgate-nobody-{run}");
        if let Ok(opened) = BrokerLine::open(&nobody, &name, false).await {
            let (ask, mut asked) = mpsc::channel(1);
            let topic = format!("{CLAIMS}/{}/nobody", self.park_code);
            let _ = ask.try_send(said(topic, nobodys(run)));
            opened.line.leave(&mut asked).await;
        }
    }
}

/// The word of somebody without a login.
fn nobodys(run: &str) -> Vec<u8> {
    format!("nobody {run}").into_bytes()
}

fn is_nobodys(payload: &[u8], run: &str) -> bool {
    payload == nobodys(run)
}

fn said(topic: String, payload: Vec<u8>) -> BrokerRequest {
    let qos = QoS::AtMostOnce;
    BrokerRequest::Publish(Publishing { topic, qos, retain: false, payload })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_protected_only_where_claims_come_and_forbidden_words_do_not() {
        let granted = || Trial { granted: 2, answered: 2, ..Trial::default() };
        assert_eq!(granted().verdict(true), None);
        assert_eq!(Trial { back: 2, ..granted() }.verdict(true), Some(true));
        assert_eq!(granted().verdict(false), Some(false));
        assert_eq!(Trial { open: true, ..granted() }.verdict(true), Some(false));
        assert_eq!(Trial { granted: 1, back: 2, ..granted() }.verdict(true), Some(false));
        let mut later = Trial { back: 2, ..granted() };
        assert_eq!(later.verdict(true), Some(true));
        assert_eq!(later.verdict(true), None);
        later.open = true;
        assert_eq!(later.verdict(true), Some(false));
    }
}
