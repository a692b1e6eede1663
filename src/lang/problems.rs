//! What can be wrong with a configuration, and what to write instead.

use super::lot_problems::LotProblem;
use super::papers::PaperProblem;
use super::severity::Severity;
use super::{Lang, Words, say};

/// What a key wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named for what they are")]
pub enum Wanted {
    Text,
    WholeNumber,
    Number,
    Boolean,
    Duration,
    Amount,
    Table,
    List,
    Secret,
    Id,
    DateTime,
    TimeOfDay,
    Size,
    EventCode,
    DaysOfYear,
    Plates,
}

/// One thing wrong with a configuration.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the fields are named for what they hold")]
pub enum Problem {
    Unreadable {
        path: String,
        error: String,
    },
    Encoding {
        path: String,
        encoding: &'static str,
    },
    /// In no one encoding: a part of it may have come from elsewhere.
    MixedEncodings {
        path: String,
    },
    Syntax {
        error: String,
    },
    UnknownKey {
        key: String,
        place: String,
        nearest: Option<String>,
    },
    Missing {
        key: String,
        place: String,
    },
    WrongType {
        key: String,
        wanted: Wanted,
    },
    Empty {
        key: String,
    },
    TooLong {
        key: String,
        max: u16,
        have: usize,
    },
    OutOfRange {
        key: String,
        low: i64,
        high: i64,
    },
    NotOneOf {
        key: String,
        allowed: String,
        nearest: Option<String>,
    },
    NotAnAddress {
        key: String,
    },
    NotAHostName {
        name: String,
    },
    NotAUrl {
        key: String,
        scheme: &'static str,
    },
    NotATimeZone {
        name: String,
    },
    NotADesKey {
        error: String,
    },
    NotANetwork {
        name: String,
    },
    NoSuch {
        what: &'static str,
        name: String,
        nearest: Option<String>,
    },
    Twice {
        key: String,
        value: String,
    },
    TokenNeeded {
        listen: String,
    },
    MerchantsNeedToken,
    TokenOfTwo {
        of: String,
    },
    NotOneGift,
    CouponWithoutBound,
    SecretMissing {
        place: String,
        error: String,
    },
    EmptySecret {
        key: String,
    },
    ShortToken {
        key: String,
        least: usize,
    },
    NoLogin,
    LoginInAddress,
    HalfLogin {
        key: String,
        other: String,
    },
    CallbackOpen {
        listen: String,
    },
    NotAFileName {
        key: String,
    },
    FileMissing {
        path: String,
    },
    PasswordTooLong {
        max: usize,
    },
    TwoSecrets {
        key: String,
    },
    CameraTwice {
        camera: String,
    },
    UnfitDevice {
        key: String,
        name: String,
    },
    SerialOrCamera,
    NotAPointer {
        key: String,
    },
    NotInAPath {
        key: String,
    },
    NotANumber {
        key: String,
    },
    NoTable,
    TwoTables,
    BitOfBit,
    BadPointAddress {
        address: i64,
    },
    NotWritable {
        key: String,
    },
    SensorTwice {
        place: String,
    },
    BadCsv {
        error: String,
    },
    Paper(PaperProblem),
    BothSpaces,
    NotADevEui,
    NoEvent {
        code: i64,
    },
    NotLonger {
        key: String,
        than: String,
    },
    NotBoth {
        key: String,
        other: String,
    },
    NoAttribute {
        name: String,
        nearest: Option<String>,
    },
    Lot(LotProblem),
}

impl From<LotProblem> for Problem {
    fn from(problem: LotProblem) -> Self {
        Self::Lot(problem)
    }
}

