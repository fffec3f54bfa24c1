package job_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// TestEnd: an execution that is cancelled, one that takes too long, and one whose job is deleted end.
func TestEnd(t *testing.T) {
	t.Parallel()
	e := start(t, withDocker(t))
	slow := script(`trap "echo told; exit 0" TERM; echo began; sleep 600 & wait`)
	if err := e.create("slow", slow); err != nil {
		t.Fatal(err)
	}
	op, err := e.jobs.RunJob(t.Context(), &runpb.RunJobRequest{Name: parent + "/jobs/slow"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := op.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	for !slices.Contains(e.wrote("slow"), "0: began") {
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := e.executions.CancelExecution(t.Context(), &runpb.CancelExecutionRequest{Name: m.GetName()}); err != nil {
		t.Fatal(err)
	}
	x, err := e.ended(m.GetName())
	if err != nil || x.GetCancelledCount() != 1 || x.GetConditions()[0].GetExecutionReason() != runpb.Condition_CANCELLED || !slices.Contains(e.wrote("slow"), "0: told") {
		t.Errorf("cancelled: %v, %v, %q", x, err, e.wrote("slow"))
	}
	if _, err := e.executions.CancelExecution(t.Context(), &runpb.CancelExecutionRequest{Name: m.GetName()}); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("cancelled twice: %v", err)
	}
	x, err = e.run("slow", &runpb.RunJobRequest_Overrides{Timeout: durationpb.New(time.Second)})
	if err != nil || x.GetFailedCount() != 1 || !strings.Contains(x.GetConditions()[0].GetMessage(), "timeout") {
		t.Errorf("too long: %v, %v", x, err)
	}
	if _, err := e.jobs.DeleteJob(t.Context(), &runpb.DeleteJobRequest{Name: parent + "/jobs/slow"}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.executions.GetExecution(t.Context(), &runpb.GetExecutionRequest{Name: x.GetName()}); status.Code(err) != codes.NotFound {
		t.Errorf("of a deleted job: %v", err)
	}
}

// TestRestart: what was cut begins anew, what had ended stays.
func TestRestart(t *testing.T) {
	t.Parallel()
	c := withDocker(t)
	e := start(t, c)
	j := script(`trap "exit 0" TERM; echo began; sleep 600 & wait`)
	if err := e.create("slow", j); err != nil {
		t.Fatal(err)
	}
	op, err := e.jobs.RunJob(t.Context(), &runpb.RunJobRequest{Name: parent + "/jobs/slow"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := op.Metadata()
	if err != nil {
		t.Fatal(err)
	}
	for len(e.wrote("slow")) < 1 {
		time.Sleep(5 * time.Millisecond)
	}
	if err := e.server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := start(t, c)
	for len(again.wrote("slow")) < 2 {
		time.Sleep(5 * time.Millisecond)
	}
	x, err := again.executions.GetExecution(t.Context(), &runpb.GetExecutionRequest{Name: m.GetName()})
	if err != nil || x.GetRunningCount() != 1 || x.GetCompletionTime() != nil {
		t.Errorf("%v, %v", x, err)
	}
	if _, err := again.jobs.DeleteJob(t.Context(), &runpb.DeleteJobRequest{Name: parent + "/jobs/slow"}); err != nil {
		t.Error(err)
	}
}
