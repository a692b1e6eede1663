//! Topics and the filters that match them. Pure.

/// Whether a filter (with `+` for one level and `#` for all that follow) is of a topic.
pub fn matches(filter: &str, topic: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

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
            ("a", "ab", false),
            ("", "", true),
        ] {
            assert_eq!(matches(filter, topic), is_of, "{filter} {topic}");
        }
    }
}
