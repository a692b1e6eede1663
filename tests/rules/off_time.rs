//! Commands whose timestamp is far off the lot's clock: carried out and counted, refused where that is wanted, and what was
//! carried out before is answered as before, however old it is.

use crate::prelude::*;
use lotgate::model::moment::Boot;

/// How often commands were far off, as the doctor reads it.
fn counted(lot: &mut Lot) -> u64 {
    let tx = lot.store.begin().unwrap();
    tx.off_time().unwrap().map_or(0, |commands| commands.count)
}

/// An entry of the control list.
fn entry(id: &str) -> Value {
    control(id, 4)
}

fn told(out: &Outcome) -> Vec<(i64, bool)> {
    let told = out.happenings.iter().filter_map(|happening| match happening {
        Happening::CommandOffTime { seconds, refused, .. } => Some((*seconds, *refused)),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_command_far_off_our_clock_is_carried_out_and_counted() {
    let mut lot = Lot::new();
    let now = lot.now.as_second();
    let moments = [(0, false), (600, false), (-600, false), (601, true), (-601, true)];
    for (id, (off, far)) in moments.into_iter().enumerate() {
        let before = counted(&mut lot);
        let (reply, out) = lot.command_at(now - off, 4001, &[entry(&id.to_string())]);
        assert!(reply.succeeded(), "{off}: {reply:?}");
        assert_eq!(told(&out), if far { vec![(off, false)] } else { vec![] }, "{off}");
        assert_eq!(counted(&mut lot) - before, u64::from(far), "{off}");
    }
    let tx = lot.store.begin().unwrap();
    let last = tx.off_time().unwrap().unwrap();
    assert_eq!((last.count, last.code, last.seconds), (2, 4001, -601));
}

#[test]
fn one_that_stands_in_the_journal_is_answered_from_it_at_any_age() {
    let mut lot = Lot::new();
    let sent = lot.now.as_second();
    let (first, _) = lot.command_at(sent, 4001, &[entry("1")]);
    lot.max_age = Some(SignedDuration::from_mins(1));
    lot.now += SignedDuration::from_hours(24 * 60);
    let (again, out) = lot.command_at(sent, 4001, &[entry("1")]);
    assert_eq!(first, again);
    assert!(told(&out).is_empty());
    assert_eq!(counted(&mut lot), 0);
    // Beside a new one, the new one alone is refused.
    let (both, out) = lot.command_at(sent, 4001, &[entry("1"), entry("2")]);
    let codes: Vec<_> = both.data.iter().map(|element| element.get("code").cloned()).collect();
    assert!(both.succeeded() && codes.contains(&Some(1300.into())), "{both:?}");
    assert_eq!(told(&out).len(), 1);
}

#[test]
fn where_it_is_wanted_a_new_one_that_is_off_is_refused_but_never_a_payment() {
    let mut lot = Lot::new();
    lot.max_age = Some(SignedDuration::from_mins(2));
    let now = lot.now.as_second();
    for off in [119, -120] {
        assert!(lot.command_at(now - off, 4001, &[entry("1")]).0.succeeded(), "{off}");
    }
    for off in [121, -121, 86_400] {
        let (reply, out) = lot.command_at(now - off, 4001, &[entry("2")]);
        assert_eq!((reply.result_code, &reply.data[0]["code"]), (1, &1300.into()), "{off}");
        assert_eq!(told(&out), [(off, true)]);
    }
    assert!(lot.enter(PLATE));
    lot.pass_time(30);
    lot.max_age = None;
    let due = lot.ok(6006, &fee(PLATE))["receivables"].as_i64().unwrap();
    assert!(due > 0);
    lot.max_age = Some(SignedDuration::from_mins(2));
    let payment = paid(&lot, "1", due);
    let (reply, out) = lot.command_at(now - 86_400, 6007, &[payment]);
    assert!(reply.succeeded(), "{reply:?}");
    assert_eq!(told(&out), [(86_400 + 1800, false)]);
}

#[test]
fn while_nobody_vouches_for_our_own_clock_no_command_is_off() {
    let mut lot = Lot::new();
    lot.max_age = Some(SignedDuration::from_mins(1));
    let boot = Boot { id: "a".to_owned(), starts: lot.now };
    lot.clock = Some(BoxClock { boot, voucher: None, lower_bound: lot.now, noted: None });
    let (reply, out) = lot.command_at(lot.now.as_second() + 86_400, 4001, &[entry("1")]);
    assert!(reply.succeeded() && told(&out).is_empty(), "{reply:?}");
    assert_eq!(counted(&mut lot), 0);
}
