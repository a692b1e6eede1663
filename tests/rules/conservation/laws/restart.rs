//! A day with restarts goes as the same day without them.

use super::must;
use crate::conservation::day::Step;
use crate::conservation::drive::World;
use crate::conservation::site::Site;

pub fn holds(site: Site, steps: &[Step]) -> Result<(), String> {
    let pages = |restarts| {
        let mut world = World::new(site, restarts);
        for step in steps {
            let _: Result<(), ()> = world.play(step, |_| Ok(()));
        }
        world.diary.pages
    };
    let (without, with) = (pages(false), pages(true));
    without.iter().zip(&with).enumerate().try_for_each(|(number, (without, with))| {
        must(without == with, || {
            format!("step {}: without a restart\n{without}with one\n{with}", number / 2)
        })
    })
}
