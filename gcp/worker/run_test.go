package worker_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"github.com/google/go-cmp/cmp"

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
