package job

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"slices"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

var _ runpb.JobsServer = (*Server)(nil)

// creator is who makes everything here.
const creator = "local@gcpdeploy.invalid"

// CreateJob implements the API.
func (s *Server) CreateJob(ctx context.Context, req *runpb.CreateJobRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "CreateJob"); err != nil {
		return nil, err
	}
	l, _, err := parse(req.GetParent())
	if err != nil {
		return nil, err
	}
	if req.GetJob() == nil {
		return nil, invalid("job", "is required")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.create(ctx, l, req.GetJobId(), proto.CloneOf(req.GetJob()), req.GetValidateOnly())
}

func (s *Server) create(ctx context.Context, l location, id string, want *runpb.Job, validateOnly bool) (*longrunningpb.Operation, error) {
	copyOutput(&runpb.Job{}, want)
	if err := validate(id, want); err != nil {
		return nil, err
	}
	want.Name = l.String() + "/jobs/" + id
	if s.jobs[want.Name] != nil {
		return nil, status.Errorf(codes.AlreadyExists, "Resource '%s' already exists.", id)
	}
	fill(l.project, want)
	if err := s.actAs(ctx, l, want); err != nil {
		return nil, err
	}
	want.Uid, want.CreateTime, want.Creator = uuid(), timestamppb.New(s.cfg.Now()), creator
	j := &job{at: l, pb: want}
	s.changed(j)
	if !validateOnly {
		s.jobs[want.Name] = j
		s.save(j)
	}
	return s.done(l, want), nil
}

// changed notes that a job is another one than it was.
func (s *Server) changed(j *job) {
	now := timestamppb.New(s.cfg.Now())
	j.pb.Generation++
	j.pb.ObservedGeneration, j.pb.UpdateTime, j.pb.LastModifier = j.pb.Generation, now, creator
	j.pb.TerminalCondition = &runpb.Condition{Type: "Ready", State: runpb.Condition_CONDITION_SUCCEEDED, LastTransitionTime: now}
	j.tag()
}

// tag gives a job an etag of its own.
func (j *job) tag() {
	j.pb.Etag = fmt.Sprintf("%q", base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s/%d/%d", j.pb.GetUid(), j.pb.GetGeneration(), j.pb.GetExecutionCount())))
}

func (j *job) checkEtag(etag string) error {
	if etag != "" && etag != j.pb.GetEtag() {
		return status.Errorf(codes.Aborted, "Conflict for resource '%s': the etag that was given is not the current one.", short(j.pb.GetName()))
	}
	return nil
}

// UpdateJob implements the API, which has no mask: a job is replaced.
func (s *Server) UpdateJob(ctx context.Context, req *runpb.UpdateJobRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "UpdateJob"); err != nil {
		return nil, err
	}
	l, ids, err := parse(req.GetJob().GetName(), "jobs")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	want := proto.CloneOf(req.GetJob())
	j := s.jobs[want.GetName()]
	switch {
	case j == nil && req.GetAllowMissing():
		if err := s.allow(ctx, l, "run.jobs.create", want.GetName()); err != nil {
			return nil, err
		}
		return s.create(ctx, l, ids[0], want, req.GetValidateOnly())
	case j == nil:
		return nil, notFound("JOB", want.GetName())
	}
	if err := j.checkEtag(want.GetEtag()); err != nil {
		return nil, err
	}
	copyOutput(j.pb, want)
	if err := validate(ids[0], want); err != nil {
		return nil, err
	}
	fill(l.project, want)
	if err := s.actAs(ctx, l, want); err != nil {
		return nil, err
	}
	if req.GetValidateOnly() {
		return s.done(l, want), nil
	}
	j.pb = want
	s.changed(j)
	s.save(j)
	return s.done(l, want), nil
}

// output are the fields that the server sets; what a request says of them is ignored.
var output = []protoreflect.Name{"name", "uid", "generation", "create_time", "update_time", "delete_time", "expire_time", "creator", "last_modifier",
	"observed_generation", "terminal_condition", "conditions", "execution_count", "latest_created_execution", "reconciling", "satisfies_pzs", "etag"}

// copyOutput makes dst's output fields those of src.
func copyOutput(src, dst *runpb.Job) {
	a, b := src.ProtoReflect(), dst.ProtoReflect()
	for _, n := range output {
		if f := b.Descriptor().Fields().ByName(n); a.Has(f) {
			b.Set(f, a.Get(f))
		} else {
			b.Clear(f)
		}
	}
}

// GetJob implements the API.
func (s *Server) GetJob(ctx context.Context, req *runpb.GetJobRequest) (*runpb.Job, error) {
	if err := s.Faults.Take(ctx, "GetJob"); err != nil {
		return nil, err
	}
	if _, _, err := parse(req.GetName(), "jobs"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[req.GetName()]
	if j == nil {
		return nil, notFound("JOB", req.GetName())
	}
	return proto.CloneOf(j.pb), nil
}

// ListJobs implements the API: the newest first.
func (s *Server) ListJobs(ctx context.Context, req *runpb.ListJobsRequest) (*runpb.ListJobsResponse, error) {
	if err := s.Faults.Take(ctx, "ListJobs"); err != nil {
		return nil, err
	}
	l, _, err := parse(req.GetParent())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*runpb.Job
	for _, j := range s.jobs {
		if j.at == l {
			all = append(all, j.pb)
		}
	}
	slices.SortFunc(all, func(a, b *runpb.Job) int {
		return cmp.Or(b.GetCreateTime().AsTime().Compare(a.GetCreateTime().AsTime()), cmp.Compare(a.GetName(), b.GetName()))
	})
	page, next, err := frame.Page(all, req.GetPageSize(), req.GetPageToken(), 1000, 1000)
	if err != nil {
		return nil, err
	}
	return proto.CloneOf(&runpb.ListJobsResponse{Jobs: page, NextPageToken: next}), nil
}

// DeleteJob implements the API: executions end with their job.
func (s *Server) DeleteJob(ctx context.Context, req *runpb.DeleteJobRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "DeleteJob"); err != nil {
		return nil, err
	}
	l, _, err := parse(req.GetName(), "jobs")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[req.GetName()]
	if j == nil {
		return nil, notFound("JOB", req.GetName())
	}
	if err := j.checkEtag(req.GetEtag()); err != nil {
		return nil, err
	}
	gone := proto.CloneOf(j.pb)
	gone.DeleteTime = timestamppb.New(s.cfg.Now())
	if req.GetValidateOnly() {
		return s.done(l, gone), nil
	}
	delete(s.jobs, req.GetName())
	for name, e := range s.executions {
		if e.pb.GetJob() == req.GetName() {
			delete(s.executions, name)
			e.drop(runpb.Condition_DELETED)
		}
	}
	if err := cmp.Or(os.RemoveAll(s.dir(j)), s.cfg.Policies.Forget(req.GetName())); err != nil {
		return nil, status.Errorf(codes.Internal, "deleting %s: %v", req.GetName(), err)
	}
	return s.done(l, gone), nil
}

// actAs asks whether the caller may have a job run as its account.
func (s *Server) actAs(ctx context.Context, l location, j *runpb.Job) error {
	return s.allow(ctx, l, "iam.serviceAccounts.actAs", "projects/-/serviceAccounts/"+j.GetTemplate().GetTemplate().GetServiceAccount())
}

func (s *Server) allow(ctx context.Context, l location, permission, resource string) error {
	if s.cfg.Allow == nil {
		return nil
	}
	return s.cfg.Allow(ctx, frame.Access{API: "run.googleapis.com", Project: l.project, Permission: permission, Resource: resource})
}
