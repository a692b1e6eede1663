//! Days that broke a law, as short as they could be made.

use super::day::Action::*;
use super::day::*;
use super::laws::Law;
use super::play;
use super::site::{Ground, Site};

/// A day of what happens after so many seconds each.
fn keeps(law: Law, site: Site, day: &[(i64, Action)]) {
    let step = |(after, what): &(i64, Action)| Step { after: *after, what: what.clone() };
    let steps: Vec<_> = day.iter().map(step).collect();
    if let Err(broken) = play(site, &steps, &[law]) {
        panic!("{broken}");
    }
}

#[test]
fn the_booth_takes_no_more_than_is_due() {
    keeps(
        Law::BoothTakesWhatIsDue,
        Site::PLAIN,
        &[(0, Read { lane: 0, car: 0 }), (1, Cash { car: 0, sum: Sum::More })],
    );
}

#[test]
fn a_lease_for_a_car_inside_frees_a_visitors_space() {
    keeps(
        Law::Unused,
        Site { ground: Ground::Numbered, ..Site::PLAIN },
        &[(0, Read { lane: 0, car: 0 }), (0, Lease { car: 0 })],
    );
}

#[test]
fn a_leaseholder_who_comes_in_again_without_having_been_seen_leaving_stands_for_the_lease() {
    keeps(
        Law::Unused,
        Site { ground: Ground::Numbered, ..Site::PLAIN },
        &[(0, Lease { car: 1 }), (0, Read { lane: 0, car: 1 }), (60, Read { lane: 0, car: 1 })],
    );
}

#[test]
fn a_booking_that_began_after_a_late_read_and_before_now_is_used_up() {
    let book = Book { car: 2, from: From::Now, minutes: 10, kept: 0 };
    let late = ReadLate { lane: 2, car: 2, ago: 1 };
    keeps(Law::Reserved, Site::PLAIN, &[(0, book), (0, late)]);
}

#[test]
fn who_was_inside_all_through_his_bookings_time_has_what_he_paid_for_though_the_gateway_was_down() {
    let book = Book { car: 0, from: From::InHours(3), minutes: 10, kept: 0 };
    let confirm = Confirm { booking: 0, state: 1 };
    let day = [(0, book), (0, Read { lane: 0, car: 0 }), (19860, confirm)];
    keeps(Law::BookingAnswers, Site::PLAIN, &day);
}

#[test]
fn who_pays_at_the_booth_and_then_a_smaller_quote_leaves_with_the_larger_fee() {
    keeps(
        Law::Receivables,
        Site::PLAIN,
        &[
            (0, Read { lane: 0, car: 0 }),
            (130, Quote { car: 0, coupon: Coupon::None, end: End::Now }),
            (171, Cash { car: 0, sum: Sum::Right }),
            (0, Pay { car: 0, order: Which::Newest, sum: Sum::Right, ago: 0 }),
            (0, Read { lane: 1, car: 0 }),
        ],
    );
}

#[test]
fn a_space_that_a_garage_is_about_to_store_in_is_not_booked() {
    keeps(
        Law::SpaceOwned,
        Site { ground: Ground::Garage, ..Site::PLAIN },
        &[(0, Store { car: 2 }), (0, Book { car: 1, from: From::Now, minutes: 58, kept: 5 })],
    );
}
