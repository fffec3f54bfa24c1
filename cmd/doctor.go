package cmd

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/doctor"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/ui"
)

// DoctorOptions are the options of `doctor`.
type DoctorOptions struct {
	App clients.App
	Output
	Fix bool // make what setup would
}

func doctorCommand(s ui.Streams, d Deps, run Func[DoctorOptions]) *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "look at credentials, project, rights, quotas, what setup makes, the app and this machine, and say what mends what is wrong",
		ArgsUsage: oneService,
		Flags: append(shared(theProject, []string{"service"}), jsonFlag(),
			&cli.BoolFlag{Name: "fix", Usage: "do what setup would do about it"},
		),
		Action: action(s, d, run, func(c *cli.Context) (DoctorOptions, error) {
			app, err := namedApp(c, 1)
			return DoctorOptions{App: app, Output: outputOptions(c), Fix: c.Bool("fix")}, err
		}),
	}
}

// doctorReport is `doctor --json`.
type doctorReport struct {
	Well   bool             `json:"well"` // nothing failed
	Checks []doctor.Finding `json:"checks"`
}

// Doctor looks at everything that a deploy depends on.
func Doctor(ctx context.Context, s ui.Streams, d Deps, o DoctorOptions) error {
	checks, prepared, err := clients.Doctor(ctx, d, o.App)
	if prepared.Set != nil {
		defer prepared.Set.Close()
	}
	if _, many := several(err); many {
		return err
	}
	if err != nil {
		checks = append(checks, doctor.Check{Name: "settings", Run: func(context.Context) []doctor.Finding {
			f := doctor.Of(err)
			f[0].Mark = doctor.Fail
			return f
		}})
	} else if o.Fix {
		if lack := clients.SetupLacking(prepared.Observe(ctx)); len(lack) > 0 {
			if err := applySetup(ctx, s, d, prepared, lack, o.Output); err != nil {
				return err
			}
			o.Fix = false // the settings name more than before
			return Doctor(ctx, s, d, o)
		}
	}
	all := doctor.Run(ctx, checks, nil)
	failed := doctor.Failed(all)
	if o.JSON {
		err = ui.WriteJSON(s.Out, doctorReport{failed == 0, all})
	} else {
		err = printFindings(s.Out, all)
	}
	if err != nil || failed == 0 {
		return err
	}
	err = errs.New(errs.NotFound, "See the lines with ✗ above, each with what mends it.", "deploys would fail: %s failed", ui.Count(failed, "check"))
	if o.JSON {
		return reported{err}
	}
	return err
}

var doctorMarks = map[doctor.Mark]string{doctor.OK: "✓", doctor.Warn: "⚠", doctor.Fail: "✗", doctor.Mute: "·"}

func printFindings(w io.Writer, all []doctor.Finding) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, f := range all {
		fmt.Fprintf(t, "%s %s\t%s\n", doctorMarks[f.Mark], f.Name, f.Text)
		if f.Fix != "" && f.Mark != doctor.OK {
			fmt.Fprintf(t, "\t  → %s\n", f.Fix)
		}
	}
	return t.Flush()
}
