package ci_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/ci"
)

func TestNote(t *testing.T) {
	t.Parallel()
	o, _ := ci.Find(lookup(append(append([]string{}, cloudBuild...), "BRANCH_NAME", "fix/<a>&$BUILD_ID\"")...))
	note := o.Note()
	got, ok := ci.ParseNote(note)
	o.Project, o.Region, o.Account = "", "", ""
	if diff := cmp.Diff(o, got); diff != "" || !ok || strings.Contains(note, "\n") {
		t.Errorf("%q: %s", note, diff)
	}
	if want := "commit 0f1e2d3 of branch fix/<a>&$BUILD_ID\", acme/shop, cloud-build c0ffee00-1111-2222-3333-444455556666"; got.String() != want {
		t.Errorf("%s", got)
	}

	// However long the names are, it fits, and the commit and the build stay.
	long := strings.Repeat(`"`, 255)
	o.Branch, o.Trigger, o.Repository, o.BuildURL = long, long, long, "https://x.dev/"+strings.Repeat("x", 2000)
	got, ok = ci.ParseNote(o.Note())
	if !ok || len(o.Note()) > 900 || got.Commit != commit || got.Build != o.Build || got.BuildURL != "" || got.Trigger != "" {
		t.Errorf("%d: %+v", len(o.Note()), got)
	}
}

// What others wrote where a note was is none, or is cleaned.
func TestParseNote(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{", "[]", "{}", `{"system":1}`, `{"system":"a\nb"}`, `{"system":"` + strings.Repeat("x", 5000) + `"}`} {
		if o, ok := ci.ParseNote(text); ok {
			t.Errorf("%.40q is %+v", text, o)
		}
	}
	o, ok := ci.ParseNote(`{"system":"github","commit":"x; rm","branch":"a\u001b[2J","build_url":"javascript:x","pull_request":"1a"}`)
	if diff := cmp.Diff(ci.Origin{System: "github"}, o); diff != "" || !ok {
		t.Error(diff)
	}
}

func TestOfCheckout(t *testing.T) {
	t.Parallel()
	o, ok := ci.OfCheckout(commit, "main", "git@github.com:acme/shop.git")
	if want := "commit 0f1e2d3 of branch main, acme/shop, as checked out, with whatever was changed"; !ok || o.String() != want {
		t.Errorf("%v %s", ok, o)
	}
	if o, ok := ci.OfCheckout("", "main", ""); ok {
		t.Errorf("%+v", o)
	}
}
