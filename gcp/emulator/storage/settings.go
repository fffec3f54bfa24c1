package storage

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// settings are the fields of a bucket that can be changed, as JSON has them. Other
// fields of a request are told from those that Google gives itself, and refused.
type settings map[string]any

// given are the fields of a bucket that its request may repeat and that say nothing.
var given = []string{"kind", "id", "selfLink", "projectNumber", "name", "location", "locationType", "metageneration", "generation", "etag",
	"timeCreated", "updated", "acl", "defaultObjectAcl", "owner"}

// changed are those that are kept.
var changed = []string{"iamConfiguration", "labels", "lifecycle", "softDeletePolicy", "storageClass", "versioning"}

// merge is a JSON merge patch: null removes, objects are merged, all else replaces.
func merge(old, patch map[string]any) map[string]any {
	out := maps.Clone(old)
	if out == nil {
		out = map[string]any{}
	}
	for name, v := range patch {
		if v == nil {
			delete(out, name)
			continue
		}
		sub, ok := v.(map[string]any)
		if before, was := out[name].(map[string]any); ok && was {
			out[name] = merge(before, sub)
		} else if ok {
			out[name] = merge(nil, sub)
		} else {
			out[name] = v
		}
	}
	return out
}

// readBucket reads a bucket's fields from a request.
func readBucket(w http.ResponseWriter, r *http.Request) (map[string]any, error) {
	in := map[string]any{}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxJSON)).Decode(&in); err != nil {
		return nil, &Error{400, "parseError", "Parse Error"}
	}
	for name := range in {
		if !slices.Contains(given, name) && !slices.Contains(changed, name) {
			return nil, &Error{400, "notImplemented", "The storage emulator does not have the field " + name + " of a bucket."}
		}
	}
	return in, nil
}

// kept is what of a request's fields is a setting.
func kept(in map[string]any) settings {
	out := settings{}
	for _, name := range changed {
		if v, ok := in[name]; ok {
			out[name] = v
		}
	}
	return out
}

// at is the value at a path, nil where there is none.
func (s settings) at(path ...string) any {
	var v any = map[string]any(s)
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func (s settings) uniform() bool {
	on, _ := s.at("iamConfiguration", "uniformBucketLevelAccess", "enabled").(bool)
	return on
}

func (s settings) prevents() bool {
	return s.at("iamConfiguration", "publicAccessPrevention") == "enforced"
}

var labelForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$`) })

// check holds settings to Google's rules.
func (s settings) check() error {
	labels, _ := s["labels"].(map[string]any)
	if len(labels) > 64 {
		return invalid("A bucket may have 64 labels at most.")
	}
	for key, v := range labels {
		text, ok := v.(string)
		if !ok || key == "" || !labelForm().MatchString(key) || !labelForm().MatchString(text) {
			return invalid("Invalid argument: label %.80q is not valid.", key)
		}
	}
	if p := s.at("iamConfiguration", "publicAccessPrevention"); p != nil && p != "inherited" && p != "enforced" && p != "unspecified" {
		return invalid("Invalid value for publicAccessPrevention: %.40q", fmt.Sprint(p))
	}
	rules, _ := s.at("lifecycle", "rule").([]any)
	for _, r := range rules {
		rule, _ := r.(map[string]any)
		action, _ := rule["action"].(map[string]any)
		condition, _ := rule["condition"].(map[string]any)
		kind, _ := action["type"].(string)
		if !slices.Contains([]string{"Delete", "SetStorageClass", "AbortIncompleteMultipartUpload"}, kind) {
			return invalid("Lifecycle rule has an invalid action: %.40q", kind)
		}
		if len(condition) == 0 {
			return invalid("A lifecycle rule must have a condition.")
		}
	}
	return nil
}

// shown is settings as they are answered, with what is there by default.
func (s settings) shown() map[string]any {
	out := merge(map[string]any{"storageClass": "STANDARD", "iamConfiguration": map[string]any{
		"uniformBucketLevelAccess": map[string]any{"enabled": false}, "publicAccessPrevention": "inherited",
		"bucketPolicyOnly": map[string]any{"enabled": s.uniform()},
	}}, s)
	if rules, ok := s.at("lifecycle", "rule").([]any); ok && len(rules) == 0 {
		delete(out, "lifecycle")
	}
	return out
}

// multi are the locations that are no region.
var multi = []string{"US", "EU", "ASIA"}

var locationForm = regexp.MustCompile(`^[A-Z]+(?:-[A-Z]+[0-9]*)?$|^[A-Z]+[0-9]$`)

// locationType is what kind of place a bucket is in.
func locationType(location string) string {
	switch {
	case slices.Contains(multi, location):
		return "multi-region"
	case !strings.Contains(location, "-"):
		return "dual-region"
	}
	return "region"
}
