package inbuild

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"

	"github.com/gcpdeploy/gcpdeploy/gcp"
	"github.com/gcpdeploy/gcpdeploy/gcp/cloudbuild"
	"github.com/gcpdeploy/gcpdeploy/gcp/worker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/lease"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
)

// tokenPath is where the builder image's steps find the token that is handed over:
// in their home.
const tokenPath = "/builder/home/.config/access_token"

// renewal is how often the steps' token is replaced: Google's are good for an hour,
// and those of a metadata server for what is left of one.
const renewal = 4 * time.Minute

// releasing is how long giving back a lease may take.
const releasing = 10 * time.Second

// run is one build that runs, or has.
type run struct {
	log     *feed
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed when all of it is over
	outcome plan.Outcome  // after done
}

// begin starts a build in the background.
func (b *Builds) begin(ctx context.Context, at *place, p plan.Plan, m *cloudbuildpb.Build, src archive, held *lease.Held) *run {
	r := &run{log: newFeed(), done: make(chan struct{})}
	ctx, r.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	go func() {
		defer close(r.done)
		defer r.cancel(nil)
		b.carryOut(ctx, at, p, m, src, r.log)
		if held != nil {
			ending, stop := context.WithTimeout(context.WithoutCancel(ctx), releasing)
			defer stop()
			_ = held.Release(ending) // else others see after a while that nobody renews it
		}
		r.outcome = cloudbuild.Outcome(m)
		r.outcome.Here = true
		r.outcome.LogURL, r.outcome.Object = b.Options.LogURL, m.GetSource().GetStorageSource().GetObject()
	}()
	return r
}

// carryOut runs a build to its end, which is in its message then.
func (b *Builds) carryOut(ctx context.Context, at *place, p plan.Plan, m *cloudbuildpb.Build, src archive, log *feed) {
	session, err := b.open(ctx, at, p, m, src, log)
	if err != nil {
		m.Status, m.StatusDetail = cloudbuildpb.Build_INTERNAL_ERROR, err.Error()
		if ctx.Err() != nil {
			m.Status = cloudbuildpb.Build_CANCELLED
		}
		fmt.Fprintf(log, "ERROR\nERROR: %v\n", err)
		return
	}
	renewing, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.renew(renewing, session)
	}()
	_ = session.Run(ctx, m, nil) // the message says what the error says
	stop()
	<-ended
	if err := session.Close(context.WithoutCancel(ctx)); err != nil {
		b.warn("removing what the build left: " + err.Error())
	}
}

// open makes a build's surroundings.
func (b *Builds) open(ctx context.Context, at *place, p plan.Plan, m *cloudbuildpb.Build, src archive, log *feed) (*worker.Session, error) {
	token, err := b.Options.Token(ctx)
	if err != nil {
		return nil, err
	}
	on, o := b.Machine, b.Options
	s := worker.Setup{
		Options: worker.Options{
			Log: log, Docker: on.Docker, DockerCommand: on.Command, DockerSocket: on.Socket, Network: on.Network, Mounts: on.Mounts,
			Resolve: on.image, Labels: b.labels(at), Secrets: o.Secrets, Now: on.Now,
		},
		Dir: filepath.Join(at.dir, m.Id), Executor: on.Executor, Source: src.unpack, Logins: b.logins(token),
	}
	if o.HandOver {
		s.Token = token
		s.HostNetwork = func(image string) bool { return image == p.Builder }
		s.ExtraEnv = append(gcp.Config{TokenFile: tokenPath}.Environment(), "GCPDEPLOY_LABEL="+listed(s.Labels))
	}
	return worker.Open(ctx, s)
}

func (b *Builds) logins(token string) map[string]docker.Auth {
	return map[string]docker.Auth{b.Options.RegistryHost: {Username: gcp.TokenUser, Password: token}}
}

// labels are those of a run's containers: its own, and those of the container that
// this process is, so that who cleans up after that finds them, too.
func (b *Builds) labels(at *place) map[string]string {
	all := map[string]string{runLabel: at.id}
	maps.Copy(all, b.Machine.Labels)
	return all
}

// listed are labels as the builder image's steps read them.
func listed(labels map[string]string) string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		all = append(all, k+"="+labels[k])
	}
	return strings.Join(all, ",")
}

// renew replaces the steps' token from time to time. Where there is none, the old one
// may still be good.
func (b *Builds) renew(ctx context.Context, session *worker.Session) {
	for poll.Sleep(ctx, poll.System, renewal) == nil {
		token, err := b.Options.Token(ctx)
		if err == nil {
			handed := ""
			if b.Options.HandOver {
				handed = token
			}
			err = session.Renew(handed, b.logins(token))
		}
		if err != nil && ctx.Err() == nil {
			b.warn("renewing the steps' credentials: " + err.Error())
		}
	}
}

func (b *Builds) warn(text string) {
	if b.Options.Warn != nil {
		b.Options.Warn(text)
	}
}
