//! Servers whose TLS is older or other than ours: what is taken, and what a technician is told of the rest by the real binary.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A certificate with this common name and no other, in its file, and its key in another.
struct Nameless {
    certificate: PathBuf,
    key: PathBuf,
}

impl Nameless {
    fn new(folder: &Path, common: &str, file: &str) -> Self {
        Self::made(folder, common, file, |_| {})
    }

    fn made(
        folder: &Path,
        common: &str,
        file: &str,
        change: impl Fn(&mut CertificateParams),
    ) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        change(&mut params);
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common);
        let key = KeyPair::generate().unwrap();
        let made = Self {
            certificate: folder.join(format!("{file}.pem")),
            key: folder.join(format!("{file}.key")),
        };
        std::fs::write(&made.certificate, params.self_signed(&key).unwrap().pem()).unwrap();
        std::fs::write(&made.key, key.serialize_pem()).unwrap();
        made
    }

    fn server(&self, version: &'static rustls::SupportedProtocolVersion) -> TlsAcceptor {
        let chain = lotgate::tls::certificates(&self.certificate).unwrap();
        let key = KeyPair::from_pem(&std::fs::read_to_string(&self.key).unwrap()).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = rustls::ServerConfig::builder_with_protocol_versions(&[version])
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Shakes hands with a server that is called so, trusting that file.
async fn shake(
    server: &TlsAcceptor,
    called: &str,
    ca_file: &Path,
) -> std::io::Result<CertificateDer<'static>> {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let config = lotgate::tls::client_config(Some(ca_file), None).unwrap();
    let name = ServerName::try_from(called.to_owned()).unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let (stream, _) = tokio::join!(connector.connect(name, ours), server.accept(theirs));
    Ok(stream?.get_ref().1.peer_certificates().unwrap()[0].clone())
}

#[tokio::test]
async fn a_certificate_with_a_common_name_only_is_taken_where_exactly_it_is_pinned() {
    lotgate::tls::install_provider();
    let folder = tempfile::tempdir().unwrap();
    let pinned = Nameless::new(folder.path(), "localhost", "pinned");
    let other = Nameless::new(folder.path(), "localhost", "other");
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let (right, wrong) = (pinned.server(version), other.server(version));
        // That it is this one says more than any name in it.
        for called in ["localhost", "127.0.0.1", "platform.example.cn"] {
            shake(&right, called, &pinned.certificate).await.unwrap();
            // Whoever has another is not helped by calling himself the same.
            assert!(shake(&wrong, called, &pinned.certificate).await.is_err(), "{called}");
        }
    }
}

#[tokio::test]
async fn a_pinned_certificate_that_has_had_its_time_is_refused_and_said_to_have() {
    lotgate::tls::install_provider();
    let folder = tempfile::tempdir().unwrap();
    for (file, names) in [("named", true), ("nameless", false)] {
        let expired = Nameless::made(folder.path(), "localhost", file, |params| {
            params.not_after = rcgen::date_time_ymd(2024, 1, 1);
            if names {
                params.subject_alt_names =
                    vec![rcgen::SanType::DnsName("localhost".try_into().unwrap())];
            }
        });
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            let error = shake(&expired.server(version), "localhost", &expired.certificate).await;
            let error = error.unwrap_err().to_string();
            assert!(error.contains("expired"), "{file}: {error}");
        }
    }
    let early = Nameless::made(folder.path(), "localhost", "early", |params| {
        params.not_before = rcgen::date_time_ymd(2190, 1, 1);
    });
    let error =
        shake(&early.server(&rustls::version::TLS13), "localhost", &early.certificate).await;
    assert!(error.unwrap_err().to_string().contains("not valid yet"));
}

