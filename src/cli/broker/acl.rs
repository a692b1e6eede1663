//! mosquitto's file of rights: what each login may say and hear. Pure.

use std::fmt::Write as _;

/// What stands before whatever people have added.
const OURS_ENDS: &str = "# ── what stands below is yours and stays ──";

/// Topics on which our own login may not speak: `lotgate doctor` tries one, and learns by that whether these rights are in
/// force on a broker whose files it cannot read.
const SILENT: &str = "lotgate-doctor/#";

/// What a broker says of how much waits in it; no wildcard means it.
const OF_ITSELF: &str = "$SYS/broker/store/#";

/// A login's rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rights {
    /// For people: whose it is.
    pub name: String,
    /// The login's name.
    pub user: String,
    /// The topics on which it publishes.
    pub says: Vec<String>,
    /// The topics it hears.
    pub hears: Vec<String>,
    /// The topics that are kept from it all the same.
    pub never: Vec<String>,
}

impl Rights {
    /// Those of the gateway, which speaks with all.
    pub fn of_gateway(user: String) -> Self {
        let all = vec!["#".to_owned()];
        let hears = vec!["#".to_owned(), OF_ITSELF.to_owned()];
        let never = vec![SILENT.to_owned()];
        Self { name: "lotgate".to_owned(), user, says: all, hears, never }
    }
}

/// The file's text; of the one before what people have added stays.
pub(super) fn text(rights: &[Rights], before: &str) -> String {
    let mut text =
        "# What each login may, by `lotgate init --broker`; it is written anew each time.\n"
            .to_owned();
    for Rights { name, user, says, hears, never } in rights {
        let _ = write!(text, "\n# {}\nuser {}\n", in_line(name), in_line(user));
        let says = says.iter().map(|topic| ("write", topic));
        let hears = hears.iter().map(|topic| ("read", topic));
        let never = never.iter().map(|topic| ("deny", topic));
        for (may, topic) in says.chain(hears).chain(never) {
            let _ = writeln!(text, "topic {may} {}", in_line(topic));
        }
    }
    let added = before.split_once(OURS_ENDS).map_or("\n", |(_, added)| added);
    text + "\n" + OURS_ENDS + added
}

/// A line is a right: nothing that is written in a name may begin another.
fn in_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_login_has_its_own_topics_and_what_people_added_stays() {
        let rights = [
            Rights::of_gateway("lotgate".to_owned()),
            Rights {
                name: "入口\ntopic write #".to_owned(),
                user: "device-1".to_owned(),
                says: vec!["device/1/up/read".to_owned()],
                hears: vec!["device/1/down/+".to_owned()],
                never: Vec::new(),
            },
        ];
        let first = text(&rights, "");
        let wanted = "\nuser lotgate\ntopic write #\ntopic read #\ntopic read $SYS/broker/store/#\ntopic deny lotgate-doctor/#\n\n# 入口 topic write #\nuser device-1\n\
                      topic write device/1/up/read\ntopic read device/1/down/+\n";
        assert!(first.contains(wanted), "{first}");
        let with_more = first.clone() + "\nuser sign\ntopic read lotgate/guidance/+\n";
        assert_eq!(text(&rights, &with_more), with_more);
        assert_eq!(text(&rights, &first), first);
    }
}
