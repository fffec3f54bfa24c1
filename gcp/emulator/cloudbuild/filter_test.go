package cloudbuild

import (
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/filter"
)

func FuzzFilter(f *testing.F) {
	for _, s := range []string{`status="WORKING" OR status="QUEUED"`, `NOT (tags="a\"b" AND -build_id=x)`, `create_time>2026-01-01T00:00:00+01:00 tags:x`, `substitutions._A!='y'`, `((((`, "a=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		match, err := parseFilter(s)
		if err != nil {
			return
		}
		for _, tag := range []string{"x", "y"} {
			b := &cloudbuildpb.Build{Id: tag, Tags: []string{tag}, Status: cloudbuildpb.Build_SUCCESS}
			// A filter and its opposite part all builds between them.
			not, err := parseFilter("NOT (" + s + ")")
			if strings.TrimSpace(s) == "" {
				continue
			}
			if len(s) > filter.Max-10 {
				return
			}
			if err != nil {
				t.Fatalf("NOT (%s): %v", s, err)
			}
			if match(b) == not(b) {
				t.Fatalf("%s and its opposite agree", s)
			}
		}
	})
}
