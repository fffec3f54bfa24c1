package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

type funcs = map[string]workertest.Func

// result is what a run left behind.
type result struct {
	b   *build
	log string
	err error
	*workertest.Executor
}

func options(t *testing.T, log io.Writer) worker.Options {
	t.Helper()
	dir := t.TempDir()
	return worker.Options{Workspace: dir + "/w", Home: dir + "/h", Outputs: dir + "/o", Log: log}
}

func run(ctx context.Context, t *testing.T, b *build, f funcs) result {
	t.Helper()
	var log bytes.Buffer
	exec := workertest.New(f)
	err := worker.Run(ctx, b, exec, options(t, &log), nil)
	return result{b, log.String(), err, exec}
}

func statuses(b *build) (all []string) {
	for _, s := range b.Steps {
		all = append(all, s.Status.String())
	}
	return all
}

func TestRunLog(t *testing.T) {
	t.Parallel()
	r := run(t.Context(), t, &build{Steps: []*step{{Name: "img", Id: "one"}, {Name: "img"}}}, funcs{
		"one": workertest.Print("a\r\nb", 0), "img": workertest.Print("c\n\n", 0)})
	want := `BUILD
Starting Step #0 - "one"
Step #0 - "one": a
Step #0 - "one": b
Finished Step #0 - "one"
Starting Step #1
Step #1: c
Step #1: 
Finished Step #1
PUSH
DONE
`
	if d := cmp.Diff(want, r.log); d != "" || r.err != nil {
		t.Error(d, r.err)
	}
	r = run(t.Context(), t, &build{Steps: []*step{{Name: "img", Id: "one"}}}, funcs{"one": workertest.Print("a\n", 3)})
	want = "BUILD\na\nERROR\nERROR: build step 0 \"img\" failed: step exited with non-zero status: 3\n"
	if d := cmp.Diff(want, r.log); d != "" {
		t.Error(d)
	}
}

func TestRunFailure(t *testing.T) {
	t.Parallel()
	const failed = "build step 1 \"img\" failed: step exited with non-zero status: 7"
	for _, tt := range []struct {
		name   string
		step   *step
		steps  string
		status cloudbuildpb.Build_Status
		detail string
	}{
		{"plain", &step{}, "SUCCESS FAILURE QUEUED", cloudbuildpb.Build_FAILURE, "Build step failure: " + failed},
		{"allowed", &step{AllowFailure: true}, "SUCCESS FAILURE SUCCESS", cloudbuildpb.Build_SUCCESS, ""},
		{"allowed code", &step{AllowExitCodes: []int32{3, 7}}, "SUCCESS FAILURE SUCCESS", cloudbuildpb.Build_SUCCESS, ""},
		{"other code", &step{AllowExitCodes: []int32{3}, AllowFailure: true}, "SUCCESS FAILURE QUEUED", cloudbuildpb.Build_FAILURE, "Build step failure: " + failed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.step.Name, tt.step.Id = "img", "bad"
			r := run(t.Context(), t, &build{Steps: []*step{{Name: "img"}, tt.step, {Name: "img"}}}, funcs{"bad": workertest.Exit(7)})
			if got := strings.Join(statuses(r.b), " "); got != tt.steps {
				t.Errorf("steps %s, want %s", got, tt.steps)
			}
			if r.b.Status != tt.status || r.b.StatusDetail != tt.detail || r.b.Steps[1].ExitCode != 7 || r.b.Steps[1].Timing.EndTime == nil {
				t.Errorf("%v", r.b)
			}
			if tt.detail == "" {
				if r.err != nil || r.b.FailureInfo != nil || !strings.HasSuffix(r.log, "PUSH\nDONE\n") {
					t.Errorf("%v %v %s", r.err, r.b.FailureInfo, r.log)
				}
				return
			}
			if errs.KindOf(r.err) != errs.Build || r.b.FailureInfo.Type != cloudbuildpb.Build_FailureInfo_USER_BUILD_STEP || r.b.FailureInfo.Detail != tt.detail {
				t.Errorf("%v %v", r.err, r.b.FailureInfo)
			}
			if !strings.HasSuffix(r.log, "Finished Step #1 - \"bad\"\nERROR\nERROR: "+failed+"\n") {
				t.Error(r.log)
			}
		})
	}
}

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
	short := durationpb.New(20 * time.Millisecond)
	t.Run("build", func(t *testing.T) {
		t.Parallel()
		r := run(t.Context(), t, &build{Timeout: short, Steps: []*step{{Name: "i"}, {Name: "i"}}}, funcs{"i": workertest.Hang})
		if r.b.Status != cloudbuildpb.Build_TIMEOUT || strings.Join(statuses(r.b), " ") != "TIMEOUT QUEUED" || errs.KindOf(r.err) != errs.Build {
			t.Errorf("%v %v", r.b, r.err)
		}
		if !strings.HasSuffix(r.log, "TIMEOUT\nERROR: context deadline exceeded\n") {
			t.Error(r.log)
		}
	})
	t.Run("step", func(t *testing.T) {
		t.Parallel()
		r := run(t.Context(), t, &build{Steps: []*step{{Name: "i", Timeout: short}, {Name: "i"}}}, funcs{"i": workertest.Hang})
		if r.b.Status != cloudbuildpb.Build_TIMEOUT || strings.Join(statuses(r.b), " ") != "TIMEOUT QUEUED" {
			t.Errorf("%v", r.b)
		}
	})
	t.Run("allowed step", func(t *testing.T) {
		t.Parallel()
		r := run(t.Context(), t, &build{Steps: []*step{{Name: "i", Timeout: short, AllowFailure: true}, {Name: "j"}}}, funcs{"i": workertest.Hang})
		if r.b.Status != cloudbuildpb.Build_SUCCESS || strings.Join(statuses(r.b), " ") != "TIMEOUT SUCCESS" {
			t.Errorf("%v", r.b)
		}
	})
}

