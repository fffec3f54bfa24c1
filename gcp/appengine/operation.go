package appengine

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

const (
	// conflicts is how often a change is tried, one after another of somebody else's.
	conflicts = 8
	// still is how often it is said that something takes time.
	still = 30 * time.Second
)

// pauses are those between two looks at what takes minutes: up to five seconds, as
// gcloud's, and shorter on this machine.
func (t Target) pauses() poll.Backoff {
	b := t.access.Backoff(t.endpoint())
	if b.Max >= time.Second {
		b.Max *= 5
	}
	return b
}

// wait waits for a change to end, well or not, and tells what it waits for.
func (t Target) wait(ctx context.Context, doing string, op operation, tell func(string)) (operation, error) {
	began := t.access.Clock.Now()
	last, text, warned := began, "", map[string]bool{}
	see := func() {
		now := t.access.Clock.Now()
		for _, w := range op.Metadata.Warning {
			if !warned[w] {
				warned[w] = true
				tell("App Engine warns: " + w)
			}
		}
		switch m := op.Metadata.EphemeralMessage; {
		case m != "" && m != text:
			text, last = m, now
			tell(m)
		case now.Sub(last) >= still:
			last = now
			more := text
			if more == "" {
				more = "machines start, which takes minutes"
			}
			tell(now.Sub(began).Round(time.Second).String() + " so far: " + more)
		}
	}
	looked := false
	err := poll.Until(ctx, t.access.Clock, t.pauses(), func(ctx context.Context) (bool, error) {
		if looked {
			name := op.Name
			op = operation{}
			err := t.read(ctx, gcp.Request{Doing: doing, Call: "appengine.GetOperation", Resource: name, Path: "v1/" + name, Out: &op})
			if op.Name = name; err != nil {
				return false, err
			}
		}
		looked = true
		if !op.Done {
			see()
		}
		return op.Done, nil
	})
	if err != nil && ctx.Err() != nil {
		err = gcp.Error(context.Cause(ctx), doing)
	}
	return op, err
}

// change makes a call that changes something, and waits for its end. Where something
// else is being changed it waits for that, says so, and tries again. An error of the
// operation itself is of kind Build.
func (t Target) change(ctx context.Context, q gcp.Request, tell func(string)) error {
	op, err := t.begin(ctx, q, tell)
	if err != nil {
		return err
	}
	op, err = t.wait(ctx, q.Doing, op, tell)
	if err == nil && op.Error != nil {
		err = errs.New(errs.Build, "", "%s: %s", q.Doing, op.Error.Message)
	}
	return err
}

// begin makes a call that changes something, and that may be made twice.
func (t Target) begin(ctx context.Context, q gcp.Request, tell func(string)) (op operation, err error) {
	for try := range conflicts {
		op = operation{}
		q.Out = &op
		if err = t.api.Do(ctx, q); !contended(err) {
			return op, err
		}
		if _, err := t.outwait(ctx, q.Doing, err, try, tell); err != nil {
			return op, err
		}
	}
	return op, busy(q.Doing, err)
}

// contended says whether a change was refused because of another one.
func contended(err error) bool {
	code := gcp.Code(err)
	return code == codes.AlreadyExists || code == codes.Aborted // both are 409
}

// busy is the error of a change that never had its turn.
func busy(doing string, err error) error {
	return errs.New(errs.Transient, "Run again.", "%s: other changes go on and on: %w", doing, err)
}

// inProgress finds the operation that a change was refused for, in the words of the refusal.
var inProgress = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`already in progress for (\S+) by ([0-9a-zA-Z-]+)`)
})

// outwait waits for the change that another was refused for, and gives it; of one that
// is not named it waits a moment.
func (t Target) outwait(ctx context.Context, doing string, refused error, try int, tell func(string)) (op operation, err error) {
	m := inProgress().FindStringSubmatch(refused.Error())
	if m == nil {
		return op, t.pause(ctx, doing, try)
	}
	application, _, _ := strings.Cut(strings.TrimPrefix(m[1], "apps/"), "/")
	op.Name = app(application) + "/operations/" + m[2]
	tell("waiting for another change of " + strings.TrimPrefix(m[1], app(application)+"/") + " (operation " + m[2] + ")")
	op, err = t.wait(ctx, doing, op, tell)
	if gcp.Code(err) == codes.NotFound {
		return op, t.pause(ctx, doing, try)
	}
	return op, err
}

func (t Target) pause(ctx context.Context, doing string, try int) error {
	return gcp.Error(poll.Sleep(ctx, t.access.Clock, t.pauses().Pause(try)), doing)
}