/// A server of OpenSSL; it dies with its handle.
struct OpenSsl {
    child: Child,
    port: u16,
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Runs OpenSSL where it is installed.
fn openssl(folder: &Path, arguments: &str) -> Option<Command> {
    let Ok(found) = Command::new("openssl").arg("version").output() else {
        eprintln!("no openssl here: not tried");
        assert!(std::env::var_os("LOTGATE_TRY_ALL").is_none(), "all must be tried");
        return None;
    };
    assert!(found.status.success());
    let mut command = Command::new("openssl");
    command.args(arguments.split_whitespace()).current_dir(folder);
    Some(command)
}

/// An RSA certificate by those arguments, `c.pem`, and its key, `k.pem`.
fn certificate(folder: &Path, arguments: &str) -> Option<()> {
    let new = format!("req -newkey rsa:2048 -nodes -keyout k.pem {arguments}");
    assert!(openssl(folder, &new)?.stderr(Stdio::null()).status().unwrap().success());
    Some(())
}

fn s_server(folder: &Path, arguments: &str) -> Option<OpenSsl> {
    let arguments = format!("s_server -accept 127.0.0.1:0 -cert c.pem -key k.pem {arguments}");
    let mut command = openssl(folder, &arguments)?;
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let accepts = lines.find(|line| line.starts_with("ACCEPT ")).unwrap();
    let port = accepts.rsplit(':').next().unwrap().parse().unwrap();
    // Whatever else it prints is read, so that it never waits for that.
    std::thread::spawn(move || lines.for_each(drop));
    Some(OpenSsl { child, port })
}

/// A server that answers whatever it is greeted with by these bytes, and closes; by none where it is to say nothing.
async fn scripted(answer: Option<&'static [u8]>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut kept: Vec<TcpStream> = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            match answer {
                Some(answer) => stream.write_all(answer).await.unwrap(),
                None => kept.push(stream),
            }
        }
    });
    port
}

/// What `doctor` says in English of a lot whose platform and broker are there, `verdict: text` each.
async fn doctor(platform: u16, broker: u16, ca_file: &Path) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let ca_file = ca_file.display().to_string();
    let text = std::fs::read_to_string("config.example.toml").unwrap();
    let text = text
        .replace("https://localhost:9443", &format!("https://localhost:{platform}"))
        .replace("ca_file  = \"ca.pem\"", &format!("ca_file = \"{ca_file}\""))
        .replace(
            "mqtt://127.0.0.1:1883\"",
            &format!("mqtts://localhost:{broker}\"\nca_file = \"{ca_file}\""),
        );
    std::fs::write(&config, text).unwrap();
    let mut command = common::lotgate();
    command.args(["--lang", "en", "--config"]).arg(config);
    command.args(["doctor", "--json", "--listen", "1s", "--ntp", "127.0.0.1:9"]);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let finding = |line: &str| {
        let finding: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        format!("{}: {}", text("verdict"), text("text"))
    };
    lines.lines().map(finding).collect()
}

