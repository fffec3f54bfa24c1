package e2e

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// inSettings puts lines in the place of what the app says of Cloud Run.
func (w *world) inSettings(t *testing.T, lines string) {
	t.Helper()
	settingsOf(t, w.app, lines)
}

func settingsOf(t *testing.T, app, lines string) {
	t.Helper()
	file := filepath.Join(app, "gcpdeploy.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "run:")
	if err := os.WriteFile(file, []byte(before+lines), 0o600); err != nil {
		t.Fatal(err)
	}
}

// variables are those of the service.
func (w *world) variables(t *testing.T) string {
	t.Helper()
	s, _, err := run.New(w.access).Get(t.Context(), project, region, "hello")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, v := range s.GetTemplate().GetContainers()[0].GetEnv() {
		all = append(all, v.GetName()+"="+v.GetValue())
	}
	return strings.Join(all, " ")
}

// TestSettingsChange: what a release changes is told before it does, field by field, and by
// an exit code; values of variables are not. What flags say holds for one run.
func TestSettingsChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	planned := func(exit int, more ...string) string {
		t.Helper()
		return w.command(t.Context(), w.of(append([]string{"plan", "--detailed-exitcode"}, more...)...)).text(t, exit)
	}
	holds := func(text string, want ...string) {
		t.Helper()
		for _, s := range want {
			if !strings.Contains(text, s) {
				t.Errorf("it says nothing of %q:\n%s", s, text)
			}
		}
		if strings.Contains(text, "canary") {
			t.Errorf("it shows a value:\n%s", text)
		}
	}
	holds(planned(3), "port 8080")
	w.run(t.Context(), w.app).wait(t, 0)
	holds(planned(0), "nothing to do")

	w.inSettings(t, "run:\n  allow_unauthenticated: true\n  memory: 1Gi\n  env: {PASSWORD: canary, B: file}\n")
	holds(planned(3), "run.memory 512Mi → 1Gi", "run.env.PASSWORD is new")
	var p plan.Plan
	if err := json.Unmarshal([]byte(planned(3, "--json")), &p); err != nil || len(p.Changes) != 4 || p.Changes[3].Path != "run.memory" || *p.Changes[3].New != "1Gi" {
		t.Errorf("%v: %+v", err, p.Changes)
	}
	holds(w.command(t.Context(), w.of("up")).text(t, 0), "changes: 2 of env, memory")
	holds(planned(0), "nothing to do")

	holds(w.command(t.Context(), w.of("up", "--update-env-vars", "B=flag", "--remove-env-vars", "PASSWORD")).text(t, 0),
		"--remove-env-vars, --update-env-vars: for this run", "changes: 2 of env")
	if got := w.variables(t); got != "B=flag" {
		t.Errorf("the service has %s", got)
	}
	holds(planned(3), "run.env.B is another", "run.env.PASSWORD is new")
	w.run(t.Context(), w.app).wait(t, 0)
	if got := w.variables(t); got != "B=file PASSWORD=canary" {
		t.Errorf("the service has %s", got)
	}
	holds(w.command(t.Context(), w.of("up", "--set-env-vars", "A=1", "--clear-env-vars")).text(t, 2), "--set-env-vars: at most one of --clear-env-vars | ")
}

// TestSettingRefused: what Cloud Run alone knows to be wrong is told with its place before
// anything is built; who may not ask it finds it when it is released.
func TestSettingRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.run(t.Context(), w.app).wait(t, 0)
	c := run.New(w.access)
	at := release.Spec{Project: project, Region: region, Service: "hello"}
	if _, err := c.Update(t.Context(), at, "as another client", func(s *runpb.Service) (*runpb.Service, error) {
		s.Template.Scaling, s.Template.Revision = &runpb.RevisionScaling{MaxInstanceCount: 2}, ""
		return s, nil
	}); err != nil {
		t.Fatal(err)
	}
	err := poll.Until(t.Context(), poll.System, poll.Backoff{Initial: 2 * time.Millisecond}, func(ctx context.Context) (bool, error) {
		s, _, err := c.Get(ctx, project, region, "hello")
		return run.Ready(s), err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.inSettings(t, "run:\n  allow_unauthenticated: true\n  min_instances: 5\n")
	before := len(w.cloudbuild().Builds())
	if got := w.command(t.Context(), w.of("up")).text(t, 2); !strings.Contains(got, "gcpdeploy.yaml:10: run.min_instances: Cloud Run would refuse it") {
		t.Errorf("up says:\n%s", got)
	}
	if got := w.command(t.Context(), w.of("plan")).text(t, 0); !strings.Contains(got, "`gcpdeploy up` will refuse this: gcpdeploy.yaml:10: run.min_instances") {
		t.Errorf("plan says:\n%s", got)
	}
	if n := len(w.cloudbuild().Builds()); n != before {
		t.Errorf("%d builds were begun", n-before)
	}
}
