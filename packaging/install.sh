#!/bin/sh
# Installs lotgate on a box without dpkg: run as root in the unpacked folder. Run again to upgrade: the
# configuration and the database stay. `./install.sh remove` takes the program away again, not those two.
set -e
cd "$(dirname "$0")"

if [ "$(id -u)" -ne 0 ]; then
    echo "run this as root, e.g. sudo ./install.sh" >&2
    exit 1
fi

if [ "${1:-}" = remove ]; then
    if [ -d /run/systemd/system ]; then
        systemctl disable --now lotgate.service 'lotgate@*.service' || true
    fi
    rm -rf /usr/bin/lotgate /usr/share/doc/lotgate /etc/systemd/system/lotgate.service \
        /etc/systemd/system/lotgate@.service /etc/systemd/system/lotgate*.service.d/old-systemd.conf /usr/share/man/man1/lotgate*.1 \
        /usr/share/bash-completion/completions/lotgate
    if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
    echo "lotgate is removed; /etc/lotgate and /var/lib/lotgate stay"
    exit 0
fi

getent group lotgate >/dev/null || groupadd --system lotgate
getent passwd lotgate >/dev/null ||
    useradd --system --gid lotgate --home-dir /var/lib/lotgate --shell /usr/sbin/nologin lotgate
# Serial ports belong to this group on most systems.
if getent group dialout >/dev/null; then usermod -a -G dialout lotgate; fi

install -d -m 0755 /etc/lotgate /usr/share/doc/lotgate/examples /usr/share/man/man1
install -d -m 0700 /etc/lotgate/credentials
install -d -m 0710 -o lotgate -g lotgate /var/lib/lotgate
install -m 0755 lotgate /usr/bin/lotgate
[ -e /etc/lotgate/config.toml ] || install -m 0640 -g lotgate config.toml /etc/lotgate/config.toml
install -m 0644 config.example.toml 60-lotgate-serial.rules mosquitto-lotgate.conf /usr/share/doc/lotgate/examples/
install -m 0644 lotgate*.1 /usr/share/man/man1/
# systemd before 250 takes no folder of credentials.
version=$(systemctl --version 2>/dev/null | awk 'NR == 1 { print $2 }')
if [ -n "$version" ] && [ "${version%%.*}" -lt 250 ]; then
    for unit in lotgate lotgate@; do
        mkdir -p "/etc/systemd/system/$unit.service.d"
        printf '[Service]\nLoadCredential=\n' >"/etc/systemd/system/$unit.service.d/old-systemd.conf"
    done
fi
if [ -d /etc/systemd/system ]; then
    install -m 0644 lotgate.service lotgate@.service /etc/systemd/system/
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload
        systemctl try-restart lotgate.service
    fi
fi
if [ -d /usr/share/bash-completion/completions ]; then
    install -m 0644 lotgate.bash /usr/share/bash-completion/completions/lotgate
fi
echo "lotgate $(lotgate --version | cut -d' ' -f2) is installed. Next:"
echo "  lotgate init && lotgate check && lotgate doctor --self-test && lotgate doctor"
echo "  systemctl enable --now lotgate"
