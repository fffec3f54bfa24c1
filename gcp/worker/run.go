package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// errTimeout is the cause of a context that the build's own timeout ended.
var errTimeout = errors.New("the build ran longer than its timeout")

type failureType = cloudbuildpb.Build_FailureInfo_FailureType

// failure is how a build ended that did not succeed.
type failure struct {
	status cloudbuildpb.Build_Status
	info   failureType // 0 = no failureInfo
	detail string      // statusDetail and failureInfo.detail
	log    string      // the log's last line after "ERROR: "
	err    error
}

func (f *failure) Error() string { return f.log }
func (f *failure) Unwrap() error { return f.err }

// Run runs the steps of b, which Validate and Substitute have been through,
// then pushes its images. It fills b: status, statusDetail, failureInfo,
// results, timing, startTime and finishTime, and each step's status, timing
// and exitCode. exec nil means NewExecutor(). onUpdate, if not nil, gets a
// copy of b after every change, one call at a time.
//
// The build's timeout counts from b.StartTime, or from now where that is
// unset. The error is nil only for SUCCESS; its kind is errs.Build when a step
// or a push failed or time was up, errs.Interrupted when ctx was cancelled.
// All containers and processes of the steps are gone when Run returns.
func Run(ctx context.Context, b *cloudbuildpb.Build, exec Executor, o Options, onUpdate func(*cloudbuildpb.Build)) error {
	if exec == nil {
		exec = NewExecutor()
	}
	r := &run{b: b, exec: exec, o: &o, log: newLog(o.Log), onUpdate: onUpdate}
	if b.StartTime == nil {
		b.StartTime = timestamppb.New(o.now())
	}
	timeout := DefaultTimeout
	if b.Timeout != nil {
		timeout = b.Timeout.AsDuration()
	}
	left := timeout - o.now().Sub(b.StartTime.AsTime())
	ctx, stop := context.WithTimeoutCause(ctx, left, errTimeout)
	defer stop()

	r.change(func() {
		b.Status = cloudbuildpb.Build_WORKING
		b.Results = &cloudbuildpb.Results{BuildStepImages: make([]string, len(b.Steps)), BuildStepOutputs: make([][]byte, len(b.Steps))}
		for _, s := range b.Steps {
			s.Status = cloudbuildpb.Build_QUEUED
		}
	})
	err := r.all(ctx)
	return r.end(ctx, err)
}

type run struct {
	exec    Executor
	o       *Options
	log     *buildLog
	secrets map[string]string

	mu       sync.Mutex // guards b and the order of onUpdate
	b        *cloudbuildpb.Build
	onUpdate func(*cloudbuildpb.Build)
}

// change alters the message and tells of it.
func (r *run) change(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
	if r.onUpdate != nil {
		r.onUpdate(proto.Clone(r.b).(*cloudbuildpb.Build))
	}
}

// all is the build's body: secrets, steps, push.
func (r *run) all(ctx context.Context) error {
	if err := r.resolveSecrets(ctx); err != nil {
		return err
	}
	if err := r.prepare(); err != nil {
		return fmt.Errorf("preparing the build's directories: %w", err)
	}
	r.log.line("BUILD")
	if err := r.timed("BUILD", func() error { return r.steps(ctx) }); err != nil {
		return err
	}
	r.log.line("PUSH")
	if len(r.b.Images) == 0 {
		return nil
	}
	return r.timed("PUSH", func() error { return r.push(ctx) })
}

// prepare makes the directories that steps see, writable for any user in them.
func (r *run) prepare() error {
	dirs := []string{r.o.Workspace, r.o.Home}
	for i := range r.b.Steps {
		dirs = append(dirs, r.outputs(i))
	}
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	for i := range r.b.Steps {
		if err := os.Chmod(r.outputs(i), 0o777); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) outputs(i int) string { return filepath.Join(r.o.Outputs, "step", strconv.Itoa(i)) }

func (r *run) timed(key string, f func() error) error {
	from := r.o.now()
	err := f()
	r.change(func() {
		if r.b.Timing == nil {
			r.b.Timing = map[string]*cloudbuildpb.TimeSpan{}
		}
		r.b.Timing[key] = span(from, r.o.now())
	})
	return err
}

func span(from, to time.Time) *cloudbuildpb.TimeSpan {
	return &cloudbuildpb.TimeSpan{StartTime: timestamppb.New(from), EndTime: timestamppb.New(to)}
}

// end writes the log's last lines and the message's last fields.
func (r *run) end(ctx context.Context, err error) error {
	f := r.outcome(ctx, err)
	if f == nil && r.log.failure() == nil {
		r.log.line("DONE")
	}
	if lost := r.log.failure(); lost != nil && f == nil {
		f = &failure{status: cloudbuildpb.Build_FAILURE, info: cloudbuildpb.Build_FailureInfo_LOGGING_FAILURE,
			detail: "Failed to write logs", log: "failed to write logs: " + lost.Error(), err: lost}
	}
	r.change(func() {
		r.b.FinishTime = timestamppb.New(r.o.now())
		if f == nil {
			r.b.Status = cloudbuildpb.Build_SUCCESS
			return
		}
		r.b.Status, r.b.StatusDetail = f.status, f.detail
		if f.info != 0 {
			r.b.FailureInfo = &cloudbuildpb.Build_FailureInfo{Type: f.info, Detail: f.detail}
		}
	})
	if f == nil {
		return nil
	}
	word, kind := "ERROR", errs.Build
	switch f.status {
	case cloudbuildpb.Build_TIMEOUT:
		word = "TIMEOUT"
	case cloudbuildpb.Build_CANCELLED:
		word, kind = "CANCELLED", errs.Interrupted
	case cloudbuildpb.Build_INTERNAL_ERROR:
		kind = errs.Internal
	}
	r.log.line("%s", word)
	r.log.line("ERROR: %s", f.log)
	return errs.New(kind, "", "%w", f)
}

// outcome sorts the error of the body: what ended the context comes first.
func (r *run) outcome(ctx context.Context, err error) *failure {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		if cause := context.Cause(ctx); !errors.Is(cause, errTimeout) {
			return &failure{status: cloudbuildpb.Build_CANCELLED, log: "context canceled", err: cause}
		}
		return &failure{status: cloudbuildpb.Build_TIMEOUT, log: "context deadline exceeded", err: errTimeout}
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	return &failure{status: cloudbuildpb.Build_INTERNAL_ERROR, detail: err.Error(), log: err.Error(), err: err}
}
