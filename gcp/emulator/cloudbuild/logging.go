package cloudbuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

// legacyBucket ends the name of Google's own bucket for a project's logs.
const legacyBucket = ".cloudbuild-logs.googleusercontent.com"

// checkLogging holds a build to the rules about service accounts and logs.
// Texts as quoted in public issues (cert-manager#8851, promptdriven/pdd#910).
func checkLogging(b *cloudbuildpb.Build) error {
	o := b.GetOptions()
	regional := o.GetDefaultLogsBucketBehavior() == cloudbuildpb.BuildOptions_REGIONAL_USER_OWNED_BUCKET
	cloudOnly := !toStorage(b)
	if b.ServiceAccount != "" && b.LogsBucket == "" && !regional && !cloudOnly {
		return invalid("if 'build.service_account' is specified, the build must either (a) specify 'build.logs_bucket', " +
			"(b) use the REGIONAL_USER_OWNED_BUCKET build.options.default_logs_bucket_behavior option, " +
			"or (c) use either CLOUD_LOGGING_ONLY / NONE logging options")
	}
	if b.LogsBucket != "" && o.GetLogging() == cloudbuildpb.BuildOptions_CLOUD_LOGGING_ONLY {
		return invalid("build.logs_bucket cannot be set together with the CLOUD_LOGGING_ONLY logging option")
	}
	if b.LogsBucket != "" && o.GetDefaultLogsBucketBehavior() != cloudbuildpb.BuildOptions_DEFAULT_LOGS_BUCKET_BEHAVIOR_UNSPECIFIED {
		return invalid("build.logs_bucket cannot be set together with build.options.default_logs_bucket_behavior")
	}
	return nil
}

// toStorage says whether a build's log goes to an object.
func toStorage(b *cloudbuildpb.Build) bool {
	switch b.GetOptions().GetLogging() {
	case cloudbuildpb.BuildOptions_CLOUD_LOGGING_ONLY, cloudbuildpb.BuildOptions_NONE,
		cloudbuildpb.BuildOptions_STACKDRIVER_ONLY: //nolint:staticcheck // Google still takes it
		return false
	}
	return true
}

// toLogging says whether it goes to Cloud Logging; by default it goes to both.
func toLogging(b *cloudbuildpb.Build) bool {
	switch b.GetOptions().GetLogging() {
	case cloudbuildpb.BuildOptions_GCS_ONLY, cloudbuildpb.BuildOptions_NONE:
		return false
	}
	return true
}

// Logs is Cloud Logging as builds write to it.
type Logs interface {
	BuildLog(project, id string, now func() time.Time) (io.WriteCloser, error)
	ForgetBuild(project, id string) error
}

// noLogs takes no log.
type noLogs struct{}

func (noLogs) BuildLog(string, string, func() time.Time) (io.WriteCloser, error) {
	return nowhere{io.Discard}, nil
}
func (noLogs) ForgetBuild(string, string) error { return nil }

// placeLog fills in where the log will be, and makes the bucket that Google would make.
func (s *Server) placeLog(p place, b *cloudbuildpb.Build) error {
	if !toStorage(b) {
		return nil
	}
	if b.LogsBucket != "" {
		if bucket, _ := logObject(b); !s.cfg.Store.HasBucket(bucket) {
			return invalid("could not write logs: the bucket %q of logs_bucket does not exist", bucket)
		}
		return nil
	}
	bucket := p.number() + "-" + p.location + "-cloudbuild-logs"
	switch b.GetOptions().GetDefaultLogsBucketBehavior() {
	case cloudbuildpb.BuildOptions_REGIONAL_USER_OWNED_BUCKET:
	case cloudbuildpb.BuildOptions_LEGACY_BUCKET: //nolint:staticcheck // Google still takes it
		bucket = p.number() + legacyBucket
	default:
		if s.Faults.oldLogs.Load() {
			bucket = p.number() + legacyBucket
		}
	}
	if err := s.cfg.Store.EnsureBucket(bucket); err != nil {
		return status.Errorf(codes.Internal, "making the logs bucket: %v", err)
	}
	b.LogsBucket = "gs://" + bucket
	return nil
}

// logObject is the bucket and object of a build's log.
func logObject(b *cloudbuildpb.Build) (bucket, object string) {
	bucket, dir, _ := strings.Cut(strings.TrimPrefix(b.LogsBucket, "gs://"), "/")
	if dir = strings.Trim(dir, "/"); dir != "" {
		dir += "/"
	}
	return bucket, dir + "log-" + b.Id + ".txt"
}

// openLog starts the log of a build, in the name of its account. Without the right
// to write to Cloud Logging it is not there, and the build has a warning.
func (s *Server) openLog(ctx context.Context, b *cloudbuildpb.Build) (io.WriteCloser, error) {
	bucket, object := logObject(b)
	if toStorage(b) && !strings.HasSuffix(bucket, ".googleusercontent.com") { // Google's own is written by Google
		if err := s.cfg.Store.May(as(ctx, b), bucket, "storage.objects.create"); err != nil {
			return nil, fmt.Errorf("opening gs://%s/%s: %w", bucket, object, err)
		}
	}
	entries := toLogging(b)
	if entries && s.cfg.Allow != nil && s.cfg.Allow(as(ctx, b), frame.Access{API: "logging.googleapis.com", Project: b.ProjectId,
		Permission: "logging.logEntries.create", Resource: "projects/" + b.ProjectId}) != nil {
		entries = false
		b.Warnings = append(b.Warnings, &cloudbuildpb.Build_Warning{Priority: cloudbuildpb.Build_Warning_WARNING, Text: "The service account running this build " + b.ServiceAccount +
			" does not have permission to write logs to Cloud Logging. To fix this, grant the Logs Writer (roles/logging.logWriter) role to the service account."})
	}
	return s.appendLog(b, entries)
}

// appendLog opens the log of a build, wherever it goes: to entries too, if it is let.
func (s *Server) appendLog(b *cloudbuildpb.Build, entries bool) (io.WriteCloser, error) {
	var to logs
	if toStorage(b) {
		bucket, object := logObject(b)
		w, err := s.cfg.Store.Append(bucket, object)
		if err != nil {
			return nil, fmt.Errorf("opening gs://%s/%s: %w", bucket, object, err)
		}
		to = append(to, w)
	}
	if entries {
		w, err := s.cfg.Logs.BuildLog(b.ProjectId, b.Id, s.cfg.Now)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("opening the log: %w", err), to.Close())
		}
		to = append(to, w)
	}
	return to, nil
}

// logs are written to one after the other.
type logs []io.WriteCloser

func (l logs) Write(p []byte) (int, error) {
	for _, w := range l {
		if _, err := w.Write(p); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (l logs) Close() error {
	var errs []error
	for _, w := range l {
		errs = append(errs, w.Close())
	}
	return errors.Join(errs...)
}

type nowhere struct{ io.Writer }

func (nowhere) Close() error { return nil }

// Log is what a build has logged so far.
func (s *Server) Log(id string) (string, error) {
	r, err := s.find("", "", id)
	if err != nil {
		return "", err
	}
	bucket, object := logObject(s.snapshot(r))
	f, _, err := s.cfg.Store.Open(bucket, object, 0)
	if err != nil {
		return "", fmt.Errorf("reading the log of build %s: %w", id, err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	return string(text), err
}
