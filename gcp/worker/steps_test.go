package worker_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestRunOrder checks that a step starts exactly when what it waits for is done.
func TestRunOrder(t *testing.T) {
	t.Parallel()
	a, b, c := make(chan struct{}), make(chan struct{}), make(chan struct{})
	startA, startB, startC := make(chan struct{}), make(chan struct{}), make(chan struct{})
	steps := []*step{
		{Name: "i", Id: "a", WaitFor: []string{"-"}},
		{Name: "i", Id: "b", WaitFor: []string{"-"}},
		{Name: "i", Id: "c", WaitFor: []string{"a"}},
		{Name: "i", Id: "d"}, // after all before
		{Name: "i", Id: "e", WaitFor: []string{"d", "-"}},
	}
	exec := workertest.New(funcs{"a": workertest.Block(startA, a), "b": workertest.Block(startB, b), "c": workertest.Block(startC, c)})
	var log bytes.Buffer
	done := make(chan error, 1)
	o := options(t, &log)
	go func() { done <- worker.Run(t.Context(), &build{Steps: steps}, exec, o, nil) }()
	<-startA
	<-startB
	if got := exec.Started(); len(got) != 2 {
		t.Errorf("started %v", got)
	}
	close(a)
	<-startC // although b still runs
	close(c)
	if slices.Contains(exec.Started(), "d") {
		t.Error("d did not wait for b")
	}
	close(b)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := exec.Started()[3:]; !slices.Equal(got, []string{"d", "e"}) {
		t.Errorf("at the end %v", got)
	}
}

func TestRunStopsTheOthers(t *testing.T) {
	t.Parallel()
	started := make(chan struct{})
	r := run(t.Context(), t, &build{Steps: []*step{
		{Name: "i", Id: "hang"}, {Name: "i", Id: "bad", WaitFor: []string{"-"}}, {Name: "i", Id: "never"},
	}}, funcs{
		"hang": func(ctx context.Context, r worker.StepRequest) (int, error) {
			close(started)
			return workertest.Hang(ctx, r)
		},
		"bad": func(context.Context, worker.StepRequest) (int, error) {
			<-started
			return 1, nil
		},
	})
	if got := strings.Join(statuses(r.b), " "); got != "CANCELLED FAILURE QUEUED" || r.b.Status != cloudbuildpb.Build_FAILURE {
		t.Errorf("%s %v", got, r.b.Status)
	}
}

func TestRunTimeouts(t *testing.T) {
	t.Parallel()
	// In a bubble time passes only while all steps wait, however busy the machine is.
	in := func(name string, test func(*testing.T)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, test)
		})
	}
	short := durationpb.New(20 * time.Millisecond)
	in("build", func(t *testing.T) {
		r := run(t.Context(), t, &build{Timeout: short, Steps: []*step{{Name: "i"}, {Name: "i"}}}, funcs{"i": workertest.Hang})
		if r.b.Status != cloudbuildpb.Build_TIMEOUT || strings.Join(statuses(r.b), " ") != "TIMEOUT QUEUED" || errs.KindOf(r.err) != errs.Build {
			t.Errorf("%v %v", r.b, r.err)
		}
		if !strings.HasSuffix(r.log, "TIMEOUT\nERROR: context deadline exceeded\n") {
			t.Error(r.log)
		}
	})
	in("step", func(t *testing.T) {
		r := run(t.Context(), t, &build{Steps: []*step{{Name: "i", Timeout: short}, {Name: "i"}}}, funcs{"i": workertest.Hang})
		if r.b.Status != cloudbuildpb.Build_TIMEOUT || strings.Join(statuses(r.b), " ") != "TIMEOUT QUEUED" {
			t.Errorf("%v", r.b)
		}
	})
	in("allowed step", func(t *testing.T) {
		r := run(t.Context(), t, &build{Steps: []*step{{Name: "i", Timeout: short, AllowFailure: true}, {Name: "j"}}}, funcs{"i": workertest.Hang})
		if r.b.Status != cloudbuildpb.Build_SUCCESS || strings.Join(statuses(r.b), " ") != "TIMEOUT SUCCESS" {
			t.Errorf("%v", r.b)
		}
	})
}

func TestRunOutputs(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("host"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := run(t.Context(), t, &build{Steps: []*step{{Name: "i", Id: "some"}, {Name: "i", Id: "none"}, {Name: "i", Id: "much"}, {Name: "i", Id: "link"}}}, funcs{
		"some": workertest.Output("data"), "much": workertest.Output(strings.Repeat("x", worker.MaxOutput+1)),
		"link": func(_ context.Context, r worker.StepRequest) (int, error) {
			return 0, os.Symlink(secret, filepath.Join(r.Outputs, "output"))
		}})
	out := r.b.Results.BuildStepOutputs
	if r.err != nil || len(out) != 4 || string(out[0]) != "data" || len(out[1]) != 0 || len(out[2]) != worker.MaxOutput || len(out[3]) != 0 {
		t.Errorf("%v %d %q %q", r.err, len(out), out[0], out[3])
	}
}

func TestRunEnv(t *testing.T) {
	t.Parallel()
	b := &build{Steps: []*step{{Name: "i", Env: []string{"A=step", "C=3"}, SecretEnv: []string{"S"}}},
		Options:          &cloudbuildpb.BuildOptions{Env: []string{"A=all", "B=2"}},
		AvailableSecrets: &cloudbuildpb.Secrets{SecretManager: []*cloudbuildpb.SecretManagerSecret{{VersionName: "projects/p/secrets/s/versions/1", Env: "S"}}}}
	r := run(t.Context(), t, b, nil)
	if r.b.Status != cloudbuildpb.Build_FAILURE || errs.KindOf(r.err) != errs.Build || !strings.Contains(r.err.Error(), "Secret Manager") {
		t.Errorf("without a source: %v", r.err)
	}
	exec := workertest.New(nil)
	o := options(t, &bytes.Buffer{})
	o.Secrets = func(_ context.Context, version string) (string, error) { return version[len(version)-1:], nil }
	if err := worker.Run(t.Context(), b, exec, o, nil); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"A=step", "B=2", "C=3", "S=1"}, exec.Calls()[0].Env); d != "" {
		t.Error(d)
	}
}
