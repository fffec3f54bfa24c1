package gcp

import (
	"context"
	"errors"
	"path"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
)

// called is the error of a call, with which call it was and what it asked for.
// Servers often say neither.
type called struct {
	call     string // as in the table of rights: "cloudbuild.CreateBuild"
	resource string // its full name: "projects/p/locations/l"
	err      error
}

// Called notes on an error which call it is of. Calls by gRPC are noted by
// themselves; call is as in the table of rights, resource a full name.
func Called(err error, call, resource string) error {
	if err == nil {
		return nil
	}
	c := &called{call, resource, err}
	if s, ok := errors.AsType[grpcError](err); ok {
		return withStatus{c, s.GRPCStatus()} // gRPC and its clients know no error by its chain
	}
	return c
}

// Error is the error's own.
func (c *called) Error() string { return c.err.Error() }

// Unwrap gives the error itself.
func (c *called) Unwrap() error { return c.err }

// withStatus is an error that gRPC takes for a status.
type withStatus struct {
	error
	status *status.Status
}

// Unwrap gives the error itself.
func (w withStatus) Unwrap() error { return w.error }

// GRPCStatus is the status.
func (w withStatus) GRPCStatus() *status.Status { return w.status }

// Answered is an error that a server answered with an HTTP status.
func Answered(err error, code int) error {
	return withStatus{err, status.New(httpCode(code), err.Error())}
}

// callers are our packages by the services that they call.
var callers = map[string]string{
	"google.devtools.cloudbuild.v1.CloudBuild":             "cloudbuild",
	"google.devtools.artifactregistry.v1.ArtifactRegistry": "registry",
	"google.cloud.run.v2.Services":                         "run",
	"google.cloud.run.v2.Revisions":                        "run",
	"google.cloud.scheduler.v1.CloudScheduler":             "schedule",
	"google.cloud.secretmanager.v1.SecretManagerService":   "secretmanager",
	"google.logging.v2.LoggingServiceV2":                   "logging",
}

// noted is an interceptor that notes which call an error is of.
func noted(ctx context.Context, method string, req, reply any, c *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	err := invoke(ctx, method, req, reply, c, opts...)
	if err == nil {
		return nil
	}
	service, name := path.Split(method)
	return Called(err, callers[strings.Trim(service, "/")]+"."+name, resourceOf(req))
}

// resourceOf is what a request asks for or about.
func resourceOf(req any) string {
	switch r := req.(type) {
	case interface{ GetName() string }:
		return r.GetName()
	case interface{ GetParent() string }:
		return r.GetParent()
	case interface{ GetResource() string }:
		return r.GetResource()
	case interface{ GetResourceNames() []string }:
		if len(r.GetResourceNames()) > 0 {
			return r.GetResourceNames()[0]
		}
	}
	return ""
}
