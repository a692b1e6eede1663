//! Who may call the platform's callback.

use crate::check;

/// The smallest lot with a callback.
fn with(lines: &str) -> String {
    let callback = "[platform.callback]\nurl = \"https://box.example.cn:9445/callback\"\n\
                    cert_file = \"Cargo.toml\"\nkey_file = \"Cargo.toml\"\n";
    let text = crate::written::lot();
    text.replace("[store]", &format!("{callback}{lines}\n[store]"))
}

#[test]
fn a_callback_that_anybody_may_call_is_an_error_unless_it_is_on_this_machine() {
    let everywhere = "listen = \"0.0.0.0:9445\"\n";
    for open in [
        "",
        "allow = []",
        "allow = [\"0.0.0.0/0\"]",
        "allow = [\"::/0\", \"0.0.0.0/0\"]",
        "allow = [\"0.0.0.0/1\", \"128.0.0.0/1\"]",
        "allow = [\"203.0.113.7\", \"0.0.0.0/0\"]",
        "allow = [\"::ffff:0:0/96\"]",
        "allow = [\"112.0.0.0/7\"]",
        "allow = [\"112.0.0.0/8\", \"113.0.0.0/8\"]",
        "allow = [\"2000::/3\"]",
    ] {
        let (output, shown) = check(&with(&format!("{everywhere}{open}")), &["--lang", "en"]);
        assert!(!output.status.success(), "{open}: {shown}");
        assert!(shown.contains("anybody may call"), "{open}: {shown}");
        assert!(shown.contains("starts all the same"), "{open}: {shown}");
    }
    for shut in [
        "allow = [\"203.0.113.7\"]",
        "allow = [\"::ffff:203.0.113.7\", \"10.0.0.0/8\"]",
        "allow = [\"fc00::/7\"]",
        "allow = [\"2408:8000::/20\"]",
        "client_ca_file = \"Cargo.toml\"",
    ] {
        let (output, shown) = check(&with(&format!("{everywhere}{shut}")), &["--lang", "en"]);
        assert!(output.status.success(), "{shut}: {shown}");
    }
    for here in ["127.0.0.1:9445", "[::1]:9445"] {
        let (output, shown) = check(&with(&format!("listen = \"{here}\"")), &["--lang", "en"]);
        assert!(output.status.success(), "{here}: {shown}");
    }
}

#[test]
fn a_name_without_an_authority_that_vouches_for_it_is_refused() {
    let lines = "listen = \"0.0.0.0:9445\"\nallow = [\"203.0.113.7\"]\nclient_name = \"platform\"";
    let (_, shown) = check(&with(lines), &["--lang", "en"]);
    assert!(shown.contains("[platform.callback] lacks `client_ca_file`"), "{shown}");
    let (output, shown) =
        check(&with(&format!("{lines}\nclient_ca_file = \"Cargo.toml\"")), &["--lang", "en"]);
    assert!(output.status.success(), "{shown}");
    for age in ["30s", "40d"] {
        let lines = format!("listen = \"127.0.0.1:9445\"\nmax_age = \"{age}\"");
        let (_, shown) = check(&with(&lines), &["--lang", "en"]);
        assert!(shown.contains("`max_age (s)` must be between"), "{age}: {shown}");
    }
}
