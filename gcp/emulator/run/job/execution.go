package job

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// atOnce is how many tasks run beside each other where a job leaves that open: this is
// one machine.
const atOnce = 4

// execution is one run of a job; Server.mu guards it.
type execution struct {
	at    location
	pb    *runpb.Execution
	tasks []*runpb.Task
	stop  context.CancelCauseFunc
}

// stopped is why an execution ends before its tasks do.
type stopped runpb.Condition_ExecutionReason

func (s stopped) Error() string { return runpb.Condition_ExecutionReason(s).String() }

// drop ends an execution; the caller holds Server.mu.
func (e *execution) drop(why runpb.Condition_ExecutionReason) {
	if e.stop != nil {
		e.stop(stopped(why))
	}
}

// completed is the condition that says how an execution stands.
func (e *execution) completed() *runpb.Condition { return e.pb.GetConditions()[0] }

func (e *execution) ended() bool { return e.pb.GetCompletionTime() != nil }

// begin lets an execution go on beside; the caller holds s.mu.
func (s *Server) begin(e *execution) {
	ctx, stop := context.WithCancelCause(s.host.Context())
	e.stop = stop
	if e.pb.StartTime == nil {
		e.pb.StartTime = timestamppb.New(s.cfg.Now())
		for _, kind := range []string{"ResourcesAvailable", "Started"} {
			e.pb.Conditions = append(e.pb.Conditions, &runpb.Condition{Type: kind, State: runpb.Condition_CONDITION_SUCCEEDED, LastTransitionTime: e.pb.StartTime})
		}
	}
	s.host.Go(func() {
		defer stop(nil)
		s.tasks(ctx, e)
		if s.host.Context().Err() == nil { // else it goes on after the restart
			s.finish(ctx, e)
		}
	})
}

// tasks runs those that have not ended, so many beside each other.
func (s *Server) tasks(ctx context.Context, e *execution) {
	var all sync.WaitGroup
	free := make(chan struct{}, parallel(e.pb))
	for _, t := range e.tasks {
		if t.GetCompletionTime() != nil {
			continue
		}
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		all.Go(func() {
			s.task(ctx, e, t)
			<-free
		})
	}
	all.Wait()
}

func parallel(e *runpb.Execution) int {
	if n := int(e.GetParallelism()); n > 0 {
		return n
	}
	return atOnce
}

// finish says how an execution ended.
func (s *Server) finish(ctx context.Context, e *execution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := timestamppb.New(s.cfg.Now())
	c := e.completed()
	c.State, c.LastTransitionTime = runpb.Condition_CONDITION_SUCCEEDED, now
	how := runpb.ExecutionReference_EXECUTION_SUCCEEDED
	fail := func(message string, why runpb.Condition_ExecutionReason) {
		c.State, c.Severity, c.Message, c.Reasons = runpb.Condition_CONDITION_FAILED, runpb.Condition_ERROR, message, &runpb.Condition_ExecutionReason_{ExecutionReason: why}
		how = runpb.ExecutionReference_EXECUTION_FAILED
	}
	for _, t := range e.tasks {
		if why, ok := errors.AsType[stopped](context.Cause(ctx)); ok && t.GetCompletionTime() == nil {
			s.endTask(e, t, runpb.Condition_CONDITION_FAILED, "The task was cancelled.", runpb.Condition_CANCELLED)
			e.pb.CancelledCount++
			fail("Execution "+short(e.pb.GetName())+" was cancelled.", runpb.Condition_ExecutionReason(why))
			how = runpb.ExecutionReference_EXECUTION_CANCELLED
		}
		if last := t.GetConditions()[0]; last.GetState() == runpb.Condition_CONDITION_FAILED && c.State == runpb.Condition_CONDITION_SUCCEEDED {
			fail(fmt.Sprintf("Task %s failed with message: %s", short(t.GetName()), last.GetMessage()), runpb.Condition_NON_ZERO_EXIT_CODE)
		}
	}
	e.pb.CompletionTime, e.pb.UpdateTime, e.pb.Reconciling, e.pb.ObservedGeneration, e.pb.RunningCount = now, now, false, 1, 0
	if s.executions[e.pb.GetName()] == nil { // deleted
		return
	}
	s.saveExecution(e)
	if j := s.jobs[e.pb.GetJob()]; j != nil && j.pb.GetLatestCreatedExecution().GetName() == e.pb.GetName() {
		r := j.pb.LatestCreatedExecution
		r.CompletionTime, r.CompletionStatus = now, how
		s.save(j)
	}
}
