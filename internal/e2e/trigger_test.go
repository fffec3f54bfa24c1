package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
)

// inRepository makes the app a folder of a git repository, and gives its name there.
func (w *world) inRepository(t *testing.T) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(w.dir, "apps", ".git"), 0o700); err != nil {
		t.Fatal(err)
	}
	return filepath.Base(w.app)
}

// TestRenderTrigger: the file of a trigger has one step, which is this program by
// digest, told to do with the checkout what up does here; gcloud takes it.
func TestRenderTrigger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	name := w.inRepository(t)
	digest, ok, err := w.registry().Digest(t.Context(), "builder", version)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	for _, tt := range []struct {
		args, want []string
	}{
		{nil, []string{"up", "--source=" + name}},
		{[]string{"--no-release", "--memory", "1Gi"}, []string{"up", "--source=" + name, "--memory=1Gi", "--no-release"}},
		{[]string{"--", "--json", "-v"}, []string{"up", "--source=" + name, "--json", "-v"}},
		{[]string{"--", "wheels", "refresh", "--cooldown", "72h"}, []string{"wheels", "refresh", "--source=" + name, "--cooldown", "72h"}},
		{[]string{"--set-env-vars", "PRICE=5$,A=${B}\n# x: y"}, []string{"up", "--source=" + name, "--set-env-vars=PRICE=5$$,A=$${B}\n# x: y"}},
		// What a command does not take is not said to it.
		{[]string{"--memory", "1Gi", "--", "wheels", "prune", "--yes"}, []string{"wheels", "prune", "--source=" + name, "--yes"}},
	} {
		exit, text, said := w.render(t, append([]string{"--trigger", "--json"}, tt.args...)...)
		var b cloudbuildpb.Build
		if exit != 0 || protojson.Unmarshal([]byte(text), &b) != nil {
			t.Fatalf("%q: %d %s%s", tt.args, exit, text, said)
		}
		step := b.GetSteps()[0]
		if want := w.registry().Repository() + "/builder@" + digest; step.GetName() != want || len(b.GetSteps()) != 1 || !b.GetOptions().GetAutomapSubstitutions() {
			t.Errorf("%q: %s", tt.args, text)
		}
		if diff := cmp.Diff(tt.want, step.GetArgs()); diff != "" {
			t.Errorf("%q: %s", tt.args, diff)
		}
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--trigger", "--", "wheels", "refesh"}, "Did you mean `gcpdeploy wheels refresh`?"},
		{[]string{"--trigger", "--", "step", "release"}, `unknown command "step"`},
		{[]string{"--trigger", "--", "--memroy=1Gi"}, "no flag --memroy"},
		{[]string{"--trigger", "--no-release", "--", "wheels", "prune"}, "--no-release is of `gcpdeploy up`"},
		{[]string{"--trigger", "--archive", "a.tgz"}, "exclude each other"},
		{[]string{"--no-release"}, "Add --trigger."},
		{[]string{"--", "up"}, "unexpected argument \"up\""},
	} {
		if exit, text, said := w.render(t, tt.args...); exit != 2 || text != "" || !strings.Contains(said, tt.want) {
			t.Errorf("%q: %d %s%s", tt.args, exit, text, said)
		}
	}
}

// TestGcloudTakesTrigger: gcloud reads the file, and what it submits of it is the
// build that was printed as JSON.
func TestGcloudTakesTrigger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.inRepository(t)
	g := gcloudtest.New(t, w.server, project, "")
	flags := []string{"--trigger", "--build-service-account", "builds@demo.iam.gserviceaccount.com", "--machine-type", "E2_HIGHCPU_8"}
	exit, file, said := w.render(t, flags...)
	if exit != 0 || !strings.HasPrefix(file, "# One step") {
		t.Fatalf("%d %s%s", exit, file, said)
	}
	_, text, _ := w.render(t, append(flags, "--json")...)
	var want cloudbuildpb.Build
	if err := protojson.Unmarshal([]byte(text), &want); err != nil {
		t.Fatal(err)
	}
	out, _ := g.Run(t, "builds", "submit", "--no-source", "--async", "--region="+region, "--config", gcloudtest.File(t, "cloudbuild.yaml", file), "--format=value(id)")
	submitted := strings.TrimSpace(out)
	// A trigger names an account, whatever the file says.
	_, bare, _ := w.render(t, "--trigger")
	g.Run(t, "builds", "triggers", "create", "manual", "--name=bare", "--region="+region, "--inline-config", gcloudtest.File(t, "cloudbuild.yaml", bare), "--service-account=projects/demo/serviceAccounts/builds@demo.iam.gserviceaccount.com")
	g.Run(t, "builds", "triggers", "run", "bare", "--region="+region)
	inline := gcloudtest.File(t, "cloudbuild.yaml", file)
	g.Run(t, "builds", "triggers", "create", "manual", "--name=hello", "--region="+region, "--inline-config", inline, "--service-account=projects/demo/serviceAccounts/builds@demo.iam.gserviceaccount.com")
	out, _ = g.Run(t, "builds", "triggers", "run", "hello", "--region="+region, "--format=value(metadata.build.id)")
	for _, id := range []string{submitted, strings.TrimSpace(out)} {
		w.isTheStep(t, id, &want)
	}
}

// ofTriggers are the options that every build of a trigger has.
var ofTriggers = protocmp.IgnoreFields(&cloudbuildpb.BuildOptions{}, "dynamic_substitutions", "substitution_option")

// isTheStep compares a build that gcloud made of the file with the one that was printed.
func (w *world) isTheStep(t *testing.T, id string, want *cloudbuildpb.Build) {
	t.Helper()
	got, err := w.cloudbuild().Wait(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []struct {
		name      string
		want, got any
	}{
		{"timeout", want.Timeout, got.Timeout}, {"options", want.Options, got.Options}, {"account", want.ServiceAccount, got.ServiceAccount},
		{"image", want.Steps[0].Name, got.Steps[0].Name}, {"arguments", want.Steps[0].Args, got.Steps[0].Args},
	} {
		if diff := cmp.Diff(f.want, f.got, protocmp.Transform(), ofTriggers); diff != "" {
			t.Errorf("%s (-ours +gcloud's):\n%s", f.name, diff)
		}
	}
}
