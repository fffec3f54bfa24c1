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
	"github.com/gcpdeploy/gcpdeploy/gcp/rights"
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

// A caller that is known, and calls that are.
const (
	ada  = "ada@example.com"
	repo = "projects/p/locations/l/repositories/r"
)

func byAda(as rights.Identity) *gcp.Access {
	return gcp.New(gcp.Config{TokenFile: "/run/token", Impersonate: []string{ada}, As: as})
}

func info(reason string, metadata ...string) *errdetails.ErrorInfo {
	i := &errdetails.ErrorInfo{Reason: reason, Domain: "googleapis.com", Metadata: map[string]string{}}
	for n := 0; n < len(metadata); n += 2 {
		i.Metadata[metadata[n]] = metadata[n+1]
	}
	return i
}

// TestError has a row for each way in which Google refuses.
func TestError(t *testing.T) {
	t.Parallel()
	grant := func(what, on, command string) string {
		role, _, _ := strings.Cut(what, " ")
		return "Grant " + what + " on " + on + " to " + ada + ": `gcloud " + command + " --member=user:" + ada + " --role=" + role + "`."
	}
	policy := func(kind string) *errdetails.PreconditionFailure {
		return &errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{{Type: kind, Subject: "s", Description: "d"}}}
	}
	for _, tt := range []struct {
		name string
		err  error
		kind errs.Kind
		text string // the message
		hint string // part of it
	}{
		{"service disabled", answer(t, codes.PermissionDenied, "Cloud Build API has not been used",
			info("SERVICE_DISABLED", "service", "cloudbuild.googleapis.com", "consumer", "projects/42")),
			errs.Auth, "trying: Cloud Build API has not been used", "`gcloud services enable cloudbuild.googleapis.com --project=42`"},
		{"charged to nobody", answer(t, codes.PermissionDenied, "The API requires a quota project",
			info("SERVICE_DISABLED", "service", "run.googleapis.com", "consumer", "projects/764086051850")),
			errs.Auth, "", "`gcloud auth application-default set-quota-project PROJECT`"},
		{"charged to another's", answer(t, codes.PermissionDenied, "Caller does not have required permission to use project payer.",
			info("USER_PROJECT_DENIED", "consumer", "projects/payer")), errs.Auth, "",
			grant("roles/serviceusage.serviceUsageConsumer (for serviceusage.services.use)", "the project payer", "projects add-iam-policy-binding payer --condition=None")},
		{"no such project", answer(t, codes.PermissionDenied, "Permission denied on resource project nope.", info("CONSUMER_INVALID", "consumer", "projects/nope")),
			errs.Auth, "", "Check the project's ID: nope"},
		{"no right", answer(t, codes.PermissionDenied, "denied", info("IAM_PERMISSION_DENIED", "permission", "artifactregistry.tags.get", "resource", repo+"/packages/x/tags/y")),
			errs.Auth, "trying: denied", grant("roles/artifactregistry.reader (for artifactregistry.tags.get)", "the repository r", "artifacts repositories add-iam-policy-binding r --location=l --project=p")},
		{"no right on the project", answer(t, codes.PermissionDenied, "denied", info("IAM_PERMISSION_DENIED", "permission", "run.services.get", "resource", "//run.googleapis.com/projects/p/locations/l/services/s")),
			errs.Auth, "", grant("roles/run.viewer (for run.services.get)", "the project p", "projects add-iam-policy-binding p --condition=None")},
		{"a right that is none of ours", answer(t, codes.PermissionDenied, "denied", info("IAM_PERMISSION_DENIED", "permission", "compute.networks.use", "resource", "projects/p/global/networks/n")),
			errs.Auth, "", "Grant compute.networks.use on the project p to " + ada + "."},
		{"bare", gcp.Called(answer(t, codes.PermissionDenied, "The caller does not have permission"), "cloudbuild.CreateBuild", "projects/p/locations/l"), errs.Auth,
			"trying: The caller does not have permission", grant("roles/cloudbuild.builds.editor (for cloudbuild.builds.create)", "the project p", "projects add-iam-policy-binding p --condition=None")},
		{"bare, of nobody's call", answer(t, codes.PermissionDenied, "The caller does not have permission"), errs.Auth, "", "Check which account"},
		{"actAs, as Cloud Build says it", gcp.Called(answer(t, codes.PermissionDenied, "caller does not have permission to act as service account 10909550316318"), "cloudbuild.CreateBuild", "projects/p/locations/l"),
			errs.Auth, "", grant("roles/iam.serviceAccountUser (for iam.serviceAccounts.actAs)", "the service account 10909550316318", "iam service-accounts add-iam-policy-binding 10909550316318")},
		{"actAs, as Cloud Run says it", answer(t, codes.PermissionDenied, "Permission 'iam.serviceaccounts.actAs' denied on service account app@p.iam.gserviceaccount.com (or it may not exist)."),
			errs.Auth, "", grant("roles/iam.serviceAccountUser (for iam.serviceaccounts.actAs)", "the service account app@p.iam.gserviceaccount.com", "iam service-accounts add-iam-policy-binding app@p.iam.gserviceaccount.com")},
		{"storage", gcp.Called(&googleapi.Error{Code: 403, Message: "bob@example.com does not have storage.objects.get access to the Google Cloud Storage object. Permission 'storage.objects.get' denied on resource (or it may not exist)."}, "storage.Attrs", "buckets/b"),
			errs.Auth, "", "on the bucket b to bob@example.com: `gcloud storage buckets add-iam-policy-binding gs://b --member=user:bob@example.com --role=roles/storage.objectViewer`."},
		{"storage without words", gcp.Called(&googleapi.Error{Code: 403, Message: "Forbidden"}, "storage.NewWriter", "buckets/b"), errs.Auth, "", "roles/storage.objectCreator (for storage.objects.create) on the bucket b"},
		{"a bucket that is not there", &googleapi.Error{Code: 404, Message: "The specified bucket does not exist."}, errs.NotFound, "", "`gcloud storage buckets create"},
		{"the registry", gcp.Called(gcp.Answered(errors.New(`DENIED: Permission "artifactregistry.repositories.downloadArtifacts" denied on resource "`+repo+`" (or it may not exist)`), 403), "registry.Get", repo),
			errs.Auth, "", "--role=roles/artifactregistry.reader`. Where there is no such repository: `gcloud artifacts repositories create"},
		{"the registry's push, without words", gcp.Called(gcp.Answered(errors.New("403 Forbidden"), 403), "registry.Push", repo), errs.Auth, "", "roles/artifactregistry.writer (for artifactregistry.repositories.uploadArtifacts)"},
		{"no such repository", gcp.Called(answer(t, codes.NotFound, "Requested entity was not found."), "registry.GetRepository", repo), errs.NotFound, "", "Create the repository r: `gcloud artifacts repositories create"},
		{"no such pool", gcp.Called(answer(t, codes.NotFound, "worker pool not found"), "cloudbuild.CreateBuild", "projects/p/locations/l"), errs.NotFound, "", "build.pool"},
		{"missing", answer(t, codes.NotFound, "no such service"), errs.NotFound, "trying: no such service", "Check the name"},
		{"scope", answer(t, codes.PermissionDenied, "insufficient authentication scopes", info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")), errs.Auth, "", "gcloud auth application-default login"},
		{"billing", answer(t, codes.FailedPrecondition, "billing", info("BILLING_DISABLED", "consumer", "projects/p")), errs.Auth, "trying: billing", "Enable billing for the project p"},
		{"billing of storage", answer(t, codes.PermissionDenied, "billing", info("UREQ_PROJECT_BILLING_NOT_FOUND")), errs.Auth, "", "Enable billing"},
		{"perimeter", answer(t, codes.PermissionDenied, "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: x", info("SECURITY_POLICY_VIOLATED", "uid", "x")), errs.Auth, "", "VPC Service Controls"},
		{"location policy", answer(t, codes.FailedPrecondition, "'us' violates constraint 'constraints/gcp.resourceLocations'"), errs.Auth, "", "policy constraints/gcp.resourceLocations"},
		{"domain policy", answer(t, codes.FailedPrecondition, "One or more users named in the policy do not belong to a permitted customer.", policy("constraints/iam.allowedPolicyMemberDomains")), errs.Auth, "", "iam.allowedPolicyMemberDomains --effective"},
		{"region", answer(t, codes.FailedPrecondition, "due to quota restrictions, cannot run builds in this region. Please contact support"), errs.Quota, "", "us-central1, us-west2, europe-west1"},
		{"expired", answer(t, codes.Unauthenticated, "expired", info("ACCESS_TOKEN_EXPIRED")), errs.Auth, "trying: expired", "Write a new token"},
		{"refresh refused", &auth.Error{Response: &http.Response{StatusCode: 400}, Body: []byte(`{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`)}, errs.Auth, "", "withdrawn or is too old: run `gcloud auth application-default login`"},
		{"rapt", &auth.Error{Response: &http.Response{StatusCode: 400}, Body: []byte(`{"error":"invalid_grant","error_subtype":"invalid_rapt"}`)}, errs.Auth, "", "your organization wants it"},
		{"a key that is gone", &auth.Error{Response: &http.Response{StatusCode: 400}, Body: []byte(`{"error":"invalid_grant","error_description":"Invalid JWT Signature."}`)}, errs.Auth, "", "Use another key"},
		{"a clock that is wrong", &auth.Error{Response: &http.Response{StatusCode: 400}, Body: []byte(`{"error":"invalid_grant","error_description":"Invalid JWT: Token must be a short-lived token (60 minutes)"}`)}, errs.Auth, "", "clock"},
		{"token server away", &auth.Error{Response: &http.Response{StatusCode: 503}}, errs.Transient, "", "run again"},
		{"too fast", answer(t, codes.ResourceExhausted, "slow down", info("RATE_LIMIT_EXCEEDED", "quota_limit", "BuildsPerMinute")), errs.Quota, "trying: slow down", "BuildsPerMinute"},
		{"HTTP 429", &googleapi.Error{Code: 429, Message: "slow"}, errs.Quota, "trying: slow", "in a minute"},
		{"away", status.Error(codes.Unavailable, "connection refused"), errs.Transient, "trying: connection refused", "run again"},
		{"slow", context.DeadlineExceeded, errs.Transient, "", "run again"},
		{"HTTP 503", &googleapi.Error{Code: 503, Message: "backend"}, errs.Transient, "trying: backend", "run again"},
		{"conflict", answer(t, codes.Aborted, "etag"), errs.Transient, "trying: etag", "at the same time"},
		{"a build's settings", gcp.Called(answer(t, codes.InvalidArgument, "generic::invalid_argument: invalid machine type"), "cloudbuild.CreateBuild", ""), errs.Usage, "", "settings below build"},
		{"a build's logs", gcp.Called(answer(t, codes.InvalidArgument, "if 'build.service_account' is specified, the build must either (a) specify 'build.logs_bucket'"), "cloudbuild.CreateBuild", ""), errs.Usage, "", "Set build.logs_bucket"},
		{"a build without an account", gcp.Called(answer(t, codes.InvalidArgument, "Request contains an invalid argument."), "cloudbuild.CreateBuild", ""), errs.Usage, "", "Name build.service_account"},
		{"refused fields", answer(t, codes.InvalidArgument, "bad request", &errdetails.BadRequest{
			FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "service.template", Description: "is bad"}}}),
			errs.Internal, "trying: bad request; service.template: is bad", ""},
		{"a limit", answer(t, codes.FailedPrecondition, "not here", &errdetails.Help{
			Links: []*errdetails.Help_Link{{Description: "quotas", Url: "https://cloud.google.com/build/quotas"}}}),
			errs.Internal, "trying: not here", "https://cloud.google.com/build/quotas"},
		{"stopped", status.Error(codes.Canceled, "context canceled"), errs.Interrupted, "trying: context canceled", ""},
		{"has a kind", fmt.Errorf("inside: %w", errs.New(errs.Quota, "Wait.", "full")), errs.Quota, "trying: inside: full", "Wait."},
		{"anything else", errors.New("odd"), errs.Internal, "trying: odd", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := byAda("").Error(tt.err, "", "trying")
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

// TestErrorOfABuild: in a build it is the builds' account that lacks a right, and
// the least role for it is another.
func TestErrorOfABuild(t *testing.T) {
	t.Parallel()
	err := answer(t, codes.PermissionDenied, "denied", info("IAM_PERMISSION_DENIED", "permission", "artifactregistry.tags.get", "resource", repo))
	want := "Grant roles/artifactregistry.writer (for artifactregistry.tags.get) on the repository r to the account that builds run as: " +
		"`gcloud artifacts repositories add-iam-policy-binding r --location=l --project=p --member=serviceAccount:BUILDS_ACCOUNT --role=roles/artifactregistry.writer`."
	if got := errs.HintOf(byAda(rights.Builds).Error(err, "", "trying")); got != want {
		t.Errorf("hint = %q, want %q", got, want)
	}
	named := gcp.New(gcp.Config{As: rights.Builds, Account: "builds@p.iam.gserviceaccount.com"})
	topic := answer(t, codes.PermissionDenied, "denied", info("IAM_PERMISSION_DENIED", "permission", "pubsub.topics.publish", "resource", "projects/p/topics/news"))
	if got := errs.HintOf(named.Error(topic, "", "trying")); !strings.Contains(got, "roles/pubsub.publisher (for pubsub.topics.publish) on the topic news to builds@p.iam.gserviceaccount.com: `gcloud pubsub topics add-iam-policy-binding news --project=p --member=") {
		t.Errorf("hint = %q", got)
	}
	if got := errs.HintOf(named.Error(err, "", "trying")); !strings.Contains(got, "to builds@p.iam.gserviceaccount.com: ") || !strings.Contains(got, "--member=serviceAccount:builds@p.iam.gserviceaccount.com") {
		t.Errorf("hint = %q", got)
	}
}

// TestErrorThatNamesNothing: an application is named as its project is, and a denial
// that says nothing is told by its call.
func TestErrorThatNamesNothing(t *testing.T) {
	t.Parallel()
	named := gcp.New(gcp.Config{As: rights.Builds, Account: "builds@p.iam.gserviceaccount.com"})
	err := gcp.Called(status.Error(codes.PermissionDenied, "Operation not allowed"), "appengine.CreateVersion", "apps/p/services/default")
	want := "Grant roles/appengine.deployer (for appengine.versions.create) on the project p to builds@p.iam.gserviceaccount.com: `gcloud projects add-iam-policy-binding p --condition=None --member="
	if got := errs.HintOf(named.Error(err, "", "trying")); !strings.Contains(got, want) {
		t.Errorf("hint = %q", got)
	}
}

// TestWhatCanBeMendedHasAHint: whatever code a call of ours is refused with, an
// error that somebody can do something about says what.
func TestWhatCanBeMendedHasAHint(t *testing.T) {
	t.Parallel()
	made := map[string]bool{"": true}
	for _, r := range rights.Table() {
		for _, c := range r.Calls {
			made[c] = true
		}
	}
	for call := range made {
		for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
			err := byAda("").Error(gcp.Called(answer(t, code, "as asked"), call, "projects/p"), "", "trying")
			switch kind := errs.KindOf(err); kind {
			case errs.Auth, errs.NotFound, errs.Quota, errs.Transient, errs.Usage:
				if errs.HintOf(err) == "" {
					t.Errorf("%s %v is %v, without a hint", call, code, kind)
				}
			}
		}
	}
}

// TestCallsAreNoted: a bare denial by a real server names what the call needs.
func TestCallsAreNoted(t *testing.T) {
	t.Parallel()
	s := &services{fail: func(int32) error { return status.Error(codes.PermissionDenied, "The caller does not have permission") }}
	err := get(t, gcp.New(serve(t, s)))
	if errs.KindOf(err) != errs.Auth || !strings.Contains(errs.HintOf(err), "roles/run.viewer (for run.services.get) on the project p") {
		t.Errorf("%v, hint %q", err, errs.HintOf(err))
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
