package closure

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
	"github.com/gcpdeploy/gcpdeploy/internal/python/reqfile"
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

func (s Settings) add(u reqfile.Use) *pep508.Fault {
	key, value, ok := strings.Cut(u.Value, "=")
	if !ok {
		return pep508.Faultf(u.At, "write "+u.Name+" KEY=VALUE", "%s needs KEY=VALUE, not %q", u.Name, u.Value)
	}
	if bad := link.CheckPlain(value); bad != nil {
		return pep508.Faultf(u.At, bad.Hint, "%s %s %s", u.Name, key, bad.Message)
	}
	s[key] = append(s[key], value)
	return nil
}

var hashAlgorithms = []string{"sha256", "sha384", "sha512"}

func addHash(hashes map[string][]string, u reqfile.Use) *pep508.Fault {
	algorithm, digest, ok := strings.Cut(u.Value, ":")
	switch {
	case !ok || digest == "":
		return pep508.Faultf(u.At, "write --hash=sha256:DIGEST", "--hash needs an algorithm and a digest, not %q", u.Value)
	case !slices.Contains(hashAlgorithms, algorithm):
		return pep508.Faultf(u.At, "the algorithms are sha256, sha384, sha512", "pip does not take %s hashes", algorithm)
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
func (c choice) add(u reqfile.Use, other choice) *pep508.Fault {
	if strings.HasPrefix(u.Value, "-") {
		return pep508.Faultf(u.At, "write "+u.Name+" NAMES", "%s needs a value, not the option %s", u.Name, u.Value)
	}
	names := strings.Split(u.Value, ",")
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
		if !pep508.IsName(n) {
			return pep508.Faultf(u.At, "separate the names by commas, without blanks", "%q in %s is no project name", n, u.Name)
		}
		n = pep508.Normal(n)
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
