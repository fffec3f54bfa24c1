package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// RunJob runs a job of the service as it is.
func (t Target) RunJob(ctx context.Context, s release.Spec, job string, by release.Run, o release.Watch) (release.Execution, error) {
	e := release.Execution{Job: job}
	full := jobName(s, jobID(s.Service, job))
	now, err := t.client.getJob(ctx, full)
	switch run := jobRun(now); {
	case err != nil:
		return e, err
	case now == nil || !ofService(now, s.Service):
		return e, noJob(s, job)
	case by.ID != "" && by.YieldsTo(run):
		e.Superseded = run.ID
		return e, nil
	}
	name, err := t.client.startJob(ctx, now, nil)
	if err != nil {
		return e, err
	}
	return t.client.watchJob(ctx, s, job, name, o)
}

func noJob(s release.Spec, job string) error {
	return errs.New(errs.NotFound, "Run `gcpdeploy job list` to see what there is; `gcpdeploy up` makes the jobs of the configuration.",
		"%s has no job %s in %s, %s", s.Service, job, s.Project, s.Region)
}

// startJob runs a job that is as it was seen to be, and gives the execution's name. It
// is begun once: where the answer is lost, the job says whether it was.
func (c *Client) startJob(ctx context.Context, j *runpb.Job, over *runpb.RunJobRequest_Overrides) (string, error) {
	doing := "running the job " + short(j.GetName())
	r, err := c.jobs.jobs()
	if err != nil {
		return "", err
	}
	pauses := c.access.Backoff(c.endpoint())
	for try := range conflicts {
		count := j.GetExecutionCount()
		name, err := func() (string, error) {
			ctx, cancel := c.access.OneCall(ctx)
			defer cancel()
			op, err := r.RunJob(ctx, &runpb.RunJobRequest{Name: j.GetName(), Etag: j.GetEtag(), Overrides: over}, gcp.Once)
			if err != nil {
				return "", err
			}
			m, err := op.Metadata()
			return m.GetName(), err
		}()
		if err == nil && name != "" {
			return name, nil
		}
		code := gcp.Code(err)
		if err != nil && (ctx.Err() != nil || !again(code, false) && (!gcp.Expired(err) || try > 0)) {
			return "", c.access.Error(err, c.endpoint(), doing)
		}
		if err := poll.Sleep(ctx, c.access.Clock, pauses.Pause(try)); err != nil {
			return "", gcp.Error(err, doing)
		}
		full := j.GetName()
		if j, err = c.getJob(ctx, full); err != nil {
			return "", err
		}
		if last := j.GetLatestCreatedExecution(); j.GetExecutionCount() > count && code != codes.Aborted && last.GetName() != "" {
			return inJob(full, last.GetName()), nil
		}
	}
	return "", errs.New(errs.Transient, "Run again.", "%s: something else keeps changing the job", doing)
}

// inJob is the full name of an execution, which some answers have short.
func inJob(job, execution string) string { return job + "/executions/" + short(execution) }

// watchJob waits until an execution has ended, and hands on what it writes. Where ctx
// ends first it is cancelled.
func (c *Client) watchJob(ctx context.Context, s release.Spec, job, name string, o release.Watch) (release.Execution, error) {
	if o.Began != nil {
		o.Began(short(name))
	}
	e := release.Execution{Name: short(name), Job: job, Began: c.access.Clock.Now()}
	if o.Async {
		return e, nil
	}
	tail := c.follower(s, name, e.Began, o.Line)
	doing := "waiting for " + short(name)
	var x *runpb.Execution
	err := poll.Until(ctx, c.access.Clock, c.access.Backoff(c.endpoint()), func(ctx context.Context) (bool, error) {
		tail(ctx)
		var err error
		x, err = c.execution(ctx, name, doing)
		return err == nil && x.GetCompletionTime() != nil, err
	})
	if ctx.Err() != nil {
		c.cancel(ctx, name)
		return e, gcp.Error(context.Cause(ctx), doing)
	}
	if err != nil {
		return e, err
	}
	// What was written last may not be in the log yet.
	for range lateReads {
		tail(ctx)
		if o.Line == nil || poll.Sleep(ctx, c.access.Clock, c.access.Backoff(c.endpoint()).Max) != nil {
			break
		}
	}
	e = endOf(x, job)
	if e.Succeeded {
		return e, nil
	}
	if e.Exit, err = c.exitOf(ctx, name); err != nil {
		return e, err
	}
	if o.Line == nil {
		_ = c.jobLines(ctx, s, short(x.GetJob()), e.Name, release.Query{Limit: shownLines}, func(l release.Line) error { // who may not read it does without
			e.Log = append(e.Log, l.Text)
			return nil
		})
	}
	return e, nil
}

