#!/bin/sh
# Prints the folder of check-jsonschema, which brings the published schemas of CI
# systems' files along, and installs it from PyPI where it is not there yet.
set -eu
version=0.39.0
dir=${XDG_CACHE_HOME:-$HOME/.cache}/gcpdeploy/check-jsonschema-$version
if [ ! -x "$dir/bin/check-jsonschema" ]; then
	"$(dirname "$0")/apt.sh" python3 python3-pip python3-venv >&2
	rm -rf "$dir"
	python3 -m venv "$dir"
	# The program comes last: where it is, all that it needs is.
	if ! "$dir/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: "check-jsonschema==$version" >&2; then
		rm -rf "$dir"
		echo "check-jsonschema $version cannot be installed, and files for CI systems are held against their schemas by it: can PyPI, or the index that PIP_INDEX_URL names, be reached?" >&2
		exit 1
	fi
fi
echo "$dir/bin"
