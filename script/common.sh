# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the other scripts: the source root as working directory, packages, builds.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export DEBIAN_FRONTEND=noninteractive
export LC_ALL=C.UTF-8

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "$0: $*"
	exit 1
}

# As root, by sudo where we are not.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo --preserve-env=DEBIAN_FRONTEND "$@"
	else
		die "not root and no sudo; as root, run: $*"
	fi
}

has_package() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# need ITEM...: install the missing ones, silently when there are none. An item is a Debian package,
# or PROGRAM=PACKAGE where any program of that name will do.
need() {
	local item missing=()
	for item; do
		case $item in
		*=*) command -v "${item%%=*}" >/dev/null || missing+=("${item#*=}") ;;
		*) has_package "$item" || missing+=("$item") ;;
		esac
	done
	[ ${#missing[@]} = 0 ] && return
	command -v apt-get >/dev/null || die "needs the packages: ${missing[*]}"
	say "Installing with apt-get: ${missing[*]}"
	as_root apt-get -qq update || say "apt-get update failed; trying with the lists at hand"
	as_root apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null ||
		die "apt-get could not install: ${missing[*]}"
}

# shellcheck disable=SC2034
build_packages=(cc=gcc libc6-dev meson ninja=ninja-build pkg-config libcmocka-dev libssl-dev libtelnet-dev
	libuv1-dev libmicrohttpd-dev libjansson-dev libsqlite3-dev libcurl4-openssl-dev)

# build_dir DIR OPTION...: configure DIR once, or again when the options changed, and build it.
build_dir() {
	local dir=$1
	shift
	if [ ! -e "$dir/build.ninja" ] || [ "$(cat "$dir/options" 2>/dev/null)" != "$*" ]; then
		rm -rf "$dir"
		mkdir -p "$(dirname "$dir")"
		meson setup "$dir" "$@" || return
		printf '%s' "$*" >"$dir/options"
	fi
	ninja -C "$dir"
}
