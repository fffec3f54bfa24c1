package worker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"golang.org/x/sync/errgroup"
)

// errStepTimeout is the cause of a context that a step's own timeout ended.
var errStepTimeout = errors.New("the step ran longer than its timeout")

// steps runs every step as soon as what it waits for has finished. The first
// failure stops the others.
func (r *run) steps(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	done := make([]chan struct{}, len(r.b.Steps))
	for i := range done {
		done[i] = make(chan struct{})
	}
	for i, deps := range waits(r.b.Steps) {
		group.Go(func() error {
			for _, d := range deps {
				select {
				case <-done[d]:
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			}
			if ctx.Err() != nil { // both were ready
				return context.Cause(ctx)
			}
			if err := r.step(ctx, i); err != nil {
				return err
			}
			close(done[i])
			return nil
		})
	}
	return group.Wait()
}

// waits gives, for each step, the steps it waits for: those named, all earlier
// ones where it names none, no one for "-".
func waits(steps []*cloudbuildpb.BuildStep) [][]int {
	byID := map[string]int{}
	all := make([][]int, len(steps))
	for i, s := range steps {
		for _, id := range s.WaitFor {
			if d, ok := byID[id]; ok {
				all[i] = append(all[i], d)
			}
		}
		if len(s.WaitFor) == 0 {
			for d := range i {
				all[i] = append(all[i], d)
			}
		}
		if s.Id != "" {
			byID[s.Id] = i
		}
	}
	return all
}

// step runs one step and records how it went.
func (r *run) step(ctx context.Context, i int) error {
	s, prefix := r.b.Steps[i], ""
	name := "Step " + title(i, s.Id)
	if len(r.b.Steps) > 1 { // a single step's lines carry no name
		prefix = name + ": "
		r.log.line("Starting %s", name)
	}
	from := r.o.now()
	r.change(func() {
		s.Status = cloudbuildpb.Build_WORKING
		s.Timing = &cloudbuildpb.TimeSpan{StartTime: span(from, from).StartTime}
	})
	stepCtx, stop := ctx, context.CancelFunc(func() {})
	if s.Timeout.AsDuration() > 0 {
		stepCtx, stop = context.WithTimeoutCause(ctx, s.Timeout.AsDuration(), errStepTimeout)
	}
	defer stop()
	stdout, stderr := r.log.writer(prefix), r.log.writer(prefix)
	exit, err := r.exec.Step(stepCtx, StepRequest{
		Build: r.b.Id, Index: i, Step: s, Env: r.env(s), Volumes: slices.Concat(r.b.GetOptions().GetVolumes(), s.Volumes),
		Outputs: r.outputs(i), Stdout: stdout, Stderr: stderr, Options: r.o,
		Image: func(digest string, from, to time.Time) {
			r.change(func() {
				r.b.Results.BuildStepImages[i] = digest
				s.PullTiming = span(from, to)
			})
		},
	})
	stdout.Close()
	stderr.Close()
	state, failed := r.judge(stepCtx, i, exit, err)
	output := r.output(i)
	r.change(func() {
		s.Status, s.ExitCode = state, int32(exit)
		s.Timing = span(from, r.o.now())
		r.b.Results.BuildStepOutputs[i] = output
	})
	if prefix != "" {
		r.log.line("Finished %s", name)
	}
	return failed
}

// judge decides what a step's end means for the step and for the build.
func (r *run) judge(ctx context.Context, i, exit int, err error) (cloudbuildpb.Build_Status, error) {
	s := r.b.Steps[i]
	if err == nil && exit == 0 {
		return cloudbuildpb.Build_SUCCESS, nil
	}
	state := cloudbuildpb.Build_FAILURE
	what := fmt.Sprintf("build step %d %q failed: step exited with non-zero status: %d", i, s.Name, exit)
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errStepTimeout):
		state, err = cloudbuildpb.Build_TIMEOUT, cause
		what = fmt.Sprintf("build step %d %q failed: context deadline exceeded", i, s.Name)
	case errors.Is(cause, errTimeout):
		return cloudbuildpb.Build_TIMEOUT, cause
	case cause != nil:
		return cloudbuildpb.Build_CANCELLED, cause
	case err != nil:
		what = fmt.Sprintf("build step %d %q failed: %v", i, s.Name, err)
		if p, ok := errors.AsType[*pullError](err); ok {
			what = fmt.Sprintf("error pulling build step %d %q: %v", i, s.Name, p.err)
		}
	}
	allowed := s.AllowFailure
	if len(s.AllowExitCodes) > 0 { // has precedence over allowFailure
		allowed = err == nil && slices.Contains(s.AllowExitCodes, int32(exit))
	}
	if allowed {
		r.log.line("WARNING: %s (allowed)", what)
		return state, nil
	}
	return state, &failure{status: state, info: cloudbuildpb.Build_FailureInfo_USER_BUILD_STEP,
		detail: "Build step failure: " + what, log: what, err: err}
}

// env is what the build adds to the image's variables, the last one of a name.
func (r *run) env(s *cloudbuildpb.BuildStep) []string {
	all := slices.Concat(r.b.GetOptions().GetEnv(), s.Env)
	for _, name := range slices.Concat(r.b.GetOptions().GetSecretEnv(), s.SecretEnv) {
		all = append(all, name+"="+r.secrets[name])
	}
	return lastOfEach(all)
}

func lastOfEach(env []string) []string {
	place := map[string]int{}
	var out []string
	for _, e := range env {
		k, _, _ := strings.Cut(e, "=")
		if i, ok := place[k]; ok {
			out[i] = e
			continue
		}
		place[k] = len(out)
		out = append(out, e)
	}
	return out
}

// output reads what the step left in $BUILDER_OUTPUT/output, if it is a file
// there: a link out of the directory is not followed.
func (r *run) output(i int) []byte {
	root, err := os.OpenRoot(r.outputs(i))
	if err != nil {
		return nil
	}
	defer root.Close()
	if info, err := root.Lstat("output"); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	b, err := readUpTo(root.FS(), "output", MaxOutput)
	if err != nil {
		r.log.line("WARNING: reading the output of step %s: %v", title(i, r.b.Steps[i].Id), err)
	}
	return b
}

func readUpTo(dir fs.FS, name string, limit int) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, limit)
	n := 0
	for n < limit {
		m, err := f.Read(b[n:])
		n += m
		if err != nil || m == 0 {
			break
		}
	}
	return b[:n:n], nil
}
