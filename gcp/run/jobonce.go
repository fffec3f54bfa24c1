package run

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/run/apiv2/runpb"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// onceLimit is how long a command may take that is run once.
const onceLimit = 24 * time.Hour

// RunOnce runs a command in the image that serves. It is a job of its own, which goes
// when the command has ended: one job for all commands could not have two images at
// once. What an earlier run that was killed left goes, too.
func (t Target) RunOnce(ctx context.Context, s release.Spec, command []string, env map[string]string, o release.Watch) (e release.Execution, err error) {
	template, err := t.client.servingTemplate(ctx, s)
	if err != nil {
		return e, err
	}
	id := onceID(s.Service)
	d := Desired{Spec: s}
	d.Image = serving(template).GetImage()
	like := config.Job{Command: command, Env: env, TimeoutSeconds: int(onceLimit.Seconds()), Tasks: 1, Retries: new(int)}
	limits := serving(template).GetResources().GetLimits() // a command has what the app has, where a job may have it
	if n, ok := quantity(limits["cpu"]); ok && n.Cmp(one) >= 0 {
		like.CPU = limits["cpu"]
	}
	if n, ok := quantity(limits["memory"]); ok && n.Cmp(amountOf(leastJobMemory)) >= 0 {
		like.Memory = limits["memory"]
	}
	want := mergeJob(nil, d, template, like)
	want.Annotations = map[string]string{onceKey: "true"}
	want.Template.Template.Containers[0].WorkingDir = serving(template).GetWorkingDir()
	j, err := t.client.updateJob(ctx, s, id, "making a job for the command", func(observed *runpb.Job) (*runpb.Job, error) {
		if observed != nil { // the answer to the call that made it was lost
			return nil, nil
		}
		return want, nil
	})
	if err != nil {
		return e, err
	}
	if !o.Async {
		defer func() { err = errors.Join(err, t.client.forget(ctx, j.GetName())) }()
	}
	t.client.sweepOnce(ctx, s, id)
	name, err := t.client.startJob(ctx, j, nil)
	if err != nil {
		return e, err
	}
	return t.client.watchJob(ctx, s, id, name, o)
}

// onceID is a name that no other command has.
func onceID(service string) string {
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	b := make([]byte, 6)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	service = service[:min(len(service), maxJobName-len("-once-")-len(b))]
	return strings.TrimRight(service, "-") + "-once-" + string(b)
}

// forget removes the job of a command, also after an interrupt.
func (c *Client) forget(ctx context.Context, full string) error {
	ctx, done := context.WithTimeoutCause(context.WithoutCancel(ctx), cancelLimit, errors.New("Cloud Run did not answer in time"))
	defer done()
	_, err := c.deleteJob(ctx, full)
	return err
}

// sweepOnce removes the jobs of commands that have ended, which nobody was there to
// remove. It is no matter where it cannot.
func (c *Client) sweepOnce(ctx context.Context, s release.Spec, but string) {
	all, err := c.serviceJobs(ctx, s)
	if err != nil {
		return
	}
	for _, j := range all {
		if j.GetAnnotations()[onceKey] == "" || short(j.GetName()) == but || j.GetLatestCreatedExecution().GetCompletionTime() == nil {
			continue
		}
		_, _ = c.deleteJob(ctx, j.GetName())
	}
}

// servingTemplate is the template of the revision that has most of the traffic.
func (c *Client) servingTemplate(ctx context.Context, s release.Spec) (*runpb.RevisionTemplate, error) {
	service, ok, err := c.Get(ctx, s.Project, s.Region, s.Service)
	if err != nil {
		return nil, err
	}
	shares := served(service)
	slices.SortStableFunc(shares, func(a, b release.Share) int { return b.Percent - a.Percent })
	if !ok || len(shares) == 0 || shares[0].Revision == "" {
		return nil, errs.New(errs.NotFound, "Run `gcpdeploy up`.", "nothing of %s serves in %s, %s, and so there is no image to run a command in", s.Service, s.Project, s.Region)
	}
	if shares[0].Revision == short(service.GetLatestCreatedRevision()) {
		return service.GetTemplate(), nil
	}
	v, err := c.revision(ctx, service.GetName()+"/revisions/"+shares[0].Revision)
	if err != nil {
		return nil, err
	}
	return &runpb.RevisionTemplate{
		Containers: v.GetContainers(), Volumes: v.GetVolumes(), VpcAccess: v.GetVpcAccess(), ServiceAccount: v.GetServiceAccount(), EncryptionKey: v.GetEncryptionKey(),
	}, nil
}
