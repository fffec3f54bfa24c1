package cloudbuild

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// tail copies a log object that grows, in a goroutine with a clock of its own.
// A nil tail is one that has nothing to copy.
type tail struct {
	c              *Client
	bucket, object string
	out            io.Writer
	at             int64
	ended          chan struct{} // closed when the build has ended
	done           chan struct{} // closed when nothing more will be written
}

// follow starts to copy a build's log, where it has one in a bucket.
func (c *Client) follow(ctx context.Context, b *cloudbuildpb.Build, out io.Writer) *tail {
	if out == nil || out == io.Discard {
		return nil
	}
	switch b.GetOptions().GetLogging() {
	case cloudbuildpb.BuildOptions_NONE:
		return nil
	case cloudbuildpb.BuildOptions_CLOUD_LOGGING_ONLY, cloudbuildpb.BuildOptions_STACKDRIVER_ONLY: //nolint:staticcheck // builds of others may still say it
		c.warn("the build's log is in Cloud Logging only: " + b.GetLogUrl())
		return nil
	}
	bucket, dir, _ := strings.Cut(strings.TrimPrefix(b.GetLogsBucket(), "gs://"), "/")
	if bucket == "" {
		return nil
	}
	object := "log-" + b.GetId() + ".txt"
	if dir = strings.Trim(dir, "/"); dir != "" {
		object = dir + "/" + object
	}
	t := &tail{c: c, bucket: bucket, object: object, out: out, ended: make(chan struct{}), done: make(chan struct{})}
	go t.run(ctx)
	return t
}

// finish lets the tail read what is left, and returns when it has.
func (t *tail) finish() {
	if t != nil {
		close(t.ended)
		<-t.done
	}
}

func (t *tail) wait() {
	if t != nil {
		<-t.done
	}
}

// run reads the object again and again, and once more after the build has
// ended: Cloud Build writes the log before it marks the build as done. From then
// on a storage that does not answer is asked for as long as any other call.
func (t *tail) run(ctx context.Context) {
	defer close(t.done)
	storage := t.c.access.Endpoint(gcp.Storage)
	b := t.c.access.Backoff(storage)
	pause := b.Initial
	var until time.Time // when the end of the log is given up, once the build has ended
	for ctx.Err() == nil {
		over := t.over()
		if over && until.IsZero() {
			until = t.c.access.Clock.Now().Add(t.c.access.Patience(storage))
			pause = b.Initial
		}
		grew, err := t.read(ctx)
		switch {
		case errs.KindOf(err) == errs.Auth:
			t.c.warn("the build's log cannot be read, the build goes on: " + err.Error())
			return
		case errors.Is(err, errSink):
			t.c.warn("the build's log is no longer shown: " + err.Error())
			return
		case over && (err == nil || errs.KindOf(err) == errs.NotFound):
			return
		case over && t.c.access.Clock.Now().After(until):
			t.c.warn("the end of the build's log cannot be read: " + err.Error())
			return
		case grew:
			pause = b.Initial
		}
		t.sleep(ctx, over, pause)
		pause = min(time.Duration(float64(pause)*max(b.Factor, 1)), b.Max)
	}
}

// over says whether the build has ended.
func (t *tail) over() bool {
	select {
	case <-t.ended:
		return true
	default:
		return false
	}
}

// sleep waits for d, or for the build's end where that has not been seen yet.
func (t *tail) sleep(ctx context.Context, over bool, d time.Duration) {
	ended := t.ended
	if over {
		ended = nil
	}
	select {
	case <-ctx.Done():
	case <-ended:
	case <-t.c.access.Clock.After(d):
	}
}

// errSink is what writing the log failed with, as opposed to reading it.
var errSink = errors.New("writing it failed")

// slower is how much longer than a call one read may take; the next one goes on
// where it stopped.
const slower = 3

// read copies what is new.
func (t *tail) read(ctx context.Context) (grew bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, slower*t.c.access.Limit())
	defer cancel()
	r, err := t.c.logs.ReadFrom(ctx, t.bucket, t.object, t.at)
	if err != nil {
		return false, err
	}
	defer r.Close()
	n, err := io.Copy(sink{t.out}, r)
	t.at += n
	if err != nil && !errors.Is(err, errSink) {
		err = gcp.Error(err, "reading the build's log")
	}
	return n > 0, err
}

// sink marks a writer's errors as its own.
type sink struct{ w io.Writer }

// Write implements io.Writer.
func (s sink) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	if err != nil {
		err = errors.Join(errSink, err)
	}
	return n, err
}
