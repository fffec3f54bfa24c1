package promote

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// differs are the settings in which two releases are not the same, by name: their values
// may be secret. section is what the target's are called by.
func differs(section string, a, b release.Spec) []string {
	names := []string{}
	add := func(prefix string, keys ...string) {
		for _, k := range keys {
			names = append(names, prefix+k)
		}
	}
	if a.Target != b.Target {
		add("", "target")
	}
	add(section+".env.", unequal(a.Env, b.Env, func(x, y string) bool { return x == y })...)
	add(section+".secrets.", unequal(a.Secrets, b.Secrets, func(x, y string) bool { return x == y })...)
	if a.Target == b.Target {
		add(section+".", unequal(fields(a.Settings), fields(b.Settings), func(x, y json.RawMessage) bool { return bytes.Equal(x, y) })...)
	}
	add("jobs.", unequal(jobs(a), jobs(b), func(x, y json.RawMessage) bool { return bytes.Equal(x, y) })...)
	return names
}

// unequal are the keys whose values are not the same, or that one of both lacks.
func unequal[V any](a, b map[string]V, same func(V, V) bool) []string {
	keys := map[string]bool{}
	for _, m := range []map[string]V{a, b} {
		for k := range m {
			x, inA := a[k]
			y, inB := b[k]
			if inA != inB || !same(x, y) {
				keys[k] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(keys))
}

// fields are those of a target's settings.
func fields(settings json.RawMessage) map[string]json.RawMessage {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(settings, &all) // what cannot be read the target refuses
	return all
}

func jobs(s release.Spec) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	for _, j := range s.Jobs {
		all[j.Name], _ = json.Marshal(j) // a Job holds nothing that JSON cannot say
	}
	return all
}
