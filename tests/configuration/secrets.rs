//! No secret of a configuration stands in anything that is printed about it, whatever is wrong with the file.

use crate::{check, read};
use lotgate::config::parse;
use lotgate::lang::Lang;
use proptest::prelude::*;
use std::path::Path;
use std::process::Command;

/// Texts that stand nowhere else, not even three characters of them.
const SECRETS: [&str; 6] = [
    "q7Wx-e4Rv_t9Yb",
    "zK3vQ8wJ",
    "h2Gd~m6Nf.s1Lc#a8Pk",
    "J5uT=x9Zq,k3Bn",
    "v4X r8M wq7Hy",
    "d6Fj1Qs8",
];

/// A configuration with every way to write a secret.
fn every_way() -> String {
    let [own, des_key, token, shop, lines, camera] = SECRETS;
    format!(
        "remark = \"\"\n[platform]\nbase_url = \"https://p.example.cn\"\npassword = \"{own}\" # {lines}\n\
         des_key = '{des_key}'\nuser_id = \"\"\n[web]\nlisten = \"0.0.0.0:1\"\n\
         token = \"\"\"\n{token}\n{lines}\n\"\"\"\n\
         [[merchant]]\nname = \"\"\ntoken = \"{shop}\"\ncoupon = []\n\
         [[mqtt]]\nname = \"a\"\npassword = {{ env = \"NONE\" }}\n\
         [[mqtt]]\nname = \"b\"\nurl = \"mqtt://u:{own}@h\"\npassword = {{ text = \"{own}\" }}\n\
         device = [ {{ name = \"c\", secret = \"{camera}\", sn = \"\", push_password = '''{shop}''' }} ]\n\
         [log]\nlevel = \"no\"\n#{lines}\n"
    )
}

/// All that is printed about a file.
fn printed(text: &str) -> String {
    let findings = parse(text, Path::new("x.toml")).findings;
    findings.iter().flat_map(|one| [one.render(Lang::En), one.render(Lang::Zh)]).collect()
}

/// Three characters of a secret that stand in what is printed.
fn betrayed(printed: &str, secrets: &[&str]) -> Option<String> {
    secrets.iter().find_map(|secret| {
        let letters: Vec<char> = secret.chars().collect();
        let pieces = letters.windows(3).map(String::from_iter);
        pieces.into_iter().find(|piece| printed.contains(piece.as_str()))
    })
}

/// What is printed, without the name of a folder that is any letters: they may be a secret's by chance.
fn without_folder(printed: &str, folder: &Path) -> String {
    printed.replace(&folder.display().to_string(), "")
}

/// What may be where a character was, or before it.
const INSTEAD: [&str; 14] =
    ["", "\"", "'", "=", "#", ".", "\\", "\n", "[", "]", "{", ",", "x", " "];

/// The text with one character gone, another one, or one more.
fn damaged(text: &str, at: usize, instead: &str, keep: bool) -> String {
    let (before, rest) = text.split_at(at);
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let rest = if keep { rest } else { &rest[first..] };
    format!("{before}{instead}{rest}")
}

#[test]
fn no_secret_is_shown_whatever_character_of_the_file_is_damaged() {
    let text = every_way();
    assert_eq!(betrayed(&printed(&text), &SECRETS), None, "{}", printed(&text));
    for (at, _) in text.char_indices() {
        for (instead, keep) in INSTEAD.iter().flat_map(|one| [(one, true), (one, false)]) {
            let text = damaged(&text, at, instead, keep);
            let shown = printed(&text);
            assert_eq!(betrayed(&shown, &SECRETS), None, "{text}\n\n{shown}");
        }
    }
}

/// The example with secrets of which nothing stands elsewhere.
fn example() -> String {
    let mut text = read("config.example.toml");
    for (written, secret) in [
        ("lot-password", SECRETS[0]),
        ("\"12345678\" ", "\"zK3vQ8wJ\" "),
        ("change-this-token-of-the-booth", "h2Gd~m6Nf.s1Lc#a8Pk"),
        ("change-this-token-of-the-shop", "J5uT=x9Zq,k3Bn--"),
        ("in1-k7Qz2m9x", SECRETS[5]),
        ("south-secret", SECRETS[4]),
    ] {
        assert!(text.contains(written), "{written}");
        text = text.replace(written, secret);
    }
    text
}

