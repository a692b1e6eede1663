//! Makes a day that breaks a law as short as it can be: steps are left out one by one, then time.

use super::day::Step;

pub fn shorten(mut steps: Vec<Step>, breaks: impl Fn(&[Step]) -> bool) -> Vec<Step> {
    loop {
        let before = told(&steps);
        for size in [8, 4, 2, 1] {
            leave_out(&mut steps, size, &breaks);
        }
        hurry(&mut steps, &breaks);
        if told(&steps) == before {
            return steps;
        }
    }
}

/// Leaves out so many steps at once wherever that changes nothing; what is left takes their time.
fn leave_out(steps: &mut Vec<Step>, size: usize, breaks: &impl Fn(&[Step]) -> bool) {
    let mut end = steps.len();
    while end > 0 {
        let from = end.saturating_sub(size);
        let mut shorter = steps.clone();
        let gone: i64 = shorter.drain(from..end).map(|step| step.after).sum();
        let mut later = shorter.clone();
        if let Some(next) = later.get_mut(from) {
            next.after += gone;
        }
        if let Some(still) = [shorter, later].into_iter().find(|steps| breaks(steps)) {
            *steps = still;
        }
        end = from;
    }
}

fn hurry(steps: &mut [Step], breaks: &impl Fn(&[Step]) -> bool) {
    for index in 0..steps.len() {
        let was = steps[index].after;
        for after in [0, 60, 120, was / 2, was - was % 60].into_iter().filter(|after| *after < was)
        {
            steps[index].after = after;
            if breaks(steps) {
                break;
            }
            steps[index].after = was;
        }
    }
}

/// A day as a test can play it again.
pub fn told(steps: &[Step]) -> String {
    let lines: Vec<_> =
        steps.iter().map(|step| format!("({}, {:?}),", step.after, step.what)).collect();
    lines.join("\n")
}
