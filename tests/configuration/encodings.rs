//! Files that an editor or a tool of Windows saved in another encoding than UTF-8.

use crate::read;
use std::path::Path;
use std::process::Command;

/// How a command ends, and what it prints.
fn called(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lotgate"));
    let config = folder.join("config.toml");
    let output = command.args(arguments).arg("--config").arg(config).output().unwrap();
    let all = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(all).unwrap())
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_configuration_that_is_saved_as_something_else_than_utf_8_is_named_as_that() {
    let folder = tempfile::tempdir().unwrap();
    let example = read("config.example.toml");
    let gbk = encoding_rs::GBK.encode(&example).0.into_owned();
    for (bytes, encoding) in [
        (gbk, "GBK"),
        ([b"\xff\xfe".to_vec(), utf16(&example)].concat(), "UTF-16"),
        (utf16(&example), "UTF-16"),
    ] {
        std::fs::write(folder.path().join("config.toml"), bytes).unwrap();
        for (command, lang, words) in [
            (vec!["check"], "en", format!("is saved as {encoding}, and only UTF-8 will do here")),
            (vec!["check"], "zh", format!("以 {encoding} 编码保存")),
            (vec!["run"], "en", format!("iconv -f {encoding} -t UTF-8 ")),
            (vec!["tariff", "table"], "en", format!("is saved as {encoding}")),
            (vec!["status"], "en", format!("is saved as {encoding}")),
        ] {
            let (ends_with, said) =
                called(folder.path(), &[command.clone(), vec!["--lang", lang]].concat());
            assert!(said.contains(&words) && ends_with == 1, "{command:?}: {said}");
            assert!(!said.contains("stream did not contain"), "{said}");
        }
    }
    let (_, said) = called(folder.path(), &["check"]);
    assert!(said.contains("config.toml:1:1: "), "{said}");
}

#[test]
fn a_line_that_came_into_a_configuration_from_elsewhere_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let example = read("config.example.toml");
    let comment = encoding_rs::GBK.encode("# 东门入口相机\n").0.into_owned();
    let at = example.match_indices('\n').nth(20).unwrap().0 + 1;
    let (before, behind) = example.split_at(at);
    let plain = "# 西门\n# 东门\n# 出口\n";
    let wide: Vec<u8> =
        example.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect();
    for (bytes, line) in [
        ([before.as_bytes(), comment.as_slice(), behind.as_bytes()].concat(), 22),
        ([plain.as_bytes(), comment.as_slice()].concat(), 4),
        ([b"\xff\xfe\0\0".as_slice(), wide.as_slice()].concat(), 1),
    ] {
        std::fs::write(folder.path().join("config.toml"), bytes).unwrap();
        for command in ["check", "run", "status"] {
            let (ends_with, said) = called(folder.path(), &[command, "--lang", "en"]);
            assert!(said.contains("holds what is not UTF-8") && ends_with == 1, "{said}");
            assert!(!said.contains("check the path"), "{said}");
        }
        let (_, said) = called(folder.path(), &["check", "--lang", "en"]);
        assert!(said.contains(&format!("config.toml:{line}:1: ")), "{said}");
    }
}

#[test]
fn a_byte_order_mark_before_a_configuration_is_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let example = read("config.example.toml");
    std::fs::write(
        folder.path().join("config.toml"),
        [b"\xef\xbb\xbf", example.as_bytes()].concat(),
    )
    .unwrap();
    let (ends_with, marked) = called(folder.path(), &["check", "--lang", "en"]);
    std::fs::write(folder.path().join("config.toml"), example).unwrap();
    assert_eq!((ends_with, marked), called(folder.path(), &["check", "--lang", "en"]));
}

#[test]
fn a_secrets_file_of_windows_is_the_same_secret_and_one_in_gbk_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = read("config.example.toml");
    let line = text.lines().find(|line| line.starts_with("password ")).unwrap();
    let text = text.replacen(line, "password = { file = \"secret\" }", 1);
    std::fs::write(folder.path().join("config.toml"), &text).unwrap();
    let secret = |bytes: &[u8]| {
        std::fs::write(folder.path().join("secret"), bytes).unwrap();
        lotgate::config::load(&folder.path().join("config.toml"))
    };
    let plain = secret(b"q7Wx-e4Rv_t9Yb\n").config.unwrap();
    for bytes in [
        [b"\xef\xbb\xbf".as_slice(), b"q7Wx-e4Rv_t9Yb\r\n"].concat(),
        [b"\xff\xfe".to_vec(), utf16("q7Wx-e4Rv_t9Yb\r\n")].concat(),
    ] {
        assert_eq!(secret(&bytes).config.as_ref(), Some(&plain));
    }
    let loaded = secret(encoding_rs::GBK.encode("停车场密码一二三").0.as_ref());
    let said: Vec<_> =
        loaded.findings.iter().map(|found| found.render(lotgate::lang::Lang::En)).collect();
    assert!(said.iter().any(|words| words.contains("secret is saved as GBK")), "{said:?}");
}

#[test]
fn a_table_of_spaces_is_the_same_as_a_spreadsheet_saves_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let text =
        read("config.example.toml").replacen("[lot]", "[lot]\nspaces_file = \"spaces.csv\"", 1);
    let start = text.find("\n[[space]]").unwrap_or(text.len());
    let end = text[start..].find("\n[tariff").map_or(text.len(), |at| start + at);
    std::fs::write(&path, [&text[..start], &text[end..]].concat()).unwrap();
    let table = "space_no,position_type,material_type,with_locker,with_charging_pile,floor\n\
                 44030400100101000010001A108,1,0,0,0,负一层\n\n44030400100101000010001A109,9,0,0,0,B1\n";
    let wrong = |bytes: Vec<u8>| -> Vec<String> {
        std::fs::write(folder.path().join("spaces.csv"), bytes).unwrap();
        let findings = lotgate::config::load(&path).findings;
        let of_table = findings.iter().filter(|found| found.path.ends_with("spaces.csv"));
        of_table.map(|found| found.render(lotgate::lang::Lang::En)).collect()
    };
    let plain = wrong(table.as_bytes().to_vec());
    assert!(plain.iter().any(|words| words.contains("spaces.csv:4:1: ")), "{plain:?}");
    let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
    let tabs = table.replace(',', "\t");
    for bytes in [
        gbk(table),
        [b"\xff\xfe".to_vec(), utf16(&tabs)].concat(),
        gbk(&table.replace("space_no", "车位编号")),
        // As numbers with a point, and with a sum below.
        table.replace(",0,0,0,", ",0.0,0.0,0.0,").replace(",1,", ",1.0,").into_bytes(),
        [table, "合计,2,,,,\n"].concat().into_bytes(),
    ] {
        assert_eq!(wrong(bytes).len(), plain.len());
    }
    for (number, words) in [("#REF!", "is a spreadsheet's error"), ("2月1日", "took for a date")]
    {
        let said = wrong(format!("space_no,floor\n{number},B1\n").into_bytes());
        let place = format!("spaces.csv:2:1: error: `{number}` ");
        assert!(said[0].contains(&place) && said[0].contains(words), "{said:?}");
    }
    let rounded = wrong(b"space_no,floor\n4.40304E+21,B1\n".to_vec());
    assert!(
        rounded
            .iter()
            .any(|words| words.contains("spaces.csv:2:1: error: `4.40304E+21` was rounded")),
        "{rounded:?}"
    );
    let workbook = wrong(b"PK\x03\x04".to_vec());
    assert!(
        workbook.iter().any(|words| words.contains("a spreadsheet's own file")),
        "{workbook:?}"
    );
}
