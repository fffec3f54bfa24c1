package gcp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"cloud.google.com/go/auth"
	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Error says what an error of Google's means to the user: its kind, and what to
// do about it. doing is what was tried: "creating the build". It is the one
// place that maps status codes; an error that has a kind already keeps it. Who
// has an Access asks that one: it knows the caller.
func Error(err error, doing string) error {
	return explain(err, doing, func() caller { return somebody })
}

func explain(err error, doing string, by func() caller) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*errs.Error](err); ok {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if Code(err) == codes.Canceled {
		return errs.New(errs.Interrupted, "", "%s: %w", doing, context.Canceled)
	}
	kind, hint := meaning(err, by)
	return errs.New(kind, hint, "%s: %w", doing, remote{err})
}

// Code is the gRPC code of an error from any of the transports, Unknown where
// there is none.
func Code(err error) codes.Code {
	if errors.Is(err, context.Canceled) {
		return codes.Canceled
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return codes.DeadlineExceeded
	}
	if g, ok := errors.AsType[*googleapi.Error](err); ok {
		return httpCode(g.Code)
	}
	if a, ok := errors.AsType[*apierror.APIError](err); ok && a.GRPCStatus() != nil {
		return a.GRPCStatus().Code()
	}
	if s, ok := errors.AsType[grpcError](err); ok {
		return s.GRPCStatus().Code()
	}
	if a, ok := errors.AsType[*auth.Error](err); ok {
		if a.Temporary() {
			return codes.Unavailable
		}
		return codes.Unauthenticated
	}
	if Broken(err) {
		return codes.Unavailable
	}
	return codes.Unknown
}

// Broken says whether an error is of an HTTP connection rather than of a server
// that answered.
func Broken(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return false
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return true
	}
	_, ok := errors.AsType[*net.OpError](err)
	return ok || errors.Is(err, io.ErrUnexpectedEOF)
}

// grpcError is what the errors of gRPC have, wrapped or not.
type grpcError interface {
	error
	GRPCStatus() *status.Status
}

// httpCode is the gRPC code that Google's JSON APIs answer as an HTTP status.
func httpCode(status int) codes.Code {
	switch status {
	case http.StatusBadRequest:
		return codes.InvalidArgument
	case http.StatusUnauthorized:
		return codes.Unauthenticated
	case http.StatusForbidden:
		return codes.PermissionDenied
	case http.StatusNotFound:
		return codes.NotFound
	case http.StatusConflict:
		return codes.AlreadyExists
	case http.StatusPreconditionFailed:
		return codes.FailedPrecondition
	case http.StatusRequestedRangeNotSatisfiable:
		return codes.OutOfRange
	case http.StatusTooManyRequests:
		return codes.ResourceExhausted
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return codes.DeadlineExceeded
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable:
		return codes.Unavailable
	}
	return codes.Unknown
}

// limit caps what of a server's text goes into a message.
const limit = 4 << 10

// remote is a server's error with its message alone: the transport's codes and
// names say nothing to users, and stay in the chain for errors.As.
type remote struct{ err error }

// Unwrap gives the transport's error.
func (r remote) Unwrap() error { return r.err }

// Error is the server's message, with the fields it refused.
func (r remote) Error() string {
	text := r.err.Error()
	if a, ok := errors.AsType[*apierror.APIError](r.err); ok && a.GRPCStatus() != nil && a.HTTPCode() < 0 {
		text = a.GRPCStatus().Message()
	} else if g, ok := errors.AsType[*googleapi.Error](r.err); ok && g.Message != "" {
		text = g.Message
	} else if s, ok := errors.AsType[grpcError](r.err); ok {
		text = s.GRPCStatus().Message()
	}
	if text == "" {
		text = Code(r.err).String()
	}
	for _, v := range detailsOf(r.err).violations {
		text += "; " + v
	}
	if len(text) > limit {
		text = text[:limit] + "…"
	}
	return text
}