#[test]
fn no_secret_of_the_example_is_shown_whatever_character_of_its_line_is_damaged() {
    let text = example();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let lines = start..start + line.len();
        start = lines.end;
        if !SECRETS.iter().any(|secret| line.contains(secret)) {
            continue;
        }
        let value_ends = line.rfind('"').unwrap() + 1;
        for at in (lines.start..lines.start + value_ends).filter(|at| text.is_char_boundary(*at)) {
            for instead in ["", "\"", "#", "=", "\n"] {
                let text = damaged(&text, at, instead, false);
                let shown = printed(&text);
                assert_eq!(betrayed(&shown, &SECRETS), None, "{line}{shown}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn no_secret_of_the_example_is_shown_wherever_it_is_damaged(
        place in any::<prop::sample::Index>(), instead in prop::sample::select(INSTEAD.to_vec()), keep in any::<bool>(),
    ) {
        let text = example();
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let shown = printed(&damaged(&text, places[place.index(places.len())], instead, keep));
        prop_assert_eq!(betrayed(&shown, &SECRETS), None, "{}", shown);
    }
}

#[test]
fn check_run_and_doctor_say_where_a_mistake_is_and_not_what_the_secret_is() {
    let [own, ..] = SECRETS;
    let good = crate::written::lot().replace("another-password", own);
    let line = format!("password = \"{own}\"");
    let cases = [
        (format!("pasword = \"{own}\""), "did you mean `password`?"),
        (format!("password = \"{own}"), "not valid TOML"),
        (format!("password = \"\"\"\n{own}"), "not valid TOML"),
        (format!("password = {own}"), "not valid TOML"),
        (format!("password . \"{own}\""), "not valid TOML"),
        (format!("password = {{ fil = \"{own}\" }}"), "`password` takes exactly one of"),
        (format!("\"{own}\" = \"password\""), "has no key `…`"),
    ];
    for (damage, words) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        assert!(good.contains(&line));
        std::fs::write(&path, good.replace(&line, &damage)).unwrap();
        for subcommand in ["check", "run", "doctor", "status", "queue"] {
            let more = if subcommand == "queue" { vec!["ls"] } else { vec![] };
            let output = Command::new(env!("CARGO_BIN_EXE_lotgate"))
                .args([subcommand, "--lang", "en", "--config"])
                .arg(&path)
                .args(more)
                .output()
                .unwrap();
            let shown = [output.stdout, output.stderr].concat();
            let shown = without_folder(&String::from_utf8(shown).unwrap(), folder.path());
            assert!(!output.status.success(), "{shown}");
            assert!(shown.contains(words), "{subcommand} {damage}: {shown}");
            assert_eq!(betrayed(&shown, &SECRETS), None, "{subcommand} {damage}: {shown}");
        }
    }
}

#[test]
fn what_is_no_secret_is_shown_with_a_mark_under_it() {
    let text = crate::written::lot()
        .replace("total_spaces      = 20", "total_spaces      = \"many\" # or so");
    let (_, shown) = check(&text, &["--lang", "en"]);
    assert!(shown.contains("| total_spaces      = \"many\"\n"), "{shown}");
    assert!(shown.contains("|                     ^^^^^^\n"), "{shown}");
    let text = crate::written::lot().replace("des_key  = \"87654321\"", "des_key  = \"8765\"");
    let (_, shown) = check(&text, &["--lang", "en"]);
    assert!(shown.contains("| des_key  = …\n"), "{shown}");
}

/// What is said of a secret, from wherever it comes.
fn said_of(secret: &str, key: &str, from: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), secret).unwrap();
    let value = match from {
        "text" => format!("\"{secret}\""),
        "file" => "{ file = \"secret\" }".to_owned(),
        "env" => "{ env = \"SECRET_UNDER_TEST\" }".to_owned(),
        _ => "{ credential = \"secret\" }".to_owned(),
    };
    let line = crate::written::lot();
    let line = line.lines().find(|line| line.starts_with(key)).map(str::to_owned);
    let text = match line {
        Some(line) => crate::written::lot().replace(&line, &format!("{key} = {value}")),
        None => crate::written::lot().replace("[web]", &format!("[web]\n{key} = {value}")),
    };
    let path = folder.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_lotgate"))
        .args(["check", "--lang", "en", "--config"])
        .arg(&path)
        .env("SECRET_UNDER_TEST", secret)
        .env("CREDENTIALS_DIRECTORY", folder.path())
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.success(), !shown.contains("error:"), "{shown}");
    shown
}

