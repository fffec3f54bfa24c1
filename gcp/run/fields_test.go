package run_test

import (
	"slices"
	"strings"
	"testing"

	"cloud.google.com/go/run/apiv2/runpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
)

// TestEverySetting holds of each that it is set, is nothing to do then, changes, goes
// without a trace, and is left alone where another client has set it.
func TestEverySetting(t *testing.T) {
	t.Parallel()
	served := func(observed *runpb.Service, set ...func(*run.Desired)) *runpb.Service {
		d := desired()
		for _, set := range set {
			set(&d)
		}
		return apply(observed, run.Merge(observed, d))
	}
	for _, tt := range settings {
		t.Run(tt.key, func(t *testing.T) {
			t.Parallel()
			bare := served(nil)
			// touched is a service as it is served, with a change that somebody makes.
			touched := func(s *runpb.Service, change func(place)) *runpb.Service {
				s = proto.CloneOf(s)
				change(place{s, s.Template, s.Template.Containers[0]})
				return s
			}
			same := func(what string, want, got *runpb.Service) {
				t.Helper()
				if diff := cmp.Diff(withoutOurs(want), withoutOurs(got), protocmp.Transform(), protocmp.IgnoreEmptyMessages(), protocmp.SortRepeated(func(a, b string) bool { return a < b })); diff != "" {
					t.Errorf("%s: -want +got:\n%s", what, diff)
				}
			}
			theirs := tt.theirs
			if theirs == nil {
				theirs = tt.want
			}
			set := served(bare, tt.set)
			same("set", touched(bare, tt.want), set)
			d := desired()
			tt.set(&d)
			if !run.Same(set, run.Merge(set, d)) {
				t.Errorf("set again there is something to do:\n%s", cmp.Diff(set, run.Merge(set, d), protocmp.Transform()))
			}
			changed := served(set, tt.change)
			same("changed", served(bare, tt.change), changed)
			if run.Same(set, run.Merge(set, func() run.Desired { d := desired(); tt.change(&d); return d }())) {
				t.Error("the change is nothing to do")
			}
			same("removed", bare, served(changed))
			same("removed at once", bare, served(set))
			// What is tried beside what serves changes the template alone, and is seen to by the
			// next release.
			trial := func(observed *runpb.Service, set func(*run.Desired)) *runpb.Service {
				return served(observed, set, func(d *run.Desired) { d.Trial = true })
			}
			tried := trial(bare, tt.set)
			same("tried", withTemplate(bare, set), withTemplate(tried, tried))
			same("removed after it was tried", bare, untagged(served(tried)))
			gone := trial(set, func(*run.Desired) {})
			same("tried without it", withTemplate(set, bare), withTemplate(gone, gone))
			same("removed after that", bare, untagged(served(gone)))

			alone := touched(bare, theirs)
			same("left alone", alone, served(alone))
			if tt.theirs != nil { // there is room for both
				both := served(alone, tt.set)
				same("added to another's", alone, served(both))
				for range 2 {
					both = served(both, tt.change)
				}
				same("changed beside another's", alone, served(both))
			}
		})
	}
}

// withTemplate is a service with another one's template, and no traffic.
func withTemplate(s, of *runpb.Service) *runpb.Service {
	s = proto.CloneOf(s)
	s.Template, s.Traffic = proto.CloneOf(of.Template), nil
	s.Template.Revision = ""
	return s
}

// untagged is a service whose revision has no name of its own.
func untagged(s *runpb.Service) *runpb.Service {
	s = proto.CloneOf(s)
	s.Template.Revision = ""
	return s
}

// withoutOurs is what is asked for, without our notes and what apply makes up.
func withoutOurs(s *runpb.Service) *runpb.Service {
	s = run.Input(s)
	s.Etag = ""
	for _, m := range []map[string]string{s.Annotations, s.Template.Annotations} {
		for key := range m {
			if strings.HasPrefix(key, "gcpdeploy.dev/") {
				delete(m, key)
			}
		}
	}
	for _, c := range s.Template.Containers[1:] { // Cloud Run answers with limits, which apply fills in for the app alone
		if len(c.GetResources().GetLimits()) == 0 {
			c.Resources = nil
		}
	}
	if c := s.Template.Containers[0]; len(s.Template.Containers) == 1 && c.Name == "app" {
		c.Name = "" // what it was called for sidecars stays
	}
	return s
}

// TestEverySettingHasKey holds that every key is in the table, but for the file that another
// one's entries are read from.
func TestEverySettingHasKey(t *testing.T) {
	t.Parallel()
	for _, k := range run.Kind.Config.Keys {
		if k.Name != "env_file" && !slices.ContainsFunc(settings, func(s setting) bool { return s.key == k.Name }) {
			t.Errorf("run.%s is not in the table of settings", k.Name)
		}
	}
}