func TestRunCancel(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the user asked for it")
	r := run(ctx, t, &build{Steps: []*step{{Name: "i"}, {Name: "i"}}, Images: []string{"x"}}, funcs{
		"i": func(ctx context.Context, r worker.StepRequest) (int, error) {
			cancel(why)
			return workertest.Hang(ctx, r)
		}})
	if r.b.Status != cloudbuildpb.Build_CANCELLED || strings.Join(statuses(r.b), " ") != "CANCELLED QUEUED" ||
		errs.KindOf(r.err) != errs.Interrupted || !errors.Is(r.err, why) {
		t.Errorf("%v %v", r.b, r.err)
	}
	if !strings.HasSuffix(r.log, "CANCELLED\nERROR: context canceled\n") || len(r.Calls()) != 1 {
		t.Error(r.log)
	}
}

func TestRunPush(t *testing.T) {
	t.Parallel()
	digest := "sha256:" + strings.Repeat("ab", 32)
	push := func(out string, exit int) funcs { return funcs{worker.DockerBuilder: workertest.Print(out, exit)} }
	b := func() *build { return &build{Steps: []*step{{Name: "i"}}, Images: []string{"r.dev/p/x:v1"}} }
	r := run(t.Context(), t, b(), push("v1: digest: "+digest+" size: 12\n", 0))
	if r.err != nil || len(r.b.Results.Images) != 1 || r.b.Results.Images[0].Name != "r.dev/p/x:v1" || r.b.Results.Images[0].Digest != digest || r.b.Timing["PUSH"] == nil {
		t.Errorf("%v %v", r.err, r.b)
	}
	if d := cmp.Diff([]string{"push", "r.dev/p/x:v1"}, r.Calls()[1].Args); d != "" {
		t.Error(d)
	}
	if !strings.Contains(r.log, "PUSH\nPushing r.dev/p/x:v1\nv1: digest: ") {
		t.Error(r.log)
	}
	for out, want := range map[string]cloudbuildpb.Build_FailureInfo_FailureType{
		"An image does not exist locally with the tag: r.dev/p/x\n": cloudbuildpb.Build_FailureInfo_PUSH_IMAGE_NOT_FOUND,
		"denied: Permission x denied\n":                             cloudbuildpb.Build_FailureInfo_PUSH_NOT_AUTHORIZED,
		"no space left on device\n":                                 cloudbuildpb.Build_FailureInfo_PUSH_FAILED,
	} {
		r := run(t.Context(), t, b(), push(out, 1))
		if r.b.Status != cloudbuildpb.Build_FAILURE || r.b.FailureInfo.GetType() != want {
			t.Errorf("%q: %v", out, r.b)
		}
	}
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

// TestRunLinesAreWhole writes from parallel steps in pieces.
func TestRunLinesAreWhole(t *testing.T) {
	t.Parallel()
	b := &build{}
	for i := range 8 {
		b.Steps = append(b.Steps, &step{Name: "i", Id: fmt.Sprint(i), WaitFor: []string{"-"}})
	}
	r := run(t.Context(), t, b, funcs{"i": func(_ context.Context, r worker.StepRequest) (int, error) {
		var all sync.WaitGroup
		for _, w := range []interface{ Write([]byte) (int, error) }{r.Stdout, r.Stderr} {
			all.Go(func() {
				for range 200 {
					for _, piece := range []string{"he", "llo ", r.Step.Id, " end\nhello " + r.Step.Id, " end", "\n"} {
						if _, err := w.Write([]byte(piece)); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		all.Wait()
		return 0, nil
	}})
	n := 0
	for line := range strings.SplitSeq(r.log, "\n") {
		if strings.Contains(line, "hello") {
			id := line[len("Step #"):][:1]
			if line != fmt.Sprintf("Step #%s - %q: hello %s end", id, id, id) {
				t.Fatalf("broken line %q", line)
			}
			n++
		}
	}
	if n != 8*2*400 {
		t.Errorf("%d lines", n)
	}
}

func TestRunUpdates(t *testing.T) {
	t.Parallel()
	var seen []string
	err := worker.Run(t.Context(), &build{Steps: []*step{{Name: "i"}, {Name: "i"}}}, workertest.New(nil), options(t, &bytes.Buffer{}),
		func(b *cloudbuildpb.Build) {
			if s := b.Status.String() + " " + strings.Join(statuses(b), " "); len(seen) == 0 || seen[len(seen)-1] != s {
				seen = append(seen, s)
			}
		})
	want := []string{"WORKING QUEUED QUEUED", "WORKING WORKING QUEUED", "WORKING SUCCESS QUEUED", "WORKING SUCCESS WORKING", "WORKING SUCCESS SUCCESS", "SUCCESS SUCCESS SUCCESS"}
	if d := cmp.Diff(want, seen); d != "" || err != nil {
		t.Error(d, err)
	}
}

type brokenLog struct{}

func (brokenLog) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestRunLogFailure(t *testing.T) {
	t.Parallel()
	o := options(t, nil)
	o.Log = brokenLog{}
	b := &build{Steps: []*step{{Name: "i"}}}
	err := worker.Run(t.Context(), b, workertest.New(nil), o, nil)
	if errs.KindOf(err) != errs.Build || b.FailureInfo.GetType() != cloudbuildpb.Build_FailureInfo_LOGGING_FAILURE {
		t.Errorf("%v %v", err, b.FailureInfo)
	}
}
