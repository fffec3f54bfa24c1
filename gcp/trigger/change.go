package trigger

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// fields are those of a trigger that are set here, by the names that masks have for
// them, each with what of it is ours to leave out. Of a trigger's other fields, and
// of those inside of these that have other names, nothing is changed.
var fields = map[string]struct {
	mask string
	ours []string
}{
	"name":                        {"name", nil},
	"description":                 {"description", nil},
	"tags":                        {"tags", nil},
	"serviceAccount":              {"service_account", nil},
	"repositoryEventConfig":       {"repository_event_config", events},
	"developerConnectEventConfig": {"developer_connect_event_config", events},
	"github":                      {"github", events},
	"sourceToBuild":               {"source_to_build", refs},
	"includedFiles":               {"included_files", nil},
	"ignoredFiles":                {"ignored_files", nil},
	"substitutions":               {"substitutions", nil},
	"approvalConfig":              {"approval_config", []string{"approvalRequired"}},
	"filename":                    {"filename", nil},
	"gitFileSource":               {"git_file_source", refs},
	"build":                       {"build", nil},
}

var (
	events = []string{"repository", "gitRepositoryLink", "owner", "name", "push", "pullRequest", "branch", "tag", "invertRegex", "commentControl"}
	refs   = []string{"repository", "uri", "ref", "repoType", "path", "revision"}
)

// kept are fields that stay as they are where nothing is asked for them.
var kept = []string{"ignoredFiles", "substitutions", "approvalConfig"}

// Change is what an update of a trigger sends: the new values of some fields, and
// which these are. Fields of a mask that have no value are emptied.
type Change struct {
	Mask []string // sorted
	Body map[string]any
}

// Changes is what makes a trigger the one that is wanted; ok is false where it is
// that already.
func Changes(now, wanted Trigger) (c Change, ok bool, err error) {
	var have, want map[string]any
	data, err := json.Marshal(wanted)
	if err == nil {
		err = json.Unmarshal(data, &want)
	}
	if err == nil {
		err = json.Unmarshal(now.Raw, &have)
	}
	if err != nil {
		return Change{}, false, err
	}
	want["tags"] = tags(now.Tags, wanted.Tags)
	asked := slices.ContainsFunc(wanted.Tags, func(t string) bool { return strings.HasPrefix(t, specTag) && slices.Contains(now.Tags, t) })
	c.Body = map[string]any{}
	for name, f := range fields {
		is, set := want[name]
		switch {
		case !set && slices.Contains(kept, name), !set && empty(have[name]):
			continue
		case set && asked && within(is, have[name]):
			continue
		case set && f.ours != nil:
			is = overlay(have[name], is, f.ours)
		}
		if set {
			if reflect.DeepEqual(is, have[name]) {
				continue
			}
			c.Body[name] = is
		}
		c.Mask = append(c.Mask, f.mask)
	}
	slices.Sort(c.Mask)
	return c, len(c.Mask) > 0, nil
}

// tags are ours, and those of others.
func tags(now, ours []string) []any {
	var all []any
	for _, t := range ours {
		all = append(all, t)
	}
	for _, t := range now {
		if t != Mark && !strings.HasPrefix(t, serviceTag) && !strings.HasPrefix(t, specTag) {
			all = append(all, t)
		}
	}
	return all
}

// empty says whether a value is as if it were not there.
func empty(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return v == nil || v == "" || v == false
}

// within says whether all of a value is in another one, which may have more: servers
// give back what they took, with defaults.
func within(is, in any) bool {
	switch is := is.(type) {
	case map[string]any:
		other, ok := in.(map[string]any)
		if !ok {
			return len(is) == 0 && empty(in)
		}
		for name, v := range is {
			if !within(v, other[name]) {
				return false
			}
		}
		return true
	case []any:
		other, _ := in.([]any)
		return len(is) == len(other) && slices.EqualFunc(is, other, within)
	}
	return reflect.DeepEqual(is, in) || empty(is) && empty(in)
}

// overlay puts a value over another one: what that has under names that are not ours
// stays.
func overlay(have, is any, ours []string) any {
	from, ok := have.(map[string]any)
	to, both := is.(map[string]any)
	if !ok || !both {
		return is
	}
	out := maps.Clone(from)
	for _, name := range ours {
		delete(out, name)
	}
	for name, v := range to {
		out[name] = overlay(from[name], v, ours)
	}
	return out
}
