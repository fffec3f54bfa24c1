package config

import (
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// merge puts a part of the file over the rest of it.
func (l layer) merge(s schema, overlay layer) {
	s.displace(overlay, l)
	overlay.placedBy(l, true)
	overlay.over(l, true)
}

// environment checks every environment of the file and merges the chosen one, with what
// it says of the chosen service. An error calls it what was asked for.
func (l layer) environment(s schema, top value, members []member, c *Config, asked, path string) error {
	var names []string
	found := false
	for _, f := range top.fields {
		if f.name != environments || f.value.kind == null {
			continue
		}
		if f.value.kind != mapping {
			return f.value.fail(environments, mistyped("a mapping of names to keys", f.value))
		}
		for _, e := range f.value.fields {
			names = append(names, e.name)
			overlay, err := s.flatten(e.value, services)
			if err != nil {
				return err
			}
			if err := overlay.into(&Config{Origin: map[string]string{}}, s.choose(overlay, l)); err != nil {
				return err
			}
			if v, ok := overlay["service"]; ok && members != nil {
				return v.fail("service", Wrong("Write it below one of services.", "would be the name of all services"))
			}
			own, err := s.overlays(e.value, members, l)
			if err != nil {
				return err
			}
			if e.name == c.Env {
				l.merge(s, overlay)
				l.merge(s, own[c.Member])
				found = true
			}
		}
	}
	if c.Env == "" || found {
		return nil
	}
	hint := suggest.Hint(c.Env, names)
	if hint == "" && len(names) > 0 {
		slices.Sort(names)
		hint = "Known are " + strings.Join(names, ", ") + "."
	}
	return errs.New(errs.Usage, hint, "%s has no %s", path, asked)
}
