package requirements

import (
	"encoding/json"
	"slices"
	"strings"

	"deps.dev/util/pypi"
)

// Settings are --config-settings of one requirement: each key with its values
// in the order written.
type Settings map[string][]string

// MarshalJSON writes a value as pip hands it to the backend: a string, or a
// list where the key was given more than once.
func (s Settings) MarshalJSON() ([]byte, error) {
	out := make(map[string]any, len(s))
	for k, v := range s {
		if len(v) == 1 {
			out[k] = v[0]
		} else {
			out[k] = v
		}
	}
	return json.Marshal(out)
}

func (s Settings) add(u use) *fault {
	key, value, ok := strings.Cut(u.value, "=")
	if !ok {
		return faultf(u.at, "write "+u.name+" KEY=VALUE", "%s needs KEY=VALUE, not %q", u.name, u.value)
	}
	s[key] = append(s[key], value)
	return nil
}

var hashAlgorithms = []string{"sha256", "sha384", "sha512"}

func addHash(hashes map[string][]string, u use) *fault {
	algorithm, digest, ok := strings.Cut(u.value, ":")
	switch {
	case !ok || digest == "":
		return faultf(u.at, "write --hash=sha256:DIGEST", "--hash needs an algorithm and a digest, not %q", u.value)
	case !slices.Contains(hashAlgorithms, algorithm):
		return faultf(u.at, "the algorithms are sha256, sha384, sha512", "pip does not take %s hashes", algorithm)
	}
	hashes[algorithm] = append(hashes[algorithm], digest)
	return nil
}

// choice is a pair of sets that exclude each other, such as --no-binary and
// --only-binary; the order of the options matters.
type choice map[string]bool

const all, none = ":all:", ":none:"

// add takes a comma-separated list of names, :all: and :none: into c, and out
// of other.
func (c choice) add(u use, other choice) *fault {
	if strings.HasPrefix(u.value, "-") {
		return faultf(u.at, "write "+u.name+" NAMES", "%s needs a value, not the option %s", u.name, u.value)
	}
	names := strings.Split(u.value, ",")
	for slices.Contains(names, all) {
		clear(other)
		clear(c)
		c[all] = true
		names = names[slices.Index(names, all)+1:]
		if !slices.Contains(names, none) {
			return nil
		}
	}
	for _, n := range names {
		if n == none {
			clear(c)
			continue
		}
		if n == "" {
			continue
		}
		if id := (&cursor{s: n}); id.identifier() == "" || !id.end() {
			return faultf(u.at, "separate the names by commas, without blanks", "%q in %s is no project name", n, u.name)
		}
		n = pypi.CanonPackageName(n)
		delete(other, n)
		c[n] = true
	}
	return nil
}

// names are the set's members, sorted; never nil.
func (c choice) names() []string {
	out := make([]string, 0, len(c))
	for n := range c {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// features are the values of --use-feature.
var features = []string{"fast-deps", "inprocess-build-deps", "venv-isolation", "truststore", "no-binary-enable-wheel-cache", "build-constraint"}
