package inbuild_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/inbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/source"
)

var started = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// aPlan is a plan from its own golden file, without what Cloud Build alone can do.
func aPlan(t *testing.T) plan.Plan {
	t.Helper()
	data, err := os.ReadFile("../../internal/plan/testdata/cold.json")
	if err != nil {
		t.Fatal(err)
	}
	var p plan.Plan
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// here has builds run in a folder of this test, by a script.
func here(t *testing.T, dir string, steps map[string]workertest.Func) *inbuild.Builds {
	t.Helper()
	b := &inbuild.Builds{
		Builds:  cloudbuild.Builds{Project: "my-project", Region: "europe-west1"},
		Machine: inbuild.Machine{Dir: dir, Executor: workertest.New(steps), Labels: map[string]string{"dev.gcpdeploy.local": "x"}},
		Options: inbuild.Options{
			RegistryHost: "registry.example", Token: func(context.Context) (string, error) { return "a-token", nil }, HandOver: true,
			Secrets: func(context.Context, string) (string, error) { return "a-secret", nil },
			Warn:    func(text string) { t.Error(text) },
		},
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// TestOneMessage: what runs here is what a laptop submits, after what Cloud Build does
// to it: the same steps with the same words, whatever the plan.
func TestOneMessage(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s, err := emulator.Start(context.WithoutCancel(t.Context()), emulator.Options{
		Dir: t.TempDir(), Executor: workertest.New(map[string]workertest.Func{"*": workertest.Block(nil, release)}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { close(release); _ = s.Close(context.WithoutCancel(t.Context())) })
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: s.URL()}, TokenFile: s.TokenFile()})
	t.Cleanup(func() { _ = a.Close() })
	objects, c := storage.New(a), cloudbuild.New(a, storage.New(a))
	if err := objects.EnsureBucket(t.Context(), "my-project", "sources", ""); err != nil {
		t.Fatal(err)
	}
	if err := objects.Upload(t.Context(), "sources", "source/1.tgz", func(w io.Writer) error { _, err := w.Write([]byte("x")); return err }); err != nil {
		t.Fatal(err)
	}
	p, tags := aPlan(t), []string{"gcpdeploy", "service-hello"}
	laptop, err := c.Submit(t.Context(), "my-project", "europe-west1", cloudbuild.Spec(p, cloudbuild.Source{Bucket: "sources", Object: "source/1.tgz"}, started, tags))
	if err != nil {
		t.Fatal(err)
	}
	mine, err := here(t, t.TempDir(), nil).Message(p, "sources", "source/1.tgz", started, tags, laptop.GetId())
	if err != nil {
		t.Fatal(err)
	}
	decided := func(b *cloudbuildpb.Build) *cloudbuildpb.Build {
		out := &cloudbuildpb.Build{
			Substitutions: b.GetSubstitutions(), Images: b.GetImages(), Timeout: b.GetTimeout(), AvailableSecrets: b.GetAvailableSecrets(),
			Tags: b.GetTags(), Id: b.GetId(), ProjectId: b.GetProjectId(),
		}
		for _, s := range b.GetSteps() {
			s = proto.CloneOf(s)
			s.Status, s.Timing, s.PullTiming = 0, nil, nil
			out.Steps = append(out.Steps, s)
		}
		return out
	}
	want := decided(laptop)
	want.Tags = want.Tags[:len(want.Tags)-1] // by which a lost answer is found
	if want.Timeout == nil || len(want.Steps) < 10 {
		t.Fatalf("%v", want)
	}
	got := decided(mine)
	if got.Timeout == nil {
		got.Timeout = want.Timeout // Cloud Build says the default
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("laptop (-), here (+)\n%s", diff)
	}
}

// archive is a source archive with one file.
func archive(t *testing.T, b *inbuild.Builds, object string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "wsgi.py"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	tree, err := source.Scan(t.Context(), dir, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Upload(t.Context(), object, func(w io.Writer) error { return tree.WriteArchive(t.Context(), w, nil) }); err != nil {
		t.Fatal(err)
	}
}

func submit(t *testing.T, b *inbuild.Builds) plan.Outcome {
	t.Helper()
	o, err := b.Submit(t.Context(), aPlan(t), "sources", "source/1.tgz", started, []string{"gcpdeploy"})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestRun: steps see the archive's files, get the credentials, and what they print and
// hand over is given on; afterwards nothing of the run is left.
func TestRun(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "runs")
	b := here(t, dir, map[string]workertest.Func{
		"wheels": func(_ context.Context, r worker.StepRequest) (int, error) {
			text, err := os.ReadFile(filepath.Join(r.Options.Workspace, "wsgi.py"))
			token, terr := os.ReadFile(filepath.Join(r.Options.Home, ".config", "access_token"))
			logins, lerr := os.ReadFile(filepath.Join(r.Options.Home, ".docker", "config.json"))
			if string(text) != "hello" || string(token) != "a-token" || !strings.Contains(string(logins), "registry.example") {
				t.Errorf("the step sees %q, %q, %s: %v", text, token, logins, errors.Join(err, terr, lerr))
			}
			if r.Options.Labels["dev.gcpdeploy.run"] == "" || r.Options.Labels["dev.gcpdeploy.local"] != "x" {
				t.Errorf("labels %v", r.Options.Labels)
			}
			return 0, nil
		},
		"release": workertest.Output(`{"revision":"hello-1"}`),
	})
	archive(t, b, "source/1.tgz")
	o := submit(t, b)
	var log bytes.Buffer
	end, err := b.Watch(t.Context(), o, &log)
	if err != nil || end.Status != plan.Success || end.Build != o.Build || end.Object != "source/1.tgz" {
		t.Fatalf("%+v, %v\n%s", end, err, &log)
	}
	if s, ok := end.Find(plan.StepRelease); !ok || string(s.Output) != `{"revision":"hello-1"}` {
		t.Errorf("%+v", s)
	}
	if text := log.String(); !strings.Contains(text, `Starting Step #0 - "wheels"`) || !strings.HasSuffix(text, "DONE\n") {
		t.Errorf("log:\n%s", text)
	}
	r, err := b.Read(t.Context(), "source/1.tgz")
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left behind: %v", err)
	}
}

// TestCancel stops the steps, and says that it was cancelled.
func TestCancel(t *testing.T) {
	t.Parallel()
	began := make(chan struct{})
	b := here(t, t.TempDir(), map[string]workertest.Func{"wheels": workertest.Block(began, nil)})
	archive(t, b, "source/1.tgz")
	o := submit(t, b)
	<-began
	if err := b.Cancel(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if end, err := b.Watch(t.Context(), o, io.Discard); err != nil || end.Status != plan.Cancelled {
		t.Errorf("%+v, %v", end, err)
	}
}

// TestWatchGivesUp: who stops to watch stops nothing.
func TestWatchGivesUp(t *testing.T) {
	t.Parallel()
	began, release := make(chan struct{}), make(chan struct{})
	b := here(t, t.TempDir(), map[string]workertest.Func{"wheels": workertest.Block(began, release)})
	archive(t, b, "source/1.tgz")
	o := submit(t, b)
	<-began
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Watch(ctx, o, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(release)
	if end, err := b.Watch(t.Context(), o, io.Discard); err != nil || end.Status != plan.Success {
		t.Errorf("%+v, %v", end, err)
	}
}

// TestNoToken: without credentials there is no build, and the outcome says why.
func TestNoToken(t *testing.T) {
	t.Parallel()
	b := here(t, t.TempDir(), nil)
	b.Options.Token = func(context.Context) (string, error) { return "", errors.New("nobody is logged in") }
	archive(t, b, "source/1.tgz")
	end, err := b.Watch(t.Context(), submit(t, b), io.Discard)
	if err != nil || end.Status != "INTERNAL_ERROR" || !strings.Contains(end.Detail, "nobody is logged in") {
		t.Errorf("%+v, %v", end, err)
	}
}

// TestOuter: a run in a Cloud Build names that build; of no other id it is said.
func TestOuter(t *testing.T) {
	t.Parallel()
	const build = "c0ffee00-1111-2222-3333-444455556666"
	for id, want := range map[string]string{build + "-0123abcd": build, build: "", build + "-0123abc": "", build + "-0123abcd-0123abcd": "", "x" + build + "-0123abcd": "", "": ""} {
		if got, ok := inbuild.Outer(id); got != want || ok != (want != "") {
			t.Errorf("of %q: %q, %v", id, got, ok)
		}
	}
}
