package release_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

func TestPrevious(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, all, want, why string }{
		{"what served before", "c=100<a b a", "a", "served before c"},
		{"not what is newer", "d<c c=100<b b a", "b", "served before c"},
		{"going on from a rollback", "c<b b=100<a a", "a", "served before b"},
		{"it is gone", "d=100<x c b<a a", "a", "the older ones that served"},
		{"it is not ready", "d=100<c c! b<a a", "a", "the older ones that served"},
		{"nothing is known", "c=100 b! a", "a", "the older ones that are ready"},
		{"a split", "c=50 b=50 a", "", "no revision has all of the traffic"},
		{"nothing serves", "c! b!", "", "no revision has all of the traffic"},
		{"the oldest", "b a=100", "", "no older revision than a that is ready"},
		{"the only one", "a=100", "", "no older revision than a that is ready"},
	} {
		to, why, err := release.Previous(revisions(tt.all))
		if err != nil {
			why = err.Error()
		}
		if to.Name != tt.want || !strings.Contains(why, tt.why) || (err != nil) != (tt.want == "") {
			t.Errorf("%s: %q, %q, %v", tt.name, to.Name, why, errs.KindOf(err))
		}
	}
}

// revisions reads "b=100<a": b has all traffic, and a had it before; "b!" is not ready.
func revisions(text string) (all []release.Revision) {
	for word := range strings.FieldsSeq(text) {
		word, before, _ := strings.Cut(word, "<")
		word, broken := strings.CutSuffix(word, "!")
		name, percent, _ := strings.Cut(word, "=")
		r := release.Revision{Name: name, Ready: !broken, Before: before}
		if percent == "100" {
			r.Percent = 100
		} else if percent != "" {
			r.Percent = 50
		}
		all = append(all, r)
	}
	return all
}
