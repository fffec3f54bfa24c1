package cloudbuild

import (
	"context"
	"errors"
	"maps"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/storage"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
)

// defaultQueueTTL is how long a build may wait. Source: the proto's comment.
const defaultQueueTTL = time.Hour

// CreateBuild checks a build and queues it; it returns at once.
func (s *Server) CreateBuild(ctx context.Context, req *cloudbuildpb.CreateBuildRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "CreateBuild"); err != nil {
		return nil, err
	}
	op, err := s.create(ctx, req, triggered{})
	if err != nil {
		return nil, err
	}
	return op, s.Faults.Take(ctx, "CreateBuild.reply")
}

// RetryBuild runs a build's request again, as a new build.
func (s *Server) RetryBuild(ctx context.Context, req *cloudbuildpb.RetryBuildRequest) (*longrunningpb.Operation, error) {
	if err := s.Faults.Take(ctx, "RetryBuild"); err != nil {
		return nil, err
	}
	r, err := s.find(req.Name, req.ProjectId, req.Id)
	if err != nil {
		return nil, err
	}
	if !over(s.snapshot(r)) {
		return nil, status.Error(codes.FailedPrecondition, "generic::failed_precondition: build is still in progress")
	}
	return s.create(ctx, r.request, again(s.snapshot(r)))
}

// create queues a build; of says which trigger made it, if one did.
func (s *Server) create(ctx context.Context, req *cloudbuildpb.CreateBuildRequest, of triggered) (*longrunningpb.Operation, error) {
	p, err := parsePlace(req.Parent, req.ProjectId)
	if err != nil {
		return nil, err
	}
	if p.location == "-" {
		return nil, invalid("invalid location %q", p.location)
	}
	if err := s.Faults.quota(p.location); err != nil {
		return nil, err
	}
	b, err := s.admit(ctx, p, req.Build, of)
	if err != nil {
		return nil, err
	}
	if err := s.actAs(ctx, b.ProjectId, account(b)); err != nil {
		return nil, err
	}
	if bucket, _ := logObject(b); bucket != "" {
		if err := s.cfg.Store.GiveLogs(bucket, p.project); err != nil {
			return nil, status.Errorf(codes.Internal, "making the logs bucket: %v", err)
		}
	}
	request := proto.Clone(req).(*cloudbuildpb.CreateBuildRequest)
	if err := s.enqueue(b, request); err != nil {
		return nil, err
	}
	return operation(b)
}

// admit makes the build that Cloud Build would queue for a request, or refuses
// the request.
func (s *Server) admit(ctx context.Context, p place, asked *cloudbuildpb.Build, of triggered) (*cloudbuildpb.Build, error) {
	b := input(asked)
	if err := worker.Validate(b); err != nil {
		return nil, invalid("%v", err)
	}
	if err := s.emulated(b); err != nil {
		return nil, err
	}
	if err := checkLogging(b); err != nil {
		return nil, err
	}
	b.Id, b.ProjectId = newID(), p.project
	b.Name = p.build(b.Id)
	if b.ServiceAccount != "" && !buildAs.MatchString(b.ServiceAccount) {
		return nil, invalid("invalid build: invalid .service_account %q: must be projects/{project}/serviceAccounts/{account}", b.ServiceAccount)
	}
	if b.ServiceAccount == "" {
		b.ServiceAccount = "projects/" + p.project + "/serviceAccounts/" + s.cfg.Projects.BuildAccount(p.project)
	}
	known := map[string]string{"PROJECT_ID": p.project, "PROJECT_NUMBER": p.number(), "BUILD_ID": b.Id, "LOCATION": p.location}
	maps.Copy(known, of.known)
	b, err := worker.Substitute(b, known)
	if err == nil {
		err = worker.ValidateSubstituted(b)
	}
	if err != nil {
		return nil, invalid("%v", err)
	}
	of.mark(b)
	if m := poolName.FindStringSubmatch(b.GetOptions().GetPool().GetName()); m == nil && b.GetOptions().GetPool().GetName() != "" {
		return nil, invalid("invalid .options.pool.name %q: must be projects/{project}/locations/{region}/workerPools/{workerPool}", b.Options.Pool.Name)
	} else if m != nil && m[2] != p.location {
		return nil, invalid("pool %q is not in the build's region %q", b.Options.Pool.Name, p.location)
	}
	if err := s.resolveSource(ctx, b); err != nil {
		return nil, err
	}
	b.Status, b.CreateTime = cloudbuildpb.Build_QUEUED, timestamppb.New(s.cfg.Now())
	if of.approval {
		b.Status = cloudbuildpb.Build_PENDING
		b.Approval = &cloudbuildpb.BuildApproval{State: cloudbuildpb.BuildApproval_PENDING, Config: &cloudbuildpb.ApprovalConfig{ApprovalRequired: true}}
	}
	if b.Timeout.AsDuration() == 0 {
		b.Timeout = durationpb.New(worker.DefaultTimeout)
	}
	if b.QueueTtl.AsDuration() == 0 {
		b.QueueTtl = durationpb.New(defaultQueueTTL)
	}
	b.LogUrl = "https://console.cloud.google.com/cloud-build/builds/" + b.Id + "?project=" + p.number()
	if p.location != "global" {
		b.LogUrl = "https://console.cloud.google.com/cloud-build/builds;region=" + p.location + "/" + b.Id + "?project=" + p.number()
	}
	return b, s.placeLog(p, b)
}

