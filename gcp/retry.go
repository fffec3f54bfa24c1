package gcp

import (
	"context"
	"errors"
	"time"

	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// Once turns off a generated client's own retries, which go on for ten minutes
// and cannot be seen. Pass it to each call; Retry does it instead.
var Once gax.CallOption = gax.WithRetry(func() gax.Retryer { return nil })

// Limit is how long one call may take.
func (c Config) Limit() time.Duration {
	if c.Attempt > 0 {
		return c.Attempt
	}
	return 20 * time.Second
}

// OneCall is the context of one call that Retry may not make again by itself.
func (c Config) OneCall(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.Limit())
}

// least is how often a call is made at least, however long that takes: a server
// on a machine with much to do is not one that is gone, and a machine that slept
// between two tries has not been patient.
const least = 3

// Patience is how long Retry tries an endpoint where nobody answers.
func (c Config) Patience(endpoint string) time.Duration {
	if loopback(endpoint) {
		return 3 * time.Second
	}
	return time.Minute
}

// Retry makes a call that may be made twice, and makes it again when the server
// is not there, does not answer in time or wants us to slow down, for as long as
// patience, and once more when the token had expired. The error is Error's, of the
// last attempt.
func (a *Access) Retry(ctx context.Context, endpoint, doing string, patience time.Duration, call func(context.Context) error) error {
	until := a.Clock.Now().Add(patience)
	calls := 0
	err := poll.Until(ctx, a.Clock, a.Backoff(endpoint), func(ctx context.Context) (bool, error) {
		once, cancel := a.OneCall(ctx)
		defer cancel()
		err := call(once)
		calls++
		again := calls < least || a.Clock.Now().Before(until)
		if Expired(err) && calls == 1 && ctx.Err() == nil {
			return false, nil
		}
		if err != nil && Transient(err) && ctx.Err() == nil && again {
			return false, nil
		}
		return true, err
	})
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return Error(context.Cause(ctx), doing)
	}
	return a.Error(err, endpoint, doing)
}

// Expired says whether a token was refused. It may have expired on the way: the next
// call has a new one.
func Expired(err error) bool { return Code(err) == codes.Unauthenticated }

// Transient says whether the same call may succeed a moment later.
func Transient(err error) bool {
	switch Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted: // Google asks for the last, too, whatever its reason
		return true
	}
	return false
}

// Error is the package's Error, with the caller, and with hints for a server on
// this machine.
func (a *Access) Error(err error, endpoint, doing string) error {
	if err == nil {
		return nil
	}
	_, ours := errors.AsType[*errs.Error](err)
	err = explain(err, doing, a.caller)
	if ours || !loopback(endpoint) {
		return err
	}
	if e, ok := errors.AsType[*errs.Error](err); ok {
		switch e.Kind {
		case errs.Transient:
			e.Hint = "Run `gcpdeploy local status`: the local servers do not answer."
		case errs.Auth:
			if Code(err) != codes.Unauthenticated {
				break
			}
			e.Hint = "Run `gcpdeploy local stop`, and run again: the local servers have another token."
		}
	}
	return err
}
