package cloudbuild

import (
	"context"
	"errors"
	"io"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// tail copies a log that grows, in a goroutine with a clock of its own. A nil tail
// is one that has nothing to copy.
type tail struct {
	c     *Client
	build *cloudbuildpb.Build // with its end, once ended is closed
	from  source
	then  source // where the log is, too, should from have none for us; may be nil
	out   io.Writer
	ended chan struct{} // closed when the build has ended
	done  chan struct{} // closed when nothing more will be written
}

// follow starts to copy a build's log, where it has one.
func (c *Client) follow(ctx context.Context, b *cloudbuildpb.Build, out io.Writer) *tail {
	if out == nil || out == io.Discard {
		return nil
	}
	t := &tail{c: c, build: b, out: out, ended: make(chan struct{}), done: make(chan struct{})}
	if t.from, t.then = c.sources(b); t.from == nil {
		return nil
	}
	go t.run(ctx)
	return t
}

// finish lets the tail read what is left of the log of a build that has ended, and
// returns when it has.
func (t *tail) finish(b *cloudbuildpb.Build) {
	if t != nil {
		t.build = b
		close(t.ended)
		<-t.done
	}
}

func (t *tail) wait() {
	if t != nil {
		<-t.done
	}
}

// run reads the log again and again, and to its end after the build has ended.
// From then on a server that does not answer is asked for as long as any other call.
func (t *tail) run(ctx context.Context) {
	defer close(t.done)
	b := t.from.pauses()
	pause := b.Initial
	clock := t.c.access.Clock
	var until time.Time // when the end of the log is given up, once the build has ended
	var grown time.Time // when it grew last, or the build ended
	for ctx.Err() == nil {
		over := t.over()
		if over && until.IsZero() {
			grown = clock.Now()
			until = grown.Add(t.from.patience())
			pause = b.Initial
		}
		grew, err := t.read(ctx)
		if grew {
			pause, grown = b.Initial, clock.Now()
		}
		gone := errs.KindOf(err) == errs.NotFound
		switch {
		case errors.Is(err, errSink):
			t.c.warn("the build's log is no longer shown: " + err.Error())
			return
		case (errs.KindOf(err) == errs.Auth || over && gone) && t.then != nil:
			t.from, t.then, until = t.then, nil, time.Time{}
			b = t.from.pauses()
			continue
		case errs.KindOf(err) == errs.Auth:
			t.c.warn("the build's log cannot be read, the build goes on: " + err.Error() + "; " + t.from.reader())
			return
		case over && gone:
			if t.build.GetStartTime() != nil && Ended(t.build.GetStatus()) { // else it has none, or none yet
				t.c.warn("the build has no log: " + err.Error() + "; " + t.from.writer(t.build))
			}
			return
		case over && err == nil && clock.Now().Sub(grown) >= t.from.late():
			return
		case over && err != nil && clock.Now().After(until):
			t.c.warn("the end of the build's log cannot be read: " + err.Error())
			return
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
	return t.from.read(ctx, sink{t.out})
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
