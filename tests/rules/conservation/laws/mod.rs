//! The laws, each to be held by itself.

mod answers;
mod counts;
mod events;
mod lanes;
mod money;
mod records;
pub mod restart;
mod spaces;

use super::drive::World;

/// What must be so after everything that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// What was reported as received, less what was given back, is what the lot took.
    MoneyAddsUp,
    /// The booth takes what is due and no more.
    BoothTakesWhatIsDue,
    /// A charge has one id and is reported once.
    ChargedOnce,
    /// A stay's receivables are its price up to the moment it was settled at.
    Receivables,
    /// The newest report of a stay that is over says all that was received for it.
    SumsAreNew,
    /// A refund is of an order the platform knows.
    RefundsAreKnown,
    /// What is left unpaid is asked for.
    UnpaidIsAsked,
    /// Every stay begins once and ends once, in order.
    StaysInOrder,
    /// Charges are listed in order of time.
    ChargesInOrder,
    /// Who paid an order in full is not held for money within the leaving time.
    PaidOrderOpens,
    /// Nor who paid otherwise all that was due.
    PaidOtherwiseOpens,
    /// No barrier opens for who must be held.
    OnlyWhoMay,
    /// No space is two cars'.
    SpaceOwned,
    /// A watched space is booked only while its sensor sees it free.
    BookedIsSeenFree,
    /// Spaces are reported as they are.
    SpaceTruth,
    /// `usedSpaces` is the number of open stays.
    Used,
    /// `reservedSpaces` is the number of spaces that bookings keep.
    Reserved,
    /// `unusedSpaces` is what visitors may take.
    Unused,
    /// Bookings are answered as they stand.
    BookingAnswers,
    /// An order keeps its number as long as nothing about it changes.
    OrderNumbers,
    /// Every event has a cause of its own kind.
    EventsHaveCauses,
    /// Events have the codes of their kind.
    EventCodes,
}

impl Law {
    pub const ALL: &[Self] = &[
        Self::MoneyAddsUp,
        Self::BoothTakesWhatIsDue,
        Self::ChargedOnce,
        Self::Receivables,
        Self::SumsAreNew,
        Self::RefundsAreKnown,
        Self::UnpaidIsAsked,
        Self::StaysInOrder,
        Self::ChargesInOrder,
        Self::PaidOrderOpens,
        Self::PaidOtherwiseOpens,
        Self::OnlyWhoMay,
        Self::SpaceOwned,
        Self::BookedIsSeenFree,
        Self::SpaceTruth,
        Self::Used,
        Self::Reserved,
        Self::Unused,
        Self::BookingAnswers,
        Self::OrderNumbers,
        Self::EventsHaveCauses,
        Self::EventCodes,
    ];

    pub fn check(self, world: &World) -> Result<(), String> {
        match self {
            Self::MoneyAddsUp => money::adds_up(world),
            Self::BoothTakesWhatIsDue => money::booth_takes_what_is_due(world),
            Self::ChargedOnce => money::charged_once(world),
            Self::Receivables => money::receivables(world),
            Self::SumsAreNew => money::sums_are_new(world),
            Self::RefundsAreKnown => money::refunds_are_known(world),
            Self::UnpaidIsAsked => money::unpaid_is_asked(world),
            Self::StaysInOrder => records::in_order(world),
            Self::ChargesInOrder => records::charges_in_order(world),
            Self::PaidOrderOpens => lanes::paid_order_opens(world),
            Self::PaidOtherwiseOpens => lanes::paid_otherwise_opens(world),
            Self::OnlyWhoMay => lanes::only_who_may(world),
            Self::SpaceOwned => spaces::owned_once(world),
            Self::BookedIsSeenFree => spaces::booked_is_seen_free(world),
            Self::SpaceTruth => spaces::truth(world),
            Self::Used => counts::used(world),
            Self::Reserved => counts::reserved(world),
            Self::Unused => counts::unused(world),
            Self::BookingAnswers => answers::of_bookings(world),
            Self::OrderNumbers => answers::order_numbers(world),
            Self::EventsHaveCauses => events::have_causes(world),
            Self::EventCodes => events::codes(world),
        }
    }
}

/// Whether the lot has just answered wrongly about a booking.
pub fn wrong_about_bookings(world: &World) -> bool {
    answers::of_bookings(world).is_err()
}

/// Fine where it is so; else what is not.
fn must(so: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if so { Ok(()) } else { Err(what()) }
}
