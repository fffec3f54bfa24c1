package cmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// PruneOptions say what stays beside what is in use.
type PruneOptions struct {
	Keep      int
	OlderThan time.Duration
	Yes       bool
}

// Validate refuses impossible values.
func (o PruneOptions) Validate() error {
	switch {
	case o.Keep < 0:
		return errs.New(errs.Usage, "Give the number of newest images that stay.", "--keep %d is negative", o.Keep)
	case o.OlderThan < 0:
		return errs.New(errs.Usage, "Give a duration such as 720h.", "--older-than %v is negative", o.OlderThan)
	}
	return nil
}

func wheelsPruneCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "prune",
		Usage: "show which images nothing needs any more, and with --yes remove them",
		Flags: placeFlags(
			&cli.IntFlag{Name: "keep", Value: 3, Usage: "the newest `N` of each Python, platform and base, and of each service, stay"},
			&cli.DurationFlag{Name: "older-than", Usage: "only what is older than `DURATION`, such as 720h", DefaultText: "any age"},
			&cli.BoolFlag{Name: "yes", Usage: "remove them"},
		),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			o := PruneOptions{Keep: c.Int("keep"), OlderThan: c.Duration("older-than"), Yes: c.Bool("yes")}
			if err := o.Validate(); err != nil {
				return err
			}
			return WheelsPrune(c.Context, s, d, appOptions(c), o, c.Bool("json"))
		},
	}
}

// pruneReport is `wheels prune --json`. Remove is what would go, in order; after
// a removal it is what went, and the others are in Skipped and Failed.
type pruneReport struct {
	Repository string       `json:"repository"`
	DryRun     bool         `json:"dry_run"`
	Remove     []pruneImage `json:"remove"`
	Keep       []pruneImage `json:"keep"`
	Skipped    []pruneImage `json:"skipped"`
	Failed     []pruneImage `json:"failed"`
	Frees      int64        `json:"frees"` // bytes that nothing else has
}

type pruneImage struct {
	Package  string        `json:"package"`
	Digest   string        `json:"digest"`
	Tags     []string      `json:"tags"`
	Size     int64         `json:"size"`
	Uploaded time.Time     `json:"uploaded"`
	Why      inventory.Why `json:"why,omitempty"`
	Reason   string        `json:"reason"`
	name     string
}

func pruned(v inventory.Verdict, reason string) pruneImage {
	i := v.Image
	return pruneImage{i.Package, i.Digest, list(i.Tags), i.Size, i.Uploaded, v.Why, reason, i.Name()}
}

// WheelsPrune shows what may go and why the rest stays, and with Yes removes it.
func WheelsPrune(ctx context.Context, s ui.Streams, d Deps, o AppOptions, po PruneOptions, asJSON bool) error {
	r, err := openRepository(ctx, d, o)
	if err != nil {
		return err
	}
	defer r.Close()
	st, err := r.look(ctx)
	if err != nil {
		return err
	}
	parts := st.Parts()
	st, err = r.read(ctx, st, func(i inventory.Image) bool { return i.Package != plan.Builder && !parts[i.Digest] })
	if err != nil {
		return err
	}
	rules := inventory.Rules{Keep: po.Keep, OlderThan: po.OlderThan, Now: d.Now()}
	decision := st.Prune(rules)
	out := pruneReport{
		Repository: r.images.Repository(), DryRun: !po.Yes, Frees: decision.Frees,
		Remove: []pruneImage{}, Keep: []pruneImage{}, Skipped: []pruneImage{}, Failed: []pruneImage{},
	}
	for _, v := range decision.Keep {
		out.Keep = append(out.Keep, pruned(v, v.Reason))
	}
	var failure error
	if !po.Yes {
		for _, v := range decision.Remove {
			out.Remove = append(out.Remove, pruned(v, v.Reason))
		}
	} else {
		report := ui.NewHuman(s, false, d.Now)
		report.Start("prune")
		ends, err := engine.Remove(ctx, r, st, rules, decision, func(i inventory.Image) {
			report.Log("prune", i.Package+"@"+key.Short(i.Digest))
		})
		report.Close()
		failure = out.add(ends, st)
		failure = cmp.Or(err, failure)
	}
	if asJSON {
		if err := ui.WriteJSON(s.Out, out); err != nil || failure == nil {
			return err
		}
		return reported{failure}
	}
	if err := out.print(s.Out, d.Now()); err != nil {
		return err
	}
	return failure
}

// add takes how the removals ended, and gives the error if one failed.
func (r *pruneReport) add(ends []engine.Removal, st inventory.Stock) error {
	var gone []inventory.Image
	var first error
	for _, end := range ends {
		switch {
		case end.Err != nil:
			r.Failed = append(r.Failed, pruned(end.Verdict, end.Err.Error()))
			first = cmp.Or(first, end.Err)
		case end.Stays != "":
			r.Skipped = append(r.Skipped, pruned(end.Verdict, end.Stays))
		default:
			r.Remove = append(r.Remove, pruned(end.Verdict, end.Reason))
			gone = append(gone, end.Image)
		}
	}
	r.Frees = st.Frees(gone)
	if first == nil {
		return nil
	}
	// The kind is this one's: that something of it failed, not how.
	return errs.New(errs.Internal, errs.HintOf(first), "%d of %s could not be removed: %w", len(r.Failed), ui.Count(len(ends), "image"), first)
}

func (r pruneReport) print(w io.Writer, now time.Time) error {
	if len(r.Remove)+len(r.Skipped)+len(r.Failed) == 0 {
		fmt.Fprintf(w, "nothing to remove in %s\n", r.Repository)
	} else {
		verbs := [2]string{"removed", "freed"}
		if r.DryRun {
			verbs = [2]string{"would remove", "free"}
		}
		fmt.Fprintf(w, "%s %s of %s, %s %s\n", verbs[0], ui.Count(len(r.Remove), "image"), r.Repository, verbs[1], ui.Bytes(r.Frees))
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, group := range []struct {
		images []pruneImage
		mark   string
	}{{r.Remove, ""}, {r.Skipped, "stays: "}, {r.Failed, "FAILED: "}} {
		for _, i := range group.images {
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\t%s%s\n", i.Package, i.name, ui.Age(now.Sub(i.Uploaded)), ui.Bytes(i.Size), group.mark, i.Reason)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	r.printKept(w)
	if r.DryRun && len(r.Remove) > 0 {
		fmt.Fprintln(w, "\nThis was a dry run: --yes removes them.")
	}
	return nil
}

// kept says what the reasons of those that stay mean, in the order of a summary.
var kept = []struct {
	why  inventory.Why
	text string
}{
	{inventory.InUse, "run by a revision"},
	{inventory.Needed, "what images that stay were made from"},
	{inventory.Building, "of builds that run now, or named by them"},
	{inventory.Newest, "among the newest of their family"},
	{inventory.Young, "too young"},
	{inventory.Foreign, "not made by gcpdeploy, or tagged by somebody"},
	{inventory.Builder, "builder images"},
	{inventory.Part, "parts of such images"},
}

func (r pruneReport) printKept(w io.Writer) {
	if len(r.Keep) == 0 {
		return
	}
	count := map[inventory.Why]int{}
	for _, i := range r.Keep {
		count[i.Why]++
	}
	if n := len(r.Keep); n == 1 {
		fmt.Fprintln(w, "1 image stays")
	} else {
		fmt.Fprintln(w, ui.Count(n, "image")+" stay")
	}
	for _, k := range kept {
		if n := count[k.why]; n > 0 {
			fmt.Fprintf(w, "  %4d  %s\n", n, k.text)
		}
	}
}
