package promote

import (
	"context"
	"fmt"
	"io"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// copy puts the runtime, whose layers are the image's lowest, and the image into the
// other repository, and after them their keys: a key's image is there as a whole. The
// wheels stay: no deploy needs them that finds the runtime.
func (p Promoter) copy(ctx context.Context, m Promotion, out io.Writer) error {
	service := p.To.Config.Service
	if p.From.Registry.Repository()+"/"+p.From.Config.Service == m.plan.Release.Image {
		fmt.Fprintln(out, "it is there: both have one repository")
		return nil
	}
	if err := p.copyRuntime(ctx, m); err != nil {
		return err
	}
	if err := p.put(ctx, p.From.Config.Service, m.Digest, service, m.Keys...); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s to %s/%s\n", short(m.Digest), p.To.Registry.Repository(), service)
	return nil
}

// mark has the repository know that its images are released in another region, too: who
// removes images asks there.
func (p Promoter) mark(ctx context.Context, m Promotion) error {
	elsewhere := m.plan.Elsewhere()
	if elsewhere == "" {
		return nil
	}
	digest, err := p.To.Registry.PushNote(ctx, plan.Builder, "", nil)
	if err == nil {
		_, _, err = p.To.Registry.CreateTag(ctx, plan.Builder, plan.RegionTag(elsewhere), digest)
	}
	return err
}

// copyRuntime puts the image's runtime there, unless there is one of its key.
func (p Promoter) copyRuntime(ctx context.Context, m Promotion) error {
	if m.Runtime == "" {
		return nil
	}
	now, there, err := p.To.Registry.Digest(ctx, plan.Runtime, m.runtimeKey)
	if err == nil && !there {
		return p.put(ctx, plan.Runtime, m.Runtime, plan.Runtime, m.runtimeKey)
	}
	p.differs(plan.Runtime, m.Runtime, now)
	return err
}

// put copies an image, and gives it its keys, unless one that was made there has them: a
// key is given once.
func (p Promoter) put(ctx context.Context, image, digest, as string, keys ...string) error {
	err := p.Copy(ctx, image, digest, as)
	if errs.KindOf(err) == errs.NotFound {
		return errs.New(errs.NotFound, "Run "+p.To.command("setup")+" first.", "%s is not set up: %w", p.To.Name(), err)
	}
	for _, k := range keys {
		if err != nil {
			break
		}
		var now string
		now, _, err = p.To.Registry.CreateTag(ctx, as, k, digest)
		p.differs(as, digest, now)
	}
	return err
}

// differs says that a key leads to another image in To.
func (p Promoter) differs(image, digest, now string) {
	if now != "" && now != digest {
		p.Report.Note(fmt.Sprintf("%s has an image of its own (%s) for the same key of %s: `gcpdeploy up` there releases what is made of that", p.To.Name(), short(now), image))
	}
}
