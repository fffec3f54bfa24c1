package builder_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/builder"
)

func TestCheckLabels(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string]string{
		"":        {"dev.gcpdeploy.step": "check"},
		"a=b":     {"dev.gcpdeploy.step": "check", "a": "b"},
		"a=b,c=d": {"dev.gcpdeploy.step": "check", "a": "b", "c": "d"},
	} {
		got, stays := builder.CheckLabels(func(string) (string, bool) { return text, text != "" })
		if diff := cmp.Diff(want, got); diff != "" || stays != (text != "") {
			t.Errorf("%q: stays %v, %s", text, stays, diff)
		}
	}
}
