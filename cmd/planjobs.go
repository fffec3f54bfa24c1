package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// printPlannedJobs says which jobs a release keeps, which of them it runs, and which go.
func printPlannedJobs(w io.Writer, p plan.Plan) {
	for _, j := range p.Release.Jobs {
		var when []string
		if j.BeforeTraffic {
			when = append(when, "runs before the traffic moves")
		}
		if j.Schedule != "" {
			when = append(when, strings.TrimSpace("scheduled "+j.Schedule+" "+j.TimeZone))
		}
		line := fmt.Sprintf("  job %s: %s", j.Name, strings.Join(j.Command, " "))
		if len(when) > 0 {
			line += "  (" + strings.Join(when, ", ") + ")"
		}
		fmt.Fprintln(w, line)
	}
	for _, name := range p.Current.Unwanted {
		fmt.Fprintf(w, "  job %s is removed: the configuration has it no more\n", name)
	}
}
