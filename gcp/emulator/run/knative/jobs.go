package knative

import (
	"context"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	runv1 "google.golang.org/api/run/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
)

func (r request) job() string { return r.parent() + "/jobs/" + r.name }

func (s *Surface) getJob(ctx context.Context, r request) (any, error) {
	pb, err := s.jobs.GetJob(ctx, &runpb.GetJobRequest{Name: r.job()})
	if err != nil {
		return nil, err
	}
	return fromJob(pb), nil
}

func (s *Surface) listJobs(ctx context.Context, r request) (any, error) {
	selected, err := selector(r)
	if err != nil {
		return nil, err
	}
	list := &runv1.ListJobsResponse{ApiVersion: jobsVersion, Kind: "JobList", Metadata: &runv1.ListMeta{}}
	req := &runpb.ListJobsRequest{Parent: r.parent()}
	for {
		page, err := s.jobs.ListJobs(ctx, req)
		if err != nil {
			return nil, err
		}
		for _, pb := range page.GetJobs() {
			if v1 := fromJob(pb); selected(v1.Metadata.Labels) {
				list.Items = append(list.Items, v1)
			}
		}
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	list.Items, list.Metadata.Continue, err = cut(r, list.Items)
	return list, err
}

func (s *Surface) createJob(ctx context.Context, r request) (any, error) {
	v1, err := s.readJob(r)
	if err != nil {
		return nil, err
	}
	want, err := toJob(&runpb.Job{}, v1)
	if err != nil {
		return nil, err
	}
	return madeJob(s.jobs.CreateJob(ctx, &runpb.CreateJobRequest{Parent: r.parent(), JobId: v1.Metadata.Name, Job: want, ValidateOnly: r.dryRun()}))
}

// replaceJob makes a job what the object says. What v1 has no word for stays.
func (s *Surface) replaceJob(ctx context.Context, r request) (any, error) {
	v1, err := s.readJob(r)
	if err != nil {
		return nil, err
	}
	have, err := s.jobs.GetJob(ctx, &runpb.GetJobRequest{Name: r.job()})
	if err != nil {
		return nil, err
	}
	if v := v1.Metadata.ResourceVersion; v != "" && v != version(have.GetEtag()) {
		return nil, statusf(codes.Aborted, "Conflict for resource '%s': version '%s' was specified but current version is '%s'.", r.name, v, version(have.GetEtag()))
	}
	want, err := toJob(have, v1)
	if err != nil {
		return nil, err
	}
	return madeJob(s.jobs.UpdateJob(ctx, &runpb.UpdateJobRequest{Job: want, ValidateOnly: r.dryRun()}))
}

// madeJob is the job that an operation is about.
func madeJob(op *longrunningpb.Operation, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	pb := &runpb.Job{}
	if err := op.GetMetadata().UnmarshalTo(pb); err != nil {
		return nil, statusf(codes.Internal, "%v", err)
	}
	return fromJob(pb), nil
}

// readJob reads the object in a request, which must be the one of its path.
func (s *Surface) readJob(r request) (*runv1.Job, error) {
	v1 := &runv1.Job{}
	if err := read(r, v1); err != nil {
		return nil, err
	}
	m := v1.Metadata
	switch {
	case v1.ApiVersion != jobsVersion || v1.Kind != "Job":
		return nil, invalid("apiVersion and kind must be %s and Job, not %q and %q", jobsVersion, v1.ApiVersion, v1.Kind)
	case m == nil || m.Name == "":
		return nil, invalid("metadata.name is required")
	case r.name != "" && m.Name != r.name:
		return nil, invalid("metadata.name: %q is not the job of the path, %q", m.Name, r.name)
	case m.Namespace != "" && s.projectID(m.Namespace) != r.project:
		return nil, invalid("metadata.namespace: %q is not the project of the path", m.Namespace)
	case v1.Spec == nil || v1.Spec.Template == nil || v1.Spec.Template.Spec == nil || v1.Spec.Template.Spec.Template == nil || v1.Spec.Template.Spec.Template.Spec == nil:
		return nil, invalid("spec.template.spec.template.spec is required")
	}
	delete(m.Labels, labelLocation)
	if t := v1.Spec.Template.Metadata; t != nil {
		delete(t.Labels, labelLocation)
	}
	return v1, nil
}

func (s *Surface) deleteJob(ctx context.Context, r request) (any, error) {
	_, err := s.jobs.DeleteJob(ctx, &runpb.DeleteJobRequest{Name: r.job(), ValidateOnly: r.dryRun()})
	return deleted(err)
}

// runJob begins an execution.
func (s *Surface) runJob(ctx context.Context, r request) (any, error) {
	v1 := &runv1.RunJobRequest{}
	if err := read(r, v1); err != nil {
		return nil, err
	}
	req := &runpb.RunJobRequest{Name: r.job()}
	if o := v1.Overrides; o != nil {
		if o.DelayExecution {
			return nil, statusf(codes.Unimplemented, "overrides.delayExecution: true is not emulated")
		}
		n, err := int32of(o.TaskCount, "overrides.taskCount")
		if err != nil {
			return nil, err
		}
		req.Overrides = &runpb.RunJobRequest_Overrides{TaskCount: n}
		if o.TimeoutSeconds != 0 {
			req.Overrides.Timeout = &durationpb.Duration{Seconds: o.TimeoutSeconds}
		}
		for _, c := range o.ContainerOverrides {
			to := &runpb.Container{}
			if err := toContainer(to, &runv1.Container{Env: c.Env}); err != nil {
				return nil, err
			}
			req.Overrides.ContainerOverrides = append(req.Overrides.ContainerOverrides, &runpb.RunJobRequest_Overrides_ContainerOverride{
				Name: c.Name, Args: c.Args, ClearArgs: c.ClearArgs, Env: to.GetEnv(),
			})
		}
	}
	op, err := s.jobs.RunJob(ctx, req)
	if err != nil {
		return nil, err
	}
	pb := &runpb.Execution{}
	if err := op.GetMetadata().UnmarshalTo(pb); err != nil {
		return nil, statusf(codes.Internal, "%v", err)
	}
	return fromExecution(pb), nil
}
