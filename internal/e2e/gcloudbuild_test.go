package e2e

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/gcloudtest"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// render is `gcpdeploy render cloudbuild`.
func (w *world) render(t *testing.T, args ...string) (exit int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	s := ui.Streams{In: strings.NewReader(""), Out: &out, Err: &err, Width: func() int { return 80 }}
	exit = cmd.Main(t.Context(), s, deps(w.lookup, w.dir), append([]string{"gcpdeploy", "render", "cloudbuild", "--source", w.app}, args...))
	return exit, out.String(), err.String()
}

// TestGcloudSubmits: the build that `render cloudbuild` prints is taken by gcloud,
// is the one that `up` would submit, and comes to the same; what it made is shown
// and tagged by gcloud, too.
func TestGcloudSubmits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	g := gcloudtest.New(t, w.server, project, "")
	archive := filepath.Join(t.TempDir(), "source.tgz")
	p := w.plan(t, w.app)
	exit, config, said := w.render(t, "--archive", archive, "--machine-type", "E2_HIGHCPU_8")
	if exit != 0 || !strings.Contains(said, "wrote "+archive) || !strings.Contains(config, "machineType: E2_HIGHCPU_8") {
		t.Fatalf("render: %d\n%s%s", exit, config, said)
	}
	submit := []string{"builds", "submit", archive, "--region=" + region, "--config", gcloudtest.File(t, "build.yaml", config)}
	out, _ := g.Run(t, submit...)
	gcloudtest.Contains(t, out, `Step #`, "SUCCESS")

	got := w.cloudbuild().Builds()[0]
	started, err := time.Parse(time.RFC3339Nano, got.Substitutions[cloudbuild.Started])
	if err != nil {
		t.Error(err)
	}
	p.Options.MachineType = "E2_HIGHCPU_8"
	want := cloudbuild.Spec(p, cloudbuild.Source{}, started, got.Tags)
	for _, f := range []struct {
		name      string
		want, got any
	}{
		{"timeout", want.Timeout, got.Timeout}, {"secrets", want.AvailableSecrets, got.AvailableSecrets}, {"images", want.Images, got.Images},
		{"substitutions", want.Substitutions, got.Substitutions}, {"options", want.Options, got.Options},
	} {
		if diff := cmp.Diff(f.want, f.got, protocmp.Transform()); diff != "" {
			t.Errorf("%s (-ours +gcloud's):\n%s", f.name, diff)
		}
	}
	fill := strings.NewReplacer("$$", "$", "$BUILD_ID", got.Id, "$"+cloudbuild.Started, got.Substitutions[cloudbuild.Started])
	for _, s := range want.Steps {
		for _, texts := range [][]string{s.Args, s.Env} {
			for i, text := range texts {
				texts[i] = fill.Replace(text)
			}
		}
	}
	for i, s := range got.Steps {
		s.Status, s.Timing, s.PullTiming = 0, nil, nil // what the worker says
		if i < len(want.Steps) && !cmp.Equal(want.Steps[i], s, protocmp.Transform()) || len(want.Steps) != len(got.Steps) {
			t.Errorf("step %s (-ours +gcloud's):\n%s", s.Id, cmp.Diff(want.Steps[i], s, protocmp.Transform()))
		}
	}

	// The program finds its own work done, and its own tags on the build.
	if r := w.run(t.Context(), w.app).wait(t, 0); r.Status != "nothing_to_do" || w.serves(t).Text != "one" {
		t.Errorf("up after it: %+v", r)
	}
	if exit, _, said := w.render(t); exit != 2 || !strings.Contains(said, "there is no build") {
		t.Errorf("render with nothing to do: %d %s", exit, said)
	}
	image := region + "-docker.pkg.dev/" + project + "/gcpdeploy/hello"
	tag := ""
	for name := range w.keyTags(t, "hello") {
		tag = name
	}
	g.All(t,
		gcloudtest.Want{Command: "artifacts docker images describe " + image + ":" + tag, Has: []string{"digest: sha256:", "repository: gcpdeploy"}},
		gcloudtest.Want{Command: "artifacts docker tags add " + image + ":" + tag + " " + image + ":by-hand", Has: []string{"Added tag"}},
		gcloudtest.Want{Command: "builds list --region=" + region + " --filter=tags=gcpdeploy", Has: []string{got.Id, "SUCCESS"}},
	)
	g.All(t, gcloudtest.Want{Command: "artifacts docker tags delete " + image + ":by-hand --quiet", Has: []string{"Deleted tag"}})
}