#[test]
fn an_empty_or_short_secret_is_an_error_wherever_it_comes_from() {
    for from in ["text", "file", "env", "credential"] {
        for (secret, key, words) in [
            ("", "password", "`password` is empty"),
            ("  ", "password", "`password` is empty"),
            ("", "des_key", "`des_key` cannot be used"),
            ("1234567", "des_key", "this one has 7"),
            ("", "token", "fewer than 16 characters"),
            ("fifteen-letters", "token", "fewer than 16 characters"),
        ] {
            let shown = said_of(secret, key, from);
            assert!(shown.contains("error:") && shown.contains(words), "{from} {key}: {shown}");
        }
        for (secret, key) in
            [("p", "password"), ("12345679", "des_key"), ("sixteen-letters-", "token")]
        {
            let shown = said_of(secret, key, from);
            assert!(!shown.contains("error:"), "{from} {key}: {shown}");
        }
    }
}

#[test]
fn a_broker_wants_a_login_unless_it_is_on_this_machine() {
    let with = |lines: &str| crate::written::with(&[("url  = \"mqtt", lines)]);
    for here in ["127.0.0.1", "localhost", "[::1]"] {
        let (output, shown) =
            check(&with(&format!("url = \"mqtt://{here}:1883\"")), &["--lang", "en"]);
        assert!(output.status.success(), "{here}: {shown}");
    }
    for (lines, words) in [
        ("url = \"mqtt://10.0.0.2:1883\"", "give us a login there"),
        ("url = \"mqtts://broker.lan\"", "give us a login there"),
        ("url = \"mqtt://u:p@10.0.0.2:1883\"", "no place in an address"),
        ("url = \"mqtt://127.0.0.1\"\nusername = \"lotgate\"", "`username` without `password`"),
        ("url = \"mqtt://127.0.0.1\"\npassword = \"p\"", "`password` without `username`"),
        ("url = \"mqtt://127.0.0.1\"\nusername = \"u\"\npassword = \"\"", "`password` is empty"),
    ] {
        let (output, shown) = check(&with(lines), &["--lang", "en"]);
        assert!(!output.status.success() && shown.contains(words), "{lines}: {shown}");
    }
    let (output, shown) = check(
        &with("url = \"mqtt://10.0.0.2\"\nusername = \"u\"\npassword = \"p\""),
        &["--lang", "en"],
    );
    assert!(output.status.success(), "{shown}");
}

/// What commands print about a file in a folder, with the variable `LOT_PW` set to these bytes.
fn said_by_all(folder: &Path, variable: &[u8]) -> Vec<(String, String)> {
    use std::os::unix::ffi::OsStrExt as _;
    let commands = [
        vec!["check"],
        vec!["check", "--json"],
        vec!["doctor", "--listen", "0s", "--ntp", "127.0.0.1:9"],
        vec!["lease", "ls"],
        vec!["status"],
    ];
    let printed = |command: &Vec<&str>| {
        let output = Command::new(env!("CARGO_BIN_EXE_lotgate"))
            .args(command)
            .args(["--lang", "en", "--config"])
            .arg(folder.join("config.toml"))
            .env("LOT_PW", std::ffi::OsStr::from_bytes(variable))
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = without_folder(&String::from_utf8_lossy(&said), folder);
        (command.join(" "), said)
    };
    commands.iter().map(printed).collect()
}

#[test]
fn of_a_variable_that_is_no_text_it_is_only_said_that_it_is_not_utf_8() {
    let [own, ..] = SECRETS;
    let folder = tempfile::tempdir().unwrap();
    let line = "password = \"another-password\"";
    let lot = crate::written::lot();
    assert!(lot.contains(line));
    let lot = lot.replace(line, "password = { env = \"LOT_PW\" }");
    std::fs::write(folder.path().join("config.toml"), lot).unwrap();
    // As a shell sends it that speaks GBK.
    let variable = [own.as_bytes(), b"\xc3\xdc\xc2\xeb"].concat();
    for (command, said) in said_by_all(folder.path(), &variable) {
        assert_eq!(betrayed(&said, &SECRETS), None, "{command}: {said}");
        assert!(command != "check" || said.contains("($LOT_PW): it is not UTF-8"), "{said}");
    }
}

/// The smallest lot with these lines in a section, which is made where it is not there.
fn with_lines(section: &str, lines: &str) -> String {
    let (lot, head) = (crate::written::lot(), format!("[{section}]"));
    if let Some(line) = lot.lines().find(|line| line.starts_with(&head)) {
        return lot.replacen(line, &format!("{line}\n{lines}"), 1);
    }
    lot.replacen("[store]", &format!("{head}\n{lines}\n[store]"), 1)
}

