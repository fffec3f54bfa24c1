package knative

import (
	"context"
	"encoding/json"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/run/apiv2/runpb"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
)

// operation is a long-running one as v1 answers it: its outcome is an object of
// v1.
type operation struct {
	Name     string         `json:"name"`
	Done     bool           `json:"done,omitempty"`
	Error    *message       `json:"error,omitempty"`
	Response map[string]any `json:"response,omitempty"`
}

func (s *Surface) getOperation(ctx context.Context, r request) (any, error) {
	return outcome(s.operations.GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: r.parent() + "/operations/" + r.name}))
}

func (s *Surface) waitOperation(ctx context.Context, r request) (any, error) {
	req := &longrunningpb.WaitOperationRequest{}
	if err := readProto(r, req); err != nil {
		return nil, err
	}
	req.Name = r.parent() + "/operations/" + r.name
	return outcome(s.operations.WaitOperation(ctx, req))
}

func outcome(op *longrunningpb.Operation, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	v1 := operation{Name: op.GetName(), Done: op.GetDone()}
	switch result := op.GetResult().(type) {
	case *longrunningpb.Operation_Error:
		v1.Error = &message{&spb.Status{Code: result.Error.GetCode(), Message: result.Error.GetMessage(), Details: result.Error.GetDetails()}}
	case *longrunningpb.Operation_Response:
		pb := &runpb.Service{}
		if err := result.Response.UnmarshalTo(pb); err != nil {
			return nil, statusf(codes.Unimplemented, "%s is about no service", op.GetName())
		}
		data, err := json.Marshal(fromService(pb))
		if err == nil {
			err = json.Unmarshal(data, &v1.Response)
		}
		if err != nil {
			return nil, statusf(codes.Internal, "%v", err)
		}
		v1.Response["@type"] = "type.googleapis.com/google.cloud.run.v1.Service"
	}
	return v1, nil
}