/// Both the platform's and the broker's server there are told of so.
async fn both_are(port: u16, ca_file: &Path, words: &str) {
    let found = doctor(port, port, ca_file).await;
    let of = |whose: &str| {
        let is = |line: &&String| line.starts_with(whose) && line.contains(words);
        assert!(found.iter().any(|line| is(&line)), "no {whose} {words} in {found:#?}");
    };
    of(&format!("failure: localhost:{port}: "));
    of("failure: broker `lot`: ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_old_tls_is_told_of_by_what_it_offers_and_what_to_ask_for() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let named = "-x509 -out c.pem -subj /CN=x -addext subjectAltName=DNS:localhost";
    let Some(()) = certificate(folder, named) else { return };
    for (arguments, words) in [
        (
            "-tls1_1 -cipher DEFAULT:@SECLEVEL=0",
            "the server speaks TLS 1.1 at most; ask its people to enable TLS 1.2 or 1.3",
        ),
        ("-tls1 -cipher DEFAULT:@SECLEVEL=0", "the server speaks TLS 1.0 at most"),
        (
            "-tls1_2 -cipher AES128-SHA:@SECLEVEL=0",
            "only RSA key exchange (TLS_RSA_WITH_AES_128_CBC_SHA); ask its people for ECDHE",
        ),
        (
            "-tls1_2 -serverpref -cipher AES128-SHA:DHE-RSA-AES128-SHA:@SECLEVEL=0",
            "only old cipher suites (TLS_DHE_RSA_WITH_AES_128_CBC_SHA)",
        ),
        (
            "-tls1_2 -cipher PSK-AES128-CBC-SHA:@SECLEVEL=0",
            "refuses every version and cipher suite it was offered (alert 40, HandshakeFailure)",
        ),
    ] {
        let server = s_server(folder, arguments).unwrap();
        both_are(server.port, &folder.join("c.pem"), words).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_keys_are_on_other_curves_is_told_of_by_these() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let named = "-x509 -out c.pem -subj /CN=x -addext subjectAltName=DNS:localhost";
    let Some(()) = certificate(folder, named) else { return };
    let words = "exchanges keys over P-521 alone, which we do not use; ask its people to enable \
                 X25519, P-256 or P-384";
    for version in ["-tls1_3", "-tls1_2"] {
        let server = s_server(folder, &format!("{version} -groups P-521")).unwrap();
        both_are(server.port, &folder.join("c.pem"), words).await;
    }
    let on_521 =
        format!("req -newkey ec -pkeyopt ec_paramgen_curve:secp521r1 -nodes -keyout k.pem {named}");
    let mut made = openssl(folder, &on_521).unwrap();
    assert!(made.stderr(Stdio::null()).status().unwrap().success());
    let words = "the key of the server's certificate is on the curve P-521, which we do not take; \
                 ask its people for a certificate with a key on P-256 or P-384, or of RSA";
    for version in ["", "-tls1_2"] {
        let server = s_server(folder, version).unwrap();
        both_are(server.port, &folder.join("c.pem"), words).await;
    }
}

#[tokio::test]
async fn a_certificate_with_a_common_name_only_is_refused_in_the_doctors_words() {
    lotgate::tls::install_provider();
    let folder = tempfile::tempdir().unwrap();
    let ours = Nameless::new(folder.path(), "localhost", "ours");
    let other = Nameless::new(folder.path(), "localhost", "other");
    let server = ours.server(&rustls::version::TLS13);
    let refused = shake(&server, "localhost", &other.certificate).await;
    let refused = refused.unwrap_err().to_string();
    let words = "no subjectAltName, only CN=localhost; put exactly this certificate into ca_file";
    assert!(lotgate::tls::in_words(&refused).contains(words), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_with_a_common_name_only_is_told_of_with_both_ways_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let Some(()) = certificate(folder, "-x509 -out c.pem -subj /CN=localhost") else { return };
    let server = s_server(folder, "").unwrap();
    let other = Nameless::new(folder, "localhost", "other");
    let words = "no subjectAltName, only CN=localhost; put exactly this certificate into ca_file";
    both_are(server.port, &other.certificate, words).await;
    let found = doctor(server.port, server.port, &folder.join("c.pem")).await;
    let good = format!("ok: the certificate of localhost:{} is good", server.port);
    assert!(found.iter().any(|line| line.starts_with(&good)), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_on_which_no_tls_is_spoken_is_told_of_by_what_comes_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Nameless::new(folder.path(), "x", "ca").certificate;
    let answers: [(Option<&[u8]>, &str); 4] = [
        (Some(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "it answers in HTTP"),
        (Some(b"SSH-2.0-OpenSSH_9.2\r\n"), "the answer begins with SSH-2.0-OpenSSH_9.2"),
        (Some(b""), "closes at once when it is greeted in TLS"),
        (None, "does not answer when it is greeted in TLS"),
    ];
    for (answer, words) in answers {
        both_are(scripted(answer).await, &ca, words).await;
    }
}
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_x509_version_1_is_taken_where_it_is_pinned() {
    lotgate::tls::install_provider();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // As `openssl x509 -req` makes them: without any extension.
    let Some(()) = certificate(folder, "-out r.pem -subj /CN=localhost") else { return };
    let sign = openssl(folder, "x509 -req -in r.pem -signkey k.pem -days 30 -out c.pem");
    assert!(sign.unwrap().stderr(Stdio::null()).status().unwrap().success());
    for version in ["-tls1_2", "-tls1_3"] {
        let server = s_server(folder, version).unwrap();
        let config = lotgate::tls::client_config(Some(&folder.join("c.pem")), None).unwrap();
        let stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        assert!(shaken.is_ok(), "{version}: {shaken:?}");
    }
}
