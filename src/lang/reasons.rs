//! Why something did not happen: why a car is held, a barrier stays down, a push was not taken, a camera cannot be called or
//! keeps its list. For the lines of the log, the booth and the doctor.

use super::{Lang, Words, say};
use crate::model::barrier::BarrierFault;
use crate::model::camera_list::ListFault;
use crate::model::happening::{CallFault, HoldReason, PushRefusal};
use crate::model::moment::Voucher;
use crate::model::remark;

impl Words for HoldReason {
    fn text(&self, lang: Lang) -> String {
        let zh = remark::held_for(self);
        match self {
            Self::NoPlate => say!(lang, "{zh}", "no plate could be read"),
            Self::Full => say!(lang, "{zh}", "the lot is full"),
            Self::NotInside => say!(lang, "{zh}", "the car is not inside"),
            Self::Locked => say!(lang, "{zh}", "its owner locked it"),
            Self::Listed => say!(lang, "{zh}", "the control list says so"),
            Self::PaymentDue(due) => say!(lang, "{zh}", "{due} yuan due"),
            Self::Stopped => say!(lang, "{zh}", "the lane is out of service"),
            Self::WithoutStore => say!(lang, "{zh}", "nothing can be written down"),
        }
    }
}

impl Words for Voucher {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::HardwareClock => say!(lang, "硬件时钟", "the hardware clock"),
            Self::Cameras => say!(lang, "相机", "cameras that agree"),
            Self::Platform => say!(lang, "平台", "the platform"),
            Self::TimeServer => say!(lang, "时间服务器", "a time server"),
        }
    }
}

impl Words for BarrierFault {
    fn text(&self, lang: Lang) -> String {
        let zh = remark::of_barrier(self);
        match self {
            Self::Refused(code) => say!(lang, "{zh}（{code}）", "the device refused ({code})"),
            Self::Busy => say!(lang, "{zh}", "the device is busy"),
            Self::TooLate => say!(
                lang,
                "{zh}，没有发出",
                "the command was too old before it could leave and was not sent"
            ),
            Self::Silent => say!(lang, "{zh}", "the device did not answer"),
            Self::Unproven => say!(
                lang,
                "{zh}；请查看车道，需要时按下开闸按钮",
                "nothing tells whether the barrier opened; look at the lane and press its button if need be"
            ),
            Self::Unreachable => say!(lang, "{zh}", "the device cannot be reached"),
            Self::Forbidden(topic) => say!(
                lang,
                "{zh}（{topic}）；请为网关的登录开放该主题的写权限（ACL）",
                "the broker's rules forbid our publishing on {topic}: give the gateway's login write access"
            ),
            Self::NoBarrier => say!(lang, "{zh}", "the lane has no barrier configured"),
            Self::NotUp => say!(
                lang,
                "{zh}；请检查道闸和限位开关",
                "the arm is not up in time; check the barrier and its limit switch"
            ),
        }
    }
}

impl Words for CallFault {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Silent(address) => say!(
                lang,
                "{address} 无应答；请核对 `address`、`port` 及相机的网络服务",
                "nothing answers at {address}; check `address`, `port` and the camera's web service"
            ),
            Self::LoginRefused => say!(
                lang,
                "它拒绝登录；请核对 `user` 和 `password`",
                "it refuses our login; check `user` and `password`"
            ),
            Self::LoginUnknown => say!(
                lang,
                "它要求的登录方式不是 Digest（MD5 或 SHA-256），或缺少 `user` 和 `password`；请在相机上启用 Digest 认证",
                "it wants a login that is no digest (MD5 or SHA-256), or `user` and `password` are missing; switch digest authentication on at the camera"
            ),
        }
    }
}

impl Words for PushRefusal {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::OtherAddress => say!(
                lang,
                "来源地址不是该相机的 `address`",
                "it comes from an address that is not the camera's `address`"
            ),
            Self::UnknownPath => say!(
                lang,
                "路径中没有任何相机的 `secret`；请核对相机上填写的网址",
                "its path has no camera's `secret`; check the URL that is set at the camera"
            ),
            Self::WrongLogin => say!(
                lang,
                "登录错误；请核对 `push_user` 和 `push_password`",
                "its login is wrong; check `push_user` and `push_password`"
            ),
            Self::TooLarge { most_mb } => say!(
                lang,
                "报文超过 {most_mb} MB；请在相机上调小图片",
                "it is larger than {most_mb} MB; have the camera send smaller pictures"
            ),
            Self::BrokenOff => say!(
                lang,
                "报文中断；请检查相机的网络",
                "its body broke off; check the camera's network"
            ),
            Self::OtherCamera { claims } => say!(
                lang,
                "报文自称来自相机 {claims}；请核对 `sn`，以及两台相机的网址是否填反",
                "it says that it is of camera {claims}; check `sn`, and whether two cameras have each other's URL"
            ),
        }
    }
}

impl Words for ListFault {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Refused(code) => {
                say!(lang, "相机拒绝，代码 {code}", "the camera refused, code {code}")
            }
            Self::Silent => say!(lang, "相机未应答", "the camera did not answer"),
            Self::Unreachable => say!(lang, "相机无法连接", "the camera cannot be reached"),
            Self::Unsupported => {
                say!(lang, "该驱动不支持白名单", "its driver knows no such list")
            }
        }
    }
}
