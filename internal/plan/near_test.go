package plan_test

import (
	"fmt"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

func packages(n, from int) (all []string) {
	for i := from; i < from+n; i++ {
		all = append(all, fmt.Sprintf("package-%d==1.%d", i, i))
	}
	return all
}

func TestNearest(t *testing.T) {
	t.Parallel()
	tags := map[string]string{
		plan.NearTag("family", packages(40, 0)):    "sha256:40",
		plan.NearTag("family", packages(40, 30)):   "sha256:10",
		plan.NearTag("family", packages(40, 1000)): "sha256:none",
		plan.NearTag("other", packages(40, 0)):     "sha256:other",
		"near-family-short":                        "sha256:broken",
		"0123456789abcdef":                         "sha256:key",
	}
	changed := packages(40, 0)
	changed[7] = "package-7==2"
	for _, tt := range []struct {
		name, family string
		wanted       []string
		want         string
	}{
		{"the same", "family", packages(40, 0), "sha256:40"},
		{"one other version", "family", changed, "sha256:40"},
		{"only what is asked for directly", "family", packages(8, 4), "sha256:40"},
		{"names without versions", "family", []string{"package-1", "package-2", "package-3", "package-4", "package-5", "package-6"}, "sha256:40"},
		{"more of one than of the other", "family", packages(40, 28), "sha256:10"},
		{"of another family", "other", packages(40, 0), "sha256:other"},
		{"of no family", "third", packages(40, 0), ""},
		{"nothing in common", "family", packages(40, 5000), ""},
	} {
		if got := plan.Nearest(tags, tt.family, tt.wanted); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestNearTag(t *testing.T) {
	t.Parallel()
	tag := plan.NearTag("0123456789ab", packages(300, 0))
	if len(tag) > 128 {
		t.Errorf("a tag of %d characters", len(tag))
	}
	reversed := packages(300, 0)
	for i, j := 0, len(reversed)-1; i < j; i, j = i+1, j-1 {
		reversed[i], reversed[j] = reversed[j], reversed[i]
	}
	if got := plan.NearTag("0123456789ab", reversed); got != tag {
		t.Errorf("the order of packages changes the tag: %s, %s", got, tag)
	}
	if plan.NearTag("f", []string{"a==1.0.0"}) != plan.NearTag("f", []string{"a==1.0"}) {
		t.Error("1.0 and 1.0.0 are one version")
	}
}
