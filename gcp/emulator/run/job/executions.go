package job

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strings"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

var (
	_ runpb.ExecutionsServer = (*Server)(nil)
	_ runpb.TasksServer      = (*Server)(nil)
)

// known gives an execution by its name; the caller holds s.mu.
func (s *Server) known(name string) (location, *execution, error) {
	l, _, err := parse(name, "jobs", "executions")
	if err != nil {
		return l, nil, err
	}
	e := s.executions[name]
	if e == nil {
		return l, nil, notFound("EXECUTION", name)
	}
	return l, e, nil
}

// GetExecution implements the API.
func (s *Server) GetExecution(ctx context.Context, req *runpb.GetExecutionRequest) (*runpb.Execution, error) {
	if err := s.Faults.Take(ctx, "GetExecution"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, e, err := s.known(req.GetName())
	if err != nil {
		return nil, err
	}
	return proto.CloneOf(e.pb), nil
}

// ListExecutions implements the API: the newest first.
func (s *Server) ListExecutions(ctx context.Context, req *runpb.ListExecutionsRequest) (*runpb.ListExecutionsResponse, error) {
	if err := s.Faults.Take(ctx, "ListExecutions"); err != nil {
		return nil, err
	}
	l, ids, err := parse(req.GetParent(), "jobs")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*runpb.Execution
	for _, e := range s.executions {
		if e.at == l && (ids[0] == "-" || e.pb.GetJob() == req.GetParent()) {
			all = append(all, e.pb)
		}
	}
	slices.SortFunc(all, func(a, b *runpb.Execution) int {
		return cmp.Or(b.GetCreateTime().AsTime().Compare(a.GetCreateTime().AsTime()), cmp.Compare(a.GetName(), b.GetName()))
	})
	page, next, err := frame.Page(all, req.GetPageSize(), req.GetPageToken(), 1000, 1000)
	if err != nil {
		return nil, err
	}
	return proto.CloneOf(&runpb.ListExecutionsResponse{Executions: page, NextPageToken: next}), nil
}

// DeleteExecution implements the API.
func (s *Server) DeleteExecution(ctx context.Context, req *runpb.DeleteExecutionRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "DeleteExecution"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l, e, err := s.known(req.GetName())
	if err != nil {
		return nil, err
	}
	if !req.GetValidateOnly() {
		delete(s.executions, req.GetName())
		e.drop(runpb.Condition_DELETED)
		if err := os.Remove(s.executionPath(e)); err != nil && !os.IsNotExist(err) {
			return nil, status.Errorf(codes.Internal, "deleting %s: %v", req.GetName(), err)
		}
	}
	return s.done(l, e.pb), nil
}

// CancelExecution implements the API: the operation is done when the tasks have ended.
func (s *Server) CancelExecution(ctx context.Context, req *runpb.CancelExecutionRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "CancelExecution"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l, e, err := s.known(req.GetName())
	if err != nil {
		return nil, err
	}
	if e.ended() {
		return nil, errFinished
	}
	if !req.GetValidateOnly() {
		e.drop(runpb.Condition_CANCELLED)
	}
	return s.done(l, e.pb), nil
}

// GetTask implements the API.
func (s *Server) GetTask(ctx context.Context, req *runpb.GetTaskRequest) (*runpb.Task, error) {
	if err := s.Faults.Take(ctx, "GetTask"); err != nil {
		return nil, err
	}
	if _, _, err := parse(req.GetName(), "jobs", "executions", "tasks"); err != nil {
		return nil, err
	}
	parent, _, _ := strings.Cut(req.GetName(), "/tasks/")
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.executions[parent]; e != nil {
		for _, t := range e.tasks {
			if t.GetName() == req.GetName() {
				return proto.CloneOf(t), nil
			}
		}
	}
	return nil, notFound("TASK", req.GetName())
}

// ListTasks implements the API: by execution, in the order of their index.
func (s *Server) ListTasks(ctx context.Context, req *runpb.ListTasksRequest) (*runpb.ListTasksResponse, error) {
	if err := s.Faults.Take(ctx, "ListTasks"); err != nil {
		return nil, err
	}
	l, ids, err := parse(req.GetParent(), "jobs", "executions")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*runpb.Task
	for _, e := range s.executions {
		if e.at == l && (ids[0] == "-" || short(e.pb.GetJob()) == ids[0]) && (ids[1] == "-" || e.pb.GetName() == req.GetParent()) {
			all = append(all, e.tasks...)
		}
	}
	slices.SortFunc(all, func(a, b *runpb.Task) int {
		return cmp.Or(cmp.Compare(a.GetExecution(), b.GetExecution()), cmp.Compare(a.GetIndex(), b.GetIndex()))
	})
	page, next, err := frame.Page(all, req.GetPageSize(), req.GetPageToken(), 1000, 1000)
	if err != nil {
		return nil, err
	}
	return proto.CloneOf(&runpb.ListTasksResponse{Tasks: page, NextPageToken: next}), nil
}
