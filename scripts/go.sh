#!/bin/sh
# Prints the folder of a Go toolchain that can build this project, and fetches
# one from the Go module proxy where there is none. Go then chooses the exact
# version that go.mod names by itself.
set -eu
version=1.26.0
sum=38461905b98c59173672814302e222ab43b652274bc0c95817b08b71ab66b705

if command -v go >/dev/null 2>&1; then
	minor=$(go env GOVERSION | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
	if [ "${minor:-0}" -ge 21 ]; then
		dirname "$(command -v go)"
		exit 0
	fi
fi
if [ "$(uname -sm)" != "Linux x86_64" ]; then
	echo "install Go $version or newer: https://go.dev/dl/" >&2
	exit 1
fi
dir=${XDG_CACHE_HOME:-$HOME/.cache}/gcpdeploy/go-$version
if [ ! -x "$dir/bin/go" ]; then
	"$(dirname "$0")/apt.sh" ca-certificates curl unzip >&2
	temp=$(mktemp -d)
	trap 'rm -rf "$temp"' EXIT
	name=golang.org/toolchain@v0.0.1-go$version.linux-amd64
	proxy=${GOPROXY:-https://proxy.golang.org}
	curl -fsSL --retry 3 -o "$temp/go.zip" "${proxy%%,*}/golang.org/toolchain/@v/v0.0.1-go$version.linux-amd64.zip"
	echo "$sum  $temp/go.zip" | sha256sum -c --quiet
	unzip -q "$temp/go.zip" -d "$temp"
	chmod -R u+w "$temp/$name"
	chmod +x "$temp/$name"/bin/* "$temp/$name"/pkg/tool/*/*
	mkdir -p "$(dirname "$dir")"
	mv "$temp/$name" "$dir"
fi
echo "$dir/bin"
