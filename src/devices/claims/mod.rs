//! Whether another gateway drives this lot: an exchanged box that is still alive, a copied card. Each says every 5 s on its
//! brokers that it is there ([`speaker`]), and who of two stands back is decided purely ([`rivals`]). The engine is told what
//! came of it; a person who says which one shall drive is heard by what is told.

mod claim;
mod own;
mod rivals;
mod speaker;

pub use speaker::CLAIMS;

use super::context::DeviceContext;
use crate::config::Config;
use crate::model::another_gateway::{AnotherGateway, Stance};
use crate::model::happening::Happening;
use crate::model::input::{ConnectionName, Input};
use crate::standard::id::Id;
use claim::GatewayClaim;
use own::OwnRecord;
use rivals::Rivals;
use speaker::{Speaker, Told};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;

/// Claims that wait to be looked at.
const WAITING: usize = 64;
/// How often it is looked who has fallen silent.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is written down how long this box has driven: the file is on flash.
const WRITE_EVERY: Duration = Duration::from_secs(600);

/// Starts to claim and to listen on every broker.
pub(super) fn start(config: &Config, context: &DeviceContext, tasks: &TaskTracker) {
    if config.mqtt.is_empty() {
        return;
    }
    let keeper = Keeper::new(OwnRecord::of(
        &config.store.path,
        own::box_id(Path::new("/"), &config.store.path),
    ));
    let (tell, told) = mpsc::channel(WAITING);
    for broker in &config.mqtt {
        let own = keeper.claim.subscribe();
        let speaker = Speaker::new(broker, &config.lot.park_code, own, tell.clone());
        tasks.spawn(speaker.run(context.stop.clone()));
    }
    tasks.spawn(keeper.run(told, context.clone()));
}

/// Puts together what brokers tell.
struct Keeper {
    record: OwnRecord,
    claim: watch::Sender<GatewayClaim>,
    rivals: Rivals,
    begun: Instant,
    /// How long this run has driven, by when that was reckoned last, and what was written down of it.
    driven: Duration,
    reckoned: Duration,
    written: Duration,
    /// What an earlier run has driven.
    before: u64,
    /// What the engine was told last, and whether it knows that for sure.
    noted: Option<AnotherGateway>,
    is_noted: bool,
}

impl Keeper {
    fn new(record: OwnRecord) -> Self {
        let claim = GatewayClaim {
            box_id: record.box_id.clone(),
            run: Id::random().to_string(),
            number: 0,
            driven: record.driven,
            said: record.said,
        };
        Self {
            before: record.driven,
            record,
            claim: watch::Sender::new(claim),
            rivals: Rivals::default(),
            begun: Instant::now(),
            driven: Duration::ZERO,
            reckoned: Duration::ZERO,
            written: Duration::ZERO,
            // A start forgets what was noted.
            noted: None,
            is_noted: true,
        }
    }

    async fn run(mut self, mut told: mpsc::Receiver<Told>, context: DeviceContext) {
        let mut happenings = context.teller.listen();
        let (mut mended, mut away) = (context.engine.mended(), context.engine.store_away());
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = context.stop.cancelled() => break,
                Some(told) = told.recv() => self.hear(told, &context),
                happening = happenings.recv() => match happening {
                    Ok(Happening::ToldToDrive { .. }) => self.is_said(),
                    Ok(_) | Err(RecvError::Lagged(_)) => continue,
                    Err(RecvError::Closed) => break,
                },
                // What the database says may be older now than what was noted.
                Ok(()) = mended.changed() => self.is_noted = false,
                Ok(()) = away.changed() => self.is_noted = false,
                _ = looks.tick() => {}
            }
            self.reckon();
            self.note(&context).await;
        }
        self.write();
    }

    fn hear(&mut self, told: Told, context: &DeviceContext) {
        match told {
            Told::Claim { broker, claim, retained } => {
                self.rivals.hear(&broker, claim, retained, self.begun.elapsed());
            }
            Told::MayClaim { broker, topic, refused } => context.teller.tell(match refused {
                Some(reason) => Happening::PublishRefused { broker, topic, reason },
                None => Happening::PublishAllowed { broker, topic },
            }),
            Told::Protected { broker, protected } => self.rivals.protect(&broker, protected),
        }
    }

    /// A person has said that it is this one that drives: that was said last.
    fn is_said(&mut self) {
        let said = self.rivals.said().max(self.record.said).saturating_add(1);
        self.record.said = said;
        self.claim.send_modify(|claim| claim.said = said);
        self.write();
    }

    fn stands_back(&self) -> bool {
        self.noted.as_ref().is_some_and(|another| another.stance == Stance::StandsBack)
    }

    /// Whoever stands back does not drive.
    fn reckon(&mut self) {
        let now = self.begun.elapsed();
        let since = now.saturating_sub(std::mem::replace(&mut self.reckoned, now));
        if !self.stands_back() {
            self.driven = self.driven.saturating_add(since);
        }
        let driven = self.before.saturating_add(self.driven.as_secs());
        self.record.driven = driven;
        self.claim.send_if_modified(|claim| std::mem::replace(&mut claim.driven, driven) != driven);
        if self.driven.saturating_sub(self.written) >= WRITE_EVERY {
            self.write();
        }
    }

    /// Without it the next run has driven less, which it can live with.
    fn write(&mut self) {
        let _ = self.record.write();
        self.written = self.driven;
    }

    /// Tells the engine what is so now, where that is new; what it cannot take is told again.
    async fn note(&mut self, context: &DeviceContext) {
        let own = self.claim.borrow().clone();
        let stance = self.rivals.stance(&own, self.begun.elapsed());
        let another = stance.map(|(stance, box_id)| {
            let here = own.box_id.clone();
            AnotherGateway { stance, box_id, here }
        });
        if self.is_noted && self.noted == another {
            return;
        }
        let input = Input::Connection {
            name: ConnectionName::AnotherGateway,
            up: another.is_none(),
            error: another.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        self.is_noted = context.engine.submit(input).await.is_ok();
        let goes_on = |one: &AnotherGateway| one.stance != Stance::StandsBack;
        if another.as_ref().is_some_and(goes_on) && !self.noted.as_ref().is_some_and(goes_on) {
            context.beside_another.notify_one();
        }
        self.noted = another;
        context.stands_back.send_replace(self.stands_back());
    }
}
