package scheduler

import (
	"context"
	"net/url"
	"strings"
	"time"

	"cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// Limits. Source: the protos' comments, and cloud.google.com/scheduler/quotas.
const (
	maxDescription = 500
	maxURI         = 2083
	maxHeaders     = 80 << 10
	maxJob         = 1 << 20
	maxRetries     = 5
	leastDeadline  = 15 * time.Second
	mostDeadline   = 30 * time.Minute
)

const cloudPlatform = "https://www.googleapis.com/auth/cloud-platform"

// complete gives a job the values that Google gives where none are, and refuses
// what Google refuses.
func (s *Server) complete(m *schedulerpb.Job, legacy bool) error {
	if len([]rune(m.GetDescription())) > maxDescription {
		return invalid("Job.description must be at most %d characters.", maxDescription)
	}
	app := m.GetAppEngineHttpTarget()
	switch {
	case m.GetPubsubTarget() != nil:
		return status.Error(codes.Unimplemented, "targets of Pub/Sub are not emulated")
	case m.GetTarget() == nil:
		return invalid("Job.target must be set.")
	case legacy && app == nil:
		return invalid("A job of App Engine's cron must have an App Engine target.")
	}
	if m.TimeZone == "" {
		m.TimeZone = "UTC"
	}
	if _, err := parse(m.GetSchedule(), m.GetTimeZone()); err != nil {
		return err
	}
	var err error
	if app != nil {
		err = s.completeApp(app, m.GetName())
	} else {
		err = completeTarget(m.GetHttpTarget(), projectOf(m.GetName()))
	}
	if err != nil {
		return err
	}
	if err := completeRetry(m, legacy); err != nil {
		return err
	}
	if proto.Size(m) > maxJob {
		return invalid("The job is larger than %d bytes.", maxJob)
	}
	return nil
}

func completeTarget(t *schedulerpb.HttpTarget, project string) error {
	u, err := url.Parse(t.GetUri())
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return invalid("HttpTarget.uri must be a valid URL beginning with http:// or https://: %.200q", t.GetUri())
	case len(u.String()) > maxURI:
		return invalid("HttpTarget.uri must be at most %d characters.", maxURI)
	}
	if t.HttpMethod == schedulerpb.HttpMethod_HTTP_METHOD_UNSPECIFIED {
		t.HttpMethod = schedulerpb.HttpMethod_POST
	}
	switch t.HttpMethod {
	case schedulerpb.HttpMethod_POST, schedulerpb.HttpMethod_PUT, schedulerpb.HttpMethod_PATCH:
	default:
		if len(t.GetBody()) > 0 {
			return invalid("HttpTarget.body is allowed for POST, PUT and PATCH only.")
		}
	}
	size := 0
	for name, value := range t.GetHeaders() {
		size += len(name) + len(value)
	}
	if size >= maxHeaders {
		return invalid("HttpTarget.headers must be less than %d bytes.", maxHeaders)
	}
	if t.Headers == nil {
		t.Headers = map[string]string{}
	}
	t.Headers["User-Agent"] = agent
	if len(t.GetBody()) > 0 && !has(t.Headers, "Content-Type") {
		t.Headers["Content-Type"] = "application/octet-stream"
	}
	if o := t.GetOauthToken(); o != nil {
		if !strings.HasSuffix(u.Hostname(), ".googleapis.com") {
			return invalid("HttpTarget.oauth_token is for *.googleapis.com only; use an OIDC token for %s", u.Host)
		}
		if o.Scope == "" {
			o.Scope = cloudPlatform
		}
	}
	if o := t.GetOidcToken(); o != nil && o.Audience == "" {
		o.Audience = t.GetUri()
	}
	if account := accountOf(t); t.GetAuthorizationHeader() != nil && !ofProject(account, project) {
		return invalid("The service account %.200q must be one of the project %s.", account, project)
	}
	return nil
}

func has(headers map[string]string, name string) bool {
	for h := range headers {
		if strings.EqualFold(h, name) {
			return true
		}
	}
	return false
}

// accountOf is the e-mail of the account that a target is called as; "" = nobody.
func accountOf(t *schedulerpb.HttpTarget) string {
	if o := t.GetOauthToken(); o != nil {
		return o.GetServiceAccountEmail()
	}
	return t.GetOidcToken().GetServiceAccountEmail()
}

// ofProject says whether an account is a project's, by its e-mail.
func ofProject(account, project string) bool {
	id := project
	if domain, name, ok := strings.Cut(project, ":"); ok {
		id = name + "." + domain
	}
	return strings.HasSuffix(account, "@"+id+".iam.gserviceaccount.com") || account == frame.ComputeAccount(project)
}

// completeRetry leaves a job of a cron.yaml without retries as it is: by that gcloud
// finds the job again.
func completeRetry(m *schedulerpb.Job, legacy bool) error {
	deadline, most := 3*time.Minute, mostDeadline
	if m.GetAppEngineHttpTarget() != nil {
		deadline, most = flexDeadline, mostAppDeadline
	}
	r := m.RetryConfig
	if r == nil {
		r = &schedulerpb.RetryConfig{}
		if !legacy {
			m.RetryConfig = r
		}
	}
	for at, usual := range map[**durationpb.Duration]time.Duration{
		&r.MaxRetryDuration: 0, &r.MinBackoffDuration: 5 * time.Second, &r.MaxBackoffDuration: time.Hour, &m.AttemptDeadline: deadline,
	} {
		if *at == nil {
			*at = durationpb.New(usual)
		}
		if (*at).CheckValid() != nil || (*at).AsDuration() < 0 {
			return invalid("A duration of the job is invalid: %v", *at)
		}
	}
	if r.MaxDoublings == 0 {
		r.MaxDoublings = 5
	}
	switch d := m.GetAttemptDeadline().AsDuration(); {
	case r.RetryCount < 0 || r.RetryCount > maxRetries:
		return invalid("RetryConfig.retry_count must be between 0 and %d.", maxRetries)
	case r.MaxDoublings < 0:
		return invalid("RetryConfig.max_doublings must not be negative.")
	case d < leastDeadline || d > most:
		return invalid("Job.attempt_deadline must be between %v and %v.", leastDeadline, most)
	}
	return nil
}

// actAs asks whether the caller may have a job call as its account.
func (s *Server) actAs(ctx context.Context, m *schedulerpb.Job) error {
	account := accountOf(m.GetHttpTarget())
	if s.cfg.Allow == nil || account == "" {
		return nil
	}
	return s.cfg.Allow(ctx, frame.Access{API: "cloudscheduler.googleapis.com", Project: projectOf(m.GetName()),
		Permission: "iam.serviceAccounts.actAs", Resource: "projects/-/serviceAccounts/" + account})
}
