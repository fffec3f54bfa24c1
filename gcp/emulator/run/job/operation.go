package job

import (
	"context"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// operation is a long-running one. What has ended at once has one without an
// execution; another's is done when its execution is.
type operation struct {
	pb        *longrunningpb.Operation
	execution *execution
}

// done is the operation of what has ended already; the caller holds s.mu.
func (s *Server) done(l location, m proto.Message) *longrunningpb.Operation {
	o := &longrunningpb.Operation{Name: l.String() + "/operations/" + uuid(), Metadata: pack(m), Done: true, Result: &longrunningpb.Operation_Response{Response: pack(m)}}
	s.ops[o.Name] = &operation{pb: o}
	return o
}

// pack wraps a message; ours always can be.
func pack(m proto.Message) *anypb.Any {
	a, err := anypb.New(m)
	if err != nil {
		return &anypb.Any{}
	}
	return a
}

// Operation gives an operation of jobs by its name.
func (s *Server) Operation(_ context.Context, name string) (*longrunningpb.Operation, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.ops[name]
	if o == nil {
		return nil, false
	}
	pb := proto.CloneOf(o.pb)
	if o.execution == nil {
		return pb, true
	}
	pb.Metadata = pack(o.execution.pb)
	switch c := o.execution.completed(); c.GetState() {
	case runpb.Condition_CONDITION_SUCCEEDED:
		pb.Done, pb.Result = true, &longrunningpb.Operation_Response{Response: pack(o.execution.pb)}
	case runpb.Condition_CONDITION_FAILED:
		code := codes.Internal
		if r := c.GetExecutionReason(); r == runpb.Condition_CANCELLED || r == runpb.Condition_DELETED {
			code = codes.Canceled
		}
		pb.Done, pb.Result = true, &longrunningpb.Operation_Error{Error: &spb.Status{Code: int32(code), Message: c.GetMessage()}}
	}
	return pb, true
}

var errFinished = status.Error(codes.FailedPrecondition, "The execution has completed already.")