impl Words for Wanted {
    fn text(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Self::Text => ("文本，例如 \"…\"", "text in quotes, e.g. \"…\""),
            Self::WholeNumber => ("整数，例如 20", "a whole number, e.g. 20"),
            Self::Number => ("数字，例如 114.05", "a number, e.g. 114.05"),
            Self::Boolean => ("true 或 false", "true or false"),
            Self::Duration => (
                "时长文本，例如 \"500ms\"、\"3s\"、\"15m\"、\"2h\"、\"30d\"",
                "a duration in quotes, e.g. \"500ms\", \"3s\", \"15m\", \"2h\", \"30d\"",
            ),
            Self::Amount => (
                "金额（元，最多两位小数），例如 10 或 \"2.50\"",
                "an amount in yuan with at most two decimals, e.g. 10 or \"2.50\"",
            ),
            Self::Table => ("表，例如 { … }", "a table, e.g. { … }"),
            Self::List => ("列表，例如 [ … ]", "a list, e.g. [ … ]"),
            Self::Secret => (
                "文本，或 { file = \"…\" }、{ env = \"…\" }、{ credential = \"…\" }",
                "text, or { file = \"…\" }, { env = \"…\" }, { credential = \"…\" }",
            ),
            Self::Id => ("32 位不带连字符的字母数字", "32 letters and digits without hyphens"),
            Self::Size => ("容量，例如 \"512MB\"、\"4GB\"", "a size, e.g. \"512MB\", \"4GB\""),
            Self::EventCode => (
                "表 A.3 未定义的事件编码，例如 5000；或 \"none\" 表示不上报",
                "a code that table A.3 gives no other meaning, e.g. 5000, or \"none\" to send none",
            ),
            Self::TimeOfDay => ("时刻，例如 \"22:00\"", "a time of day, e.g. \"22:00\""),
            Self::DaysOfYear => (
                "该年的日期，例如 [\"01-01\", \"02-15/02-23\"]",
                "days of that year, e.g. [\"01-01\", \"02-15/02-23\"]",
            ),
            Self::Plates => {
                ("车牌号列表，例如 [\"粤B12345\"]", "number plates, e.g. [\"粤B12345\"]")
            }
            Self::DateTime => ("\"yyyy-MM-dd HH:mm:ss\"", "\"yyyy-MM-dd HH:mm:ss\""),
        };
        say!(lang, "{zh}", "{en}")
    }
}

impl Problem {
    /// Whether it is about the lot that is described, and not about how the gateway runs.
    pub fn is_of_lot(&self) -> bool {
        matches!(self, Self::Lot(_))
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::FileMissing { .. } => Severity::Warning,
            // Versions before took these: a box that ran with one goes on, without what would be unsafe.
            Self::EmptySecret { .. }
            | Self::ShortToken { .. }
            | Self::NoLogin
            | Self::LoginInAddress
            | Self::NotAFileName { .. }
            | Self::HalfLogin { .. }
            | Self::CallbackOpen { .. } => Severity::Fault,
            Self::Lot(problem) => problem.severity(),
            Self::Unreadable { .. }
            | Self::Encoding { .. }
            | Self::MixedEncodings { .. }
            | Self::Syntax { .. }
            | Self::UnknownKey { .. }
            | Self::Missing { .. }
            | Self::WrongType { .. }
            | Self::Empty { .. }
            | Self::TooLong { .. }
            | Self::OutOfRange { .. }
            | Self::NotOneOf { .. }
            | Self::NotAnAddress { .. }
            | Self::NotAHostName { .. }
            | Self::NotAUrl { .. }
            | Self::NotATimeZone { .. }
            | Self::NotADesKey { .. }
            | Self::NotANetwork { .. }
            | Self::NoSuch { .. }
            | Self::Twice { .. }
            | Self::TokenNeeded { .. }
            | Self::MerchantsNeedToken
            | Self::TokenOfTwo { .. }
            | Self::NotOneGift
            | Self::CouponWithoutBound
            | Self::SecretMissing { .. }
            | Self::PasswordTooLong { .. }
            | Self::TwoSecrets { .. }
            | Self::CameraTwice { .. }
            | Self::UnfitDevice { .. }
            | Self::SerialOrCamera
            | Self::NotAPointer { .. }
            | Self::NotInAPath { .. }
            | Self::NotANumber { .. }
            | Self::NoTable
            | Self::TwoTables
            | Self::BitOfBit
            | Self::BadPointAddress { .. }
            | Self::NotWritable { .. }
            | Self::SensorTwice { .. }
            | Self::BadCsv { .. }
            | Self::Paper(_)
            | Self::BothSpaces
            | Self::NotADevEui
            | Self::NoEvent { .. }
            | Self::NotLonger { .. }
            | Self::NotBoth { .. }
            | Self::NoAttribute { .. } => Severity::Error,
        }
    }
}

