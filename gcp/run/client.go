package run

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	api "cloud.google.com/go/run/apiv2"
	"cloud.google.com/go/run/apiv2/runpb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/logging"
)

// Client talks to Cloud Run. It may be shared.
type Client struct {
	access    *gcp.Access
	services  func() (*api.ServicesClient, error)
	revisions func() (*api.RevisionsClient, error)
	jobs      jobClients
	logs      *logging.Client
}

// New makes a Client, which connects when it is first used.
func New(a *gcp.Access) *Client {
	const doing = "connecting to Cloud Run"
	return &Client{
		access: a, logs: logging.New(a), jobs: newJobClients(a),
		services: sync.OnceValues(func() (*api.ServicesClient, error) {
			opts, err := a.GRPC(a.Endpoint(gcp.Run))
			if err != nil {
				return nil, err
			}
			c, err := api.NewServicesClient(context.Background(), opts...)
			return c, gcp.Error(err, doing)
		}),
		revisions: sync.OnceValues(func() (*api.RevisionsClient, error) {
			opts, err := a.GRPC(a.Endpoint(gcp.Run))
			if err != nil {
				return nil, err
			}
			c, err := api.NewRevisionsClient(context.Background(), opts...)
			return c, gcp.Error(err, doing)
		}),
	}
}

func (c *Client) endpoint() string { return c.access.Endpoint(gcp.Run) }

// retry makes a call that may be made twice.
func (c *Client) retry(ctx context.Context, doing string, call func(context.Context, *api.ServicesClient) error) error {
	s, err := c.services()
	if err != nil {
		return err
	}
	return c.access.Retry(ctx, c.endpoint(), doing, c.access.Patience(c.endpoint()), func(ctx context.Context) error { return call(ctx, s) })
}

// Get gives a service as it is; ok is false where there is none.
func (c *Client) Get(ctx context.Context, project, region, service string) (s *runpb.Service, ok bool, err error) {
	err = c.retry(ctx, "looking up the service "+service, func(ctx context.Context, r *api.ServicesClient) (err error) {
		s, err = r.GetService(ctx, &runpb.GetServiceRequest{Name: name(project, region, service)}, gcp.Once)
		return err
	})
	if gcp.Code(err) == codes.NotFound {
		return nil, false, nil
	}
	return s, err == nil, err
}

// heldBack is how long Cloud Run is asked to hold its answer back while an
// operation goes on; less than a call to a server on this machine may take.
const heldBack = 2 * time.Second

// waiting asks for an operation so that the answer comes as soon as it is done,
// or after a while. Who may not ask that way asks the plain one.
func waiting(r *api.ServicesClient) gcp.GetOperation {
	return func(ctx context.Context, req *longrunningpb.GetOperationRequest, opts ...gax.CallOption) (*longrunningpb.Operation, error) {
		op, err := r.WaitOperation(ctx, &longrunningpb.WaitOperationRequest{Name: req.GetName(), Timeout: durationpb.New(heldBack)}, opts...)
		if code := gcp.Code(err); code == codes.Unimplemented || code == codes.PermissionDenied {
			return r.GetOperation(ctx, req, opts...)
		}
		return op, err
	}
}

// Delete removes a service with all its revisions, and waits until it is gone.
// ok is false where there was none.
func (c *Client) Delete(ctx context.Context, project, region, service string) (ok bool, err error) {
	return c.deleteAs(ctx, project, region, service, "")
}

// deleteAs is Delete of a service as it was with an etag; "" = however it is.
func (c *Client) deleteAs(ctx context.Context, project, region, service, etag string) (ok bool, err error) {
	doing := "deleting the service " + service
	var op *api.DeleteServiceOperation
	var get gcp.GetOperation
	err = c.retry(ctx, doing, func(ctx context.Context, r *api.ServicesClient) (err error) {
		get = waiting(r)
		op, err = r.DeleteService(ctx, &runpb.DeleteServiceRequest{Name: name(project, region, service), Etag: etag}, gcp.Once)
		return err
	})
	if gcp.Code(err) == codes.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	done, err := c.access.Wait(ctx, c.endpoint(), doing, op.Name(), get, nil)
	if err == nil {
		err = c.access.Error(gcp.Failed(done), c.endpoint(), doing)
	}
	return err == nil, err
}

// Revisions gives a service's revisions, the newest first.
func (c *Client) Revisions(ctx context.Context, project, region, service string) ([]*runpb.Revision, error) {
	const doing = "listing revisions"
	r, err := c.revisions()
	if err != nil {
		return nil, err
	}
	var found []*runpb.Revision
	err = c.access.Retry(ctx, c.endpoint(), doing, c.access.Patience(c.endpoint()), func(ctx context.Context) error {
		found = nil
		it := r.ListRevisions(ctx, &runpb.ListRevisionsRequest{Parent: name(project, region, service), PageSize: 1000}, gcp.Once)
		for {
			next, err := it.Next()
			if errors.Is(err, iterator.Done) {
				return nil
			}
			if err != nil {
				return err
			}
			found = append(found, next)
		}
	})
	slices.SortStableFunc(found, func(a, b *runpb.Revision) int {
		return b.GetCreateTime().AsTime().Compare(a.GetCreateTime().AsTime())
	})
	return found, err
}

// revision gives one revision by its full name.
func (c *Client) revision(ctx context.Context, full string) (v *runpb.Revision, err error) {
	r, err := c.revisions()
	if err != nil {
		return nil, err
	}
	err = c.access.Retry(ctx, c.endpoint(), "looking up "+short(full), c.access.Patience(c.endpoint()), func(ctx context.Context) (err error) {
		v, err = r.GetRevision(ctx, &runpb.GetRevisionRequest{Name: full}, gcp.Once)
		return err
	})
	return v, err
}

// short is the last part of a resource name.
func short(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
