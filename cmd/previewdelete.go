package cmd

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/ci"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/release"
	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// PreviewDeleteOptions are the options of `preview delete`.
type PreviewDeleteOptions struct {
	App          clients.App
	Name         string // or auto; "" = some of all
	All, Expired bool
}

// Validate wants one of them.
func (o PreviewDeleteOptions) Validate() error {
	if len(nonEmpty(o.Name, flagged("all", o.All), flagged("expired", o.Expired))) != 1 {
		return errs.New(errs.Usage, "Give one of them: `gcpdeploy preview delete pr-12`.", "which previews are to go is said by a name, by --expired or by --all")
	}
	return nil
}

func previewDeleteCommand(s ui.Streams, d Deps, run Func[PreviewDeleteOptions]) *cli.Command {
	return &cli.Command{
		Name: "delete", Usage: "remove a preview, with its revision; one that is not there is no error", ArgsUsage: "[NAME]",
		Flags: append(shared(theService),
			&cli.BoolFlag{Name: "expired", Usage: "all whose time is over"},
			&cli.BoolFlag{Name: "all", Usage: "all"}),
		Action: action(s, d, run, func(c *cli.Context) (PreviewDeleteOptions, error) {
			args, err := arguments(c, 1)
			return PreviewDeleteOptions{App: appOptions(c), Name: strings.Join(args, ""), All: c.Bool("all"), Expired: c.Bool("expired")}, err
		}),
	}
}

// PreviewDelete removes previews.
func PreviewDelete(ctx context.Context, s ui.Streams, d Deps, o PreviewDeleteOptions) error {
	set, err := clients.Open(ctx, d, o.App)
	if err != nil {
		return err
	}
	defer set.Close()
	all, err := previews(ctx, set)
	if err != nil {
		return err
	}
	name := o.Name
	if name != "" {
		origin, _ := ci.Find(d.Lookup)
		origin = origin.WithEvent(os.ReadFile)
		if name, err = previewName(name, &origin); err != nil {
			return err
		}
	}
	gone := 0
	for _, p := range all {
		if p.Name != name && !o.All && (!o.Expired || p.Expires.IsZero() || p.Expires.After(d.Now())) {
			continue
		}
		if err := removePreview(ctx, s, set, p); err != nil {
			return err
		}
		gone++
	}
	if gone > 0 {
		return nil
	}
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	fmt.Fprintln(s.Err, strings.Join(nonEmpty("nothing to do: there is no such preview.", suggest.Hint(name, names)), " "))
	return nil
}

// removePreview takes a preview away, and its revision where the target lets it go.
func removePreview(ctx context.Context, s ui.Streams, set *clients.Set, p release.Shown) error {
	if p.Service != "" {
		gone := set.Service()
		gone.Preview = &release.Preview{Name: p.Name, Of: gone.Service}
		gone.Service = p.Service
		ok, left, err := set.Target().Delete(ctx, gone)
		if err == nil && ok {
			fmt.Fprintf(s.Err, "preview %s is gone, with the service %s\n", p.Name, p.Service)
		}
		if left != "" {
			fmt.Fprintln(s.Err, left)
		}
		return err
	}
	if _, err := set.Target().Tag(ctx, set.Service(), p.Name, ""); err != nil {
		return err
	}
	left, err := set.Target().Discard(ctx, set.Service(), p.Revision)
	if err != nil {
		return err
	}
	text := "preview " + p.Name + " is gone"
	if left != "" {
		text += "; " + p.Revision + " stays, without traffic: " + left
	}
	fmt.Fprintln(s.Err, text)
	return nil
}
