package gcp_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/auth"
	"github.com/googleapis/gax-go/v2/apierror"
	"google.golang.org/api/googleapi"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// answer is an error as the generated clients give it.
func answer(t *testing.T, code codes.Code, message string, details ...protoadapt.MessageV1) error {
	t.Helper()
	s, err := status.New(code, message).WithDetails(details...)
	if err != nil {
		t.Fatal(err)
	}
	a, ok := apierror.FromError(s.Err())
	if !ok {
		t.Fatal("no API error")
	}
	return a
}

func TestError(t *testing.T) {
	t.Parallel()
	info := func(reason string, metadata map[string]string) *errdetails.ErrorInfo {
		return &errdetails.ErrorInfo{Reason: reason, Domain: "googleapis.com", Metadata: metadata}
	}
	for _, tt := range []struct {
		name string
		err  error
		kind errs.Kind
		text string // the message
		hint string // part of it
	}{
		{"service disabled", answer(t, codes.PermissionDenied, "Cloud Build API has not been used",
			info("SERVICE_DISABLED", map[string]string{"service": "cloudbuild.googleapis.com", "consumer": "projects/42"})),
			errs.Auth, "trying: Cloud Build API has not been used", "`gcloud services enable cloudbuild.googleapis.com --project 42`"},
		{"no right", answer(t, codes.PermissionDenied, "denied",
			info("IAM_PERMISSION_DENIED", map[string]string{"permission": "artifactregistry.tags.get", "resource": "projects/p/locations/l/repositories/r"})),
			errs.Auth, "trying: denied", "Grant artifactregistry.tags.get (in roles/artifactregistry.reader) on projects/p/locations/l/repositories/r."},
		{"actAs", answer(t, codes.PermissionDenied, "denied",
			info("IAM_PERMISSION_DENIED", map[string]string{"permission": "iam.serviceAccounts.actAs"})),
			errs.Auth, "trying: denied", "roles/iam.serviceAccountUser"},
		{"bare denial", answer(t, codes.PermissionDenied, "The caller does not have permission"), errs.Auth,
			"trying: The caller does not have permission", "Check which account"},
		{"billing", answer(t, codes.FailedPrecondition, "billing", info("BILLING_DISABLED", nil)), errs.Auth, "trying: billing", "billing"},
		{"logged out", answer(t, codes.Unauthenticated, "expired", info("ACCESS_TOKEN_EXPIRED", nil)), errs.Auth, "trying: expired", "gcloud auth application-default login"},
		{"refresh refused", &auth.Error{Response: &http.Response{StatusCode: 400}, Body: []byte(`{"error":"invalid_grant"}`)}, errs.Auth, "", "gcloud auth application-default login"},
		{"missing", answer(t, codes.NotFound, "no such service"), errs.NotFound, "trying: no such service", ""},
		{"too fast", answer(t, codes.ResourceExhausted, "slow down",
			info("RATE_LIMIT_EXCEEDED", map[string]string{"quota_limit": "BuildsPerMinute"})), errs.Quota, "trying: slow down", "BuildsPerMinute"},
		{"away", status.Error(codes.Unavailable, "connection refused"), errs.Transient, "trying: connection refused", "run again"},
		{"slow", context.DeadlineExceeded, errs.Transient, "", "run again"},
		{"conflict", answer(t, codes.Aborted, "etag"), errs.Transient, "trying: etag", "at the same time"},
		{"refused fields", answer(t, codes.InvalidArgument, "bad request", &errdetails.BadRequest{
			FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "service.template", Description: "is bad"}}}),
			errs.Internal, "trying: bad request; service.template: is bad", ""},
		{"policy", answer(t, codes.FailedPrecondition, "not here", &errdetails.Help{
			Links: []*errdetails.Help_Link{{Description: "quotas", Url: "https://cloud.google.com/build/quotas"}}}),
			errs.Internal, "trying: not here", "https://cloud.google.com/build/quotas"},
		{"HTTP 403", &googleapi.Error{Code: 403, Message: "no storage.objects.get access"}, errs.Auth, "trying: no storage.objects.get access", "Check which account"},
		{"HTTP 404", &googleapi.Error{Code: 404, Message: "gone"}, errs.NotFound, "trying: gone", ""},
		{"HTTP 503", &googleapi.Error{Code: 503, Message: "backend"}, errs.Transient, "trying: backend", "run again"},
		{"HTTP 429", &googleapi.Error{Code: 429, Message: "slow"}, errs.Quota, "trying: slow", "in a minute"},
		{"stopped", status.Error(codes.Canceled, "context canceled"), errs.Interrupted, "trying: context canceled", ""},
		{"has a kind", fmt.Errorf("inside: %w", errs.New(errs.Quota, "Wait.", "full")), errs.Quota, "trying: inside: full", "Wait."},
		{"anything else", errors.New("odd"), errs.Internal, "trying: odd", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := gcp.Error(tt.err, "trying")
			if got := errs.KindOf(err); got != tt.kind {
				t.Errorf("kind = %v, want %v", got, tt.kind)
			}
			if tt.text != "" && err.Error() != tt.text {
				t.Errorf("text = %q, want %q", err, tt.text)
			}
			if got := errs.HintOf(err); !strings.Contains(got, tt.hint) || tt.hint == "" && got != "" {
				t.Errorf("hint = %q, want %q", got, tt.hint)
			}
		})
	}
}

func TestErrorKeepsTheChain(t *testing.T) {
	t.Parallel()
	if gcp.Error(nil, "trying") != nil {
		t.Error("no error became one")
	}
	if err := gcp.Error(status.Error(codes.Canceled, ""), "trying"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not context.Canceled", err)
	}
	if got := gcp.Code(gcp.Error(status.Error(codes.Aborted, "x"), "trying")); got != codes.Aborted {
		t.Errorf("Code = %v, want Aborted", got)
	}
	long := gcp.Error(status.Error(codes.Internal, strings.Repeat("x", 1<<20)), "trying")
	if len(long.Error()) > 8<<10 {
		t.Errorf("a message of %d bytes", len(long.Error()))
	}
}
