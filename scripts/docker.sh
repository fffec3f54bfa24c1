#!/usr/bin/env bash
# Sees to a Docker engine that answers and to a Python base image, and prints
# the variables that name the image, for eval. Where Docker answers already it
# installs no engine; where a registry can be reached it pulls python:X.Y-slim.
set -eu
cd "$(dirname "$0")"
python=${GCPDEPLOY_PYTHON:-3.12}
local_image=gcpdeploy.local/python:3.11

# A newer client may come before one that works: see which of them can build.
docker=
find_docker() {
	for d in $(type -ap docker) /usr/bin/docker; do
		[ -x "$d" ] || continue
		if "$d" version >/dev/null 2>&1; then
			docker=$d
			return 0
		fi
	done
	return 1
}

if ! find_docker; then
	if [ "$(uname -s)" != Linux ]; then
		echo "start Docker first" >&2
		exit 1
	fi
	echo "installing and starting Docker" >&2
	command -v dockerd >/dev/null 2>&1 || ./apt.sh ca-certificates docker.io iptables >&2
	if find_docker; then
		: # the package has started it, or the client was all that was missing
	elif [ -d /run/systemd/system ]; then
		systemctl start docker >&2
	else
		nohup dockerd >"${TMPDIR:-/tmp}/dockerd.log" 2>&1 </dev/null &
	fi
	i=0
	until find_docker; do
		i=$((i + 1))
		if [ $i -gt 60 ]; then
			echo "Docker did not start; see ${TMPDIR:-/tmp}/dockerd.log" >&2
			exit 1
		fi
		sleep 1
	done
fi
# The engine may come without a client that can do BuildKit builds.
if ! DOCKER_BUILDKIT=1 "$docker" buildx version >/dev/null 2>&1 &&
	[ "$("$docker" version --format '{{.Client.Version}}' | cut -d. -f1)" -ge 23 ] && [ ! -x /usr/bin/docker ]; then
	./apt.sh docker.io >&2
fi

image=python:$python-slim
if "$docker" image inspect "$image" >/dev/null 2>&1 || timeout 300 "$docker" pull -q "$image" >/dev/null 2>&1; then
	echo "export GCPDEPLOY_TEST_BASE_IMAGE=$image GCPDEPLOY_TEST_PYTHON=$python"
	exit 0
fi
if ! "$docker" image inspect "$local_image" >/dev/null 2>&1; then
	echo "no registry can be reached: making a Python base image from Debian packages" >&2
	./apt.sh mmdebstrap >&2
	root=
	[ "$(id -u)" = 0 ] || root=sudo
	# Without what nobody reads in an image: a fifth less to push and to search.
	$root mmdebstrap --quiet --variant=minbase --dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--include=python3,python3-venv,python3-pip,ca-certificates bookworm - |
		"$docker" import - "$local_image" >/dev/null
fi
echo "export GCPDEPLOY_TEST_BASE_IMAGE=$local_image GCPDEPLOY_TEST_PYTHON=3.11"
echo "export GCPDEPLOY_BASE_IMAGE=$local_image GCPDEPLOY_PYTHON=3.11"
