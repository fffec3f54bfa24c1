package trigger_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/gcp/trigger"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/golden"
)

const (
	region  = "projects/p/locations/europe-west1"
	account = "projects/p/serviceAccounts/builds@p.iam.gserviceaccount.com"
)

var (
	second = trigger.Repository{Kind: trigger.Second, Name: region + "/connections/c/repositories/o-n", Connection: "c", URL: "https://github.com/o/n.git"}
	link   = trigger.Repository{Kind: trigger.DeveloperConnect, Name: region + "/connections/c/gitRepositoryLinks/o-n", Connection: "c", URL: "https://github.com/o/n.git"}
	first  = trigger.Repository{Kind: trigger.First, Name: "o/n", URL: "https://github.com/o/n.git"}
	build  = json.RawMessage(`{"steps":[{"name":"h/p/r/builder@sha256:1","args":["up","--source=apps/a"]}],"timeout":"3600s"}`)
)

// spec is a trigger of pushes to main, changed by what follows.
func spec(change ...func(*trigger.Spec)) trigger.Spec {
	s := trigger.Spec{
		Name: "a-push", Service: "a", Event: trigger.Branch, Pattern: "^main$", Of: second, Account: account,
		Included: []string{"apps/a/**", "libs/x/**"}, Build: build,
	}
	for _, f := range change {
		f(&s)
	}
	return s
}

// TestMake: what is sent for each kind of repository and event is what is known that
// Cloud Build takes.
func TestMake(t *testing.T) {
	t.Parallel()
	yes := true
	all := map[string]trigger.Trigger{}
	for name, change := range map[string]func(*trigger.Spec){
		"push":   func(*trigger.Spec) {},
		"tag":    func(s *trigger.Spec) { s.Event, s.Pattern, s.Approval = trigger.Tag, "^v", &yes },
		"pull":   func(s *trigger.Spec) { s.Event, s.CommentControl = trigger.PullRequest, trigger.StrangersAsk },
		"link":   func(s *trigger.Spec) { s.Of = link },
		"first":  func(s *trigger.Spec) { s.Of, s.Included = first, nil },
		"manual": func(s *trigger.Spec) { s.Event, s.Ref = trigger.Manual, "refs/heads/main" },
		"manual1": func(s *trigger.Spec) {
			s.Event, s.Ref, s.Of, s.Build, s.File = trigger.Manual, "refs/heads/main", first, nil, "ci/build.yaml"
		},
		"file": func(s *trigger.Spec) { s.Build, s.File = nil, "cloudbuild.yaml" },
	} {
		s := spec(change)
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		made := trigger.Make(s)
		if !made.Ours() || made.Service() != "a" || made.Account() != "builds@p.iam.gserviceaccount.com" {
			t.Errorf("%s: ours %v, of %q, as %s", name, made.Ours(), made.Service(), made.Account())
		}
		if event, _ := made.Event(); event != s.Event {
			t.Errorf("%s: its event is %s", name, event)
		}
		if want := map[bool]string{true: "h/p/r/builder@sha256:1"}[s.Build != nil]; made.Builder() != want {
			t.Errorf("%s: its builder is %q", name, made.Builder())
		}
		all[name] = made
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, append(data, '\n'), "testdata/triggers.json")
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for text, change := range map[string]func(*trigger.Spec){
		`which "a_b" is not`:         func(s *trigger.Spec) { s.Name = "a_b" },
		`which "" is not`:            func(s *trigger.Spec) { s.Name = "" },
		"have no manual triggers":    func(s *trigger.Spec) { s.Event, s.Of = trigger.Manual, link },
		"the pattern \"main(\": err": func(s *trigger.Spec) { s.Pattern = "main(" },
	} {
		err := spec(change).Validate()
		if errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %q", err, text)
		}
	}
}

