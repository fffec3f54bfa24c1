package run

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"path/filepath"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// operation is one long-running operation on a service; done closes with it.
type operation struct {
	pb         *longrunningpb.Operation
	service    string // full name
	generation int64  // of the service that this rollout is for
	done       chan struct{}
}

// operationFile is an operation on disk.
type operationFile struct {
	Operation  json.RawMessage `json:"operation"`
	Service    string          `json:"service"`
	Generation int64           `json:"generation"`
}

// uuid makes a random UUID, version 4.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newOperation starts an operation whose metadata is the resource as it is.
func newOperation(l location, service string, generation int64, meta proto.Message) *operation {
	return &operation{
		pb:      &longrunningpb.Operation{Name: l.String() + "/operations/" + uuid(), Metadata: pack(meta)},
		service: service, generation: generation, done: make(chan struct{}),
	}
}

// pack wraps a message; ours always can be.
func pack(m proto.Message) *anypb.Any {
	a, err := anypb.New(m)
	if err != nil {
		return &anypb.Any{}
	}
	return a
}

// finish ends an operation with the resource, or with an error.
func (o *operation) finish(resource proto.Message, fail *failure) {
	o.pb.Metadata, o.pb.Done = pack(resource), true
	if fail != nil {
		o.pb.Result = &longrunningpb.Operation_Error{Error: &spb.Status{Code: int32(fail.Code), Message: fail.Message}}
	} else {
		o.pb.Result = &longrunningpb.Operation_Response{Response: pack(resource)}
	}
	close(o.done)
}

// Operation gives an operation of Cloud Run's by its name.
func (s *Server) Operation(_ context.Context, name string) (*longrunningpb.Operation, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.ops[name]
	if o == nil {
		return nil, false
	}
	return proto.CloneOf(o.pb), true
}

// WaitOperation is Operation, once the operation is done or ctx has ended.
func (s *Server) WaitOperation(ctx context.Context, name string) (*longrunningpb.Operation, bool) {
	s.mu.Lock()
	o := s.ops[name]
	s.mu.Unlock()
	if o == nil {
		return nil, false
	}
	select {
	case <-o.done:
	case <-ctx.Done():
	case <-s.host.Context().Done():
	}
	return s.Operation(ctx, name)
}

// Underway is how many operations of a service, by its full name, are not done.
func (s *Server) Underway(service string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.ops {
		if o.service == service && !o.pb.GetDone() {
			n++
		}
	}
	return n
}

// keep remembers an operation; the caller holds s.mu.
func (s *Server) keep(o *operation) {
	s.ops[o.pb.GetName()] = o
	raw, err := protojson.Marshal(o.pb)
	if err == nil {
		err = atomicfile.WriteJSON(s.operationPath(o), operationFile{raw, o.service, o.generation})
	}
	if err != nil {
		s.cfg.Log.Error("saving an operation", "name", o.pb.GetName(), "error", err)
	}
}

func (s *Server) operationPath(o *operation) string {
	return filepath.Join(s.cfg.Dir, "operations", short(o.pb.GetName())+".json")
}
