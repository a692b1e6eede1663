//! Which faults strike when: drawn from a seed, the same seed the same plan. It carries nothing out.

use fastrand::Rng;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// `kill -9`, and a start.
    Kill,
    /// `kill -9`, a start, and `kill -9` again while it starts.
    KillTwice,
    /// SIGSTOP, and SIGCONT.
    Stop,
    /// The broker is killed, and started.
    BrokerKilled,
    /// Both are killed at once, as by a power supply.
    BothKilled,
    /// The connection to the broker is cut.
    BrokerCut,
    /// The platform takes no connection's request.
    PlatformAway,
    /// The platform answers 503.
    PlatformRefuses,
    /// The platform never answers.
    PlatformHangs,
    /// Something else answers for the platform.
    PlatformIsAnother,
    /// The platform does what it is asked, and its answers are lost.
    AnswersLost,
    /// The platform has forgotten its tokens.
    TokensGone,
    /// The disk is full.
    DiskFull,
    /// The disk answers with errors.
    DiskFails,
    /// The same, and `kill -9` and a start meanwhile.
    KillWhileDiskFails,
    /// Pages of the database hold garbage: of indexes, so that nothing is gone that stands nowhere else.
    PagesDamaged,
    /// The machine's clock steps, and back.
    ClockSteps,
}

/// A fault, so long after the one before it on the same track was over, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// What.
    pub fault: Fault,
    /// The pause before it.
    pub after: Duration,
    /// How long it lasts.
    pub lasts: Duration,
    /// What else is drawn for it.
    pub chance: u64,
}

/// A kind of fault: how often it comes, and for how many milliseconds.
type Kind = (Fault, usize, Range<u64>);

/// Faults that strike one after the other, without end.
#[derive(Debug, Clone)]
pub struct Track {
    rng: Rng,
    kinds: &'static [Kind],
    /// Milliseconds.
    pause: Range<u64>,
    /// Those that are drawn next, the last first.
    deck: Vec<Fault>,
}

/// Faults of the box and of what it stands on.
const BOX: &[Kind] = &[
    (Fault::Kill, 8, 0..1500),
    (Fault::KillTwice, 3, 50..700),
    (Fault::Stop, 4, 200..6500),
    (Fault::BrokerKilled, 3, 0..2500),
    (Fault::BothKilled, 2, 0..1500),
    (Fault::BrokerCut, 3, 0..1),
    (Fault::DiskFull, 2, 500..8000),
    (Fault::DiskFails, 1, 300..2000),
    (Fault::KillWhileDiskFails, 1, 300..3000),
    (Fault::PagesDamaged, 1, 0..1),
    (Fault::ClockSteps, 2, 500..6000),
];

/// Those of the platform, meanwhile.
const PLATFORM: &[Kind] = &[
    (Fault::PlatformAway, 3, 500..5000),
    (Fault::PlatformRefuses, 3, 500..5000),
    (Fault::PlatformHangs, 2, 500..5000),
    (Fault::PlatformIsAnother, 2, 500..4000),
    (Fault::AnswersLost, 3, 500..3000),
    (Fault::TokensGone, 2, 0..1),
];

impl Track {
    /// The box's, as a seed wants them.
    pub fn of_the_box(seed: u64) -> Self {
        Self::new(seed, BOX, 300..2500)
    }

    /// The platform's.
    pub fn of_the_platform(seed: u64) -> Self {
        Self::new(seed, PLATFORM, 500..4000)
    }

    /// Each kind comes once before any comes again.
    fn new(seed: u64, kinds: &'static [Kind], pause: Range<u64>) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut deck: Vec<_> = kinds.iter().map(|(fault, ..)| *fault).collect();
        rng.shuffle(&mut deck);
        Self { rng, kinds, pause, deck }
    }

    fn draw(&mut self) -> Fault {
        if self.deck.is_empty() {
            let kinds = self.kinds.iter();
            self.deck = kinds.flat_map(|(fault, count, _)| vec![*fault; *count]).collect();
            self.rng.shuffle(&mut self.deck);
        }
        self.deck.pop().unwrap()
    }
}

impl Iterator for Track {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        let fault = self.draw();
        let (_, _, lasts) = self.kinds.iter().find(|(kind, ..)| *kind == fault)?;
        let after = Duration::from_millis(self.rng.u64(self.pause.clone()));
        let lasts = Duration::from_millis(self.rng.u64(lasts.clone()));
        Some(Planned { fault, after, lasts, chance: self.rng.u64(..) })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kill => "kill -9",
            Self::KillTwice => "kill -9, again at the start",
            Self::Stop => "SIGSTOP",
            Self::BrokerKilled => "broker killed",
            Self::BothKilled => "broker and box killed",
            Self::BrokerCut => "broker's connection cut",
            Self::PlatformAway => "platform away",
            Self::PlatformRefuses => "platform answers 503",
            Self::PlatformHangs => "platform hangs",
            Self::PlatformIsAnother => "another answers",
            Self::AnswersLost => "platform's answers lost",
            Self::TokensGone => "tokens gone",
            Self::DiskFull => "disk full",
            Self::DiskFails => "disk errors",
            Self::KillWhileDiskFails => "disk errors, kill -9",
            Self::PagesDamaged => "pages damaged",
            Self::ClockSteps => "clock steps",
        })
    }
}

#[test]
fn the_same_seed_draws_the_same_faults_and_another_others_and_none_is_left_out() {
    let first = |seed| Track::of_the_box(seed).take(30).collect::<Vec<_>>();
    assert_eq!(first(7), first(7));
    assert_ne!(first(7), first(8));
    let kinds: std::collections::BTreeSet<_> =
        Track::of_the_box(7).take(BOX.len()).map(|one| one.fault).collect();
    assert_eq!(kinds.len(), BOX.len());
}
