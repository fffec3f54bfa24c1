package plan

import (
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
)

// Slim is what the runtime's packages are without. The zero Slim removes nothing.
type Slim struct {
	Remove []string `json:"remove"`         // sorted
	Keep   []string `json:"keep,omitempty"` // packages that stay whole, sorted
}

// SlimOf is the one of a configuration.
func SlimOf(c config.Slim) Slim {
	if len(c.Remove) == 0 {
		return Slim{}
	}
	sorted := func(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }
	return Slim{sorted(c.Remove), sorted(c.Keep)}
}

// Arguments are those of the wheelhouse program.
func (s Slim) Arguments() (args []string) {
	if len(s.Remove) > 0 {
		args = []string{"--slim", strings.Join(s.Remove, ",")}
	}
	if len(s.Keep) > 0 {
		args = append(args, "--whole", strings.Join(s.Keep, ","))
	}
	return args
}

// Of is what a package is without; none = it is whole.
func (s Slim) Of(name string) []string {
	if slices.Contains(s.Keep, pep508.Normal(name)) {
		return nil
	}
	return s.Remove
}

// keyed is slimming as a part of the runtime's key, of those who have it.
func (s Slim) keyed() (fields []key.Field) {
	if len(s.Remove) > 0 {
		fields = append(fields, key.Of("slim", strings.Join(s.Remove, " ")))
	}
	if len(s.Keep) > 0 {
		fields = append(fields, key.Of("slim keeps", strings.Join(s.Keep, " ")))
	}
	return fields
}
