package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// explainReport is `key --explain --json`.
type explainReport struct {
	Wheels  explained `json:"wheels"`
	Runtime explained `json:"runtime"`
	TestEnv explained `json:"testenv"`
	App     explained `json:"app"`
}

// explained is one key: whether an image has it, and if none does, how it differs
// from the one of the image in Against.
type explained struct {
	plan.Status
	Against string            `json:"against,omitempty"`
	Changes []plan.Difference `json:"changes"`
}

// earlier is an image to compare with, and what it was made from.
type earlier struct {
	image string
	made  plan.Made
}

// few is how many of the newest wheels images are looked at for the nearest.
const few = 10

// KeyExplain says which fields made a key miss: against the image that serves, or
// where nothing is deployed against the nearest of the newest wheels images.
func KeyExplain(ctx context.Context, s ui.Streams, d Deps, o AppOptions, asJSON bool) error {
	sess, err := open(ctx, d, o, ui.NewJSON(ui.Streams{Out: io.Discard}))
	if err != nil {
		return err
	}
	defer sess.Close()
	facts, p, err := sess.decide(ctx)
	if err != nil {
		return err
	}
	r := explainReport{Wheels: explained{Status: p.Keys.Wheels}, Runtime: explained{Status: p.Keys.Runtime}, TestEnv: explained{Status: p.Keys.TestEnv}, App: explained{Status: p.Image}}
	before := sess.serving(ctx, facts)
	if before.image == "" && p.Keys.Wheels.Status == plan.Miss {
		if before, err = sess.nearest(ctx); err != nil {
			return err
		}
	}
	how := plan.Explain(sess.app.App, before.made)
	for _, e := range []struct {
		to      *explained
		changes []plan.Difference
	}{{&r.Wheels, how.Wheels}, {&r.Runtime, how.Runtime}, {&r.TestEnv, how.TestEnv}, {&r.App, how.App}} {
		e.to.Changes = []plan.Difference{}
		if e.to.Status.Status == plan.Miss && e.changes != nil {
			e.to.Changes, e.to.Against = e.changes, before.image
		}
	}
	if len(r.Wheels.Changes) > 0 && len(r.Runtime.Changes) == 0 {
		r.Runtime.Reason = "other wheels"
	}
	if asJSON {
		return ui.WriteJSON(s.Out, r)
	}
	r.Wheels.print(s.Out, "wheels")
	r.Runtime.print(s.Out, "runtime")
	r.TestEnv.print(s.Out, "testenv")
	r.App.print(s.Out, "app")
	return nil
}

func (e explained) print(w io.Writer, name string) {
	line := fmt.Sprintf("%-8s %-5s %-9s", name, e.Status.Status, key.Short(e.Key))
	if e.Against == "" {
		fmt.Fprintln(w, strings.TrimRight(line+" "+e.Reason, " "))
		return
	}
	fmt.Fprintf(w, "%s against %s\n", line, e.Against)
	for _, c := range e.Changes {
		fmt.Fprintln(w, "    "+c.Text)
	}
}

// serving is the app image that the service runs, if it says what it was made from.
func (s *session) serving(ctx context.Context, facts plan.Facts) earlier {
	service := s.app.Config.Service
	name, digest, ok := strings.Cut(facts.Service.Image, "@")
	if !ok || name != s.engine.Place.Repository+"/"+service {
		return earlier{}
	}
	image := service + "@" + key.Short(digest)
	if facts.Previous != nil {
		return earlier{image, *facts.Previous}
	}
	labels, err := s.registry.Labels(ctx, service, digest)
	if err != nil { // it says less without
		return earlier{}
	}
	made, ok := inventory.Image{Labels: labels}.Made()
	if !ok {
		return earlier{}
	}
	return earlier{image, made}
}

// nearest is the wheels image, of the few newest, whose key differs in the
// fewest fields.
func (s *session) nearest(ctx context.Context) (earlier, error) {
	images, err := s.registry.Images(ctx) // the newest first
	if err != nil {
		return earlier{}, err
	}
	var keys [few]key.Key
	n := 0
	var g errgroup.Group
	for _, i := range images {
		if i.Name != plan.Wheels || len(inventory.Image{Tags: i.Tags}.Keys()) == 0 || n == few {
			continue
		}
		to := &keys[n]
		n++
		g.Go(func() error {
			if labels, err := s.registry.Labels(ctx, i.Name, i.Digest); err == nil { // one that cannot be read is not compared
				*to = inventory.Image{Labels: labels}.Key()
			}
			return nil
		})
	}
	_ = g.Wait()
	k, ok := inventory.Nearest(plan.KeysOf(s.app.App, "").Wheels, keys[:n])
	if !ok {
		return earlier{}, nil
	}
	return earlier{plan.Wheels + ":" + k.Short(), plan.Made{Wheels: k}}, nil
}
