package builder

import (
	"context"
	"fmt"
	"io"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// Services releases. It is superseded when a run that started later was first.
type Services interface {
	Deploy(ctx context.Context, r plan.Release, image string, by plan.By) (plan.Released, error)
}

// Release marks the image as tested and puts it in service. app is its key;
// when the plan knew it not, the publish step did.
func Release(ctx context.Context, reg Registry, services Services, p plan.Plan, app, ref string, by plan.By, out io.Writer) (plan.Released, error) {
	if app == "" {
		return plan.Released{}, errs.New(errs.Internal, "", "the key of the app's image is not known")
	}
	digest, err := resolve(ctx, reg, ref)
	if err != nil {
		return plan.Released{}, err
	}
	// All checks have passed: this tag is what says so.
	digest, _, err = reg.CreateTag(ctx, p.Service, app, digest)
	if err != nil {
		return plan.Released{}, err
	}
	released, err := services.Deploy(ctx, p.Release, p.Release.Image+"@"+digest, by)
	if err != nil {
		return released, err
	}
	if released.Superseded != "" {
		fmt.Fprintf(out, "superseded by %s\n", released.Superseded)
		return released, nil
	}
	fmt.Fprintf(out, "%s serves 100 %%\n", released.Revision)
	return released, nil
}
