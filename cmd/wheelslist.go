package cmd

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// WheelsListOptions are the options of `wheels list`.
type WheelsListOptions struct {
	App clients.App
	Output
}

func wheelsListCommand(s ui.Streams, d Deps, run Func[WheelsListOptions]) *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list the wheels images: keys, age, size, packages, and which services use them",
		Flags: append(shared(theRepository), jsonFlag()),
		Action: action(s, d, run, func(c *cli.Context) (WheelsListOptions, error) {
			return WheelsListOptions{App: sharedApp(c), Output: outputOptions(c)}, nil
		}),
	}
}

// listReport is `wheels list --json`. A wheels image whose packages would have to
// be fetched to be counted has no package_count.
type listReport struct {
	Repository string         `json:"repository"`
	Wheels     []wheelsReport `json:"wheels"`
}

// WheelsList prints the wheels images, the newest first.
func WheelsList(ctx context.Context, s ui.Streams, d Deps, o WheelsListOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	repository := set.Stock(warner(s, d))
	found, err := repository.ListWheels(ctx)
	if err != nil {
		return err
	}
	warnDenied(s, found.Denied)
	out := listReport{repository.Repository, []wheelsReport{}}
	for _, w := range found.Wheels {
		r := reportWheels(repository, w.Wheels, found.Denied)
		r.Count = w.Packages
		out.Wheels = append(out.Wheels, r)
	}
	switch {
	case o.JSON:
		return ui.WriteJSON(s.Out, out)
	case len(out.Wheels) == 0:
		fmt.Fprintln(s.Out, "no wheels in "+out.Repository)
		return nil
	}
	return printWheels(s.Out, out.Wheels, d.Now())
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
