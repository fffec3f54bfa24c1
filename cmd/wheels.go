package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func wheelsCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "wheels",
		Usage: "list, show, refresh and remove the wheels images of the repository",
		Subcommands: []*cli.Command{
			wheelsListCommand(s, d),
			wheelsShowCommand(s, d),
			refreshCommand(s, d, Refresh),
			wheelsPruneCommand(s, d),
		},
	}
}

// placeFlags are the flags of commands that need to know where, and no app.
func placeFlags(more ...cli.Flag) []cli.Flag {
	var flags []cli.Flag
	for _, f := range appFlags() {
		if slices.Contains([]string{"source", "config", "env", "local", "json", "project", "region", "repository"}, f.Names()[0]) {
			flags = append(flags, f)
		}
	}
	return append(flags, more...)
}

// arguments gives what stands behind the flags, at most so many. urfave/cli reads
// no flags there; --json is taken, as one adds it last.
func arguments(c *cli.Context, most int) (args []string, asJSON bool, err error) {
	asJSON = c.Bool("json")
	for _, a := range c.Args().Slice() {
		switch {
		case a == "--json" || a == "-json":
			asJSON = true
		case strings.HasPrefix(a, "-"):
			return nil, asJSON, errs.New(errs.Usage, "Put flags before arguments.", "the flag %s stands behind an argument", a)
		case len(args) == most:
			return nil, asJSON, errs.New(errs.Usage, "Run `"+c.Command.HelpName+" --help`.", "unexpected argument %q", a)
		default:
			args = append(args, a)
		}
	}
	return args, asJSON, nil
}

// usedBy is a revision in JSON.
type usedBy struct {
	Service  string `json:"service"`
	Revision string `json:"revision,omitempty"`
	Serving  bool   `json:"serving"`
}

// wheelsReport is a wheels image in JSON.
type wheelsReport struct {
	Keys     []string  `json:"keys"`    // W; the beginning of one for a partial image
	Content  []string  `json:"content"` // C
	Digest   string    `json:"digest"`
	Image    string    `json:"image"`
	Tags     []string  `json:"tags"`
	Uploaded time.Time `json:"uploaded"`
	Size     int64     `json:"size"`
	Partial  bool      `json:"partial"`
	Base     string    `json:"base,omitempty"`
	Count    *int      `json:"package_count,omitempty"`
	UsedBy   []usedBy  `json:"used_by"` // null: it may not be known
}

func (r *repository) report(w inventory.Wheels) wheelsReport {
	out := wheelsReport{
		Keys: list(w.W), Content: list(w.C), Digest: w.Digest, Image: r.images.Ref(w.Package, w.Digest), Tags: list(w.Tags),
		Uploaded: w.Uploaded, Size: w.Size, Partial: w.Partial, Base: w.Base(), UsedBy: []usedBy{},
	}
	if r.hidden {
		out.UsedBy = nil
	}
	for _, u := range w.UsedBy {
		out.UsedBy = append(out.UsedBy, usedBy{u.Service, u.Revision, u.Serving})
	}
	return out
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// services says for people which services use an image; none is said as nobody.
func (r wheelsReport) services(nobody string) string {
	switch {
	case r.UsedBy == nil:
		return "not known"
	case len(r.UsedBy) == 0:
		return nobody
	}
	type state struct {
		revisions int
		serving   bool
	}
	var names []string
	states := map[string]state{}
	for _, u := range r.UsedBy {
		st, ok := states[u.Service]
		if !ok {
			names = append(names, u.Service)
		}
		states[u.Service] = state{st.revisions + 1, st.serving || u.Serving}
	}
	slices.Sort(names)
	for n, name := range names {
		st := states[name]
		names[n] = fmt.Sprintf("%s (%s", name, ui.Count(st.revisions, "revision"))
		if st.serving {
			names[n] += ", serves"
		}
		names[n] += ")"
	}
	return strings.Join(names, ", ")
}

// stockOfWheels is all that says which wheels there are and who uses them. Who may
// not see the services gets the wheels with a warning.
func (r *repository) stockOfWheels(ctx context.Context, s ui.Streams) (st inventory.Stock, err error) {
	var hidden error
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.lookAtImages(gctx, &st) })
	g.Go(func() error {
		err := r.lookAtUses(gctx, &st)
		if errs.KindOf(err) == errs.Auth {
			hidden = err
			return nil
		}
		return err
	})
	if err := g.Wait(); err != nil {
		return st, err
	}
	if r.hidden = hidden != nil; r.hidden {
		fmt.Fprintf(s.Err, "warning: who uses the wheels is not known: %v\n", hidden)
	}
	used := st.Used()
	return r.read(ctx, st, func(i inventory.Image) bool { return isWheels(i) || isRuntime(i) || used[i.Digest] })
}
