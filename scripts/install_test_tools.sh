#!/bin/sh
# MariaDB, Chromium, openssl and GNU gettext for the tests that need them, from Debian packages. Starts no service,
# asks nothing.
# What cannot be installed is said in one sentence; those tests are then skipped (in CI they fail).
set -eu

has() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }

missing=
if ! has mariadbd; then
  missing="$missing mariadb-server"
fi
if ! has "${CHROMIUM:-chromium}" && ! has chromium && ! has chromium-browser && ! has google-chrome; then
  missing="$missing chromium"
fi
has openssl || missing="$missing openssl"
has xgettext || missing="$missing gettext"
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  as_root="sudo -n"
  sudo -n true 2>/dev/null || as_root=none
fi
if [ "$as_root" = none ] || ! has apt-get; then
  for package in $missing; do
    echo "Some tests will be skipped: install the package $package to run them." >&2
  done
  exit 0
fi

# A package's own start script must not start a database on this machine: 101 means "not allowed".
policy=$(mktemp)
own_policy=
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  $as_root install -m 755 "$policy" /usr/sbin/policy-rc.d && own_policy=yes
fi
clean_up() {
  rm -f "$policy"
  [ -z "$own_policy" ] || $as_root rm -f /usr/sbin/policy-rc.d
}
trap clean_up EXIT INT TERM

echo "Installing for the tests:$missing …" >&2
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq >&2 || true
for package in $missing; do
  # shellcheck disable=SC2086 -- sudo's words are several
  if ! $as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a \
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$package" </dev/null >&2; then
    echo "Some tests will be skipped: the package $package could not be installed." >&2
  fi
done
