package builder

import (
	"context"
	"fmt"
	"io"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// MadeWheels is PublishWheels for wheels that stay on the worker: it says how they
// came to be, and fails where one did not, with that package's own log. read gives a
// file of their image, by a slashed path without a first slash.
func MadeWheels(ctx context.Context, read func(ctx context.Context, path string) ([]byte, error), out io.Writer) (plan.PublishedWheels, error) {
	data, err := read(ctx, reportFile)
	if err != nil {
		return plan.PublishedWheels{}, fmt.Errorf("reading what the build of the wheels says: %w", err)
	}
	rep, err := parseReport(data)
	if err != nil {
		return plan.PublishedWheels{}, err
	}
	r := plan.PublishedWheels{Seconds: rep.Seconds, Packages: rep.Packages}
	if len(rep.Failed) > 0 {
		rep.printLogs(out)
		return r, rep.failure("")
	}
	fmt.Fprintf(out, "wheels for this run alone, %s\n", origins(rep.Packages))
	return r, nil
}

// printLogs prints the ends of the logs of the packages that failed.
func (rep report) printLogs(out io.Writer) {
	for _, f := range rep.Failed {
		fmt.Fprintf(out, "%s %s, the end of its build's log:\n", f.Name, f.Version)
		for _, line := range f.Log {
			fmt.Fprintln(out, "    "+line)
		}
	}
}

// failure is the error of a report with packages that failed; kept is its end.
func (rep report) failure(kept string) error {
	f := rep.Failed[0]
	what := f.Name + " " + f.Version
	if n := len(rep.Failed) - 1; n > 0 {
		what += fmt.Sprintf(" and %d more", n)
	}
	return errs.New(errs.Build, f.Hint, "building %s failed%s", what, kept)
}