#[test]
fn what_should_stand_in_a_file_is_shown_nowhere_where_its_name_belongs() {
    let [own, ..] = SECRETS;
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    let one_line = format!("\"{begin}\\n{own}\\n{end}\"");
    let several = format!("\"\"\"{begin}\n{own}\n{end}\"\"\"");
    let bare = format!("\"{}\"", own.repeat(30));
    let callback = "listen = \"127.0.0.1:0\"\nurl = \"https://b.example.cn/c\"";
    for value in [&one_line, &several, &bare] {
        let key = |section: &str, more: &str, key: &str| {
            (key.to_owned(), with_lines(section, &format!("{more}\n{key} = {value}")))
        };
        let mut texts = vec![
            key("platform", "", "ca_file"),
            key("platform", "client_cert = \"c.pem\"", "client_key"),
            key("platform", "client_key = \"k.pem\"", "client_cert"),
            key("platform.callback", &format!("{callback}\ncert_file = \"c.pem\""), "key_file"),
            key("platform.callback", &format!("{callback}\nkey_file = \"k.pem\""), "cert_file"),
        ];
        let lot = crate::written::lot();
        let images = lot.lines().find(|line| line.starts_with("images")).unwrap();
        texts.push(("images".to_owned(), lot.replace(images, &format!("images = {value}"))));
        if *value != several {
            let file = format!("{{ file = {value} }}");
            texts.push(("file".to_owned(), lot.replace("\"another-password\"", &file)));
        }
        for (key, text) in texts {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("config.toml"), &text).unwrap();
            for (command, said) in said_by_all(folder.path(), b"") {
                assert_eq!(betrayed(&said, &SECRETS), None, "{key} {command}: {said}");
                let words = format!("`{key}`: the file's name belongs here, not its content");
                assert!(command != "check" || said.contains(&words), "{key}: {said}");
            }
            let loaded = parse(&text, Path::new("x.toml"));
            assert!(key == "file" || loaded.config.is_some(), "{key}: it runs with a stand-in");
            let kept = format!("{:?}", loaded.config);
            assert_eq!(betrayed(&kept, &SECRETS), None, "{key}: {kept}");
        }
    }
}

#[test]
fn of_an_address_that_may_hold_a_secret_nothing_but_its_host_is_shown() {
    let [own, ..] = SECRETS;
    let lot = crate::written::lot();
    let of_platform = lot.lines().find(|line| line.starts_with("base_url")).unwrap();
    for after in ["/?password=", "/#", ";", "?user=a&pwd=", "/api?k="] {
        for scheme in ["https://", "https:/", "mqtt://", "http:\\\\"] {
            let address = format!("{scheme}p.example.cn{after}{own}");
            let broker = format!("[[mqtt]]\nname = \"b\"\nurl = '{address}'\nqos = 7\n[store]");
            for text in [
                lot.replace(of_platform, &format!("base_url = '{address}' # \nbase_ur = 1")),
                lot.replacen("[store]", &broker, 1),
            ] {
                let shown = printed(&text);
                assert_eq!(betrayed(&shown, &SECRETS), None, "{address}: {shown}");
                let kept = parse(&text, Path::new("x.toml")).config.map(|config| config.mqtt);
                assert_eq!(betrayed(&format!("{kept:?}"), &SECRETS), None, "{address}");
            }
        }
    }
    for address in [
        format!("http://127.0.0.2@u:{own}"),
        format!("http://u:{own}＠127.0.0.2"),
        format!("http://u@{own}:127.0.0.2"),
        format!("u:{own}@127.0.0.2"),
        format!("http://u：{own}@127.0.0.2"),
        format!("http://u%3A{own}%40127.0.0.2"),
    ] {
        let link = format!("[platform.tcp]\naddress = \"{address}\"\n[store]");
        let allow = format!(
            "[platform.callback]\nlisten = \"127.0.0.1:0\"\nurl = \"https://b.cn/c\"\ncert_file = \"c\"\n\
             key_file = \"k\"\nallow = [\"{address}\"]\n[store]"
        );
        let camera = lot.replacen("sn ", &format!("pictures_from = \"{address}\"\nsn "), 1);
        let more = [&link, &allow].map(|more| lot.replacen("[store]", more, 1));
        for text in more.into_iter().chain([camera]) {
            let shown = printed(&text);
            assert_eq!(betrayed(&shown, &SECRETS), None, "{address}: {shown}");
        }
    }
}
