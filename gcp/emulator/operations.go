package emulator

import (
	"context"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxWait bounds WaitOperation, which Google bounds too, at a value of its own.
const maxWait = 30 * time.Second

// operationRules are the REST paths of operations. The proto has v1's only, and
// not for names below a location.
var operationRules = []*annotations.HttpRule{
	{Selector: "google.longrunning.Operations.GetOperation", Pattern: &annotations.HttpRule_Get{Get: "/v1/{name=projects/*/locations/*/operations/*}"},
		AdditionalBindings: []*annotations.HttpRule{
			{Pattern: &annotations.HttpRule_Get{Get: "/v2/{name=projects/*/locations/*/operations/*}"}},
		}},
	{Selector: "google.longrunning.Operations.WaitOperation", Pattern: &annotations.HttpRule_Post{Post: "/v2/{name=projects/*/locations/*/operations/*}:wait"}, Body: "*",
		AdditionalBindings: []*annotations.HttpRule{
			{Pattern: &annotations.HttpRule_Post{Post: "/v1/{name=projects/*/locations/*/operations/*}:wait"}, Body: "*"},
		}},
}

// operations serves the operations of all services by their names.
type operations struct {
	longrunningpb.UnimplementedOperationsServer
	server *Server
}

var _ longrunningpb.OperationsServer = (*operations)(nil)

func (s *Server) registerOperations() {
	longrunningpb.RegisterOperationsServer(s.grpc, &operations{server: s})
}

// GetOperation asks each service for the operation.
func (o *operations) GetOperation(ctx context.Context, req *longrunningpb.GetOperationRequest) (*longrunningpb.Operation, error) {
	for _, svc := range o.server.services {
		if svc.Operation == nil {
			continue
		}
		if op, ok := svc.Operation(ctx, req.GetName()); ok {
			return op, nil
		}
	}
	return nil, status.Errorf(codes.NotFound, "Operation %.200q not found.", req.GetName())
}

// WaitOperation answers when the operation is done or the time is over,
// whichever comes first.
func (o *operations) WaitOperation(ctx context.Context, req *longrunningpb.WaitOperationRequest) (*longrunningpb.Operation, error) {
	limit := maxWait
	if t := req.GetTimeout(); t != nil {
		limit = min(limit, t.AsDuration())
	}
	over := time.NewTimer(limit)
	defer over.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		op, err := o.GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: req.GetName()})
		if err != nil || op.GetDone() {
			return op, err
		}
		select {
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		case <-over.C:
			return op, nil
		case <-tick.C:
		}
	}
}
