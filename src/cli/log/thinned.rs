//! What comes from outside again and again costs few lines: of one source the first is written at once, what comes
//! within the minute after is counted, and the last of it written with the count, once a minute for as long as it goes
//! on and once when it has ended. Pure. For the log alone: whoever else listens hears every happening.

use crate::lang::Source;
use crate::model::happening::Happening;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// What was counted is written after so long.
pub(super) const WINDOW: Duration = Duration::from_secs(60);
/// So many sources of one kind are told apart; all others of it are one, lest whoever changes its name writes as many
/// lines as it likes.
const SOURCES: usize = 16;

/// The sources that are counted.
#[derive(Debug, Default)]
pub(super) struct Thinned(HashMap<Source, Window>);

/// One source's minute.
#[derive(Debug)]
struct Window {
    begun: Instant,
    /// Lines that are still written at once.
    left: u32,
    counted: Option<Counted>,
}

/// What was not written yet.
#[derive(Debug)]
struct Counted {
    last: Happening,
    at: Instant,
    times: u64,
}

impl Thinned {
    /// The happening, where its line is to be written now.
    pub(super) fn take(&mut self, happening: Happening, now: Instant) -> Option<Happening> {
        let Some((source, pace)) = Source::of(&happening) else { return Some(happening) };
        let source = self.known(source);
        let window = self.0.entry(source).or_insert_with(|| Window {
            begun: now,
            left: pace.at_once(),
            counted: None,
        });
        // A line of what is counted already would be out of turn.
        if window.counted.is_none() && window.left > 0 {
            window.left -= 1;
            return Some(happening);
        }
        let times = window.counted.take().map_or(0, |counted| counted.times);
        let times = times.saturating_add(1);
        window.counted = Some(Counted { last: happening, at: now, times });
        None
    }

    /// The source under which a happening is counted.
    fn known(&self, source: Source) -> Source {
        if self.0.contains_key(&source) {
            return source;
        }
        let of_kind = self.0.keys().filter(|known| known.kind == source.kind).count();
        if of_kind < SOURCES { source } else { Source { origin: String::new(), ..source } }
    }

    /// When something is due to be written or forgotten next.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.values().map(|window| window.begun + WINDOW).min()
    }

    /// What is to be written by now: the last of each source with how often it was, in the order they came.
    pub(super) fn due(&mut self, now: Instant) -> Vec<(Happening, u64)> {
        let mut due = Vec::new();
        self.0.retain(|_, window| {
            if now < window.begun + WINDOW {
                return true;
            }
            let counted = window.counted.take();
            // The line with the count is this minute's; nothing counted is the end of it.
            (window.begun, window.left) = (now, 0);
            let goes_on = counted.is_some();
            due.extend(counted);
            goes_on
        });
        in_order(due)
    }

    /// All that was counted and not written; nothing comes after it.
    pub(super) fn rest(&mut self) -> Vec<(Happening, u64)> {
        in_order(self.0.drain().filter_map(|(_, window)| window.counted).collect())
    }
}

fn in_order(mut counted: Vec<Counted>) -> Vec<(Happening, u64)> {
    counted.sort_by_key(|counted| counted.at);
    counted.into_iter().map(|counted| (counted.last, counted.times)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(address: &str) -> Happening {
        Happening::CallerRefused { address: address.to_owned() }
    }

    fn bad(device: &str, error: &str) -> Happening {
        Happening::BadMessage { device: device.to_owned(), error: error.to_owned() }
    }

    fn after(begun: Instant, seconds: u64) -> Instant {
        begun + Duration::from_secs(seconds)
    }

    #[test]
    fn the_first_is_written_at_once_and_the_others_once_a_minute_with_their_count() {
        let (mut thinned, begun) = (Thinned::default(), Instant::now());
        let mut written = Vec::new();
        for second in 0..150 {
            let now = after(begun, second);
            let due = thinned.due(now);
            written.extend(due.into_iter().map(|(one, times)| (second, one, times)));
            let error = format!("of {second}");
            written.extend(thinned.take(bad("a", &error), now).map(|one| (second, one, 1)));
        }
        assert_eq!(
            written,
            [(0, bad("a", "of 0"), 1), (60, bad("a", "of 59"), 59), (120, bad("a", "of 119"), 60)]
        );
        // The end of it is told, too, and then it is forgotten.
        assert_eq!(thinned.next(), Some(after(begun, 180)));
        assert_eq!(thinned.due(after(begun, 180)), [(bad("a", "of 149"), 30)]);
        assert_eq!(thinned.due(after(begun, 240)), []);
        assert_eq!(thinned.next(), None);
        assert!(thinned.take(bad("a", "new"), after(begun, 241)).is_some());
    }

    #[test]
    fn sources_are_told_apart_up_to_a_bound_and_kinds_always() {
        let (mut thinned, now) = (Thinned::default(), Instant::now());
        let mut written = 0;
        for number in 0..5000 {
            let happening = refused(&format!("192.0.2.{number}"));
            written += usize::from(thinned.take(happening, now).is_some());
        }
        assert_eq!(written, SOURCES + 1);
        assert!(thinned.take(bad("a", "x"), now).is_some(), "another kind");
        let rest = thinned.rest();
        let last = refused("192.0.2.4999");
        assert_eq!(rest, [(last, 5000 - u64::try_from(SOURCES).unwrap() - 1)]);
        assert_eq!(thinned.next(), None);
    }

    #[test]
    fn what_goes_and_comes_is_written_a_few_times_and_its_last_line_is_how_it_is() {
        let (mut thinned, begun) = (Thinned::default(), Instant::now());
        let up = || Happening::BrokerUp { broker: "lot".to_owned() };
        let down = || Happening::BrokerDown { broker: "lot".to_owned(), error: "x".to_owned() };
        let mut written = 0;
        for second in 0..20 {
            written += usize::from(thinned.take(up(), after(begun, 2 * second)).is_some());
            written += usize::from(thinned.take(down(), after(begun, 2 * second + 1)).is_some());
        }
        assert_eq!(written, 12);
        assert_eq!(thinned.due(after(begun, 61)), [(up(), 14), (down(), 14)]);
    }

    #[test]
    fn what_the_lot_does_is_always_written() {
        let (mut thinned, now) = (Thinned::default(), Instant::now());
        let read = || Happening::PlateRead {
            lane: "entry".to_owned(),
            plate: "粤B12345".to_owned(),
            live: true,
        };
        assert!((0..100).all(|_| thinned.take(read(), now).is_some()));
        assert_eq!(thinned.next(), None);
    }
}
