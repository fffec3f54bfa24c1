package knative

import (
	"context"

	"cloud.google.com/go/run/apiv2/runpb"
	runv1 "google.golang.org/api/run/v1"
	"google.golang.org/grpc/codes"
)

// eachExecution hands on the executions of all jobs of a region.
func (s *Surface) eachExecution(ctx context.Context, r request, f func(*runpb.Execution)) error {
	req := &runpb.ListExecutionsRequest{Parent: r.parent() + "/jobs/-"}
	for {
		page, err := s.executions.ListExecutions(ctx, req)
		if err != nil {
			return err
		}
		for _, pb := range page.GetExecutions() {
			f(pb)
		}
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			return nil
		}
	}
}

func (s *Surface) listExecutions(ctx context.Context, r request) (any, error) {
	selected, err := selector(r)
	if err != nil {
		return nil, err
	}
	list := &runv1.ListExecutionsResponse{ApiVersion: jobsVersion, Kind: "ExecutionList", Metadata: &runv1.ListMeta{}}
	err = s.eachExecution(ctx, r, func(pb *runpb.Execution) {
		if v1 := fromExecution(pb); selected(v1.Metadata.Labels) {
			list.Items = append(list.Items, v1)
		}
	})
	if err != nil {
		return nil, err
	}
	list.Items, list.Metadata.Continue, err = cut(r, list.Items)
	return list, err
}

// findExecution looks for one: in v1 its name says nothing of its job.
func (s *Surface) findExecution(ctx context.Context, r request) (found *runpb.Execution, err error) {
	err = s.eachExecution(ctx, r, func(pb *runpb.Execution) {
		if short(pb.GetName()) == r.name {
			found = pb
		}
	})
	if err == nil && found == nil {
		err = statusf(codes.NotFound, "Resource '%s' of kind 'EXECUTION' in region does not exist.", r.name)
	}
	return found, err
}

func (s *Surface) getExecution(ctx context.Context, r request) (any, error) {
	pb, err := s.findExecution(ctx, r)
	if err != nil {
		return nil, err
	}
	return fromExecution(pb), nil
}

func (s *Surface) deleteExecution(ctx context.Context, r request) (any, error) {
	pb, err := s.findExecution(ctx, r)
	if err != nil {
		return nil, err
	}
	_, err = s.executions.DeleteExecution(ctx, &runpb.DeleteExecutionRequest{Name: pb.GetName(), ValidateOnly: r.dryRun()})
	return deleted(err)
}

func (s *Surface) cancelExecution(ctx context.Context, r request) (any, error) {
	pb, err := s.findExecution(ctx, r)
	if err != nil {
		return nil, err
	}
	if _, err := s.executions.CancelExecution(ctx, &runpb.CancelExecutionRequest{Name: pb.GetName()}); err != nil {
		return nil, err
	}
	return fromExecution(pb), nil
}

// eachTask hands on the tasks of all executions of a region.
func (s *Surface) eachTask(ctx context.Context, r request, f func(*runpb.Task)) error {
	req := &runpb.ListTasksRequest{Parent: r.parent() + "/jobs/-/executions/-"}
	for {
		page, err := s.tasks.ListTasks(ctx, req)
		if err != nil {
			return err
		}
		for _, pb := range page.GetTasks() {
			f(pb)
		}
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			return nil
		}
	}
}

func (s *Surface) listTasks(ctx context.Context, r request) (any, error) {
	selected, err := selector(r)
	if err != nil {
		return nil, err
	}
	list := &runv1.ListTasksResponse{ApiVersion: jobsVersion, Kind: "TaskList", Metadata: &runv1.ListMeta{}}
	err = s.eachTask(ctx, r, func(pb *runpb.Task) {
		if v1 := fromTask(pb); selected(v1.Metadata.Labels) {
			list.Items = append(list.Items, v1)
		}
	})
	if err != nil {
		return nil, err
	}
	list.Items, list.Metadata.Continue, err = cut(r, list.Items)
	return list, err
}

func (s *Surface) getTask(ctx context.Context, r request) (any, error) {
	var found *runpb.Task
	err := s.eachTask(ctx, r, func(pb *runpb.Task) {
		if short(pb.GetName()) == r.name {
			found = pb
		}
	})
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, statusf(codes.NotFound, "Resource '%s' of kind 'TASK' in region does not exist.", r.name)
	}
	return fromTask(found), nil
}
