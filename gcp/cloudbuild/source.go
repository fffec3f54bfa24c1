package cloudbuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/logging"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// source is where a build's log is read.
type source interface {
	// read copies what is new since the last time.
	read(ctx context.Context, out io.Writer) (grew bool, err error)
	pauses() poll.Backoff
	patience() time.Duration
	// late is how long after the build's end the last lines may come.
	late() time.Duration
	// reader says what who reads it may lack, writer what the build may lack.
	reader() string
	writer(b *cloudbuildpb.Build) string
}

// sources are where a build logs: an object, or else, or too, Cloud Logging.
func (c *Client) sources(b *cloudbuildpb.Build) (first, second source) {
	project, id := parts(b.GetName())
	filter := fmt.Sprintf(`logName="projects/%s/logs/cloudbuild" AND resource.type="build" AND resource.labels.build_id=%q`, project, id)
	entries := &entries{c, c.entries.Follow(project, filter, b.GetCreateTime().AsTime(), "reading the build's log")}
	switch b.GetOptions().GetLogging() {
	case cloudbuildpb.BuildOptions_NONE:
		return nil, nil
	case cloudbuildpb.BuildOptions_CLOUD_LOGGING_ONLY, cloudbuildpb.BuildOptions_STACKDRIVER_ONLY: //nolint:staticcheck // builds of others may still say it
		return entries, nil
	case cloudbuildpb.BuildOptions_GCS_ONLY:
	default:
		second = entries
	}
	bucket, dir, _ := strings.Cut(strings.TrimPrefix(b.GetLogsBucket(), "gs://"), "/")
	if bucket == "" {
		return second, nil
	}
	name := "log-" + b.GetId() + ".txt"
	if dir = strings.Trim(dir, "/"); dir != "" {
		name = dir + "/" + name
	}
	return &object{c: c, bucket: bucket, name: name}, second
}

// object is a log in Cloud Storage, which is there whole before the build has ended.
type object struct {
	c            *Client
	bucket, name string
	at           int64
}

func (o *object) endpoint() string        { return o.c.access.Endpoint(gcp.Storage) }
func (o *object) pauses() poll.Backoff    { return o.c.access.Backoff(o.endpoint()) }
func (o *object) patience() time.Duration { return o.c.access.Patience(o.endpoint()) }
func (o *object) late() time.Duration     { return 0 }

func (o *object) reader() string {
	if strings.HasSuffix(o.bucket, ".cloudbuild-logs.googleusercontent.com") { // Google's own: predefined roles do not reach it
		return o.c.access.Caller() + " needs roles/viewer on the project"
	}
	return o.c.access.Caller() + " needs roles/storage.objectViewer on gs://" + o.bucket
}

func (o *object) writer(b *cloudbuildpb.Build) string {
	return "the builds' account " + accountOf(b) + " needs roles/storage.objectAdmin on gs://" + o.bucket
}

func (o *object) read(ctx context.Context, out io.Writer) (grew bool, err error) {
	r, err := o.c.logs.ReadFrom(ctx, o.bucket, o.name, o.at)
	if err != nil {
		return false, err
	}
	defer r.Close()
	n, err := io.Copy(out, r)
	o.at += n
	if err != nil && !errors.Is(err, errSink) {
		err = gcp.Error(err, "reading the build's log")
	}
	return n > 0, err
}

// entries is a log in Cloud Logging, whose last lines come a little later.
type entries struct {
	c      *Client
	cursor *logging.Cursor
}

func (e *entries) endpoint() string        { return e.c.access.Endpoint(gcp.Logging) }
func (e *entries) patience() time.Duration { return e.c.access.Patience(e.endpoint()) }
func (e *entries) late() time.Duration     { return 3 * e.c.access.Backoff(e.endpoint()).Max }

func (e *entries) reader() string {
	return e.c.access.Caller() + " needs roles/logging.viewer on the project"
}

// pauses are longer: a project may read its entries 60 times a minute
// (cloud.google.com/logging/quotas).
func (e *entries) pauses() poll.Backoff {
	b := e.c.access.Backoff(e.endpoint())
	return poll.Backoff{Initial: 2 * b.Initial, Max: 2 * b.Max, Factor: b.Factor}
}

func (e *entries) writer(b *cloudbuildpb.Build) string {
	return "the builds' account " + accountOf(b) + " needs roles/logging.logWriter on the project " + b.GetProjectId()
}

func (e *entries) read(ctx context.Context, out io.Writer) (grew bool, err error) {
	found, err := e.cursor.Next(ctx)
	for _, entry := range found {
		if _, err := io.WriteString(out, strings.TrimSuffix(entry.GetTextPayload(), "\n")+"\n"); err != nil {
			return true, err
		}
	}
	return len(found) > 0, err
}
