//! What a lot does that can write nothing down, and what is made of it when it can.

use crate::prelude::*;
use lotgate::lot::{Remembered, WithoutStore};
use lotgate::model::outcome::Actuation;
use lotgate::model::without_store::ByItself;

const ENTRY_LANE: &str = "90731c48a7ea4c27bd4d57ff0e13d001";

/// A lot without a store, which knows nothing of the time before.
fn away() -> WithoutStore {
    WithoutStore::new(Remembered::default(), Vec::new())
}

fn read(lot: &mut Lot, plate: &str) -> Input {
    let read = lot.sight(ENTRY, plate, ReadMoment::Live);
    Input::Device(DeviceEvent::PlateRead(Box::new(read)))
}

fn opens(out: &Outcome) -> usize {
    let is_opening = |one: &&Actuation| matches!(one.act, Act::Open { .. });
    out.actuations.iter().filter(is_opening).count()
}

#[test]
fn when_no_more_reads_can_be_kept_lanes_open_all_the_same_and_nobody_has_to_send_them_again() {
    let mut lot = Lot::with(|rules| rules.when_it_fails.entry = ByItself::Open);
    let mut away = away();
    for number in 0..9000_u64 {
        let input = read(&mut lot, &format!("粤B{number:05}"));
        let done = away.decide(&lot.rules, input, lot.now);
        let (_, out) = done.unwrap();
        assert_eq!(opens(&out), 1, "{number}");
        lot.now += SignedDuration::from_secs(5);
    }
    let kept = u64::try_from(away.notes().len()).unwrap();
    assert_eq!((away.dropped(), kept), (9000 - kept, 8192));
}