// input is what a caller decides of a build: a copy without the fields that
// are output only, which Cloud Build ignores too.
func input(asked *cloudbuildpb.Build) *cloudbuildpb.Build {
	if asked == nil {
		return nil
	}
	b := proto.Clone(asked).(*cloudbuildpb.Build)
	b.Name, b.Id, b.ProjectId, b.Status, b.StatusDetail, b.Results = "", "", "", 0, "", nil
	b.CreateTime, b.StartTime, b.FinishTime, b.SourceProvenance, b.BuildTriggerId = nil, nil, nil, nil, ""
	b.LogUrl, b.Timing, b.Approval, b.Warnings, b.FailureInfo = "", nil, nil, nil, nil
	for _, s := range b.Steps {
		s.Timing, s.PullTiming, s.Status, s.ExitCode = nil, nil, 0, 0
	}
	if len(b.Images) == 0 {
		b.Images = b.GetArtifacts().GetImages()
	}
	return b
}

// emulated refuses what would be taken by Google and cannot be done here.
func (s *Server) emulated(b *cloudbuildpb.Build) error {
	missing := ""
	a := b.GetArtifacts()
	switch {
	case worker.NeedsSecrets(b) && (len(b.Secrets) > 0 || len(b.GetAvailableSecrets().GetInline()) > 0):
		return status.Error(codes.FailedPrecondition, "generic::failed_precondition: Cloud KMS is not emulated")
	case worker.NeedsSecrets(b) && s.cfg.Secrets == nil:
		return status.Error(codes.FailedPrecondition, "generic::failed_precondition: Secret Manager is not emulated")
	case b.Source != nil && b.Source.GetStorageSource() == nil && (s.cfg.Remotes == nil || b.Source.GetGitSource() == nil && b.Source.GetConnectedRepository() == nil):
		missing = "a source other than storageSource, gitSource and connectedRepository"
	case a.GetObjects() != nil, len(a.GetMavenArtifacts())+len(a.GetGoModules())+len(a.GetPythonPackages())+len(a.GetNpmPackages()) > 0:
		missing = "uploading artifacts other than images"
	case len(b.Dependencies) > 0, b.GitConfig != nil:
		missing = "fetching dependencies from git"
	}
	if missing != "" {
		return status.Errorf(codes.Unimplemented, "%s is not emulated", missing)
	}
	return nil
}

// resolveSource pins the generation of the source object, as the service does
// before it queues a build.
func (s *Server) resolveSource(ctx context.Context, b *cloudbuildpb.Build) error {
	src := b.GetSource().GetStorageSource()
	if src == nil {
		return s.resolveGit(ctx, b)
	}
	if src.Bucket == "" || src.Object == "" {
		return invalid("invalid build: invalid .source field: bucket and object must be given")
	}
	f, info, err := s.cfg.Store.Open(src.Bucket, src.Object, src.Generation)
	if _, ok := errors.AsType[*storage.Error](err); ok {
		return invalid("could not resolve source: %v", err)
	}
	if err != nil {
		return status.Errorf(codes.Internal, "could not resolve source: %v", err)
	}
	if err := f.Close(); err != nil {
		return status.Errorf(codes.Internal, "could not resolve source: %v", err)
	}
	b.SourceProvenance = &cloudbuildpb.SourceProvenance{ResolvedStorageSource: &cloudbuildpb.StorageSource{
		Bucket: src.Bucket, Object: src.Object, Generation: info.Generation}}
	return nil
}
