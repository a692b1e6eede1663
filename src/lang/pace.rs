//! How often a happening may stand in the log: whoever is outside causes some of them as often as it likes. For the
//! log; the lines themselves are written elsewhere.

use super::log::Fields;
use super::{Lang, say};
use crate::model::happening::Happening;

/// How many lines of one source are written at once; what comes after those is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// One: garbage, refused callers, what the platform refuses.
    Once,
    /// A few: what goes and comes back, where each time tells something until there are many.
    AFew,
}

impl Pace {
    /// Lines of one source that are written at once within a minute.
    pub fn at_once(self) -> u32 {
        match self {
            Self::Once => 1,
            Self::AFew => 6,
        }
    }
}

/// What lines are counted together: a kind of happening and where it comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Source {
    /// The happening's kind, and its own kind where it has several.
    pub kind: (&'static str, &'static str),
    /// The device, address, broker, interface; empty where there is nothing to tell apart.
    pub origin: String,
}

impl Source {
    /// The source of a happening that others can cause without end, and its pace; none where each is to be read.
    pub fn of(happening: &Happening) -> Option<(Self, Pace)> {
        let pace = pace(happening)?;
        let fields = Fields::of(happening);
        let origin =
            [fields.device, fields.broker, fields.bus, fields.by, fields.address, fields.reason];
        let origin = match (origin.into_iter().flatten().next(), fields.code) {
            (Some(origin), _) => origin.to_owned(),
            (None, Some(code)) => code.to_string(),
            (None, None) => String::new(),
        };
        let kind = (fields.kind, fields.refusal.unwrap_or_default());
        Some((Self { kind, origin }, pace))
    }
}

fn pace(happening: &Happening) -> Option<Pace> {
    let garbage = matches!(
        happening,
        Happening::BadMessage { .. }
            | Happening::PushRefused { .. }
            | Happening::Redelivered { .. }
            | Happening::NoLane { .. }
            | Happening::UnitRefused { .. }
            | Happening::UnitMisnumbered { .. }
            | Happening::CameraListStuck { .. }
            | Happening::MarkerMissing { .. }
            | Happening::MessageTooLarge { .. }
            | Happening::OutOfTime { .. }
            | Happening::RetainedIgnored { .. }
            | Happening::CallerRefused { .. }
            | Happening::CallbackFromPage { .. }
            | Happening::CommandOffTime { .. }
            | Happening::BadSign { .. }
            | Happening::LoginFailed { .. }
            | Happening::OutOfRole { .. }
            | Happening::BadFrame { .. }
            | Happening::Refused { .. }
            | Happening::PutOff { .. }
            | Happening::GivenUp { .. }
            | Happening::NotWanted { .. }
            | Happening::MayBeDelivered { .. }
            | Happening::ImageRefused { .. }
            | Happening::PictureUnreadable { .. }
            | Happening::WebRefused { .. }
            | Happening::UnfitReport { .. }
            | Happening::UnreadableRow { .. }
            | Happening::CommitFailed { .. }
    ) || matches!(happening, Happening::Commanded { result_code, .. } if *result_code != 0);
    if garbage {
        return Some(Pace::Once);
    }
    let comes_and_goes = matches!(
        happening,
        Happening::BrokerUp { .. }
            | Happening::BrokerDown { .. }
            | Happening::TopicRefused { .. }
            | Happening::PublishRefused { .. }
            | Happening::PublishAllowed { .. }
            | Happening::DeliveredOnce { .. }
            | Happening::DeliveredSafely { .. }
            | Happening::StateUnknown { .. }
            | Happening::StateKnown { .. }
            | Happening::InputUnknown { .. }
            | Happening::InputKnown { .. }
            | Happening::MoreUnknown { .. }
            | Happening::NothingReadable { .. }
            | Happening::ReadableAgain { .. }
            | Happening::SentOnce { .. }
            | Happening::SentSafely { .. }
            | Happening::ReadsLay { .. }
            | Happening::BusUp { .. }
            | Happening::BusDown { .. }
            | Happening::DeviceOnline { .. }
            | Happening::DeviceOffline { .. }
            | Happening::CallsFail { .. }
            | Happening::CallsAnswered { .. }
            | Happening::GarageAlarm { .. }
            | Happening::LinkUp
            | Happening::LinkTakenOver { .. }
            | Happening::LinkKept
            | Happening::LinkLeft
            | Happening::AnotherGateway { .. }
            | Happening::NoOtherGateway
            | Happening::DrivesAgain
            | Happening::LinkDown { .. }
            | Happening::ReachedAt { .. }
            | Happening::LoggedIn { .. }
            | Happening::LoggedOut
            | Happening::NotTaken { .. }
            | Happening::NoPictureTaken { .. }
            | Happening::UnwantedAside { .. }
            | Happening::TakenAgain { .. }
            | Happening::TakenWithoutAWord { .. }
            | Happening::PlatformUp
            | Happening::PlatformDown { .. }
    );
    comes_and_goes.then_some(Pace::AFew)
}

/// The line of the last of several, with how many there were since one was written.
pub fn of_several(line: &str, times: u64, lang: Lang) -> String {
    say!(
        lang,
        "{line}（自上次记录以来共 {times} 次）",
        "{line} ({times} times since it was told last)"
    )
}