impl Words for Problem {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Unreadable { path, error } => say!(
                lang,
                "无法读取 {path}：{error}；请检查路径和权限，或用 --config 指定文件",
                "cannot read {path}: {error}; check the path and its permissions, or name the file with --config"
            ),
            Self::Encoding { path, encoding } => say!(
                lang,
                "{path} 以 {encoding} 编码保存，这里只能用 UTF-8：请在编辑器中“另存为”并选择 UTF-8（记事本：编码 → UTF-8），或执行 iconv -f {encoding} -t UTF-8 {path} > 新文件，再用新文件替换（繁体系统保存的也可能是 BIG5）",
                "{path} is saved as {encoding}, and only UTF-8 will do here: save it as UTF-8 in your editor, or run iconv -f {encoding} -t UTF-8 {path} > new, and put the new file in its place (where a system of traditional characters saved it, it may be BIG5)"
            ),
            Self::MixedEncodings { path } => say!(
                lang,
                "{path} 的这一行含有不是 UTF-8 的字符，文件其余部分也不是 GBK 或 UTF-16（可能混入了其他编码的文字，或以 UTF-32 保存）：请在编辑器中改写这一行并以 UTF-8 保存",
                "this line of {path} holds what is not UTF-8, and the whole is neither GBK nor UTF-16 (text of another encoding may have come into it, or it is saved as UTF-32): write the line anew in your editor and save the file as UTF-8"
            ),
            Self::Syntax { error } => {
                say!(lang, "不是有效的 TOML：{error}", "not valid TOML: {error}")
            }
            Self::UnknownKey { key, place, nearest } => {
                let place = place_of(place, lang);
                match nearest {
                    Some(nearest) => say!(
                        lang,
                        "{place} 中没有 `{key}` 这个键；是否想写 `{nearest}`？",
                        "{place} has no key `{key}`; did you mean `{nearest}`?"
                    ),
                    None => say!(
                        lang,
                        "{place} 中没有 `{key}` 这个键；请删除",
                        "{place} has no key `{key}`; remove it"
                    ),
                }
            }
            Self::Missing { key, place } => {
                let place = place_of(place, lang);
                say!(lang, "{place} 缺少 `{key}`；请补上", "{place} lacks `{key}`; add it")
            }
            Self::WrongType { key, wanted } => {
                let wanted = wanted.text(lang);
                say!(lang, "`{key}` 应为{wanted}", "`{key}` must be {wanted}")
            }
            Self::Empty { key } => {
                say!(
                    lang,
                    "`{key}` 不能为空；标准规定必填",
                    "`{key}` must not be empty; the standard demands it"
                )
            }
            Self::TooLong { key, max, have } => say!(
                lang,
                "`{key}` 有 {have} 个字符，标准最多允许 {max} 个；请缩短，平台允许更长时用 [platform.dialect] lengths 说明",
                "`{key}` has {have} characters, the standard allows {max}; shorten it, or where the platform allows more, say so in [platform.dialect] lengths"
            ),
            Self::OutOfRange { key, low, high } => say!(
                lang,
                "`{key}` 必须在 {low} 到 {high} 之间",
                "`{key}` must be between {low} and {high}"
            ),
            Self::NotOneOf { key, allowed, nearest: Some(nearest) } => say!(
                lang,
                "`{key}` 只能是 {allowed}；是否想写 `{nearest}`？",
                "`{key}` must be one of {allowed}; did you mean `{nearest}`?"
            ),
            Self::NotOneOf { key, allowed, nearest: None } => {
                say!(lang, "`{key}` 只能是 {allowed}", "`{key}` must be one of {allowed}")
            }
            Self::NotAnAddress { key } => say!(
                lang,
                "`{key}` 应为“主机:端口”，例如 \"127.0.0.1:8313\"",
                "`{key}` must be host:port, e.g. \"127.0.0.1:8313\""
            ),
            Self::NotAHostName { name } => say!(
                lang,
                "`{name}` 不是主机名：只写名称或地址，不带 http:// 和端口，例如 \"lotgate.local\"",
                "`{name}` is no name of a host: write the name or address alone, without http:// and port, e.g. \"lotgate.local\""
            ),
            Self::NotAUrl { key, scheme } => say!(
                lang,
                "`{key}` 应为以 {scheme}:// 开头的地址，例如 \"{scheme}://example.cn\"",
                "`{key}` must be an address that begins with {scheme}://, e.g. \"{scheme}://example.cn\""
            ),
            Self::NotATimeZone { name } => say!(
                lang,
                "没有时区 `{name}`；例如 \"Asia/Shanghai\"",
                "there is no time zone `{name}`; write e.g. \"Asia/Shanghai\""
            ),
            Self::NotADesKey { error } => say!(
                lang,
                "`des_key` 不可用：{error}；请填写平台分配的 8 字节密钥",
                "`des_key` cannot be used: {error}; write the 8-byte key the platform gave you"
            ),
            Self::NotANetwork { name } => say!(
                lang,
                "`{name}` 不是 IP 地址或网段，例如 \"10.0.0.0/8\"",
                "`{name}` is not an IP address or network, e.g. \"10.0.0.0/8\""
            ),
            Self::NoSuch { what, name, nearest: Some(nearest) } => say!(
                lang,
                "没有名为 `{name}` 的 [[{what}]]；是否想写 `{nearest}`？",
                "there is no [[{what}]] named `{name}`; did you mean `{nearest}`?"
            ),
            Self::NoSuch { what, name, nearest: None } => say!(
                lang,
                "没有名为 `{name}` 的 [[{what}]]；请先配置",
                "there is no [[{what}]] named `{name}`; configure it first"
            ),
            Self::Twice { key, value } => say!(
                lang,
                "`{key}` 的值 `{value}` 出现了两次；每个必须不同",
                "`{key}` has the value `{value}` twice; each must be different"
            ),
            Self::TokenNeeded { listen } => say!(
                lang,
                "`listen = \"{listen}\"` 不是本机地址，必须设置 [web] 的 `token`",
                "`listen = \"{listen}\"` is not on this machine alone; set `token` in [web]"
            ),
            Self::MerchantsNeedToken => say!(
                lang,
                "配置了 [[merchant]] 时必须设置 [web] 的 `token`，否则商家与岗亭无法区分",
                "where there is a [[merchant]], set `token` in [web]: shops and the booth could not be told apart"
            ),
            Self::TokenOfTwo { of } => say!(
                lang,
                "`token` 与 {of} 的相同；每个必须不同",
                "`token` is that of {of}, too; each must be different"
            ),
            Self::NotOneGift => say!(
                lang,
                "优惠券应写 `amount`、`time`、`percent`、`all = true`、`class` 之一，且只写一个",
                "a coupon has exactly one of `amount`, `time`, `percent`, `all = true` and `class`"
            ),
            Self::CouponWithoutBound => say!(
                lang,
                "商家有金额限额时，该优惠券须写 `at_most`，否则无法知道最多减免多少",
                "the shop has a quota in yuan; write `at_most`, or nobody knows how much this coupon can take off"
            ),
            Self::SecretMissing { place, error } => say!(
                lang,
                "无法读取密码（{place}）：{error}",
                "the secret cannot be read ({place}): {error}"
            ),
            Self::EmptySecret { key } => say!(
                lang,
                "`{key}` 为空，任何人都知道；请填写对方提供的密码",
                "`{key}` is empty, which everybody knows; write what you were given"
            ),
            Self::ShortToken { key, least } => say!(
                lang,
                "`{key}` 不足 {least} 个字符，容易被猜到；请换更长的，例如用 openssl rand -hex 16 生成；在此之前 [web] 只应答本机，商家不能登录",
                "`{key}` has fewer than {least} characters and can be guessed; write a longer one, e.g. what openssl rand -hex 16 prints; until then [web] answers this machine alone, and a shop is not let in"
            ),
            Self::NoLogin => say!(
                lang,
                "该 MQTT 服务器不在本机，却没有 `username` 和 `password`：任何能连上它的人都可冒充相机；请设置账号",
                "this broker is not on this machine and has no `username` and `password`: whoever reaches it can speak as a camera; give us a login there"
            ),
            Self::LoginInAddress => say!(
                lang,
                "账号不能写在地址里；请写 `username` 和 `password`",
                "a login has no place in an address; write it as `username` and `password`"
            ),
            Self::HalfLogin { key, other } => say!(
                lang,
                "写了 `{other}` 但没有 `{key}`，不成为账号；请补上",
                "`{other}` without `{key}` is no login; add it"
            ),
            Self::CallbackOpen { listen } => say!(
                lang,
                "`listen = \"{listen}\"` 任何人都可调用；请用 `allow` 写明平台的地址，或用 `client_ca_file` 校验平台的证书",
                "`listen = \"{listen}\"`: anybody may call; write the platform's addresses in `allow`, or demand a certificate by `client_ca_file`"
            ),
            Self::NotAFileName { key } => say!(
                lang,
                "`{key}` 应写文件的名称，而不是文件的内容；请把内容存入文件，在此写明其路径",
                "`{key}`: the file's name belongs here, not its content; save that in a file and write its path"
            ),
            Self::FileMissing { path } => {
                say!(lang, "文件 {path} 不存在", "the file {path} does not exist")
            }
            Self::PasswordTooLong { max } => say!(
                lang,
                "加密后的密码超过标准允许的 {max} 个字符；请使用更短的密码",
                "the enciphered password exceeds the {max} characters the standard allows; use a shorter one"
            ),
            Self::TwoSecrets { key } => say!(
                lang,
                "`{key}` 只能写 file、env、credential 之一",
                "`{key}` takes exactly one of file, env, credential"
            ),
            Self::UnfitDevice { key, name } => say!(
                lang,
                "`{name}` 的驱动不能用作 `{key}`；请换一个设备",
                "the driver of `{name}` cannot serve as `{key}`; name another device"
            ),
            Self::SerialOrCamera => say!(
                lang,
                "显示屏需要 `serial`（串口总线）或 `camera`（经相机透传）之一",
                "a display needs either `serial` (a bus) or `camera` (through a camera's RS-485)"
            ),
            Self::NotAPointer { key } => say!(
                lang,
                "`{key}` 应为 JSON 指针，例如 \"/data/plate\"",
                "`{key}` must be a JSON pointer, e.g. \"/data/plate\""
            ),
            Self::NotInAPath { key } => say!(
                lang,
                "`{key}` 出现在网址路径中，只能用字母、数字和 - _ . ~",
                "`{key}` stands in a path: letters, digits and - _ . ~ only"
            ),
            Self::NotANumber { key } => {
                say!(lang, "`{key}` 应为整数", "`{key}` must be a whole number")
            }
            Self::NoTable => say!(
                lang,
                "缺少寄存器地址；请写 coil、discrete、holding、input 之一，例如 {{ holding = 10 }}",
                "which register? write one of coil, discrete, holding, input, e.g. {{ holding = 10 }}"
            ),
            Self::TwoTables => say!(
                lang,
                "coil、discrete、holding、input 只能写一个",
                "write only one of coil, discrete, holding, input"
            ),
            Self::BitOfBit => say!(
                lang,
                "coil 和 discrete 本身就是位；请删除 `bit`",
                "coils and discrete inputs are bits already; remove `bit`"
            ),
            Self::BadPointAddress { address } => say!(
                lang,
                "地址 {address} 与 `addresses` 的编号方式不符；请核对 PLC 手册",
                "address {address} does not exist by the numbering `addresses` names; look into the PLC's manual"
            ),
            Self::NotWritable { key } => say!(
                lang,
                "`{key}` 需要可写的整个寄存器或线圈（holding 或 coil，不带 bit）",
                "`{key}` is written to: it must be a whole holding register or a coil, without `bit`"
            ),
            Self::SensorTwice { place } => say!(
                lang,
                "传感器 `{place}` 已用于另一个车位",
                "sensor `{place}` already belongs to another space"
            ),
            Self::BadCsv { error } => {
                say!(lang, "车位表无法读取：{error}", "the table of spaces cannot be read: {error}")
            }
            Self::NotADevEui => say!(
                lang,
                "`dev_eui` 应为 16 位十六进制数，见传感器标签",
                "`dev_eui` must be 16 hexadecimal digits; it stands on the sensor's label"
            ),
            Self::NoEvent { code } => say!(
                lang,
                "标准表 A.3 中没有该类别的事件 {code}；请核对 `code` 和 `class`",
                "table A.3 has no event {code} of that class; check `code` and `class`"
            ),
            Self::NotLonger { key, than } => {
                say!(lang, "`{key}` 必须大于 `{than}`", "`{key}` must be longer than `{than}`")
            }
            Self::NotBoth { key, other } => say!(
                lang,
                "`{key}` 和 `{other}` 只能使用一种",
                "use either `{key}` or `{other}`, not both"
            ),
            Self::NoAttribute { name, nearest: Some(nearest) } => say!(
                lang,
                "标准没有带长度的属性 `{name}`；是否想写 `{nearest}`？",
                "the standard has no attribute `{name}` with a length; did you mean `{nearest}`?"
            ),
            Self::NoAttribute { name, nearest: None } => say!(
                lang,
                "标准没有带长度的属性 `{name}`；请写表中的名称，例如 permitNo",
                "the standard has no attribute `{name}` with a length; write a name as its tables print it, e.g. permitNo"
            ),
            Self::Lot(problem) => problem.text(lang),
            Self::Paper(problem) => problem.text(lang),
            Self::BothSpaces => say!(
                lang,
                "`spaces_file` 和 [[space]] 只能使用一种",
                "use either `spaces_file` or [[space]], not both"
            ),
            Self::CameraTwice { camera } => say!(
                lang,
                "相机 `{camera}` 已用于另一条车道；一台相机只能属于一条车道",
                "camera `{camera}` already serves another lane; a camera belongs to one lane"
            ),
        }
    }
}

/// A section as it is written, or the file.
fn place_of(place: &str, lang: Lang) -> String {
    if place.is_empty() { say!(lang, "配置文件", "the file") } else { place.to_owned() }
}
