package repository

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"

	"cloud.google.com/go/cloudbuild/apiv2/cloudbuildpb"
	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// lists is the state's file.
type lists struct {
	Connections  json.RawMessage `json:"connections"`
	Repositories json.RawMessage `json:"repositories"`
}

func split(data []byte) (l lists, err error) {
	err = json.Unmarshal(data, &l)
	if err == nil && (l.Connections == nil || l.Repositories == nil) {
		err = errors.New("it has no lists")
	}
	return l, err
}

func join(connections, repositories proto.Message) ([]byte, error) {
	var l lists
	var err, err2 error
	l.Connections, err = protojson.Marshal(connections)
	l.Repositories, err2 = protojson.Marshal(repositories)
	if err = errors.Join(err, err2); err != nil {
		return nil, err
	}
	return json.Marshal(l)
}

func copied[T any](m map[string]T) map[string]T { return maps.Clone(m) }

// sorted are a map's values by their names.
func sorted[T any](m map[string]T) []T {
	all := make([]T, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, m[name])
	}
	return all
}

// maxOperations is how many of them are kept.
const maxOperations = 1000

// done makes the operation of what is done already; its response is none for a deletion.
func (s *Server) done(place, verb, target string, response proto.Message) (*longrunningpb.Operation, error) {
	now := timestamppb.New(s.cfg.Now())
	meta, err := anypb.New(&cloudbuildpb.OperationMetadata{CreateTime: now, EndTime: now, Target: target, Verb: verb, ApiVersion: "v2"})
	if err != nil {
		return nil, internal(err)
	}
	value, err := anypb.New(response)
	if err != nil {
		return nil, internal(err)
	}
	op := &longrunningpb.Operation{
		Name:     place + "/operations/" + strconv.FormatInt(rand.Int64(), 10),
		Metadata: meta, Done: true, Result: &longrunningpb.Operation_Response{Response: value},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.operations) >= maxOperations {
		clear(s.operations)
	}
	s.operations[op.Name] = op
	return op, nil
}

// Operation gives an operation by its name; false, if it is none of these.
func (s *Server) Operation(_ context.Context, name string) (*longrunningpb.Operation, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op, ok := s.operations[name]
	return op, ok
}

func internal(err error) error {
	if _, ok := status.FromError(err); ok {
		return err
	}
	return status.Errorf(codes.Internal, "storing connections: %v", err)
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func notFound(name string) error {
	return status.Errorf(codes.NotFound, "Resource '%s' was not found", name)
}
