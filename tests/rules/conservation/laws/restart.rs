//! A day with a restart before each step goes as the same day without any. Barriers answer at once: one that
//! has not may be commanded again by whoever comes after. There are no loops: what they told while nobody listened is
//! lost, and who was let pass has gone rather than gone back.

use super::must;
use crate::conservation::day::{Action, Step};
use crate::conservation::drive::World;
use crate::conservation::site::Site;

pub fn holds(site: Site, steps: &[Step]) -> Result<(), String> {
    let site = Site { loops: false, ..site };
    let (without, with) = (pages(site, steps, false), pages(site, steps, true));
    without.iter().zip(&with).enumerate().try_for_each(|(number, (without, with))| {
        must(without == with, || {
            format!("page {number}: without a restart\n{without}with one\n{with}")
        })
    })
}

fn pages(site: Site, steps: &[Step], restarts: bool) -> Vec<String> {
    let mut world = World::new(site, restarts);
    let mut play = |step: &Step| {
        let _: Result<(), ()> = world.play(step, |_| Ok(()));
        world.seen.opens.clone()
    };
    for step in steps {
        play(&Step { after: 0, what: Action::Restart });
        for lane in play(step) {
            play(&Step { after: 0, what: Action::BarrierAnswers { lane, well: true } });
        }
    }
    world.diary.pages
}