// stored is a trigger as a server has it, which adds to what it was sent.
func stored(t *testing.T, made trigger.Trigger, change func(map[string]any)) trigger.Trigger {
	t.Helper()
	data, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	all["id"], all["createTime"], all["resourceName"] = "1-2", "2026-11-01T00:00:00Z", region+"/triggers/1-2"
	if r, ok := all["repositoryEventConfig"].(map[string]any); ok {
		r["repositoryType"] = "GITHUB"
	}
	if change != nil {
		change(all)
	}
	if data, err = json.Marshal(all); err != nil {
		t.Fatal(err)
	}
	var out trigger.Trigger
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestNothingChanges(t *testing.T) {
	t.Parallel()
	made := trigger.Make(spec())
	now := stored(t, made, func(all map[string]any) {
		all["includeBuildLogs"], all["ignoredFiles"], all["approvalConfig"] = "INCLUDE_BUILD_LOGS_WITH_STATUS", []any{"**/*.md"}, map[string]any{"approvalRequired": true}
		all["build"].(map[string]any)["options"] = map[string]any{"logging": "GCS_ONLY"} // a server's default
	})
	if c, changes, err := trigger.Changes(now, made); changes || err != nil {
		t.Errorf("the same again changes %v, %v", c, err)
	}
}

// TestChanges: an update names what it changes, and nothing of what others set, and of
// what is not known here, is in it.
func TestChanges(t *testing.T) {
	t.Parallel()
	unknown := func(all map[string]any) {
		all["includeBuildLogs"], all["tags"] = "INCLUDE_BUILD_LOGS_WITH_STATUS", append(all["tags"].([]any), "theirs")
		all["repositoryEventConfig"].(map[string]any)["push"].(map[string]any)["newer"] = "kept"
	}
	for _, tt := range []struct {
		name   string
		change func(*trigger.Spec)
		stored func(map[string]any)
		mask   []string
		body   string
	}{
		{name: "another branch", change: func(s *trigger.Spec) { s.Pattern = "^prod$" }, stored: unknown,
			mask: []string{"repository_event_config", "tags"},
			body: `"repositoryEventConfig":{"push":{"branch":"^prod$","newer":"kept"},"repository":"` + second.Name + `","repositoryType":"GITHUB"}`},
		{name: "a tag instead", change: func(s *trigger.Spec) { s.Event, s.Pattern = trigger.Tag, "^v" },
			mask: []string{"repository_event_config", "tags"}, body: `"push":{"tag":"^v"}`},
		{name: "no files any more", change: func(s *trigger.Spec) { s.Included = nil },
			mask: []string{"included_files", "tags"}},
		{name: "a file for the build", change: func(s *trigger.Spec) { s.Build, s.File = nil, "cloudbuild.yaml" },
			mask: []string{"build", "filename", "tags"}, body: `"filename":"cloudbuild.yaml"`},
		{name: "another way to the repository", change: func(s *trigger.Spec) { s.Of = first },
			mask: []string{"github", "repository_event_config", "tags"}, body: `"github":{"name":"n","owner":"o","push":{"branch":"^main$"}}`},
		{name: "no timeout any more", change: func(s *trigger.Spec) {
			s.Build = json.RawMessage(strings.Replace(string(build), `,"timeout":"3600s"`, "", 1))
		},
			mask: []string{"build", "tags"}},
		{name: "somebody changed the account", stored: func(all map[string]any) { all["serviceAccount"] = "x" },
			mask: []string{"service_account"}, body: `"serviceAccount":"` + account + `"`},
		{name: "somebody changed the build", stored: func(all map[string]any) { all["build"].(map[string]any)["timeout"] = "1s" },
			mask: []string{"build"}, body: `"timeout":"3600s"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wanted := spec()
			if tt.change != nil {
				tt.change(&wanted)
			}
			c, changes, err := trigger.Changes(stored(t, trigger.Make(spec()), tt.stored), trigger.Make(wanted))
			if err != nil || !changes {
				t.Fatalf("%v, %v", changes, err)
			}
			if diff := cmp.Diff(tt.mask, c.Mask); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			data, err := json.Marshal(c.Body)
			if err != nil || !strings.Contains(string(data), tt.body) || strings.Contains(string(data), "includeBuildLogs") {
				t.Errorf("%s, %v: no %s", data, err, tt.body)
			}
			if tags, ok := c.Body["tags"].([]any); ok && tt.name == "another branch" && !slices.Contains(tags, any("theirs")) {
				t.Errorf("tags of others are gone: %v", tags)
			}
		})
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*trigger.Spec){
		"c/o-n":          func(*trigger.Spec) {},
		"o/n":            func(s *trigger.Spec) { s.Of = first },
		"github.com/o/n": func(s *trigger.Spec) { s.Of, s.Event = first, trigger.Manual },
	} {
		if got := trigger.Make(spec(change)).Of(); got != want {
			t.Errorf("of %q, want %q", got, want)
		}
	}
	if got := trigger.Make(spec(func(s *trigger.Spec) { s.Event = trigger.Manual })).Of(); got != "c/o-n" {
		t.Errorf("of %q", got)
	}
}
