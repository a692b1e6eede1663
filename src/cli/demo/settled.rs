//! How the hard cases of the demo ended.

use crate::lang::{Lang, Words, say};

/// How many of each, and those that failed.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) misread: usize,
    pub(super) plateless: usize,
    pub(super) tailing: usize,
    pub(super) deaf: usize,
    /// Those that did not end as they should.
    pub(super) failed: Vec<String>,
}

impl Words for Settled {
    fn text(&self, lang: Lang) -> String {
        let Self { misread, plateless, tailing, deaf, failed } = self;
        let failed = failed.len();
        say!(
            lang,
            "疑难车辆已处理：误识别 {misread}，无牌 {plateless}，跟车 {tailing}，道闸未收到指令 {deaf}；未处理 {failed}",
            "hard cases settled: {misread} misread, {plateless} without a plate, {tailing} behind another, {deaf} at a barrier that did not hear; not settled {failed}"
        )
    }
}
