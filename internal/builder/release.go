package builder

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/poll"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
)

// Target is the part of release.Target that puts an image in service.
type Target interface {
	Deploy(ctx context.Context, s release.Spec, image string, by release.Run, progress func(string)) (release.Released, error)
	Try(ctx context.Context, s release.Spec, image string, by release.Run, progress func(string)) (release.Released, error)
	Shift(ctx context.Context, s release.Spec, to release.Split, progress func(string)) ([]release.Share, error)
	Discard(ctx context.Context, s release.Spec, revision string) (left string, err error)
	Settle(ctx context.Context, s release.Spec, released release.Released, by release.Run, progress func(string)) (warning string)
	Return(ctx context.Context, s release.Spec, released release.Released, by release.Run) ([]release.Share, error)
	Authorization(ctx context.Context, url string) (release.Header, error)
	Logs(ctx context.Context, s release.Spec, q release.Query, each func(release.Line) error) error
}

// To is a target with what is known of its kind.
type To struct {
	Target
	Front  func(status int, line string) bool // this and Invoke: see release.Kind
	Invoke string
	Asks   string // who asks what was released, for people
	Clock  poll.Clock
}

// Account is who runs a plan's build, for people.
func Account(p plan.Plan) string {
	if a := p.Options.ServiceAccount; a != "" {
		return path.Base(a)
	}
	return "the account that builds run as"
}

// Release marks the image as tested and puts it in service. app is its key;
// when the plan knew it not, the publish step did.
func Release(ctx context.Context, reg Registry, to To, p plan.Plan, app, ref string, by release.Run, out io.Writer) (release.Released, error) {
	if app == "" {
		return release.Released{}, errs.New(errs.Internal, "", "the key of the app's image is not known")
	}
	digest, err := resolve(ctx, reg, ref)
	if err != nil {
		return release.Released{}, err
	}
	// All checks have passed: this tag is what says so.
	digest, _, err = reg.CreateTag(ctx, p.Service, app, digest)
	if err != nil {
		return release.Released{}, err
	}
	if elsewhere := p.Elsewhere(); elsewhere != "" { // before the first revision there: see plan.RegionTag
		if _, _, err := reg.CreateTag(ctx, plan.Builder, plan.RegionTag(elsewhere), p.Builder[strings.LastIndexByte(p.Builder, '@')+1:]); err != nil {
			return release.Released{}, err
		}
	}
	return Serve(ctx, to, p, digest, by, out)
}

// Serve puts an image that is tested in service. What the target says meanwhile, and
// what came of it, goes to out. Where the app does not answer then, what served before
// serves again, and that is an error of kind Build.
func Serve(ctx context.Context, to To, p plan.Plan, digest string, by release.Run, out io.Writer) (release.Released, error) {
	tell := func(text string) { fmt.Fprintln(out, text) }
	released, err := to.deploy(ctx, p, p.Release.Image+"@"+digest, by, out)
	if err != nil {
		return released, err
	}
	if released.Superseded != "" {
		fmt.Fprintf(out, "superseded by %s\n", released.Superseded)
		return released, nil
	}
	if p.Release.NoTraffic && released.Percent > 0 && len(released.Before) == 0 {
		warn(&released, "the first release of a service gets all of its traffic")
	}
	if err := to.answers(ctx, p, &released, out); err != nil {
		return released, to.takeBack(ctx, p.Release, released, by, err, out)
	}
	if err := to.after(ctx, p, released, out); err != nil {
		return released, to.takeBack(ctx, p.Release, released, by, err, out)
	}
	to.dropJobs(ctx, p, &released, by, out)
	if text := to.Settle(ctx, p.Release, released, by, tell); text != "" {
		warn(&released, text)
	}
	if released.Percent == 0 {
		fmt.Fprintf(out, "%s is ready, and gets no traffic\n", released.Revision)
		return released, nil
	}
	fmt.Fprintf(out, "%s serves %d %%\n", released.Revision, released.Percent)
	return released, nil
}