// lateReads is how often the log is read once an execution has ended.
const lateReads = 2

// follower gives what reads on in an execution's log. Who may not read it does without.
func (c *Client) follower(s release.Spec, name string, from time.Time, each func(release.Line)) func(context.Context) {
	if each == nil {
		return func(context.Context) {}
	}
	job, _, _ := cutExecution(name)
	lines := c.logs.Tail("reading the job's log", jobLog(s, job, short(name)), from.Add(-time.Hour))
	denied := false
	return func(ctx context.Context) {
		if denied {
			return
		}
		found, err := lines(ctx)
		if err != nil && ctx.Err() == nil {
			denied = true
			each(release.Line{Severity: "WARNING", Text: "the log cannot be read: " + err.Error()})
		}
		for _, l := range found {
			each(l)
		}
	}
}

func (c *Client) execution(ctx context.Context, name, doing string) (x *runpb.Execution, err error) {
	r, err := c.jobs.executions()
	if err != nil {
		return nil, err
	}
	err = c.access.Retry(ctx, c.endpoint(), doing, c.access.Patience(c.endpoint()), func(ctx context.Context) (err error) {
		x, err = r.GetExecution(ctx, &runpb.GetExecutionRequest{Name: name}, gcp.Once)
		return err
	})
	return x, err
}

// cancelLimit is how long the end of an execution may take to be asked for after an
// interrupt.
const cancelLimit = 20 * time.Second

// cancel ends an execution that nobody waits for any more.
func (c *Client) cancel(ctx context.Context, name string) {
	ctx, done := context.WithTimeoutCause(context.WithoutCancel(ctx), cancelLimit, errors.New("Cloud Run did not answer in time"))
	defer done()
	r, err := c.jobs.executions()
	if err != nil {
		return
	}
	_ = c.access.Retry(ctx, c.endpoint(), "cancelling "+short(name), c.access.Patience(c.endpoint()), func(ctx context.Context) error {
		_, err := r.CancelExecution(ctx, &runpb.CancelExecutionRequest{Name: name}, gcp.Once)
		return err
	})
}

// exitOf is the exit code of the first task of an execution that failed.
func (c *Client) exitOf(ctx context.Context, name string) (exit int, err error) {
	r, err := c.jobs.tasks()
	if err != nil {
		return 0, err
	}
	err = c.access.Retry(ctx, c.endpoint(), "looking at the tasks of "+short(name), c.access.Patience(c.endpoint()), func(ctx context.Context) error {
		it := r.ListTasks(ctx, &runpb.ListTasksRequest{Parent: name, PageSize: 1000}, gcp.Once)
		for {
			t, err := it.Next()
			if errors.Is(err, iterator.Done) {
				return nil
			}
			if err != nil {
				return err
			}
			if last := t.GetLastAttemptResult(); last.GetStatus().GetCode() != 0 || last.GetExitCode() != 0 {
				if exit = int(last.GetExitCode()); exit == 0 && last.GetTermSignal() != 0 {
					exit = 128 + int(last.GetTermSignal()) // as shells say it
				}
				return nil
			}
		}
	})
	return exit, err
}

// endOf is an execution as it is.
func endOf(x *runpb.Execution, job string) release.Execution {
	e := release.Execution{Name: short(x.GetName()), Job: job, Began: x.GetCreateTime().AsTime()}
	if at := x.GetCompletionTime(); at != nil {
		e.Ended = at.AsTime()
	}
	for _, c := range x.GetConditions() {
		if c.GetType() == "Completed" {
			e.Succeeded = c.GetState() == runpb.Condition_CONDITION_SUCCEEDED
			e.Message = c.GetMessage()
		}
	}
	if !e.Succeeded && e.Message == "" && x.GetCompletionTime() != nil {
		e.Message = fmt.Sprintf("%d of its tasks failed", x.GetFailedCount())
	}
	return e
}
