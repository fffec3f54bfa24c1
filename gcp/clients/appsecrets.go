package clients

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// read are the secrets that a release reads.
func (s *Set) read(of release.Spec) []string {
	all := slices.Collect(maps.Values(of.Secrets))
	if s.target.Needs.Secrets != nil {
		all = append(all, s.target.Needs.Secrets(of)...)
	}
	return all
}

// secretsOf are the names of those secrets, given as SECRET:VERSION, that are the
// project's own.
func secretsOf(secrets iter.Seq[string]) (names []string) {
	for secret := range secrets {
		name, _, _ := strings.Cut(secret, ":")
		if name != "" && !strings.Contains(name, "/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
