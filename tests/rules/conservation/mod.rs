//! What is conserved: money, stays, spaces and the reasons of events, through whole days of everything that
//! may happen in a lot. What the lot reports, answers and opens is held against what truly went on; what is
//! right comes from the standard's text and from the meaning agreed on, not from how the rules are written.
//!
//! `PROPTEST_CASES` plays more days than the fixed ones. A day that breaks a law is shrunk; the shortest
//! becomes a named test in `regressions`.

#![allow(clippy::option_option, clippy::format_push_string, reason = "a test's own words")]

mod day;
mod diary;
mod drive;
mod laws;
mod model;
mod platform;
mod regressions;
mod shorten;
mod site;
mod story;

use crate::prelude::*;
use day::Step;
use drive::World;
use laws::Law;
use proptest::test_runner::{RngSeed, TestCaseError, TestError, TestRunner};
use site::Site;

const STEPS: usize = 60;

/// The same days every time, unless more are asked for.
fn config(cases: u32) -> ProptestConfig {
    let asked_for = std::env::var_os("PROPTEST_CASES").is_some();
    let fixed =
        ProptestConfig { cases, rng_seed: RngSeed::Fixed(2023), ..ProptestConfig::default() };
    let config = if asked_for { ProptestConfig::default() } else { fixed };
    ProptestConfig { max_shrink_iters: 100, failure_persistence: None, ..config }
}

/// Plays a day; the first law that is broken ends it, with what broke it.
fn play(site: Site, steps: &[Step], laws: &[Law]) -> Result<(), String> {
    let mut world = World::new(site, true);
    for (number, step) in steps.iter().enumerate() {
        world.play(step, |world| {
            let broken = |law: &Law| law.check(world).err().map(|how| (*law, how));
            laws.iter().find_map(broken).map_or(Ok(()), |(law, how)| {
                Err(format!("{law:?} is broken in step {number}, {:?}: {how}", step.what))
            })
        })?;
    }
    Ok(())
}

fn search(cases: u32, breaks: impl Fn(Site, &[Step]) -> Result<(), String>) {
    let mut runner = TestRunner::new(config(cases));
    let found = runner
        .run(&day::day(STEPS), |(site, steps)| breaks(site, &steps).map_err(TestCaseError::fail));
    match found {
        Ok(()) => {}
        Err(TestError::Fail(_, (site, steps))) => {
            let steps = shorten::shorten(steps, |steps| breaks(site, steps).is_err());
            panic!("{}\n{site:?}\n{}", breaks(site, &steps).unwrap_err(), shorten::told(&steps));
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn through_whole_days_everything_is_conserved() {
    search(64, |site, steps| play(site, steps, Law::ALL));
}

#[test]
fn a_restart_between_any_two_inputs_changes_nothing() {
    search(16, laws::restart::holds);
}

/// Looks for the shortest day that breaks the law `CONSERVATION_LAW` names.
#[test]
#[ignore = "a search by hand"]
fn the_shortest_day_that_breaks_a_law_is_looked_for() {
    let name = std::env::var("CONSERVATION_LAW").unwrap_or_default();
    let laws: Vec<_> = Law::ALL
        .iter()
        .copied()
        .filter(|law| name.is_empty() || format!("{law:?}") == name)
        .collect();
    search(64, |site, steps| play(site, steps, &laws));
}
