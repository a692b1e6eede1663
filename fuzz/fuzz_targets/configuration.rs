#![no_main]
//! Configuration files, each finding rendered in both languages.
use libfuzzer_sys::fuzz_target;
use lotgate::config::parse;
use lotgate::lang::Lang;
use std::path::Path;

fuzz_target!(|text: &str| {
    for finding in parse(text, Path::new("config.toml")).findings {
        let _ = (finding.render(Lang::Zh), finding.render(Lang::En));
    }
});
