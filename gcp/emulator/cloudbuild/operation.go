package cloudbuild

import (
	"context"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/anypb"
)

// Operation gives the long-running operation of a build by its name; false if
// the name is none of a build's.
func (s *Server) Operation(_ context.Context, name string) (*longrunningpb.Operation, bool) {
	project, id, ok := parseOperation(name)
	if !ok {
		return nil, false
	}
	r, err := s.find("", "", id)
	if err != nil {
		return nil, false
	}
	b := s.snapshot(r)
	if b.ProjectId != project {
		return nil, false
	}
	op, err := operation(b)
	return op, err == nil
}

// operation is a build as an operation: its metadata has the build, its result
// too, or says how it failed.
func operation(b *cloudbuildpb.Build) (*longrunningpb.Operation, error) {
	meta, err := anypb.New(&cloudbuildpb.BuildOperationMetadata{Build: b})
	if err != nil {
		return nil, err
	}
	op := &longrunningpb.Operation{Name: operationName(place{project: b.ProjectId}, b.Id), Metadata: meta, Done: over(b)}
	if !op.Done {
		return op, nil
	}
	if b.Status == cloudbuildpb.Build_SUCCESS {
		res, err := anypb.New(b)
		if err != nil {
			return nil, err
		}
		op.Result = &longrunningpb.Operation_Response{Response: res}
		return op, nil
	}
	fault := map[cloudbuildpb.Build_Status]struct {
		code codes.Code
		text string
	}{
		cloudbuildpb.Build_FAILURE:        {codes.Unknown, "Build failed; check build logs for details"},
		cloudbuildpb.Build_CANCELLED:      {codes.Canceled, "Build was cancelled"},
		cloudbuildpb.Build_TIMEOUT:        {codes.DeadlineExceeded, "Build timed out"},
		cloudbuildpb.Build_EXPIRED:        {codes.DeadlineExceeded, "Build expired in the queue"},
		cloudbuildpb.Build_INTERNAL_ERROR: {codes.Internal, "Build failed because of an internal error"},
	}[b.Status]
	op.Result = &longrunningpb.Operation_Error{Error: &status.Status{Code: int32(fault.code), Message: fault.text}}
	return op, nil
}
