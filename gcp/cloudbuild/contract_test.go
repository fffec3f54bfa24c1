package cloudbuild_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator"
	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/contract"
	"github.com/gcpdeploy/gcpdeploy/gcp/storage"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker/workertest"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// shell is a worker of three commands, as busybox's are.
func shell(ctx context.Context, r worker.StepRequest) (int, error) {
	switch args := r.Step.GetArgs(); args[0] {
	case "echo":
		_, err := fmt.Fprintln(r.Stdout, strings.Join(args[1:], " "))
		return 0, err
	case "sleep":
		<-ctx.Done()
		return 0, context.Cause(ctx)
	}
	return 1, nil // false
}

// TestContract: a build is submitted, followed to each of its ends, found by its
// tags, and cancelled.
func TestContract(t *testing.T) {
	t.Parallel()
	at := contract.At(t, func() emulator.Options {
		return emulator.Options{Executor: workertest.New(map[string]workertest.Func{"busybox": shell})}
	})
	a := gcp.New(gcp.Config{Endpoints: gcp.Endpoints{Base: at.URL}, TokenFile: at.TokenFile})
	t.Cleanup(func() { _ = a.Close() })
	c, tag := cloudbuild.New(a, storage.New(a)), contract.Name()
	c.Warn = func(text string) { t.Error(text) }
	submit := func(steps ...[]string) *cloudbuildpb.Build {
		t.Helper()
		b := &cloudbuildpb.Build{Tags: []string{tag}}
		for i, args := range steps {
			b.Steps = append(b.Steps, &cloudbuildpb.BuildStep{Id: fmt.Sprint("step-", i), Name: "busybox", Args: args})
		}
		b, err := c.Submit(t.Context(), at.Project, at.Region, b)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	well, fails, waits := submit([]string{"echo", "hello", "$$HOME"}), submit([]string{"echo", "before"}, []string{"false"}), submit([]string{"sleep", "600"})
	follow := func(b *cloudbuildpb.Build, want cloudbuildpb.Build_Status, text string) *cloudbuildpb.Build {
		t.Helper()
		var log bytes.Buffer
		got, err := c.Watch(t.Context(), b.GetName(), nil, &log)
		if err != nil || got.GetStatus() != want || strings.Count(log.String(), text) != 1 {
			t.Errorf("%v, want %v, with %q once (%v):\n%s", got.GetStatus(), want, text, err, &log)
		}
		return got
	}
	follow(well, cloudbuildpb.Build_SUCCESS, "hello $HOME")
	failed := follow(fails, cloudbuildpb.Build_FAILURE, `Step #0 - "step-0": before`)
	if s := failed.GetSteps(); len(s) != 2 || s[0].GetStatus() != cloudbuildpb.Build_SUCCESS || s[1].GetStatus() != cloudbuildpb.Build_FAILURE || s[1].GetExitCode() != 1 {
		t.Errorf("the steps of a build that failed: %v", s)
	}
	if got := failed.GetFailureInfo().GetType(); got != cloudbuildpb.Build_FailureInfo_USER_BUILD_STEP {
		t.Errorf("failed for %v", got)
	}
	for range 2 {
		if err := c.Cancel(t.Context(), waits.GetName()); err != nil {
			t.Error(err)
		}
	}
	if got, err := c.Watch(t.Context(), waits.GetName(), nil, nil); err != nil || got.GetStatus() != cloudbuildpb.Build_CANCELLED {
		t.Errorf("cancelled: %v, %v", got.GetStatus(), err)
	}
	for filter, want := range map[string]int{"": 3, ` AND status="SUCCESS"`: 1, ` AND status="WORKING"`: 0} {
		if all, err := c.List(t.Context(), at.Project, at.Region, fmt.Sprintf("tags=%q", tag)+filter, 10); len(all) != want || err != nil {
			t.Errorf("%q: %d builds, %v", filter, len(all), err)
		}
	}
	if _, err := c.Submit(t.Context(), at.Project, at.Region, &cloudbuildpb.Build{}); errs.KindOf(err) != errs.Usage {
		t.Errorf("without steps: %v (%v)", err, errs.KindOf(err))
	}
}
