package registry

import (
	"context"
	"crypto/rand"
	"strings"

	"cloud.google.com/go/artifactregistry/apiv1/artifactregistrypb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// maxOps is how many ended operations are remembered.
const maxOps = 1000

// done is an operation that ended well, remembered for who asks again; the
// caller holds the lock.
func (s *Server) done(n name, result proto.Message) (*longrunningpb.Operation, error) {
	response, err := anypb.New(result)
	if err != nil {
		return nil, internal(err)
	}
	metadata, err := anypb.New(&artifactregistrypb.OperationMetadata{})
	if err != nil {
		return nil, internal(err)
	}
	op := &longrunningpb.Operation{
		Name: "projects/" + n.project + "/locations/" + n.location + "/operations/" + strings.ToLower(rand.Text()),
		Done: true, Metadata: metadata, Result: &longrunningpb.Operation_Response{Response: response},
	}
	s.ops[op.GetName()] = op
	if s.order = append(s.order, op.GetName()); len(s.order) > maxOps {
		delete(s.ops, s.order[0])
		s.order = s.order[1:]
	}
	return op, nil
}

// Operation is an operation of this service by its name.
func (s *Server) Operation(_ context.Context, name string) (*longrunningpb.Operation, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op, ok := s.ops[name]
	return op, ok
}
