package gcp

import (
	"context"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// GetOperation is that method of a generated client.
type GetOperation func(context.Context, *longrunningpb.GetOperationRequest, ...gax.CallOption) (*longrunningpb.Operation, error)

// Wait asks for an operation on our own clock until it is done: the clients' own
// waiting grows to a minute between two looks. each, where not nil, sees it every
// time. The error is one of asking; the operation's own is in it, see Failed.
func (a *Access) Wait(ctx context.Context, endpoint, doing, name string, get GetOperation, each func(*longrunningpb.Operation)) (op *longrunningpb.Operation, err error) {
	err = poll.Until(ctx, a.Clock, a.Backoff(endpoint), func(ctx context.Context) (bool, error) {
		err := a.Retry(ctx, endpoint, doing, a.Patience(endpoint), func(ctx context.Context) (err error) {
			op, err = get(ctx, &longrunningpb.GetOperationRequest{Name: name}, Once)
			return err
		})
		if err == nil && each != nil {
			each(op)
		}
		return op.GetDone(), err
	})
	if ctx.Err() != nil && err != nil {
		err = Error(context.Cause(ctx), doing)
	}
	return op, err
}

// Failed is the error that an operation ended with, or nil.
func Failed(op *longrunningpb.Operation) error {
	if op.GetError() == nil {
		return nil
	}
	return status.FromProto(op.GetError()).Err()
}
