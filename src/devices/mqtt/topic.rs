//! Topics and the filters that match them. Pure.

/// mosquitto hangs up on whoever names more levels than that.
const LEVELS: usize = 200;
/// Where nobody but the broker speaks; mosquitto hangs up on whoever tries.
const THE_BROKERS: [&str; 2] = ["$SYS", "$share"];

/// Whether a filter (with `+` for one level and `#` for all that follow) is of a topic.
pub fn matches(filter: &str, topic: &str) -> bool {
    let filter = of_share(filter);
    let (mut filters, mut levels) = (filter.split('/'), topic.split('/'));
    // What a broker says of itself is never meant by a wildcard.
    if topic.starts_with('$') && filter.starts_with(['+', '#']) {
        return false;
    }
    loop {
        match (filters.next(), levels.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(_)) => {}
            (Some(filter), Some(level)) if filter == level => {}
            _ => return false,
        }
    }
}

/// The filter that members of a group share: what they are handed comes on its topics. Both spellings.
fn of_share(filter: &str) -> &str {
    let shared = filter.strip_prefix("$share/").and_then(|rest| rest.split_once('/'));
    shared.map(|(_, filter)| filter).or_else(|| filter.strip_prefix("$queue/")).unwrap_or(filter)
}

/// Whether a broker takes it as a filter; one that is none costs whoever sends it the connection.
pub fn is_filter(filter: &str) -> bool {
    let mut levels = filter.split('/').peekable();
    let mut fits = is_text(filter);
    while let Some(level) = levels.next() {
        let is_last = levels.peek().is_none();
        fits &= match level {
            "+" => true,
            "#" => is_last,
            level => !level.contains(['+', '#']),
        };
    }
    fits
}

/// The same of a topic that is published on.
pub fn is_name(topic: &str) -> bool {
    let first = topic.split('/').next().unwrap_or_default();
    is_text(topic) && !topic.contains(['+', '#']) && !THE_BROKERS.contains(&first)
}

/// Whether a level of it has white space at an end, as no device writes it.
pub fn has_spaces(topic: &str) -> bool {
    topic.split('/').any(|level| level.trim() != level)
}

fn is_text(topic: &str) -> bool {
    let fits = !topic.is_empty() && u16::try_from(topic.len()).is_ok();
    fits && !topic.contains(char::is_control) && topic.split('/').count() <= LEVELS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_broker_would_hang_up_for_is_known() {
        for (filter, fits) in [
            ("a/+/b", true),
            ("+", true),
            ("#", true),
            ("a/#", true),
            ("/", true),
            ("a/#/b", false),
            ("a#", false),
            ("a/b+", false),
            ("", false),
            ("a\0", false),
        ] {
            assert_eq!(is_filter(filter), fits, "{filter}");
        }
        assert!(is_name("a/b") && !is_name("a/+") && !is_name("#") && !is_name(""));
        assert!(!is_name("$SYS/broker/x") && !is_name("$share/g/x") && !is_name("$SYS"));
        assert!(is_name("$other/x") && is_filter("$SYS/#"));
        let levels = |count: usize| vec!["a"; count].join("/");
        assert!(is_name(&levels(200)) && !is_name(&levels(201)) && !is_filter(&levels(211)));
        assert!(!is_filter(&"a".repeat(65_536)) && is_filter(&"a".repeat(65_535)));
    }

    #[test]
    fn filters_match_levels_and_whatever_is_written_in_them() {
        for (filter, topic, is_of) in [
            ("device/+/up", "device/1/up", true),
            ("device/+/up", "device//up", true),
            ("device/+/up", "device/1/2/up", false),
            ("device/+/up", "device/1", false),
            ("a/#", "a/b/c", true),
            ("a/#", "a", true),
            ("#", "a/b", true),
            ("#", "$SYS/broker", false),
            ("+/uptime", "$SYS/uptime", false),
            ("$SYS/#", "$SYS/uptime", true),
            ("+/read", "中文/read", true),
            ("中文/+", "中文/é", true),
            ("$share/boxes/cam/+", "cam/1", true),
            ("$queue/cam/1", "cam/1", true),
            ("$share/boxes", "boxes", false),
            ("$share/boxes/#", "$SYS/uptime", false),
            ("a", "ab", false),
            ("", "", true),
        ] {
            assert_eq!(matches(filter, topic), is_of, "{filter} {topic}");
        }
    }
}
