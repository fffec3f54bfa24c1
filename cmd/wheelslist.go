package cmd

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/sync/errgroup"

	"github.com/gcpdeploy/gcpdeploy/internal/inventory"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

func wheelsListCommand(s ui.Streams, d Deps) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the wheels images: keys, age, size, packages, and which services use them",
		Flags: placeFlags(),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return WheelsList(c.Context, s, d, appOptions(c), c.Bool("json"))
		},
	}
}

// listReport is `wheels list --json`. A wheels image whose packages would have to
// be fetched to be counted has no package_count.
type listReport struct {
	Repository string         `json:"repository"`
	Wheels     []wheelsReport `json:"wheels"`
}

// WheelsList prints the wheels images, the newest first.
func WheelsList(ctx context.Context, s ui.Streams, d Deps, o AppOptions, asJSON bool) error {
	r, err := openRepository(ctx, d, o)
	if err != nil {
		return err
	}
	defer r.Close()
	st, err := r.stockOfWheels(ctx, s)
	if err != nil {
		return err
	}
	found := st.Wheels()
	out := listReport{r.images.Repository(), make([]wheelsReport, len(found))}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(readers)
	for n, w := range found {
		out.Wheels[n] = r.report(w)
		if count, err := strconv.Atoi(w.Labels[plan.CountLabel]); err == nil {
			out.Wheels[n].Count = &count
		} else if fetchable(w.Image) {
			g.Go(func() error {
				if m, err := r.manifest(gctx, w.Digest); err == nil { // a list goes without it
					count := len(m.Packages)
					out.Wheels[n].Count = &count
				}
				return gctx.Err()
			})
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if asJSON {
		return ui.WriteJSON(s.Out, out)
	}
	if len(out.Wheels) == 0 {
		fmt.Fprintln(s.Out, "no wheels in "+out.Repository)
		return nil
	}
	return printWheels(s.Out, out.Wheels, d.Now())
}

// small is the size up to which an image is fetched for a line of a list.
const small = 8 << 20

// fetchable says whether reading what is in an image costs little.
func fetchable(i inventory.Image) bool {
	return len(i.Layers) > 0 && i.Size <= small
}

func printWheels(w io.Writer, wheels []wheelsReport, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "KEY\tCONTENT\tAGE\tSIZE\tPACKAGES\tUSED BY")
	for _, r := range wheels {
		count := "-"
		if r.Count != nil {
			count = strconv.Itoa(*r.Count)
		}
		first, content := shorts(r.Keys), shorts(r.Content)
		if r.Partial {
			content = "partial"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", first, content, ui.Age(now.Sub(r.Uploaded)), ui.Bytes(r.Size), count, r.services("-"))
	}
	return t.Flush()
}

// shorts is the beginning of a key, with the number of others that mean the same.
func shorts(keys []string) string {
	switch len(keys) {
	case 0:
		return "-"
	case 1:
		return key.Short(keys[0])
	}
	return fmt.Sprintf("%s +%d", key.Short(keys[0]), len(keys)-1)
}
